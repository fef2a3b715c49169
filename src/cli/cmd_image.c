/* image add, list, show, remove: on the images folder itself. A daemon that runs sees the folder
 * change, so none is asked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "cli/fetch_list.h"
#include "cli/image_fetch.h"
#include "cli/image_look.h"
#include "cli/image_sums.h"
#include "cli/progress.h"
#include "cli/recipe_shape.h"
#include "cli/recipes_here.h"
#include "cli/reply.h"
#include "cli/session.h"
#include "net/clock.h"
#include "serve/container_reader.h"
#include "serve/image_digest.h"
#include "serve/image_store.h"

DEFINE_FREEP(struct image_look, image_look_free)
DEFINE_FREEP(struct recipe_book, recipe_book_free)
DEFINE_FREEP(struct container_reader, container_reader_free)

#define LIST_BYTES ((size_t)4 * 1024 * 1024)

static enum exit_code refused(int error, const char *why)
{
    complain("%s", why[0] ? why : strerror(-error));
    return error == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
}

static int show_progress(void *context, uint64_t done, uint64_t total)
{
    progress_show(context, done, total, clock_read().steady);
    return 0;
}

/* What Secure Boot says of one image. */
struct verdict {
    struct image_look *look;
    struct secure_facts secure;
};

static int take_verdict(void *context, const struct image_entry *image, uint64_t bytes)
{
    struct verdict *verdict = context;
    (void)bytes;
    if (image->recipe)
        image_look_at(verdict->look, image, &verdict->secure);
    return 0;
}

static void show_added(const struct arguments *args, const struct config *config,
                       const struct recipe_book *book, const struct container_finder *containers,
                       const struct image_added *added)
{
    char data[8192], why[IMAGE_STORE_WHY_MAX];
    struct text text = text_over(data, sizeof data);
    const struct recipe *first = &added->set.entries[0];
    autoclean(image_look_freep) struct image_look *look = image_look_new(config);
    struct verdict verdict = { .look = look };
    if (look)
        (void)!image_store_each(config->images, added->name, book, containers, take_verdict,
                                &verdict, why);
    if (arguments_has(args, "--json")) {
        struct json_writer j = json_over(&text);
        recipe_shape(&j, added->name, first, &verdict.secure);
    } else {
        text_add(&text, added->name);
        text_add(&text, " is on the menu: ");
        text_add_escaped(&text, span_text(first->title));
        text_add(&text, ", ");
        text_add_bytes(&text, added->bytes);
        text_add(&text, "\nwith Secure Boot: ");
        secure_facts_write(&verdict.secure, &text);
        for (unsigned i = 1; i < added->set.count; i++) {
            text_addf(&text, "\nalso %s.%s: ", added->name, added->set.entries[i].variant);
            text_add_escaped(&text, span_text(added->set.entries[i].title));
        }
        if (added->set.notes[0])
            text_addf(&text, "\nnote: %s", added->set.notes);
    }
    puts(data);
}

/* From an address, by way of a hidden file in the images folder. */
static int add_from_url(const struct config *config, const char *sha256, struct image_add *what,
                        struct image_added *added, char why[IMAGE_FETCH_WHY_MAX])
{
    static struct image_fetched fetched;
    const struct image_fetch fetch = { config->images, what->path, sha256 };
    int r = image_fetch_run(&fetch, &fetched, why);

    if (r < 0)
        return r;
    what->path = fetched.path;
    what->part = fetched.part;
    what->moved_as = fetched.file;
    r = image_store_add(config->images, what, added, why);
    bool is_kept = r == -EEXIST || r == -EINVAL || r == -EBUSY;
    image_fetch_end(&fetched, is_kept);
    if (is_kept)
        complain("what was fetched is kept: the same command with another --name goes on with it");
    if (r == 0)
        fprintf(stderr, "SHA-256 %s%s\n", fetched.sha256, sha256 ? ", as asked for" : "");
    return r;
}

/* The digest that a file of digests has for it. */
static enum exit_code take_sums(const struct arguments *args, const struct config *config,
                                const char *url, char out[FETCH_DIGEST_TEXT + 1])
{
    char why[IMAGE_FETCH_WHY_MAX], signer[SIGNER_MAX];
    struct text t = text_over(why, sizeof why);
    const struct image_sums what = { .url = url,
                                     .sums = arguments_value(args, "--sha256sums"),
                                     .signature = arguments_value(args, "--signature"),
                                     .keyring = arguments_value(args, "--keyring"),
                                     .user = config->user };
    int r = image_sums_find(&what, out, signer, &t);
    if (r < 0)
        return refused(r, why);
    if (signer[0])
        fprintf(stderr, "%s is signed by %s\n", what.sums, signer);
    return EXIT_OK;
}

/* What goes together. */
static bool check_digest_options(const struct arguments *args, const char *path,
                                 char digest[FETCH_DIGEST_TEXT + 1])
{
    const char *sha256 = arguments_value(args, "--sha256");
    bool has_sums = arguments_has(args, "--sha256sums");
    if (sha256 && (!url_is_one(path) || !fetch_read_digest(sha256, digest)))
        complain("--sha256 is for an address, and takes 64 hexadecimal digits");
    else if (has_sums && (sha256 || !url_is_one(path)))
        complain("--sha256sums is for an address, and instead of --sha256");
    else if ((arguments_has(args, "--signature") || arguments_has(args, "--keyring")) &&
             (!has_sums || !arguments_has(args, "--keyring")))
        complain("a signature is that of --sha256sums, and is held against --keyring: a file with "
                 "the keys that may have signed");
    else
        return true;
    return false;
}

/* So that `image verify` can tell later whether the disk still gives back these bytes. The image is
 * on the menu meanwhile, and stays there without. */
static void record_digests(const char *images, const char *name)
{
    struct progress progress = { .label = "recording digests",
                                 .is_terminal = isatty(STDERR_FILENO) == 1 };
    const struct image_digest_check check = {
        .images = images,
        .entry = name,
        .now_s = clock_read().calendar.ms / 1000,
        .progress = progress.is_terminal ? show_progress : NULL,
        .context = &progress,
    };
    struct image_digest_sums sums;
    char why[IMAGE_DIGEST_WHY_MAX];

    image_digest_forget(images, name);
    if (image_digest_run(&check, &sums, why) < 0)
        complain("no digests were recorded: %s", why);
    progress_end(&progress);
}

enum exit_code cmd_image_add(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    static struct image_added added;
    char why[IMAGE_FETCH_WHY_MAX] = "", digest[FETCH_DIGEST_TEXT + 1];
    const char *sha256 = arguments_value(args, "--sha256");
    struct progress progress = { .label = "copying", .is_terminal = isatty(STDERR_FILENO) == 1 };
    struct image_add what = { .path = args->operands[0],
                              .name = arguments_value(args, "--name"),
                              .title = arguments_value(args, "--title"),
                              .arguments = arguments_value(args, "--args"),
                              .progress = show_progress,
                              .context = &progress };
    autoclean(recipe_book_freep) struct recipe_book *book = NULL;
    if (!check_digest_options(args, what.path, digest))
        return EXIT_USAGE;
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK && what.name && image_store_is_taken(session.config->images, what.name)) {
        complain("there is an image named %s already: remove it first, or choose another --name",
                 what.name);
        return EXIT_FAILED;
    }
    if (code == EXIT_OK && arguments_has(args, "--sha256sums")) {
        code = take_sums(args, session.config, what.path, digest);
        sha256 = digest;
    }
    if (code == EXIT_OK)
        code = recipes_here(session.config, &book);
    if (code != EXIT_OK)
        return code;
    autoclean(container_reader_freep) struct container_reader *reader =
        container_reader_new(session.config->user);
    what.book = book;
    what.containers = container_reader_finder(reader);
    bool is_url = url_is_one(what.path);
    int r = is_url ? add_from_url(session.config, sha256 ? digest : NULL, &what, &added, why)
                   : image_store_add(session.config->images, &what, &added, why);
    progress_end(&progress);
    if (r < 0)
        return refused(r, why);
    show_added(args, session.config, book, &what.containers, &added);
    record_digests(session.config->images, added.name);
    return EXIT_OK;
}

/* A list under way; `only` NULL takes every image. */
struct image_list {
    struct json_writer json;
    struct image_look *look; /* NULL: memory ran out, nothing is known */
    bool found, broken;
};

static int add_image(void *context, const struct image_entry *image, uint64_t bytes)
{
    struct image_list *list = context;
    (void)bytes;
    list->found = true;
    if (image->recipe) {
        struct secure_facts secure = { 0 };
        if (list->look)
            image_look_at(list->look, image, &secure);
        recipe_shape(&list->json, image->name, image->recipe, &secure);
        return 0;
    }
    char data[1024];
    struct text t = text_over(data, sizeof data);
    text_add_escaped(&t, span_text(image->name));
    text_add(&t, " is not on the menu: ");
    text_add_escaped(&t, span_text(image->why));
    complain("%s", data);
    list->broken = true;
    return 0;
}

static void free_text(char **text)
{
    free(*text);
}

/* Make the list and hand the JSON to `show`. */
static enum exit_code list_images(const struct arguments *args, const char *only,
                                  bool (*show)(const struct arguments *args, struct span json))
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(free_text) char *data = malloc(LIST_BYTES);
    char why[IMAGE_STORE_WHY_MAX] = "";
    autoclean(recipe_book_freep) struct recipe_book *book = NULL;
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = recipes_here(session.config, &book);
    if (code != EXIT_OK || !data)
        return code != EXIT_OK ? code : EXIT_FAILED;

    struct text text = text_over(data, LIST_BYTES);
    autoclean(image_look_freep) struct image_look *look = image_look_new(session.config);
    autoclean(container_reader_freep) struct container_reader *reader =
        container_reader_new(session.config->user);
    const struct container_finder containers = container_reader_finder(reader);
    struct image_list list = { .json = json_over(&text), .look = look };
    if (!only) {
        json_write_object_begin(&list.json, NULL);
        json_write_array_begin(&list.json, "images");
    }
    int r =
        image_store_each(session.config->images, only, book, &containers, add_image, &list, why);
    if (r < 0 && (r != -ENOENT || only))
        return refused(r, why);
    if (!only) {
        json_write_array_end(&list.json);
        json_write_object_end(&list.json);
    } else if (!list.found) {
        complain("there is no image %s; 'tugboot image list' has them", only);
        return EXIT_NOT_FOUND;
    } else if (list.broken) {
        return EXIT_FAILED;
    }
    return !text.failed && show(args, text_span(&text)) ? EXIT_OK : EXIT_FAILED;
}

static bool show_list(const struct arguments *args, struct span json)
{
    static const struct reply_column columns[] = {
        { "NAME", "name" }, { "TITLE", "title" },   { "GROUP", "group" },
        { "KIND", "kind" }, { "ARCHES", "arches" }, { "SECURE BOOT", "secure_boot" },
        { NULL, NULL },
    };
    if (arguments_has(args, "--json"))
        return reply_print_json(json);
    return reply_print_table(json, "images", columns,
                             "no image yet; 'tugboot image add PATH' puts one on the menu", NULL,
                             0);
}

enum exit_code cmd_image_list(const struct arguments *args)
{
    return list_images(args, NULL, show_list);
}

static bool show_one(const struct arguments *args, struct span json)
{
    return arguments_has(args, "--json") ? reply_print_json(json) : reply_print_fields(json);
}

enum exit_code cmd_image_show(const struct arguments *args)
{
    return list_images(args, args->operands[0], show_one);
}

enum exit_code cmd_image_remove(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    char why[IMAGE_STORE_WHY_MAX] = "";
    enum exit_code code = session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    int r = image_store_remove(session.config->images, args->operands[0], why);
    if (r < 0)
        return refused(r, why);
    image_digest_forget(session.config->images, args->operands[0]);
    printf("%s is deleted\n", args->operands[0]);
    return EXIT_OK;
}
