/* image verify: are the bytes of the images still those that were recorded? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/progress.h"
#include "cli/recipes_here.h"
#include "cli/session.h"
#include "cli/table.h"
#include "net/clock.h"
#include "net/file.h"
#include "serve/container_reader.h"
#include "serve/image_digest.h"
#include "serve/image_store.h"

DEFINE_FREEP(struct recipe_book, recipe_book_free)
DEFINE_FREEP(struct container_reader, container_reader_free)

#define REPORT_BYTES ((size_t)4 * 1024 * 1024)
#define NAME_MAX_    300

struct verify {
    const struct session *session;
    bool is_json, accept, is_bad, has_failed;
    struct progress progress;
    struct json_writer json;
    char done[NAME_MAX_]; /* the image that was looked at last: several entries are one image */
};

static void free_text(char **text)
{
    free(*text);
}

static int show_progress(void *context, uint64_t done, uint64_t total)
{
    struct verify *v = context;
    progress_show(&v->progress, done, total, clock_read().steady);
    return 0;
}

static const char *advice_for(enum image_digest_verdict verdict)
{
    static const char *const texts[] = {
        [IMAGE_DIGEST_INTACT] = "",
        [IMAGE_DIGEST_NEW] = "",
        [IMAGE_DIGEST_DAMAGED] = "its bytes are others, and nobody wrote to it: copy or fetch the "
                                 "image again, and look at the disk (smartctl, dmesg)",
        [IMAGE_DIGEST_CHANGED] = "written to since it was recorded; --accept takes it as it is",
        [IMAGE_DIGEST_GONE] = "it was there when the image was recorded; --accept forgets it",
        [IMAGE_DIGEST_UNREADABLE] = "it cannot be read: look at the disk and at its permissions",
    };
    return texts[verdict];
}

static void take_row(void *context, const char *path, enum image_digest_verdict verdict)
{
    struct verify *v = context;

    if (verdict == IMAGE_DIGEST_NEW)
        return;
    if (v->is_json) {
        json_write_object_begin(&v->json, NULL);
        json_write_text(&v->json, "file", path);
        json_write_text(&v->json, "verdict", image_digest_name(verdict));
        json_write_object_end(&v->json);
        return;
    }
    progress_end(&v->progress);
    v->progress.has_begun = false;
    print_harmless(span_text(path));
    printf(": %s: %s\n", image_digest_name(verdict), advice_for(verdict));
}

static void tell_sums(struct verify *v, const char *entry, const struct image_digest_sums *sums)
{
    char data[160];
    struct text out = text_over(data, sizeof data);

    if (v->is_json) {
        json_write_array_end(&v->json);
        json_write_number(&v->json, "files", sums->files);
        json_write_number(&v->json, "new", sums->fresh);
        json_write_number(&v->json, "bad", sums->bad);
        json_write_number(&v->json, "bytes", (int64_t)sums->bytes);
        return;
    }
    text_addf(&out, ": %u file%s, ", sums->files, sums->files == 1 ? "" : "s");
    text_add_bytes(&out, sums->bytes);
    if (sums->bad > 0)
        text_addf(&out, ": %u not as recorded", sums->bad);
    else if (sums->fresh == sums->files)
        text_add(&out, ": recorded");
    else
        text_add(&out, ": intact");
    if (sums->fresh > 0 && sums->fresh < sums->files)
        text_addf(&out, ", %u new", sums->fresh);
    print_harmless(span_text(entry));
    puts(data);
}

/* One folder or file of the images folder. */
static void verify_entry(struct verify *v, const char *entry)
{
    struct image_digest_sums sums = { 0 };
    char why[IMAGE_DIGEST_WHY_MAX];
    const struct image_digest_check check = { .images = v->session->config->images,
                                              .entry = entry,
                                              .accept = v->accept,
                                              .now_s = clock_read().calendar.ms / 1000,
                                              .row = take_row,
                                              .progress =
                                                  v->progress.is_terminal ? show_progress : NULL,
                                              .context = v };

    if (strcmp(v->done, entry) == 0)
        return;
    snprintf(v->done, sizeof v->done, "%s", entry);
    v->progress = (struct progress){ .label = v->done, .is_terminal = v->progress.is_terminal };
    if (v->is_json) {
        json_write_object_begin(&v->json, NULL);
        json_write_text(&v->json, "image", entry);
        json_write_array_begin(&v->json, "findings");
    }
    int r = image_digest_run(&check, &sums, why);
    progress_end(&v->progress);
    if (r < 0) {
        complain("%s", why);
        v->has_failed = true;
    }
    v->is_bad = v->is_bad || sums.bad > 0;
    if (r == 0 || v->is_json)
        tell_sums(v, entry, &sums);
    if (v->is_json)
        json_write_object_end(&v->json);
}

static int take_image(void *context, const struct image_entry *image, uint64_t bytes)
{
    struct verify *v = context;

    (void)bytes;
    if (image->folder[0])
        verify_entry(v, image->folder);
    else if (image->container)
        verify_entry(v, image->container_file);
    else if (image->recipe)
        verify_entry(v, image->recipe->kernel);
    return 0;
}

static enum exit_code verify_images(struct verify *v, const struct arguments *args,
                                    const struct recipe_book *book)
{
    const struct config *config = v->session->config;
    autoclean(container_reader_freep) struct container_reader *reader =
        container_reader_new(config->user);
    struct container_finder containers = container_reader_finder(reader);
    char why[IMAGE_STORE_WHY_MAX] = "";

    for (int i = 0; i == 0 || i < args->operand_count; i++) {
        const char *only = i < args->operand_count ? args->operands[i] : NULL;
        v->done[0] = 0;
        int r = image_store_each(config->images, only, book, &containers, take_image, v, why);
        if (r == 0 && (!only || v->done[0]))
            continue;
        if (r == 0)
            complain("there is no image '%.60s'; 'tugboot image list' names them", only);
        else
            complain("%s", why[0] ? why : strerror(-r));
        return r == 0 || r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
    }
    return v->has_failed || v->is_bad ? EXIT_FAILED : EXIT_OK;
}

enum exit_code cmd_image_verify(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(recipe_book_freep) struct recipe_book *book = NULL;
    autoclean(free_text) char *data = malloc(REPORT_BYTES);
    struct text out;
    struct verify v = { .session = &session,
                        .is_json = arguments_has(args, "--json"),
                        .accept = arguments_has(args, "--accept") };

    v.progress.is_terminal = isatty(STDERR_FILENO) == 1;
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = recipes_here(session.config, &book);
    if (code != EXIT_OK || !data)
        return code != EXIT_OK ? code : EXIT_FAILED;
    out = text_over(data, REPORT_BYTES);
    v.json = json_over(&out);
    json_write_object_begin(&v.json, NULL);
    json_write_array_begin(&v.json, "images");
    code = verify_images(&v, args, book);
    json_write_array_end(&v.json);
    json_write_object_end(&v.json);
    if (!v.is_json)
        return code;
    if (out.failed) {
        complain("the report is too long; name the images one after the other");
        return EXIT_FAILED;
    }
    puts(data);
    return code;
}
