/* See script.h. Joins the choice (choose_entry), the templates and the writers (script_ipxe and
 * menu, script_grub and menu_grub). Whatever is wrong with an entry becomes a page on the machine's
 * screen that leads to the menu. */
#include "boot/script.h"

#include "boot/chain.h"
#include "boot/ipxe_secure.h"
#include "boot/menu.h"
#include "boot/menu_grub.h"
#include "boot/rule.h"
#include "boot/script_ipxe.h"
#include "boot/script_text.h"
#include "boot/script_windows.h"
#include "boot/template.h"
#include "model/url.h"

#define ARGUMENTS_MAX   4096
#define SOURCES_MAX     (RULE_GROUPS_MAX + 3)
#define ENTRY_NAME_MAX  128
#define SHIM_PATH_MAX   600
#define ANSWER_PATH_MAX 80
#define PAGE_OF_FAULTS  "a page that says what is wrong"

/* What is wrong with these words for the language they go into, a phrase; NULL when nothing is. */
static const char *flaw_for_ipxe(struct span words)
{
    enum script_flaw flaw = script_check_words(words);
    return flaw == SCRIPT_SOUND ? NULL : script_flaw_text(flaw);
}

static const char *flaw_for_grub(struct span words)
{
    enum grub_flaw flaw = script_grub_check_words(words);
    return flaw == GRUB_SOUND ? NULL : script_grub_flaw_text(flaw);
}

/* Those of the answer file, the image's, then those of groups and host. False with a
 * sentence in `why`. */
static bool render_arguments(const struct template_scope *scope, bool inside,
                             const char *(*flaw_of)(struct span words), struct text *out,
                             struct text *why)
{
    char name[TEMPLATE_NAME_MAX + 1];
    const char *sources[SOURCES_MAX];
    size_t count = 0;

    /* First: what stands behind debian-installer's "---" becomes a setting of what it installs. */
    if (scope->answer && answer_arguments(scope->answer, inside)[0])
        sources[count++] = answer_arguments(scope->answer, inside);
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
    const char *flaw = flaw_of(text_span(out));
    if (flaw)
        text_addf(why, "%s cannot be started: in its arguments %s", scope->image->name, flaw);
    return !flaw;
}

/* The answer file this image gets on this machine; NULL when there is none, or, with a sentence in
 * `why`, when there should be one. */
static const struct answer *find_answer(const struct catalog *catalog,
                                        const struct rule_settings *settings,
                                        const struct image *image, struct answer *answer,
                                        struct text *why)
{
    char flaw[160] = "";
    struct text said = text_over(flaw, sizeof flaw);

    if (answer_choose(catalog, settings, image, answer, &said))
        return answer;
    if (said.len > 0)
        text_addf(why, "%s cannot be started: %s", image->name, flaw);
    return NULL;
}

/* The path of the archive that brings the answer into the initramfs. False with a sentence when who
 * asks is not to have it. */
static bool add_archive(const struct template_scope *scope, struct text *out, struct text *why)
{
    if (answer_add_path(scope->image, scope->client, scope->reach, out)) {
        text_add(out, ANSWER_WORD_ARCHIVE);
        return true;
    }
    text_addf(why, "%s cannot be started: its answer file %s", scope->image->name,
              template_flaw_text(TEMPLATE_WITHHELD));
    return false;
}

static void write_windows(struct text *text, const struct catalog *catalog,
                          const struct template_scope *scope, struct span query,
                          struct span arguments, bool offer_menu)
{
    text_buffer(why_buffer, 400);
    struct text why = text_over(why_buffer, sizeof why_buffer), before = *text;

    script_begin_image(text, scope->image, offer_menu);
    if (script_write_windows(text, catalog, scope, query, arguments, &why)) {
        script_end_image(text, scope->image, scope->reach);
        return;
    }
    *text = before;
    script_write_failure(text, scope->reach, text_span(&why));
}

static void write_image(struct text *text, const struct catalog *catalog,
                        const struct client *client, const struct reach *reach,
                        const struct image *image, bool offer_menu, struct span query)
{
    char arguments_buffer[ARGUMENTS_MAX], why_buffer[400];
    struct text arguments = text_over(arguments_buffer, sizeof arguments_buffer);
    struct text why = text_over(why_buffer, sizeof why_buffer);
    char shim_buffer[SHIM_PATH_MAX];
    struct text shim = text_over(shim_buffer, sizeof shim_buffer);
    char archive_buffer[ANSWER_PATH_MAX];
    struct text archive = text_over(archive_buffer, sizeof archive_buffer);
    struct rule_settings settings;
    struct answer answer;

    rule_settings_of(catalog, client, &settings);
    ipxe_secure_add_shim(catalog, client, image, &shim);
    const struct template_scope scope = { .client = client,
                                          .settings = &settings,
                                          .reach = reach,
                                          .image = image,
                                          .answer = find_answer(catalog, &settings, image, &answer,
                                                                &why) };
    bool inside = scope.answer && answer_is_inside(scope.answer);
    if (why.len > 0 || !render_arguments(&scope, inside, flaw_for_ipxe, &arguments, &why) ||
        (inside && !add_archive(&scope, &archive, &why))) {
        script_write_failure(text, reach, text_span(&why));
    } else if (image->kind == IMAGE_WIM) {
        write_windows(text, catalog, &scope, query, text_span(&arguments), offer_menu);
    } else {
        const struct script_start start = { .image = image,
                                            .arguments = text_span(&arguments),
                                            .shim = text_span(&shim),
                                            .archive = text_span(&archive),
                                            .offer_menu = offer_menu };
        script_write_image(text, &start, reach);
    }
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
                        const struct entry *entry, bool offer_menu, struct span query,
                        struct candidate *out)
{
    switch (entry->kind) {
    case ENTRY_MENU:
        out->what = "menu";
        menu_write_ipxe(text, catalog, client, entry->host, reach, entry_notice(entry));
        break;
    case ENTRY_IMAGE:
        out->what = entry->image->name;
        out->image = entry->image;
        write_image(text, catalog, client, reach, entry->image, offer_menu, query);
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

static void add_why_not(struct text *out, struct span name, const char *why)
{
    text_add_span(out, name);
    text_addf(out, " cannot be started: %s", why);
}

static void write_chosen(struct text *text, const struct catalog *catalog,
                         const struct client *client, const struct reach *reach, struct span name,
                         struct span query, struct candidate *out)
{
    struct entry entry;
    const char *why = "";

    if (span_is(name, ENTRY_WORD_FACTS)) {
        out->what = "machine facts";
        menu_write_facts(text, client, choose_host(catalog, client), reach);
        return;
    }
    if (find_entry(catalog, client, name, &entry, &why)) {
        write_entry(text, catalog, client, reach, &entry, false, query, out);
        return;
    }
    char sentence_buffer[ENTRY_NAME_MAX + 128];
    struct text sentence = text_over(sentence_buffer, sizeof sentence_buffer);
    add_why_not(&sentence, name, why);
    out->what = PAGE_OF_FAULTS;
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
    if (!script_text_begin(arena, &text))
        return false;
    if (url_query_find(query, "entry", &name) && name.len > 0) {
        write_chosen(&text, catalog, client, reach, text_span(&name), query, out);
    } else {
        struct entry entry;
        choose_entry(catalog, client, &entry);
        write_entry(&text, catalog, client, reach, &entry, true, query, out);
        if (entry.one_shot)
            out->used_next_boot = entry.host;
    }
    return script_text_end(arena, &text, SERVED_SCRIPT, out);
}

bool script_for_stranger(const struct reach *reach, struct arena *arena, struct candidate *out)
{
    struct text text;

    *out = (struct candidate){ .what = "who are you" };
    if (!script_text_begin(arena, &text))
        return false;
    script_write_identify(&text, reach);
    return script_text_end(arena, &text, SERVED_SCRIPT, out);
}

/* What the writers of a GRUB configuration need to know of the machine. */
struct grub_machine {
    const struct catalog *catalog;
    const struct client *client;
    const struct reach *reach;
    const struct grub_place *place;
};

static void write_grub_start(void *context, struct text *text, const char *indent,
                             const struct image *image)
{
    const struct grub_machine *m = context;
    char arguments_buffer[ARGUMENTS_MAX], why_buffer[400];
    struct text arguments = text_over(arguments_buffer, sizeof arguments_buffer);
    struct text why = text_over(why_buffer, sizeof why_buffer);
    char archive_buffer[ANSWER_PATH_MAX];
    struct text archive = text_over(archive_buffer, sizeof archive_buffer);
    struct rule_settings settings;
    struct answer answer;

    rule_settings_of(m->catalog, m->client, &settings);
    const struct template_scope scope = { .client = m->client,
                                          .settings = &settings,
                                          .reach = m->reach,
                                          .image = image,
                                          .answer = find_answer(m->catalog, &settings, image,
                                                                &answer, &why) };
    /* A boot disk has no such file; there the installer fetches it by its URL. */
    bool inside = m->place->kind != GRUB_DISK && scope.answer && answer_is_inside(scope.answer);
    if (!why.len && render_arguments(&scope, inside, flaw_for_grub, &arguments, &why) &&
        (!inside || add_archive(&scope, &archive, &why)))
        script_grub_write_start(text, indent, m->place, image, text_span(&arguments),
                                text_span(&archive));
    else
        script_grub_write_failure(text, indent, text_span(&why));
}

static void write_grub_menu(struct text *text, struct grub_machine *m, const struct entry *entry,
                            struct span notice)
{
    const struct grub_menu menu = {
        .catalog = m->catalog,
        .client = m->client,
        .host = entry->host,
        .reach = m->reach,
        .place = m->place,
        .notice = notice,
        .assigned = entry->kind == ENTRY_IMAGE ? entry->image : NULL,
        .write_start = write_grub_start,
        .context = m,
    };
    menu_write_grub(text, &menu);
}

/* Without a menu, but with a short chance to get it; a boot disk has nobody to ask for it. */
static void write_grub_assigned(struct text *text, struct grub_machine *m,
                                const struct entry *entry)
{
    if (m->place->kind == GRUB_DISK) {
        write_grub_menu(text, m, entry, (struct span){ 0 });
        return;
    }
    script_grub_begin_pause(text, entry->image);
    write_grub_start(m, text, "  ", entry->image);
    script_grub_end_pause(text);
    script_grub_write_chain(text, "", m->client, ENTRY_WORD_MENU);
}

/* What is assigned, or the menu. An image that GRUB cannot start there is told of in the menu. */
static void write_grub_entry(struct text *text, struct grub_machine *m, const struct entry *entry,
                             struct candidate *out)
{
    char buffer[400];
    struct text notice = text_over(buffer, sizeof buffer);
    struct entry menu = *entry;
    const char *why;

    text_add_span(&notice, entry_notice(entry));
    switch (entry->kind) {
    case ENTRY_IMAGE:
        if (script_grub_can_start(m->place, entry->image, &why)) {
            out->what = entry->image->name;
            out->image = entry->image;
            write_grub_assigned(text, m, entry);
            break;
        }
        add_why_not(&notice, span_text(entry->image->name), why);
        menu.kind = ENTRY_MENU;
        out->what = "menu";
        write_grub_menu(text, m, &menu, text_span(&notice));
        break;
    case ENTRY_MENU:
        out->what = "menu";
        write_grub_menu(text, m, entry, text_span(&notice));
        break;
    case ENTRY_LOCAL:
        out->what = "local disk";
        script_grub_write_local(text, "");
        break;
    case ENTRY_SHELL:
        /* A configuration without entries leads to GRUB's command line. */
        out->what = "shell";
        text_add(text, "echo 'tugboot: GRUB command line; normal_exit leaves it.'\n");
        break;
    }
}

/* An entry of the menu, asked for by itself. */
static void write_grub_chosen(struct text *text, struct grub_machine *m, struct span name,
                              struct candidate *out)
{
    char sentence_buffer[ENTRY_NAME_MAX + 128];
    struct text sentence = text_over(sentence_buffer, sizeof sentence_buffer);
    struct entry entry;
    const char *why = "";

    bool found = find_entry(m->catalog, m->client, name, &entry, &why) &&
                 (entry.kind != ENTRY_IMAGE || script_grub_can_start(m->place, entry.image, &why));
    if (found && entry.kind != ENTRY_IMAGE) {
        write_grub_entry(text, m, &entry, out);
        return;
    }
    if (found) {
        out->what = entry.image->name;
        out->image = entry.image;
        write_grub_start(m, text, "", entry.image);
    } else {
        out->what = PAGE_OF_FAULTS;
        add_why_not(&sentence, span_slice(name, 0, ENTRY_NAME_MAX), why);
        script_grub_write_failure(text, "", text_span(&sentence));
    }
    script_grub_write_chain(text, "", m->client, ENTRY_WORD_MENU);
}

bool script_for_grub(const struct catalog *catalog, const struct client *client,
                     const struct reach *reach, const struct grub_place *place, struct span entry,
                     struct arena *arena, struct candidate *out)
{
    struct grub_machine machine = { catalog, client, reach, place };
    struct text text;

    *out = (struct candidate){ 0 };
    if (!script_text_begin(arena, &text))
        return false;
    script_grub_begin(&text, place, reach);
    if (entry.len > 0 && !span_is(entry, ENTRY_WORD_START)) {
        write_grub_chosen(&text, &machine, entry, out);
    } else {
        struct entry chosen;
        choose_entry(catalog, client, &chosen);
        write_grub_entry(&text, &machine, &chosen, out);
        if (chosen.one_shot)
            out->used_next_boot = chosen.host;
    }
    return script_text_end(arena, &text, SERVED_GRUB_CONFIG, out);
}

bool script_to_grub_start(const struct client *client, struct arena *arena, struct candidate *out)
{
    struct text text;

    *out = (struct candidate){ .what = "the name of its configuration" };
    if (!script_text_begin(arena, &text))
        return false;
    script_grub_write_redirect(&text, client);
    return script_text_end(arena, &text, SERVED_POINTER, out);
}
