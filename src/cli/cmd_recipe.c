/* recipe list, show, check: the recipes that are known, the text of one, and the faults of a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/recipes_here.h"
#include "cli/reply.h"
#include "serve/recipe_folder.h"

DEFINE_FREEP(struct recipe_book, recipe_book_free)

#define LIST_BYTES ((size_t)256 * 1024)

static void free_text(char **text)
{
    free(*text);
}

static void add_row(struct json_writer *j, const struct family *family)
{
    json_write_object_begin(j, NULL);
    json_write_text(j, "name", family->name);
    json_write_text(j, "title", family->title);
    json_write_text(j, "group", family->group ? family->group : "");
    json_write_text(j, "answers", answer_kind_name(family->common.answers));
    json_write_text(j, "from", family->is_own ? "your own" : "tugboot");
    json_write_text(j, "state",
                    family->refuse               ? "told of, not booted"
                    : family->common.is_untested ? "untested here"
                                                 : "");
    json_write_number(j, "priority", (uint64_t)family->priority);
    json_write_number(j, "entries", family->entry_count > 0 ? family->entry_count : 1);
    json_write_object_end(j);
}

enum exit_code cmd_recipe_list(const struct arguments *args)
{
    static const struct reply_column columns[] = {
        { "NAME", "name" }, { "TITLE", "title" }, { "GROUP", "group" }, { "ANSWERS", "answers" },
        { "FROM", "from" }, { "STATE", "state" }, { NULL, NULL },
    };
    autoclean(session_close) struct session session = { 0 };
    autoclean(recipe_book_freep) struct recipe_book *book = NULL;
    autoclean(free_text) char *data = malloc(LIST_BYTES);
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = recipes_here(session.config, &book);
    if (code != EXIT_OK || !data)
        return code != EXIT_OK ? code : EXIT_FAILED;

    struct text text = text_over(data, LIST_BYTES);
    struct json_writer j = json_over(&text);
    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "recipes");
    for (size_t i = 0; i < recipe_book_count(book); i++)
        add_row(&j, recipe_book_at(book, i));
    json_write_array_end(&j);
    json_write_object_end(&j);
    bool shown = !text.failed &&
                 (arguments_has(args, "--json")
                      ? reply_print_json(text_span(&text))
                      : reply_print_table(text_span(&text), "recipes", columns, "", NULL, 0));
    return shown ? EXIT_OK : EXIT_FAILED;
}

/* The user's file of that name, read; false when there is none. */
static bool find_own(const struct config *config, const char *name, char **ret_data,
                     size_t *ret_len)
{
    char path[CONFIG_PATH_MAX + 80], folder[CONFIG_PATH_MAX];
    struct text t = text_over(path, sizeof path);
    recipe_folder_path(config, folder);
    text_addf(&t, "%s/%s.yaml", folder, name);
    return !t.failed && recipe_is_name(span_text(name)) &&
           session_read_file(path, FAMILY_YAML_MAX, ret_data, ret_len) == 0;
}

enum exit_code cmd_recipe_show(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(free_text) char *data = NULL;
    const char *wanted = args->operands[0], *name, *text;
    size_t len = 0;
    enum exit_code code = session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    if (find_own(session.config, wanted, &data, &len)) {
        fwrite(data, 1, len, stdout);
        return EXIT_OK;
    }
    for (size_t i = 0; (text = recipe_book_text(i, &name)) != NULL; i++) {
        if (strcmp(name, wanted) != 0)
            continue;
        fputs(text, stdout);
        return EXIT_OK;
    }
    complain("there is no recipe %s; 'tugboot recipe list' has them", wanted);
    return EXIT_NOT_FOUND;
}

/* A file under examination. */
struct checked_file {
    const char *path;
    unsigned faults;
};

static void tell_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    struct checked_file *file = context;
    char data[1100];
    struct text t = text_over(data, sizeof data);
    text_add_escaped(&t, span_text(text));
    fprintf(stderr, "%s:%u:%u: %s\n", file->path, line, column, data);
    file->faults++;
}

/* The file's name without folder and ending: what the recipe is called. */
static void name_of(const char *path, char out[64])
{
    const char *slash = strrchr(path, '/');
    struct span base = span_text(slash ? slash + 1 : path);
    if (base.len > 5 && span_is(span_from(base, base.len - 5), ".yaml"))
        base.len -= 5;
    span_to_text(base, out, 64);
}

enum exit_code cmd_recipe_check(const struct arguments *args)
{
    enum exit_code code = EXIT_OK;

    for (int i = 0; i < args->operand_count; i++) {
        struct checked_file file = { .path = args->operands[i] };
        const struct yaml_fault_sink sink = { .add = tell_fault, .context = &file };
        autoclean(free_text) char *data = NULL;
        struct family *family = NULL;
        char name[64];
        size_t len = 0;

        name_of(file.path, name);
        int r = session_read_file(file.path, FAMILY_YAML_MAX, &data, &len);
        if (r == 0)
            r = family_read(span_of(data, len), name, &sink, &family);
        if (r == 0)
            printf("%s is sound: the recipe %s\n", file.path, family->name);
        else if (file.faults == 0)
            complain("%s: %s", file.path,
                     r == -EFBIG ? "a recipe is at most 64 KiB" : strerror(-r));
        if (r < 0)
            code = r == -ENOENT && code == EXIT_OK ? EXIT_NOT_FOUND : EXIT_FAILED;
        family_free(family);
    }
    return code;
}
