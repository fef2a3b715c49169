/* A boot menu of any bytes, by each of the three readers, and as the menu of an image that has
 * every file: bounded, and nothing of it becomes a variable or leaves the image. */
#include <assert.h>

#include "image/boot_menu.h"
#include "image/menu_item.h"
#include "model/safe_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_item(void *context, const struct menu_item *item)
{
    unsigned *count = context;
    assert(item->kernel[0] != 0 && item->initrd_count <= IMAGE_INITRDS_MAX);
    for (const char *p = item->arguments; *p; p++)
        assert(*p >= 0x20 && *p < 0x7f);
    assert(++*count <= MENU_ITEMS_MAX);
}

static void check_include(void *context, struct span path)
{
    (void)context;
    assert(path.len <= MENU_FILE_MAX);
}

static int64_t read_at(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    /* A kernel by its marks, for every other name. */
    static uint8_t kernel[0x600];
    kernel[0x1fe] = 0x55;
    kernel[0x1ff] = 0xaa;
    memcpy(kernel + 0x202, "HdrS", 4);
    const struct span *text = context;
    struct span all =
        strstr(path, ".cfg") || strstr(path, ".conf") ? *text : span_of(kernel, sizeof kernel);
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

static bool list(void *context, const char *folder,
                 int (*entry)(void *entry_context, const char *name, bool is_folder),
                 void *entry_context)
{
    (void)context;
    (void)folder;
    (void)entry(entry_context, "a.conf", false);
    return true;
}

/* Each "$" of a template that comes out of foreign text is doubled. */
static void check_template(const char *text)
{
    for (; *text; text++)
        if (*text == '$')
            assert(*++text == '$');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(struct span text, const struct menu_sink *sink) = {
        menu_grub_cfg_read, menu_syslinux_read, menu_bls_read
    };
    struct span text = span_of(data, size);
    static struct recipe_set set;

    for (size_t i = 0; i < 3; i++) {
        unsigned count = 0;
        const struct menu_sink sink = { .item = check_item,
                                        .include = check_include,
                                        .context = &count };
        readers[i](text, &sink);
    }
    struct image_source source = {
        .list = list, .read = read_at, .size = size_of, .context = &text
    };
    if (!boot_menu_find(&source, &set))
        return 0;
    assert(set.count > 0 && set.count <= RECIPE_ENTRIES_MAX);
    for (unsigned i = 0; i < set.count; i++) {
        struct safe_path path;
        assert(safe_path_parse(span_text(set.entries[i].kernel), &path) == PATH_SOUND);
        check_template(set.entries[i].arguments);
    }
    return 0;
}
