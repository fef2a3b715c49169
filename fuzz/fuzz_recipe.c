/* A recipe of any bytes: it is refused with a fault, or it can be applied to a source whose every
 * file is the same bytes, and what comes of it hangs together: safe paths, an argument text that
 * nothing foreign got a variable into, and a name that is one. */
#include <assert.h>
#include <errno.h>

#include "image/family.h"
#include "model/safe_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool list(void *context, const char *folder,
                 int (*entry)(void *entry_context, const char *name, bool is_folder),
                 void *entry_context)
{
    static const char *const names[] = { "boot", "initrd-1", "vmlinuz-1", "vmlinuz-2" };
    (void)context;
    (void)folder;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (entry(entry_context, names[i], i == 0) != 0)
            break;
    return true;
}

static int64_t read_at(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct span *file = context;
    struct span part = offset > SIZE_MAX ? (struct span){ 0 } : span_slice(*file, offset, len);
    (void)path;
    if (part.len > 0)
        memcpy(data, part.data, part.len);
    return (int64_t)part.len;
}

static int64_t size_of(void *context, const char *path)
{
    const struct span *file = context;
    return strstr(path, "gone") ? -1 : (int64_t)file->len;
}

static void count_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    unsigned *count = context;
    assert(line > 0 && column > 0 && text[0] != 0);
    (*count)++;
}

static void check_entry(const struct recipe *recipe)
{
    struct safe_path path;
    if (recipe->kernel[0])
        assert(safe_path_parse(span_text(recipe->kernel), &path) == PATH_SOUND);
    for (unsigned i = 0; i < recipe->initrd_count; i++)
        assert(safe_path_parse(span_text(recipe->initrds[i]), &path) == PATH_SOUND);
    assert(strlen(recipe->title) < sizeof recipe->title);
    assert(strlen(recipe->arguments) < sizeof recipe->arguments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span file = span_of(data, size);
    struct image_source source = { .list = list,
                                   .read = read_at,
                                   .size = size_of,
                                   .context = &file,
                                   .label = "LABEL_1",
                                   .container = "x-1.iso",
                                   .container_size = 4096 };
    static struct recipe_set set;
    struct family *family;
    unsigned faults = 0;
    const struct yaml_fault_sink sink = { .add = count_fault, .context = &faults };
    char why[RECIPE_WHY_MAX] = "", name[64];

    int r = family_read(file, "test", &sink, &family);
    assert(r == 0 || r == -ENOMEM || faults > 0);
    if (r < 0)
        return 0;
    enum family_verdict verdict = family_match(family, &source, NULL, &set, why);
    assert((verdict == FAMILY_MATCHED) == (set.count > 0));
    assert(verdict == FAMILY_MATCHED || verdict == FAMILY_OTHER || why[0] != 0);
    for (unsigned i = 0; i < set.count; i++)
        check_entry(&set.entries[i]);
    struct text t = text_over(name, sizeof name);
    recipe_suggest_name(&set, "x", &t);
    assert(!t.failed);
    family_free(family);
    return 0;
}
