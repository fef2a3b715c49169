/* See shim.h. A shim is told from other EFI programs by the mark it carries for people and tools
 * ("UEFI SHIM", then its version; rhboot/shim: version.c.in), since its names are used for other
 * programs as well: EFI/BOOT/BOOTX64.EFI may be any loader. */
#include "image/shim.h"

#include "image/program.h"

#define CHUNK 16384

static const char mark[] = "UEFI SHIM\n$Version:";

static bool has_mark(struct span bytes)
{
    const uint8_t first = (uint8_t)mark[0];

    for (; bytes.len > 0; bytes = span_from(bytes, span_find(bytes, first) + 1))
        if (span_starts_with(span_from(bytes, span_find(bytes, first)), mark))
            return true;
    return false;
}

bool shim_is(const struct image_source *source, const char *path)
{
    uint8_t buffer[CHUNK];
    struct program program;
    uint64_t at = 0;

    program_probe(source, path, &program);
    if (program.kind != PROGRAM_EFI)
        return false;
    while (at < SHIM_BYTES_MAX) {
        int64_t n = source->read(source->context, path, at, buffer, sizeof buffer);
        if (n <= 0)
            return false;
        if (has_mark(span_of(buffer, (size_t)n)))
            return true;
        if (n < (int64_t)sizeof buffer)
            return false;
        at += sizeof buffer - sizeof mark; /* the mark may lie across the edge */
    }
    return false;
}

/* `folder` may be "" (the top). */
static bool try_name(const struct image_source *source, struct span folder, const char *name,
                     char ret_path[RECIPE_PATH_MAX])
{
    char path[RECIPE_PATH_MAX];
    struct text t = text_over(path, sizeof path);

    text_add_span(&t, folder);
    text_add(&t, folder.len > 0 ? "/" : "");
    text_add(&t, name);
    if (t.failed || !shim_is(source, path))
        return false;
    span_to_text(text_span(&t), ret_path, RECIPE_PATH_MAX);
    return true;
}

static struct span folder_of(const char *path)
{
    struct span s = span_text(path);
    size_t length = 0;

    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] == '/')
            length = i;
    return span_slice(s, 0, length);
}

bool shim_find(const struct image_source *source, const struct recipe *recipe,
               char ret_path[RECIPE_PATH_MAX])
{
    static const struct {
        enum arch arch;
        const char *beside[2]; /* Debian's and Ubuntu's netboot trees; a copy by hand */
        const char *iso[2];
    } names[] = {
        { ARCH_EFI_X64,
          { "bootnetx64.efi", "shimx64.efi" },
          { "EFI/BOOT/BOOTX64.EFI", "EFI/boot/bootx64.efi" } },
        { ARCH_EFI_ARM64,
          { "bootnetaa64.efi", "shimaa64.efi" },
          { "EFI/BOOT/BOOTAA64.EFI", "EFI/boot/bootaa64.efi" } },
    };
    const struct span top = { 0 };

    if (source->file || recipe->kind != IMAGE_LINUX)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!(recipe->arches & arch_bit(names[i].arch)))
            continue;
        for (size_t k = 0; k < 2; k++)
            if (try_name(source, folder_of(recipe->kernel), names[i].beside[k], ret_path))
                return true;
        for (size_t k = 0; k < 2; k++)
            if (try_name(source, top, names[i].iso[k], ret_path))
                return true;
    }
    return false;
}
