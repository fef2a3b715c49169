/* The keys of `windows:` in image.yaml. Their values go into a script for cmd.exe and into XML, so
 * what could leave a quoted word there is refused here, with the reason. */
#include "image/windows.h"
#include "model/safe_path.h"
#include "yaml/near_miss.h"

typedef void fault_function(void *context, const struct yaml_node *node, const char *text);

struct taking {
    struct windows_recipe *out;
    fault_function *fault;
    void *context;
};

/* Printable ASCII without a quotation mark. */
static bool is_plain(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] < 0x20 || s.data[i] > 0x7e || s.data[i] == '"')
            return false;
    return s.len > 0;
}

static bool take_text(const struct taking *t, const struct yaml_node *node, char *out, size_t cap,
                      const char *expected)
{
    if (node->kind != YAML_TEXT || !is_plain(node->text) || node->text.len >= cap) {
        t->fault(t->context, node, expected);
        return false;
    }
    span_to_text(node->text, out, cap);
    return true;
}

static bool take_number(const struct yaml_node *node, uint32_t max, uint32_t *ret)
{
    uint32_t n = 0;
    if (node->kind != YAML_TEXT || node->text.len == 0 || node->text.len > 4)
        return false;
    for (size_t i = 0; i < node->text.len; i++) {
        if (node->text.data[i] < '0' || node->text.data[i] > '9')
            return false;
        n = n * 10 + (uint32_t)(node->text.data[i] - '0');
    }
    *ret = n;
    return n <= max;
}

static void take_index(const struct taking *t, const struct yaml_node *node)
{
    if (!take_number(node, 128, &t->out->index))
        t->fault(t->context, node,
                 "windows index takes the number of an image of the WIM, as 2 ('tugboot inspect' "
                 "shows them)");
}

static void take_share(const struct taking *t, const struct yaml_node *node)
{
    static const char form[] = "windows share takes the share that has the medium's files, as "
                               "\\\\server\\share or \\\\server\\share\\folder";
    struct span text = node->kind == YAML_TEXT ? node->text : (struct span){ 0 };
    size_t parts = 0;

    for (size_t i = 2; i + 1 < text.len; i++)
        parts += text.data[i] == '\\';
    if (!span_starts_with(text, "\\\\") || parts == 0)
        t->fault(t->context, node, form);
    else
        (void)take_text(t, node, t->out->share, sizeof t->out->share, form);
}

static void take_wipe_disk(const struct taking *t, const struct yaml_node *node)
{
    t->out->has_wipe_disk = take_number(node, 63, &t->out->wipe_disk);
    if (!t->out->has_wipe_disk)
        t->fault(t->context, node,
                 "windows wipe-disk takes the number of the disk that Setup erases without asking, "
                 "as 0");
}

static void take_path(const struct taking *t, const struct yaml_node *node, char *out,
                      const char *expected)
{
    struct safe_path path;
    if (node->kind != YAML_TEXT || safe_path_parse(node->text, &path) != PATH_SOUND ||
        path.len == 0 || path.len >= WINDOWS_PATH_MAX)
        t->fault(t->context, node, expected);
    else
        span_to_text(safe_path_span(&path), out, WINDOWS_PATH_MAX);
}

static void take_answers(const struct taking *t, const struct yaml_node *node)
{
    take_path(t, node, t->out->answers,
              "windows answers takes a file of the image's folder, as autounattend.xml");
}

static void take_drivers(const struct taking *t, const struct yaml_node *node)
{
    take_path(t, node, t->out->drivers,
              "windows drivers takes a folder in the image's folder, as drivers");
}

#define TAKE_TEXT(field, sentence)                                                                 \
    static void take_##field(const struct taking *t, const struct yaml_node *node)                 \
    {                                                                                              \
        (void)take_text(t, node, t->out->field, sizeof t->out->field, sentence);                   \
    }

TAKE_TEXT(user, "windows user takes a name of plain characters, as DOMAIN\\user")
TAKE_TEXT(password, "windows password takes at most 127 plain characters, none of them a quotation "
                    "mark")
TAKE_TEXT(command, "windows command takes one line for cmd.exe, without quotation marks; put more "
                   "into a file, name that in initrds, and start it here")
TAKE_TEXT(edition, "windows edition takes the name of an image of install.wim, as Windows 11 Pro, "
                   "or its number")
TAKE_TEXT(locale, "windows locale takes a language, as de-DE")
TAKE_TEXT(keyboard, "windows keyboard takes a layout, as de-DE or 0407:00000407")
TAKE_TEXT(time_zone, "windows time-zone takes Windows' name of it, as W. Europe Standard Time")
TAKE_TEXT(product_key, "windows product-key takes five groups of five characters")

static const struct {
    const char *name;
    void (*take)(const struct taking *t, const struct yaml_node *node);
} keys[] = {
    { "index", take_index },         { "share", take_share },
    { "user", take_user },           { "password", take_password },
    { "command", take_command },     { "edition", take_edition },
    { "locale", take_locale },       { "keyboard", take_keyboard },
    { "time-zone", take_time_zone }, { "product-key", take_product_key },
    { "wipe-disk", take_wipe_disk }, { "answers", take_answers },
    { "drivers", take_drivers },
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

static void take_key(const struct taking *t, const struct yaml_node *node)
{
    const char *words[KEY_COUNT];
    char buffer[160];
    struct text text = text_over(buffer, sizeof buffer);

    for (size_t i = 0; i < KEY_COUNT; i++) {
        words[i] = keys[i].name;
        if (!span_is(node->key, keys[i].name))
            continue;
        keys[i].take(t, node);
        return;
    }
    const char *near = near_miss_find(node->key, words, KEY_COUNT);
    text_add(&text, "there is no key \"");
    text_add_escaped(&text, span_slice(node->key, 0, 24));
    text_add(&text, "\" in windows");
    if (near)
        text_addf(&text, ": did you mean \"%s\"?", near);
    t->fault(t->context, node, buffer);
}

void windows_keys_read(const struct yaml_node *map, struct windows_recipe *out,
                       fault_function *fault, void *context)
{
    const struct taking t = { out, fault, context };

    if (map->kind != YAML_MAP) {
        fault(context, map, "windows takes keys and values, as \"share: \\\\server\\win11\"");
        return;
    }
    for (const struct yaml_node *n = map->first; n; n = n->next)
        take_key(&t, n);
    if (out->password[0] && !out->user[0])
        fault(context, map, "windows password needs user beside it");
    if (out->user[0] && !out->share[0])
        fault(context, map, "windows user is for the share: give share, too");
}

static void write_pair(struct text *out, const char *key, const char *value)
{
    if (!value[0])
        return;
    text_addf(out, "  %s: '", key);
    for (; *value; value++) {
        if (*value == '\'')
            text_add_char(out, '\'');
        text_add_char(out, *value);
    }
    text_add(out, "'\n");
}

void windows_keys_write(const struct windows_recipe *w, struct text *out)
{
    struct text before = *out;

    text_add(out, "windows:\n");
    size_t begin = out->len;
    if (w->index > 0)
        text_addf(out, "  index: %u\n", w->index);
    write_pair(out, "share", w->share);
    write_pair(out, "user", w->user);
    write_pair(out, "command", w->command);
    write_pair(out, "edition", w->edition);
    write_pair(out, "locale", w->locale);
    write_pair(out, "keyboard", w->keyboard);
    write_pair(out, "time-zone", w->time_zone);
    write_pair(out, "product-key", w->product_key);
    if (w->has_wipe_disk)
        text_addf(out, "  wipe-disk: %u\n", w->wipe_disk);
    write_pair(out, "answers", w->answers);
    write_pair(out, "drivers", w->drivers);
    if (out->len == begin) {
        *out = before;
        out->data[out->len] = 0;
    }
}
