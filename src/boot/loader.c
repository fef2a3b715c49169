/* See loader.h. Only names and words: which files exist is the shell's knowledge, which of them a
 * machine gets is decided in chain_plan.c. */
#include "boot/loader.h"

static const struct loader_row rows[] = {
#define LOADER(set_, file_, arch_, place_, get_)                                                   \
    { .set = set_,                                                                                 \
      .folder = "",                                                                                \
      .file = file_,                                                                               \
      .place = place_,                                                                             \
      .get = get_,                                                                                 \
      .arch = ARCH_##arch_ },
#define LOADER_IN(folder_, set_, file_, arch_, get_)                                               \
    { .set = set_,                                                                                 \
      .folder = folder_,                                                                           \
      .file = file_,                                                                               \
      .place = "",                                                                                 \
      .get = get_,                                                                                 \
      .arch = ARCH_##arch_ },
#include "boot/loader.def"
#undef LOADER
#undef LOADER_IN
};

const struct loader_row *loader_rows(size_t *ret_count)
{
    *ret_count = sizeof rows / sizeof rows[0];
    return rows;
}

void loader_add_wire_name(struct text *out, const char *folder, const char *file)
{
    if (folder && folder[0])
        text_addf(out, "loaders/%s/", folder);
    text_add(out, file);
}

void loader_add_hint(struct text *out, const char *file)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[128];
        struct text wire = text_over(name, sizeof name);
        loader_add_wire_name(&wire, rows[i].folder, rows[i].file);
        if (strcmp(name, file) != 0 || !rows[i].get[0])
            continue;
        text_add(out, rows[i].get);
        return;
    }
    text_addf(out, "copy a file named %s into the loader folder", file);
}

enum arch loader_arch(enum arch arch)
{
    if (arch == ARCH_UBOOT_ARM32)
        return ARCH_EFI_ARM32;
    return arch == ARCH_UBOOT_ARM64 ? ARCH_EFI_ARM64 : arch;
}
