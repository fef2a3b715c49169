/* A WIM of any bytes: header, description, names and files, of every image. What comes out has the
 * digest it is listed with, and no more than was asked for. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "image/wim_tree.h"
#include "image/wim_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CAP 65536

static int count_name(void *context, struct span name, bool is_folder)
{
    unsigned *count = context;
    (void)is_folder;
    assert(name.len > 0 && name.len <= 510);
    return ++*count > 4096;
}

static void look(struct wim *wim, uint32_t number)
{
    static const char *const paths[] = { "", "Windows/Boot/EFI/bootmgfw.efi",
                                         "windows/system32/TEXT.txt", "Windows/System32/empty" };
    struct wim_tree *tree;
    unsigned count = 0;

    if (wim_tree_open(wim, number, &tree) < 0)
        return;
    (void)!wim_tree_list(tree, "", count_name, &count);
    (void)!wim_tree_list(tree, "Windows/System32", count_name, &count);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        uint8_t *bytes = NULL;
        size_t len = 0;
        int r = wim_tree_extract(tree, paths[i], CAP, &bytes, &len);
        assert(r == 0 ? len <= CAP : wim_flaw_text(wim->flaw)[0] != 0);
        free(bytes);
    }
    wim_tree_free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wim_image images[WIM_IMAGES_MAX];
    struct span bytes = span_of(data, size);
    struct image_source source = image_source_over(&bytes);
    struct wim wim;
    size_t count;
    bool no_memory;

    (void)wim_xml_parse(bytes, images, WIM_IMAGES_MAX, &count, &no_memory);
    assert(count <= WIM_IMAGES_MAX);
    if (wim_open(&source, "", &wim) < 0)
        return 0;
    (void)!wim_xml_read(&wim, images, WIM_IMAGES_MAX, &count);
    for (uint32_t i = 1; i <= wim.image_count && i <= 3; i++)
        look(&wim, i);
    return 0;
}
