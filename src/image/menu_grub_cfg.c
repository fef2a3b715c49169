/* grub.cfg, as much of its language as boot menus of install media use: words with quotes, ";",
 * blocks in braces, `set`, and variables put in where words are read. Conditions are passed over:
 * what stands in any branch counts. GNU GRUB manual, "Writing full configuration files directly".
 */
#include "image/menu_item.h"

#define WORDS_MAX     64
#define WORD_MAX      512
#define VARIABLES_MAX 32
#define DEPTH_MAX     16

struct grub {
    const struct menu_sink *sink;
    struct span rest;
    struct {
        char name[32], value[RECIPE_PATH_MAX];
    } variables[VARIABLES_MAX];
    unsigned variable_count;
    /* The words of the command at hand. */
    char bytes[4096];
    struct text room;
    struct span words[WORDS_MAX];
    unsigned word_count;
    unsigned depth, item_depth; /* of braces; of the menuentry at hand, 0 = none */
    struct menu_item item;
    bool is_bad; /* the item has something that does not fit */
    unsigned items_left;
};

static const char *find_variable(const struct grub *g, struct span name)
{
    for (unsigned i = 0; i < g->variable_count; i++)
        if (span_is(name, g->variables[i].name))
            return g->variables[i].value;
    return "";
}

static void set_variable(struct grub *g, struct span assignment)
{
    size_t equals = span_find(assignment, '=');
    struct span name = span_slice(assignment, 0, equals);
    unsigned at = 0;

    if (equals == assignment.len || name.len == 0 || name.len >= sizeof g->variables[0].name)
        return;
    while (at < g->variable_count && !span_is(name, g->variables[at].name))
        at++;
    if (at == VARIABLES_MAX)
        return;
    g->variable_count += at == g->variable_count ? 1 : 0;
    span_to_text(name, g->variables[at].name, sizeof g->variables[0].name);
    span_to_text(span_from(assignment, equals + 1), g->variables[at].value, RECIPE_PATH_MAX);
}

static bool is_name_byte(uint8_t c)
{
    return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* "$name" or "${name}" at the front of the rest, put into the word. */
static void put_variable(struct grub *g)
{
    struct span rest = span_from(g->rest, 1);
    size_t len = 0, skip = 0;

    if (span_starts_with(rest, "{")) {
        rest = span_from(rest, 1);
        len = span_find(rest, '}');
        skip = 2;
    } else {
        while (len < rest.len && is_name_byte(rest.data[len]))
            len++;
    }
    if (len == 0)
        text_add_char(&g->room, '$');
    else
        text_add(&g->room, find_variable(g, span_slice(rest, 0, len)));
    g->rest = span_from(g->rest, 1 + skip + len);
}

static uint8_t front(const struct grub *g)
{
    return g->rest.len > 0 ? g->rest.data[0] : '\n';
}

/* One byte, whatever it is, into the word. */
static void put_byte(struct grub *g)
{
    text_add_char(&g->room, (char)front(g));
    g->rest = span_from(g->rest, 1);
}

static void put_quoted(struct grub *g)
{
    uint8_t quote = front(g);
    g->rest = span_from(g->rest, 1);
    while (g->rest.len > 0 && front(g) != quote) {
        if (quote == '"' && front(g) == '$') {
            put_variable(g);
            continue;
        }
        if (quote == '"' && front(g) == '\\' && g->rest.len > 1 &&
            memchr("\"\\$", g->rest.data[1], 3))
            g->rest = span_from(g->rest, 1);
        put_byte(g);
    }
    g->rest = span_from(g->rest, 1);
}

static bool ends_word(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';';
}

/* A word of the command, up to a blank or the command's end. */
static void take_word(struct grub *g)
{
    size_t before = g->room.len;
    while (g->rest.len > 0 && !ends_word(front(g))) {
        if (front(g) == '"' || front(g) == '\'') {
            put_quoted(g);
        } else if (front(g) == '$') {
            put_variable(g);
        } else {
            if (front(g) == '\\' && g->rest.len > 1)
                g->rest = span_from(g->rest, 1);
            put_byte(g);
        }
    }
    struct span word = span_of(g->room.data + before, g->room.len - before);
    if (g->word_count < WORDS_MAX && word.len <= WORD_MAX && !g->room.failed)
        g->words[g->word_count++] = word;
    else
        g->is_bad = true;
}

/* The next command's words; those of a `{` or `}` are that one. False at the end of the text. */
static bool take_command(struct grub *g)
{
    g->room = text_over(g->bytes, sizeof g->bytes);
    g->word_count = 0;
    while (g->rest.len > 0) {
        uint8_t c = front(g);
        if (c == '\\' && span_starts_with(g->rest, "\\\n")) {
            g->rest = span_from(g->rest, 2);
        } else if (c == '\n' || c == ';') {
            g->rest = span_from(g->rest, 1);
            if (g->word_count > 0)
                return true;
        } else if (ends_word(c)) {
            g->rest = span_from(g->rest, 1);
        } else if (c == '#' && g->word_count == 0) {
            g->rest = span_from(g->rest, span_find(g->rest, '\n'));
        } else if ((c == '{' || c == '}') && g->word_count > 0) {
            return true; /* the brace is a command of its own */
        } else if (c == '{' || c == '}') {
            g->words[g->word_count++] = span_slice(g->rest, 0, 1);
            g->rest = span_from(g->rest, 1);
            return true;
        } else {
            take_word(g);
        }
    }
    return g->word_count > 0;
}

static void finish_item(struct grub *g)
{
    if (g->item.kernel[0] && !g->is_bad && g->items_left > 0) {
        g->items_left--;
        g->sink->item(g->sink->context, &g->item);
    }
    g->item_depth = 0;
    g->item = (struct menu_item){ .is_efi = false };
}

static void open_block(struct grub *g)
{
    g->depth += g->depth < DEPTH_MAX ? 1 : 0;
}

static void close_block(struct grub *g)
{
    if (g->item_depth > 0 && g->depth == g->item_depth)
        finish_item(g);
    g->depth -= g->depth > 0 ? 1 : 0;
}

static void begin_item(struct grub *g)
{
    if (g->item_depth > 0)
        finish_item(g);
    g->item = (struct menu_item){ .is_efi = false };
    g->is_bad = g->word_count < 2;
    g->item_depth = g->depth + 1;
    if (g->word_count > 1)
        span_to_text(g->words[1], g->item.title, sizeof g->item.title);
}

static void take_linux(struct grub *g)
{
    if (g->word_count < 2 || !menu_item_set_kernel(&g->item, g->words[1])) {
        g->is_bad = true;
        return;
    }
    g->item.arguments[0] = 0;
    for (unsigned i = 2; i < g->word_count; i++)
        if (!menu_item_add_argument(&g->item, g->words[i]))
            g->is_bad = true;
}

static void take_initrds(struct grub *g)
{
    g->item.initrd_count = 0;
    for (unsigned i = 1; i < g->word_count; i++)
        if (!menu_item_add_initrd(&g->item, g->words[i]))
            g->is_bad = true;
}

static bool word_is(const struct grub *g, const char *const *names)
{
    for (; *names; names++)
        if (span_is(g->words[0], *names))
            return true;
    return false;
}

static void run(struct grub *g)
{
    static const char *const kernels[] = { "linux", "linuxefi", "linux16", NULL };
    static const char *const initrds[] = { "initrd", "initrdefi", "initrd16", NULL };
    static const char *const includes[] = { "source", "configfile", ".", NULL };

    if (span_is(g->words[0], "{"))
        open_block(g);
    else if (span_is(g->words[0], "}"))
        close_block(g);
    else if (span_is(g->words[0], "menuentry"))
        begin_item(g);
    else if (span_is(g->words[0], "set") && g->word_count == 2)
        set_variable(g, g->words[1]);
    else if (g->item_depth > 0 && word_is(g, kernels))
        take_linux(g);
    else if (g->item_depth > 0 && word_is(g, initrds))
        take_initrds(g);
    else if (g->item_depth == 0 && g->word_count == 2 && word_is(g, includes))
        g->sink->include(g->sink->context, g->words[1]);
}

void menu_grub_cfg_read(struct span text, const struct menu_sink *sink)
{
    struct grub g = { .sink = sink,
                      .rest = span_slice(text, 0, MENU_FILE_MAX),
                      .items_left = MENU_ITEMS_MAX };
    while (take_command(&g))
        run(&g);
}
