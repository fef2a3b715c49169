/* What the readers of boot menus share. Bytes that are no printable ASCII do not get in. */
#include "image/menu_item.h"

static bool is_blank(uint8_t c)
{
    return c <= ' ';
}

struct span menu_trim(struct span s)
{
    return span_trim(s, is_blank);
}

static bool is_plain(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] < 0x20 || s.data[i] > 0x7e)
            return false;
    return true;
}

bool menu_item_add_argument(struct menu_item *item, struct span word)
{
    size_t used = strlen(item->arguments);
    struct text t = text_over(item->arguments + used, sizeof item->arguments - used);
    bool has_blank = span_find(word, ' ') < word.len || word.len == 0;

    if (!is_plain(word) || (has_blank && span_find(word, '"') < word.len))
        return false;
    text_add(&t, used > 0 ? " " : "");
    text_add(&t, has_blank ? "\"" : "");
    text_add_span(&t, word);
    text_add(&t, has_blank ? "\"" : "");
    if (t.failed)
        item->arguments[used] = 0;
    return !t.failed;
}

static struct span without_device(struct span path)
{
    size_t end = span_find(path, ')');
    if (span_starts_with(path, "(") && end < path.len)
        return span_from(path, end + 1);
    if (span_starts_with(path, "boot():"))
        return span_from(path, 7);
    return path;
}

static bool take_path(struct span path, char out[RECIPE_PATH_MAX])
{
    path = without_device(path);
    if (path.len == 0 || path.len >= RECIPE_PATH_MAX || !is_plain(path))
        return false;
    span_to_text(path, out, RECIPE_PATH_MAX);
    return true;
}

bool menu_item_add_initrd(struct menu_item *item, struct span path)
{
    if (item->initrd_count == IMAGE_INITRDS_MAX ||
        !take_path(path, item->initrds[item->initrd_count]))
        return false;
    item->initrd_count++;
    return true;
}

bool menu_item_set_kernel(struct menu_item *item, struct span path)
{
    return take_path(path, item->kernel);
}
