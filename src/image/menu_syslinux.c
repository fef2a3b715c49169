/* syslinux.cfg and isolinux.cfg (doc/syslinux.txt and doc/menu.txt of Syslinux): keywords in any
 * case, one a line. A label's kernel is a Linux kernel, unless its name ends as a module of
 * Syslinux does. */
#include "image/menu_item.h"

struct syslinux {
    const struct menu_sink *sink;
    struct menu_item item;
    char append[900], common_append[900];
    bool is_open, is_bad, in_text, has_append;
    unsigned items_left;
};

/* The next word, taken off the front. */
static struct span take_word(struct span *rest)
{
    *rest = menu_trim(*rest);
    size_t len = 0;
    while (len < rest->len && rest->data[len] != ' ' && rest->data[len] != '\t')
        len++;
    struct span word = span_slice(*rest, 0, len);
    *rest = menu_trim(span_from(*rest, len));
    return word;
}

static void add_initrds(struct syslinux *s, struct span list)
{
    while (list.len > 0) {
        size_t comma = span_find(list, ',');
        if (!menu_item_add_initrd(&s->item, span_slice(list, 0, comma)))
            s->is_bad = true;
        list = span_from(list, comma + 1);
    }
}

static void take_append(struct syslinux *s)
{
    struct span rest = span_text(s->has_append ? s->append : s->common_append);
    while (rest.len > 0) {
        struct span word = take_word(&rest);
        if (span_is_nocase(span_slice(word, 0, 7), "initrd="))
            add_initrds(s, span_from(word, 7));
        else if (word.len > 0 && !menu_item_add_argument(&s->item, word))
            s->is_bad = true;
    }
}

static bool is_module(const char *kernel)
{
    static const char *const endings[] = { ".c32", ".com", ".cbt", ".0",     ".bin",
                                           ".bss", ".img", ".imz", "memdisk" };
    struct span name = span_text(kernel);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t len = strlen(endings[i]);
        if (name.len >= len && span_is_nocase(span_from(name, name.len - len), endings[i]))
            return true;
    }
    return false;
}

static void finish(struct syslinux *s)
{
    if (s->is_open && s->item.kernel[0] && !is_module(s->item.kernel)) {
        take_append(s);
        if (!s->is_bad && s->items_left > 0) {
            s->items_left--;
            s->sink->item(s->sink->context, &s->item);
        }
    }
    s->item = (struct menu_item){ .is_efi = false };
    s->is_open = s->is_bad = s->has_append = false;
}

static void take_title(struct syslinux *s, struct span title)
{
    struct text t = text_over(s->item.title, sizeof s->item.title);
    for (size_t i = 0; i < title.len; i++)
        if (title.data[i] != '^')
            text_add_char(&t, (char)title.data[i]);
}

static void keep_append(struct syslinux *s, struct span rest)
{
    char *to = s->is_open ? s->append : s->common_append;
    if (rest.len >= sizeof s->append) {
        s->is_bad = true;
        return;
    }
    s->has_append = s->is_open || s->has_append;
    span_to_text(span_is(rest, "-") ? (struct span){ 0 } : rest, to, sizeof s->append);
}

static void take_menu(struct syslinux *s, struct span rest)
{
    struct span word = take_word(&rest);
    if (span_is_nocase(word, "label") && s->is_open)
        take_title(s, rest);
    else if (span_is_nocase(word, "include"))
        s->sink->include(s->sink->context, take_word(&rest));
}

static void take_line(struct syslinux *s, struct span line)
{
    struct span rest = line, word = take_word(&rest);

    if (s->in_text) {
        s->in_text = !span_is_nocase(word, "endtext");
    } else if (span_is_nocase(word, "text")) {
        s->in_text = true;
    } else if (span_is_nocase(word, "label")) {
        finish(s);
        s->is_open = true;
        take_title(s, rest);
    } else if (span_is_nocase(word, "menu")) {
        take_menu(s, rest);
    } else if (span_is_nocase(word, "include")) {
        s->sink->include(s->sink->context, take_word(&rest));
    } else if (span_is_nocase(word, "append")) {
        keep_append(s, rest);
    } else if (s->is_open && span_is_nocase(word, "initrd")) {
        add_initrds(s, rest);
    } else if (s->is_open && (span_is_nocase(word, "kernel") || span_is_nocase(word, "linux"))) {
        /* A kernel's line may go on with arguments, which APPEND replaces. */
        s->is_bad |= !menu_item_set_kernel(&s->item, take_word(&rest));
    }
}

void menu_syslinux_read(struct span text, const struct menu_sink *sink)
{
    struct syslinux s = { .sink = sink, .items_left = MENU_ITEMS_MAX };

    text = span_slice(text, 0, MENU_FILE_MAX);
    while (text.len > 0) {
        size_t end = span_find(text, '\n');
        struct span line = menu_trim(span_slice(text, 0, end));
        text = span_from(text, end + 1);
        if (line.len > 0 && line.data[0] != '#')
            take_line(&s, line);
    }
    finish(&s);
}
