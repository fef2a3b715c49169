/* Files of any bytes, where recipes look for words: the first byte says which name and label the
 * image has, the rest is what every text file in it holds. No recipe of ours does anything but
 * match or not, and what is captured is harmless. */
#include <assert.h>

#include "image/recipe_book.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t kernel[] = { 'x' };

static bool is_text(const char *path)
{
    static const char *const texts[] = { "info",       ".treeinfo", ".cfg",    "products",
                                         "VERSION",    "release",   "Version", ".ipxe",
                                         "product.id", ".TXT",      "fstab" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strstr(path, texts[i]))
            return true;
    return false;
}

static bool list(void *context, const char *folder,
                 int (*entry)(void *entry_context, const char *name, bool is_folder),
                 void *entry_context)
{
    (void)context;
    (void)folder;
    return entry(entry_context, "a-1", true) != 0 ||
           entry(entry_context, "vmlinuz-1", false) != 0 || true;
}

static int64_t read_at(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct span *text = context;
    struct span all = is_text(path) ? *text : span_of(kernel, sizeof kernel);
    struct span part = offset > SIZE_MAX ? (struct span){ 0 } : span_slice(all, offset, len);
    if (part.len > 0)
        memcpy(data, part.data, part.len);
    return (int64_t)part.len;
}

static int64_t size_of(void *context, const char *path)
{
    (void)context;
    (void)path;
    return 1;
}

static bool has_foreign_variable(const char *text)
{
    return strstr(text, "${") != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct recipe_book *book;
    static struct recipe_set set;
    char label[33] = "", why[RECIPE_WHY_MAX] = "";

    if (!book && recipe_book_new(&book) < 0)
        return 0;
    span_to_text(span_slice(span_of(data, size), 0, 32), label, sizeof label);
    struct span text = span_of(data, size);
    struct image_source source = { .list = list,
                                   .read = read_at,
                                   .size = size_of,
                                   .context = &text,
                                   .label = label,
                                   .container = "x.iso" };
    for (size_t i = 0; i < recipe_book_count(book); i++) {
        enum family_verdict verdict =
            family_match(recipe_book_at(book, i), &source, NULL, &set, why);
        if (verdict == FAMILY_MATCHED)
            assert(set.count > 0 && !has_foreign_variable(set.entries[0].title) &&
                   !has_foreign_variable(set.entries[0].kernel));
    }
    return 0;
}
