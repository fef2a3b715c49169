/* See loader.h. Only names and words: which files exist is the shell's knowledge, which of them a
 * machine gets is decided in choose.c. */
#include "boot/loader.h"

static const struct loader_row rows[] = {
#define LOADER(set_, file_, arch_, place_, get_, rank_, is_ipxe_)                                  \
    { .set = set_,                                                                                 \
      .folder = "",                                                                                \
      .file = file_,                                                                               \
      .place = place_,                                                                             \
      .get = get_,                                                                                 \
      .arch = ARCH_##arch_,                                                                        \
      .rank = rank_,                                                                               \
      .is_ipxe = is_ipxe_ },
#define LOADER_IN(folder_, set_, file_, arch_, get_, rank_, is_ipxe_)                              \
    { .set = set_,                                                                                 \
      .folder = folder_,                                                                           \
      .file = file_,                                                                               \
      .place = "",                                                                                 \
      .get = get_,                                                                                 \
      .arch = ARCH_##arch_,                                                                        \
      .rank = rank_,                                                                               \
      .is_ipxe = is_ipxe_ },
#include "boot/loader.def"
#undef LOADER
#undef LOADER_IN
};

const struct loader_row *loader_rows(size_t *ret_count)
{
    *ret_count = sizeof rows / sizeof rows[0];
    return rows;
}

static const struct loader_row *find_row(enum arch arch, const char *set)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].arch == arch && rows[i].rank != RANK_HELPER &&
            (!set || strcmp(rows[i].set, set) == 0))
            return &rows[i];
    return NULL;
}

void loader_add_hint(struct text *out, enum arch arch, const char *set)
{
    const struct loader_row *row = find_row(loader_arch(arch), set);

    if (!row && set)
        text_addf(out, "there is no loader set '%.32s' for %s", set, arch_name(arch));
    else if (!row)
        text_addf(out, "tugboot knows no boot program for %s", arch_name(arch));
    else if (row->get[0])
        text_addf(out, "%s", row->get);
    else
        text_addf(out, "copy a file named %s into the loader folder", row->file);
}

void loader_add_wire_name(struct text *out, const char *folder, const char *file)
{
    if (folder && folder[0])
        text_addf(out, "loaders/%s/", folder);
    text_add(out, file);
}

enum arch loader_arch(enum arch arch)
{
    if (arch == ARCH_UBOOT_ARM32)
        return ARCH_EFI_ARM32;
    return arch == ARCH_UBOOT_ARM64 ? ARCH_EFI_ARM64 : arch;
}
