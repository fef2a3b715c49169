/* image recognise: what an image would be on the menu, which recipe says so and by which clues;
 * with
 * --all also the recipes that nearly match. Nothing is copied, no daemon is asked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/recipe_shape.h"
#include "cli/recipes_here.h"
#include "cli/reply.h"
#include "serve/container_reader.h"
#include "serve/image_store.h"

DEFINE_FREEP(struct recipe_book, recipe_book_free)
DEFINE_FREEP(struct container_reader, container_reader_free)

#define STEPS_MAX   2048
#define SHOWN_BYTES ((size_t)512 * 1024)

/* What was looked at, in the order of looking. */
struct steps {
    struct step {
        const struct family *family;
        bool holds;
        char clue[160];
    } rows[STEPS_MAX];
    size_t count;
};

static void free_text(char **text)
{
    free(*text);
}

static void free_steps(struct steps **steps)
{
    free(*steps);
}

static void take_step(void *context, const struct family *family, const char *clue, bool holds)
{
    struct steps *steps = context;
    if (steps->count == STEPS_MAX)
        return;
    struct step *step = &steps->rows[steps->count++];
    step->family = family;
    step->holds = holds;
    span_to_text(span_text(clue), step->clue, sizeof step->clue);
}

/* Is anything of this recipe there? */
static bool is_near(const struct steps *steps, size_t first)
{
    for (size_t i = first; i < steps->count && steps->rows[i].family == steps->rows[first].family;
         i++)
        if (steps->rows[i].holds)
            return true;
    return false;
}

static bool is_shown(const struct steps *steps, size_t i, const char *matched, bool all)
{
    bool is_match = strcmp(steps->rows[i].family->name, matched) == 0;
    size_t first = i;
    while (first > 0 && steps->rows[first - 1].family == steps->rows[i].family)
        first--;
    return is_match || (all && is_near(steps, first));
}

static void write_steps(struct text *out, const struct steps *steps, const char *matched, bool all)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct step *step = &steps->rows[i];
        if (!is_shown(steps, i, matched, all))
            continue;
        if (i == 0 || steps->rows[i - 1].family != step->family)
            text_addf(out, "%s%s:\n", step->family->name,
                      strcmp(step->family->name, matched) == 0 ? " matches" : " does not match");
        text_add(out, step->holds ? "  found      " : "  not found  ");
        text_add_escaped(out, span_text(step->clue));
        text_add_char(out, '\n');
    }
}

static void shape_steps(struct json_writer *j, const struct steps *steps, const char *matched,
                        bool all)
{
    json_write_array_begin(j, "clues");
    for (size_t i = 0; i < steps->count; i++) {
        if (!is_shown(steps, i, matched, all))
            continue;
        json_write_object_begin(j, NULL);
        json_write_text(j, "recipe", steps->rows[i].family->name);
        json_write_text(j, "clue", steps->rows[i].clue);
        json_write_bool(j, "found", steps->rows[i].holds);
        json_write_object_end(j);
    }
    json_write_array_end(j);
}

/* "debian-12" and "debian-12.rescue". */
static void write_name(const struct recipe_set *set, const char *path, unsigned i, struct text *out)
{
    char name[64];
    struct text t = text_over(name, sizeof name);
    recipe_suggest_name(set, path, &t);
    text_addf(out, "%s%s%s", name, set->entries[i].variant[0] ? "." : "", set->entries[i].variant);
}

static void write_field(struct text *out, const char *name, const char *value)
{
    if (!value[0])
        return;
    text_addf(out, "  %-10s ", name);
    text_add_escaped(out, span_text(value));
    text_add_char(out, '\n');
}

static void write_entry(struct text *out, const struct recipe_set *set, const char *path,
                        unsigned i)
{
    const struct recipe *r = &set->entries[i];
    char data[512];
    struct text t = text_over(data, sizeof data);

    text_add_char(out, '\n');
    write_name(set, path, i, out);
    text_add(out, ":\n");
    write_field(out, "title", r->title);
    write_field(out, "kind", recipe_kind_name(r->kind));
    write_field(out, r->kind == IMAGE_LINUX ? "kernel" : "program", r->kernel);
    for (unsigned k = 0; k < r->initrd_count; k++) {
        t = text_over(data, sizeof data);
        text_addf(&t, "%s%s%s", r->initrds[k], r->initrd_names[k][0] ? " as " : "",
                  r->initrd_names[k]);
        write_field(out, "initrd", data);
    }
    write_field(out, "arguments", r->arguments);
    if (r->answer_kind != ANSWER_NONE) {
        t = text_over(data, sizeof data);
        text_addf(&t, "%s: %s", answer_kind_name(r->answer_kind), r->answer_arguments);
        write_field(out, "answers", data);
        if (r->answer_inside[0]) {
            t = text_over(data, sizeof data);
            text_addf(&t, "in the initrd, as %s", r->answer_inside);
            write_field(out, "", data);
        }
    }
    if (r->memory_mib > 0)
        text_addf(out, "  %-10s %u MiB\n", "memory", r->memory_mib);
}

static void write_text(struct text *out, const struct arguments *args, const struct recipe_set *set,
                       const struct steps *steps)
{
    write_steps(out, steps, set->family, arguments_has(args, "--all"));
    if (!set->family[0])
        text_add(out, "no recipe matches; found by its boot menu or its files\n");
    for (unsigned i = 0; i < set->count; i++)
        write_entry(out, set, args->operands[0], i);
    if (set->signed_by[0])
        text_addf(out, "\nsigned by: %s\n", set->signed_by);
    if (set->notes[0])
        text_addf(out, "\nnote: %s\n", set->notes);
}

static void write_json(struct text *out, const struct arguments *args, const struct recipe_set *set,
                       const struct steps *steps)
{
    const struct secure_facts nothing = { 0 };
    struct json_writer j = json_over(out);

    json_write_object_begin(&j, NULL);
    json_write_text(&j, "recipe", set->family);
    json_write_text(&j, "signed_by", set->signed_by);
    json_write_text(&j, "notes", set->notes);
    json_write_array_begin(&j, "entries");
    for (unsigned i = 0; i < set->count; i++) {
        char name[64 + RECIPE_VARIANT_MAX];
        struct text t = text_over(name, sizeof name);
        write_name(set, args->operands[0], i, &t);
        recipe_shape(&j, name, &set->entries[i], &nothing);
    }
    json_write_array_end(&j);
    shape_steps(&j, steps, set->family, arguments_has(args, "--all"));
    json_write_object_end(&j);
    text_add_char(out, '\n');
}

enum exit_code cmd_image_recognise(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(recipe_book_freep) struct recipe_book *book = NULL;
    autoclean(free_steps) struct steps *steps = calloc(1, sizeof *steps);
    autoclean(free_text) char *data = malloc(SHOWN_BYTES);
    static struct recipe_set set;
    char why[IMAGE_STORE_WHY_MAX] = "";
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = recipes_here(session.config, &book);
    if (code != EXIT_OK || !steps || !data)
        return code != EXIT_OK ? code : EXIT_FAILED;

    autoclean(container_reader_freep) struct container_reader *reader =
        container_reader_new(session.config->user);
    const struct image_add what = { .book = book,
                                    .path = args->operands[0],
                                    .containers = container_reader_finder(reader) };
    const struct family_trail trail = { .step = take_step, .context = steps };
    struct text text = text_over(data, SHOWN_BYTES);
    int r = image_store_recognise(&what, &trail, &set, why);
    if (r == 0 && arguments_has(args, "--json"))
        write_json(&text, args, &set, steps);
    else if (r == 0)
        write_text(&text, args, &set, steps);
    else if (arguments_has(args, "--all"))
        write_steps(&text, steps, "", true);
    fwrite(text.data, 1, text.len, stdout);
    if (r < 0)
        complain("%s", why[0] ? why : strerror(-r));
    return r == 0 ? EXIT_OK : r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
}
