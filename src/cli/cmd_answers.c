/* answers list, show, new: on the folder of templates itself. A daemon that runs sees it change, so
 * none is asked. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/reply.h"
#include "cli/session.h"
#include "net/file.h"
#include "serve/answer_folder.h"

#define LIST_BYTES ((size_t)256 * 1024)

DEFINE_FREEP(struct answer_folder, answer_folder_free)

static const struct reply_column columns[] = {
    { "NAME", "name" },         { "KIND", "kind" }, { "FILE", "file" },
    { "BUILT IN", "built_in" }, { "FOR", "for" },   { NULL, NULL },
};

static enum exit_code load(const struct arguments *args, struct session *session,
                           struct answer_folder **ret_folder)
{
    enum exit_code code = session_open(session, args);

    if (code == EXIT_OK && answer_folder_load(session->config->state, ret_folder) < 0) {
        complain("out of memory");
        code = EXIT_FAILED;
    }
    return code;
}

static void write_list(const struct answer_folder *folder, struct text *out)
{
    size_t count;
    const struct answer_template *templates = answer_folder_templates(folder, &count);
    struct json_writer j = json_over(out);

    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "answers");
    for (size_t i = 0; i < count; i++) {
        char name[ANSWER_TEMPLATE_NAME_MAX + 32];
        snprintf(name, sizeof name, "%s.%s", templates[i].name, templates[i].file->suffix);
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "name", name);
        json_write_text(&j, "kind", answer_kind_name(templates[i].file->kind));
        json_write_text(&j, "file", templates[i].file->wire);
        json_write_bool(&j, "built_in", templates[i].built_in);
        json_write_text(&j, "for", answer_kind_text(templates[i].file->kind));
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_object_end(&j);
}

enum exit_code cmd_answers_list(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(answer_folder_freep) struct answer_folder *folder = NULL;
    enum exit_code code = load(args, &session, &folder);

    if (code != EXIT_OK)
        return code;
    char *data = malloc(LIST_BYTES);
    struct text text = text_over(data ? data : (char[1]){ 0 }, data ? LIST_BYTES : 1);
    write_list(folder, &text);
    bool shown = !text.failed &&
                 (arguments_has(args, "--json")
                      ? reply_print_json(text_span(&text))
                      : reply_print_table(text_span(&text), "answers", columns, "", NULL, 0));
    free(data);
    if (!shown)
        complain("the list is too long to be shown");
    return shown ? EXIT_OK : EXIT_FAILED;
}

/* By its whole name; NULL after a complaint. */
static const struct answer_template *find(const struct answer_folder *folder, const char *whole)
{
    size_t count;
    const struct answer_template *templates = answer_folder_templates(folder, &count);
    const struct answer_file *file;
    struct span name;

    if (answer_folder_split(span_text(whole), &name, &file))
        for (size_t i = 0; i < count; i++)
            if (templates[i].file == file && span_is(name, templates[i].name))
                return &templates[i];
    complain("there is no template %s; 'tugboot answers list' has them", whole);
    return NULL;
}

enum exit_code cmd_answers_show(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(answer_folder_freep) struct answer_folder *folder = NULL;
    enum exit_code code = load(args, &session, &folder);

    if (code != EXIT_OK)
        return code;
    const struct answer_template *found = find(folder, args->operands[0]);
    if (!found)
        return EXIT_NOT_FOUND;
    fwrite(found->text.data, 1, found->text.len, stdout);
    return EXIT_OK;
}

/* As the state folder's owner, who is the daemon: it must be able to read it. */
static void give_to_owner(const char *state, int fd, const char *name)
{
    struct stat facts;

    if (geteuid() == 0 && stat(state, &facts) == 0 &&
        (fchown(fd, facts.st_uid, facts.st_gid) < 0 ||
         fchownat(fd, name, facts.st_uid, facts.st_gid, AT_SYMLINK_NOFOLLOW) < 0))
        complain("the template cannot be given to the daemon's user: %s", strerror(errno));
}

static enum exit_code write_new(const char *state, const char *name, struct span text)
{
    char path[512];

    snprintf(path, sizeof path, "%s/" ANSWER_FOLDER_NAME, state);
    int r = file_make_folders(path);
    int fd = r == 0 ? file_open_root(path) : r;
    if (fd < 0) {
        complain("%s: %s", path, strerror(-fd));
        return EXIT_FAILED;
    }
    r = file_write_new(fd, name, text);
    if (r == 0)
        give_to_owner(state, fd, name);
    close(fd);
    if (r == 0)
        printf("%s/%s is yours to edit\n", path, name);
    else
        complain("%s/%s: %s", path, name, r == -EEXIST ? "it is there already" : strerror(-r));
    return r == 0 ? EXIT_OK : EXIT_FAILED;
}

enum exit_code cmd_answers_new(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(answer_folder_freep) struct answer_folder *folder = NULL;
    const char *from = arguments_value(args, "--from"), *name = args->operands[0];
    enum exit_code code = load(args, &session, &folder);
    char whole[ANSWER_TEMPLATE_NAME_MAX + 32];

    if (code != EXIT_OK)
        return code;
    if (!from || !answer_template_name_is_sound(span_text(name))) {
        complain("%s", from ? "a template's name is made of letters, digits, dots, dashes and "
                              "underscores, at most 63"
                            : "say which template to begin with: --from default.preseed; 'tugboot "
                              "answers list' has them");
        return EXIT_USAGE;
    }
    const struct answer_template *found = find(folder, from);
    if (!found)
        return EXIT_NOT_FOUND;
    /* "web" or "web.preseed": the same. */
    const struct answer_file *file;
    struct span bare;
    if (answer_folder_split(span_text(name), &bare, &file) && file == found->file)
        span_to_text(span_text(name), whole, sizeof whole);
    else
        snprintf(whole, sizeof whole, "%s.%s", name, found->file->suffix);
    return write_new(session.config->state, whole, found->text);
}
