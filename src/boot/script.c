/* See script.h. Joins the choice (choose_entry), the templates and the writers (script_ipxe, menu).
 * Whatever is wrong with an entry becomes a page on the machine's screen that leads to the menu. */
#include "boot/script.h"

#include "base/checked.h"

#include "boot/menu.h"
#include "boot/rule.h"
#include "boot/script_ipxe.h"
#include "boot/template.h"
#include "model/url.h"

#define ARGUMENTS_MAX  4096
#define ENTRY_NAME_MAX 128

static bool text_begin(struct arena *arena, struct text *ret_text)
{
    size_t left = arena->cap > arena->used ? arena->cap - arena->used : 0;
    size_t cap = min_size(left > 64 ? left - 64 : 0, SCRIPT_BYTES_MAX);
    char *data = cap > 0 ? arena_alloc(arena, cap) : NULL;

    if (!data)
        return false;
    *ret_text = text_over(data, cap);
    return true;
}

/* Give back what the text did not need; false when it did not fit. */
static bool text_end(struct arena *arena, struct text *text, struct candidate *out)
{
    if (text->failed)
        return false;
    arena->used -= text->cap - text->len - 1;
    out->kind = CANDIDATE_TEXT;
    out->served_as = SERVED_SCRIPT;
    out->text = text_span(text);
    out->media_type = "text/plain";
    return true;
}

/* The image's arguments, then those of groups and host. False with a sentence in `why`. */
static bool render_arguments(const struct template_scope *scope, struct text *out, struct text *why)
{
    char name[TEMPLATE_NAME_MAX + 1];
    const char *sources[RULE_GROUPS_MAX + 2];
    size_t count = 0;

    if (scope->image->arguments && scope->image->arguments[0])
        sources[count++] = scope->image->arguments;
    for (uint8_t i = 0; i < scope->settings->argument_count; i++)
        sources[count++] = scope->settings->arguments[i];
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_add_char(out, ' ');
        enum template_flaw flaw = template_render(span_text(sources[i]), scope, out, name);
        if (flaw != TEMPLATE_SOUND) {
            text_addf(why, "%s cannot be started: in its arguments the variable '%s' %s",
                      scope->image->name, name, template_flaw_text(flaw));
            return false;
        }
    }
    enum script_flaw flaw = script_check_words(text_span(out));
    if (flaw != SCRIPT_SOUND)
        text_addf(why, "%s cannot be started: in its arguments %s", scope->image->name,
                  script_flaw_text(flaw));
    return flaw == SCRIPT_SOUND;
}

static void write_image(struct text *text, const struct catalog *catalog,
                        const struct client *client, const struct reach *reach,
                        const struct image *image, bool offer_menu)
{
    char arguments_buffer[ARGUMENTS_MAX], why_buffer[400];
    struct text arguments = text_over(arguments_buffer, sizeof arguments_buffer);
    struct text why = text_over(why_buffer, sizeof why_buffer);
    struct rule_settings settings;
    const struct ipxe_dialect dialect = ipxe_dialect_of(client);

    rule_settings_of(catalog, client, &settings);
    const struct template_scope scope = {
        .client = client, .settings = &settings, .reach = reach, .image = image
    };
    if (render_arguments(&scope, &arguments, &why))
        script_write_image(text, image, text_span(&arguments), offer_menu, &dialect, reach);
    else
        script_write_failure(text, reach, text_span(&why));
}

/* What was assigned and could not be taken, for the menu to tell; empty when all went well. */
static struct span entry_notice(const struct entry *entry)
{
    for (size_t i = entry->trail.count; i-- > 0;) {
        const struct trail_step *step = &entry->trail.steps[i];
        if (entry->kind == ENTRY_MENU && strstr(step->said, "cannot be booted"))
            return span_text(step->said);
    }
    return (struct span){ 0 };
}

static void write_entry(struct text *text, const struct catalog *catalog,
                        const struct client *client, const struct reach *reach,
                        const struct entry *entry, bool offer_menu, struct candidate *out)
{
    switch (entry->kind) {
    case ENTRY_MENU:
        out->what = "menu";
        menu_write_ipxe(text, catalog, client, entry->host, reach, entry_notice(entry));
        break;
    case ENTRY_IMAGE:
        out->what = entry->image->name;
        out->image = entry->image;
        write_image(text, catalog, client, reach, entry->image, offer_menu);
        break;
    case ENTRY_LOCAL:
        out->what = "local disk";
        script_write_local(text, client, reach);
        break;
    case ENTRY_SHELL:
        out->what = "shell";
        script_write_shell(text, reach);
        break;
    }
}

/* The menu's choice `name`; false when it is no entry and `why` says so. */
static bool find_entry(const struct catalog *catalog, const struct client *client, struct span name,
                       struct entry *out, const char **ret_why)
{
    *out = (struct entry){ .kind = ENTRY_MENU, .host = choose_host(catalog, client) };
    *ret_why = "there is no such entry any more";
    if (span_is(name, ENTRY_WORD_MENU))
        return true;
    if (span_is(name, ENTRY_WORD_LOCAL) || span_is(name, ENTRY_WORD_SHELL)) {
        out->kind = span_is(name, ENTRY_WORD_LOCAL) ? ENTRY_LOCAL : ENTRY_SHELL;
        return true;
    }
    out->kind = ENTRY_IMAGE;
    out->image = catalog_find_image(catalog, name);
    return out->image && catalog_can_boot(out->image, client, ret_why);
}

static void write_chosen(struct text *text, const struct catalog *catalog,
                         const struct client *client, const struct reach *reach, struct span name,
                         struct candidate *out)
{
    struct entry entry;
    const char *why = "";

    if (span_is(name, ENTRY_WORD_FACTS)) {
        out->what = "machine facts";
        menu_write_facts(text, client, choose_host(catalog, client), reach);
        return;
    }
    if (find_entry(catalog, client, name, &entry, &why)) {
        write_entry(text, catalog, client, reach, &entry, false, out);
        return;
    }
    char sentence_buffer[ENTRY_NAME_MAX + 128];
    struct text sentence = text_over(sentence_buffer, sizeof sentence_buffer);
    text_add_span(&sentence, name);
    text_addf(&sentence, " cannot be started: %s", why);
    out->what = "a page that says what is wrong";
    script_write_failure(text, reach, text_span(&sentence));
}

bool script_for_machine(const struct catalog *catalog, const struct client *client,
                        const struct reach *reach, struct span query, struct arena *arena,
                        struct candidate *out)
{
    char name_buffer[ENTRY_NAME_MAX];
    struct text name = text_over(name_buffer, sizeof name_buffer);
    struct text text;

    *out = (struct candidate){ 0 };
    if (!text_begin(arena, &text))
        return false;
    if (url_query_find(query, "entry", &name) && name.len > 0) {
        write_chosen(&text, catalog, client, reach, text_span(&name), out);
    } else {
        struct entry entry;
        choose_entry(catalog, client, &entry);
        write_entry(&text, catalog, client, reach, &entry, true, out);
        if (entry.one_shot)
            out->used_next_boot = entry.host;
    }
    return text_end(arena, &text, out);
}

bool script_for_stranger(const struct reach *reach, struct arena *arena, struct candidate *out)
{
    struct text text;

    *out = (struct candidate){ .what = "who are you" };
    if (!text_begin(arena, &text))
        return false;
    script_write_identify(&text, reach);
    return text_end(arena, &text, out);
}
