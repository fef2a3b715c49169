/* inspect: what firmware will do with a file, before any firmware sees it. Needs no daemon. Exit
 * codes say the verdict, the worst of several files; what could not be read goes before all
 * verdicts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "cli/inspect_show.h"
#include "cli/inspect_wim.h"
#include "cli/session.h"
#include "fetch/download.h"
#include "net/clock.h"
#include "net/file.h"
#include "serve/file_source.h"
#include "serve/trust_files.h"

#define SHOWN_BYTES     ((size_t)128 * 1024)
#define LEVEL_BYTES_MAX 8192
#define URL_BYTES_MAX   (UINT64_C(1) << 30)

static const enum exit_code codes[] = {
    [INSPECTION_BOOTS] = EXIT_OK,          [INSPECTION_NEEDS_SHIM] = EXIT_NEEDS_SHIM,
    [INSPECTION_UNSIGNED] = EXIT_UNSIGNED, [INSPECTION_REFUSED] = EXIT_REFUSED,
    [INSPECTION_NOT_EFI] = EXIT_NOT_EFI,   [INSPECTION_UNREADABLE] = EXIT_FAILED,
};

/* One run over the files of a command line. */
struct inspect_run {
    bool is_json, has_db;
    struct trust *trust;
    struct inspection *inspection; /* large, used again for each file */
    struct wim_inspection *wim;    /* likewise */
    char *data;                    /* what is shown, likewise */
    struct text text;
    struct json_writer json;
    enum exit_code verdict, failure;
};

static void fail(struct inspect_run *run, enum exit_code code)
{
    if (run->failure == EXIT_OK)
        run->failure = code;
}

static void flush(struct inspect_run *run)
{
    if (run->text.failed) {
        complain("there is more to tell than can be shown");
        fail(run, EXIT_FAILED);
    }
    fwrite(run->text.data, 1, run->text.len, stdout);
    run->text.len = 0;
    run->text.data[0] = 0;
}

static void show(struct inspect_run *run, const char *name, bool is_wim)
{
    struct inspect_shown shown = { .name = name,
                                   .inspection = run->inspection,
                                   .has_db = run->has_db,
                                   .level = trust_level(run->trust),
                                   .now = clock_read().calendar };
    if (is_wim && run->is_json)
        inspect_wim_json(&shown, run->wim, &run->json);
    else if (is_wim)
        inspect_wim_text(&shown, run->wim, &run->text);
    else if (run->is_json)
        inspect_show_json(&shown, &run->json);
    else
        inspect_show_text(&shown, &run->text);
    flush(run);
}

static void inspect_open(struct inspect_run *run, int fd, const char *name)
{
    struct file_source file = { .fd = fd, .name = "" };
    struct image_source source = file_source_over(&file);
    bool is_wim = wim_is(&source, "");
    int r = is_wim ? wim_inspection_make(&source, "", 0, run->trust, run->wim)
                   : inspection_make(&source, "", run->trust, run->inspection);
    if (r < 0) {
        complain("%s cannot be inspected: %s", name, strerror(-r));
        fail(run, EXIT_FAILED);
        return;
    }
    show(run, name, is_wim);
    enum exit_code code = codes[is_wim ? run->wim->verdict : run->inspection->verdict];
    if (code == EXIT_FAILED)
        fail(run, code);
    else if (code > run->verdict)
        run->verdict = code;
}

static void inspect_file(struct inspect_run *run, const char *path)
{
    struct file_facts facts;
    int fd;
    enum file_verdict verdict = file_open_path(path, &fd, &facts);
    if (verdict != FILE_OPENED) {
        complain("%s cannot be read: %s", path, file_verdict_text(verdict));
        fail(run, verdict == FILE_ABSENT ? EXIT_NOT_FOUND : EXIT_FAILED);
        return;
    }
    inspect_open(run, fd, path);
    close(fd);
}

/* A file of the network is taken whole, into a file without a name. */
static void inspect_url(struct inspect_run *run, const char *url)
{
    char data[1024];
    struct text why = text_over(data, sizeof data);
    FILE *file = tmpfile();
    const char *slash = strrchr(url, '/');
    if (!file) {
        complain("no temporary file can be made: %s", strerror(errno));
        fail(run, EXIT_FAILED);
        return;
    }
    const struct download download = { .url = url,
                                       .fd = fileno(file),
                                       .most = URL_BYTES_MAX,
                                       .label = slash[1] ? slash + 1 : url,
                                       .show = isatty(STDERR_FILENO) == 1 };
    int r = download_run(&download, &why);
    if (r < 0) {
        complain("%s", data);
        fail(run, r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED);
    } else {
        inspect_open(run, download.fd, url);
    }
    fclose(file);
}

static bool is_url(const char *name)
{
    struct span s = span_text(name);
    return span_is_nocase(span_slice(s, 0, 7), "http://") ||
           span_is_nocase(span_slice(s, 0, 8), "https://");
}

/* The published level of that date stamp, or the one in the file of that name. */
static enum exit_code find_level(const char *wanted, struct sbat *ret)
{
    char *data = NULL;
    size_t len = 0;
    bool self_applied;
    for (size_t i = 0; sbat_published_level(i, ret, &self_applied); i++)
        if (strcmp(ret->date, wanted) == 0)
            return EXIT_OK;
    int r = session_read_file(wanted, LEVEL_BYTES_MAX, &data, &len);
    enum sbat_flaw flaw = r == 0 ? sbat_read_level(span_of(data, len), ret) : SBAT_SOUND;
    free(data);
    if (r < 0)
        complain("--sbat-level %s is neither the date of a published level (as 2025021800) nor a "
                 "file that can be read: %s",
                 wanted, strerror(-r));
    else if (flaw != SBAT_SOUND)
        complain("%s is no SBAT level: %s", wanted, sbat_flaw_text(flaw));
    return r < 0 || flaw != SBAT_SOUND ? EXIT_USAGE : EXIT_OK;
}

static void tell(void *context, const char *sentence)
{
    (void)context;
    complain("%s", sentence);
}

/* What is trusted: what the configuration and the system say, and what the command line adds. */
static enum exit_code make_trust(const struct arguments *args, struct inspect_run *run)
{
    autoclean(session_close) struct session session = { 0 };
    const struct {
        const char *option;
        enum trust_side side;
    } sides[] = { { "--db", TRUST_DB }, { "--dbx", TRUST_DBX } };
    const char *level = arguments_value(args, "--sbat-level");
    char data[1200];
    size_t certificates, digests;
    struct text why = text_over(data, sizeof data);
    struct sbat sbat;

    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK && trust_files_load(run->trust, session.config, tell, NULL) < 0)
        code = EXIT_FAILED;
    for (size_t i = 0; i < 2 && code == EXIT_OK; i++) {
        const char *path = arguments_value(args, sides[i].option);
        if (path && trust_files_add(run->trust, sides[i].side, path, &why) < 0) {
            complain("%s", data);
            code = EXIT_FAILED;
        }
    }
    if (code == EXIT_OK && level && (code = find_level(level, &sbat)) == EXIT_OK)
        trust_set_level(run->trust, &sbat);
    trust_count(run->trust, TRUST_DB, &certificates, &digests);
    run->has_db = certificates + digests > 0;
    return code;
}

static enum exit_code run_all(const struct arguments *args, struct inspect_run *run)
{
    run->text = text_over(run->data, SHOWN_BYTES);
    run->json = json_over(&run->text);
    if (run->is_json) {
        json_write_object_begin(&run->json, NULL);
        json_write_array_begin(&run->json, "files");
    }
    for (int i = 0; i < args->operand_count; i++) {
        if (is_url(args->operands[i]))
            inspect_url(run, args->operands[i]);
        else
            inspect_file(run, args->operands[i]);
    }
    if (run->is_json) {
        json_write_array_end(&run->json);
        json_write_object_end(&run->json);
        text_add_char(&run->text, '\n');
    }
    flush(run);
    return run->failure != EXIT_OK ? run->failure : run->verdict;
}

enum exit_code cmd_inspect(const struct arguments *args)
{
    struct inspect_run run = { .is_json = arguments_has(args, "--json") };
    enum exit_code code = EXIT_FAILED;

    run.trust = trust_new();
    run.inspection = malloc(sizeof *run.inspection);
    run.wim = malloc(sizeof *run.wim);
    run.data = malloc(SHOWN_BYTES);
    if (run.trust && run.inspection && run.wim && run.data) {
        code = make_trust(args, &run);
        if (code == EXIT_OK)
            code = run_all(args, &run);
    } else {
        complain("out of memory");
    }
    trust_free(run.trust);
    free(run.inspection);
    free(run.wim);
    free(run.data);
    return code;
}
