/* See edit.h. Which edit is whose. */
#include "boot/edit.h"

void edit_apply(const struct edit *edit, struct span source, struct text *out)
{
    switch (edit->kind) {
    case IMAGE_EDIT_ESXI:
        edit_esxi(edit, source, out);
        break;
    case IMAGE_EDIT_GRUB:
        edit_grub(edit, source, out);
        break;
    }
}

bool edit_next_line(struct span *rest, struct span *ret_line)
{
    if (rest->len == 0)
        return false;
    size_t end = span_find(*rest, '\n');
    struct span line = span_slice(*rest, 0, end);
    *rest = span_from(*rest, end + 1);
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    *ret_line = line;
    return true;
}
