/* Type 1 entries of the Boot Loader Specification (uapi-group.org), as systemd-boot reads them: a
 * key and a value a line. */
#include "image/menu_item.h"

static size_t word_length(struct span s)
{
    size_t len = 0;
    while (len < s.len && s.data[len] != ' ' && s.data[len] != '\t')
        len++;
    return len;
}

static bool add_options(struct menu_item *item, struct span options)
{
    bool fits = true;
    while (options.len > 0) {
        size_t len = word_length(options);
        fits = menu_item_add_argument(item, span_slice(options, 0, len)) && fits;
        options = menu_trim(span_from(options, len));
    }
    return fits;
}

/* False when what the line says does not fit. */
static bool take_line(struct menu_item *item, struct span line, char version[96])
{
    size_t len = word_length(line);
    struct span key = span_slice(line, 0, len), value = menu_trim(span_from(line, len));

    if (span_is(key, "title")) {
        span_to_text(value, item->title, sizeof item->title);
    } else if (span_is(key, "version")) {
        span_to_text(value, version, 96);
    } else if (span_is(key, "linux")) {
        return menu_item_set_kernel(item, value);
    } else if (span_is(key, "efi") || span_is(key, "uki")) {
        item->is_efi = true;
        return menu_item_set_kernel(item, value);
    } else if (span_is(key, "initrd")) {
        return menu_item_add_initrd(item, value);
    } else if (span_is(key, "options")) {
        return add_options(item, value);
    }
    return true;
}

void menu_bls_read(struct span text, const struct menu_sink *sink)
{
    struct menu_item item = { .is_efi = false };
    char version[96] = "";
    bool fits = true;

    text = span_slice(text, 0, MENU_FILE_MAX);
    while (text.len > 0) {
        size_t end = span_find(text, '\n');
        struct span line = menu_trim(span_slice(text, 0, end));
        text = span_from(text, end + 1);
        if (line.len > 0 && line.data[0] != '#')
            fits = take_line(&item, line, version) && fits;
    }
    if (!item.title[0])
        span_to_text(span_text(version), item.title, sizeof item.title);
    if (item.kernel[0] && fits)
        sink->item(sink->context, &item);
}
