/* Texts out of foreign discs that are changed on their way: the change stays within its bound, and
 * what was changed once is not changed any further. */
#include <assert.h>
#include <stdlib.h>

#include "boot/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct text edit(enum image_edit_kind kind, const char *files, struct span in)
{
    const struct edit edit = { .kind = kind, .files = span_text(files) };
    size_t cap = 4 * in.len + 256;
    char *memory = malloc(cap);
    assert(memory);
    struct text out = text_over(memory, cap);
    edit_apply(&edit, in, &out);
    assert(!out.failed);
    return out;
}

/* Without a path to put before others a menu stays as it is, but for its line ends. */
static void check_lines(struct span in, struct span out)
{
    struct span before, after;
    while (edit_next_line(&in, &before)) {
        bool has = edit_next_line(&out, &after);
        assert(has && span_equals(before, after));
    }
    assert(!edit_next_line(&out, &after));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_of(data, size);
    struct text once = edit(IMAGE_EDIT_ESXI, "http://192.0.2.1/images/x", in);
    struct text twice = edit(IMAGE_EDIT_ESXI, "http://192.0.2.1/images/x", text_span(&once));
    assert(span_equals(text_span(&once), text_span(&twice)));
    free(twice.data);
    free(once.data);

    struct text same = edit(IMAGE_EDIT_GRUB, "", in);
    check_lines(in, text_span(&same));
    free(same.data);
    struct text menu = edit(IMAGE_EDIT_GRUB, "/x", in);
    free(menu.data);
    return 0;
}
