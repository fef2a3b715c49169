/* A file of any bytes, looked at as a kernel, an EFI program or a disk, by itself and as the
 * kernel of a folder: what is said of it hangs together, and nothing beyond its end is read. */
#include <assert.h>

#include "image/program.h"
#include "image/recipe.h"

/* What is on a menu has a title, a machine and a file to start. */
static void entries_are_whole(const struct recipe_set *set)
{
    assert(set->count >= 1 && set->count <= RECIPE_ENTRIES_MAX);
    for (uint8_t i = 0; i < set->count; i++)
        assert(set->entries[i].kernel[0] != 0 && set->entries[i].arches != 0 &&
               set->entries[i].title[0] != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool list(void *context, const char *folder,
                 int (*entry)(void *entry_context, const char *name, bool is_folder),
                 void *entry_context)
{
    static const char *const names[] = { "initrd.img", "notes", "vmlinuz", "x.efi", "y.iso" };
    (void)context;
    if (*folder)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (entry(entry_context, names[i], false) != 0)
            break;
    return true;
}

static int64_t read_at(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct span *file = context;
    /* Neither an image.yaml nor a boot menu. */
    if (strcmp(path, "image.yaml") == 0 || strstr(path, ".cfg"))
        return -1;
    struct span part = offset > SIZE_MAX ? (struct span){ 0 } : span_slice(*file, offset, len);
    if (part.len > 0)
        memcpy(data, part.data, part.len);
    return (int64_t)part.len;
}

static int64_t size_of(void *context, const char *path)
{
    uint8_t byte;
    int64_t n = read_at(context, path, 0, &byte, 1);
    return n < 0 ? -1 : (int64_t)((const struct span *)context)->len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span file = span_of(data, size);
    struct image_source source = {
        .list = list, .read = read_at, .size = size_of, .context = &file
    };
    struct program program;
    static struct recipe_set set;
    char why[RECIPE_WHY_MAX] = "";

    program_probe(&source, "vmlinuz", &program);
    assert(program.kind != PROGRAM_UNREADABLE);
    assert(program_kind_text(program.kind)[0] != 0);
    assert(strlen(program.version) < sizeof program.version);
    if (recipe_load(&source, NULL, NULL, "test", &set, why) == 0)
        entries_are_whole(&set);
    else
        assert(why[0] != 0);

    source.file = "vmlinuz";
    why[0] = 0;
    if (recipe_load(&source, NULL, NULL, "test", &set, why) == 0)
        assert(strcmp(set.entries[0].kernel, "vmlinuz") == 0 && set.entries[0].arches != 0);
    else
        assert(why[0] != 0);
    return 0;
}
