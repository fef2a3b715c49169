/* render: the answer file a machine would get, by the daemon or, without one, from what is on disk.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/offline.h"
#include "cli/reach_here.h"
#include "cli/reply.h"
#include "model/url.h"
#include "serve/answer_preview.h"

static void add_pair(struct text *query, const char *key, const char *value)
{
    if (!value)
        return;
    text_addf(query, "%s%s=", query->len > 0 ? "&" : "", key);
    url_encode(query, span_text(value));
}

/* The file on standard output, what it is on standard error. */
static enum exit_code show(const struct arguments *args, struct span json)
{
    size_t len = 0, ignored;

    if (arguments_has(args, "--json"))
        return reply_print_json(json) ? EXIT_OK : EXIT_FAILED;
    char *text = reply_text(json, "text", &len), *name = reply_text(json, "template", &ignored);
    char *suffix = reply_text(json, "suffix", &ignored);
    char *by = reply_text(json, "said_by", &ignored), *who = reply_text(json, "name", &ignored);
    bool sound = text && name && suffix && by && who;
    if (sound) {
        fprintf(stderr, "tugboot: %s.%s, which %s %s asks for\n", name, suffix, by, who);
        fwrite(text, 1, len, stdout);
    } else {
        complain("the daemon's answer was not understood");
    }
    free(text);
    free(name);
    free(suffix);
    free(by);
    free(who);
    return sound ? EXIT_OK : EXIT_FAILED;
}

static enum exit_code show_made(const struct arguments *args, const struct answer_made *made)
{
    if (!arguments_has(args, "--json")) {
        fprintf(stderr, "tugboot: %s.%s, which %s %s asks for\n", made->template->name,
                made->template->file->suffix, made->source.kind, made->source.by);
        fwrite(made->output.text, 1, made->output.len, stdout);
        return EXIT_OK;
    }
    size_t cap = made->output.len * 6 + 1024;
    char *data = malloc(cap);
    if (!data) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    struct text out = text_over(data, cap);
    struct json_writer j = json_over(&out);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "template", made->template->name);
    json_write_text(&j, "suffix", made->template->file->suffix);
    json_write_bool(&j, "built_in", made->template->built_in);
    json_write_text(&j, "said_by", made->source.kind);
    json_write_text(&j, "name", made->source.by);
    json_write_bool(&j, "has_secrets", made->output.has_secrets);
    json_write_string(&j, "text", span_of(made->output.text, made->output.len));
    json_write_object_end(&j);
    puts(data);
    free(data);
    return EXIT_OK;
}

static enum exit_code render_here(const struct session *session, const struct arguments *args,
                                  struct mac mac)
{
    struct catalog_snapshot *snapshot = NULL;
    struct answer_made made;
    enum exit_code code = offline_catalog(session, &snapshot);

    if (code != EXIT_OK)
        return code;
    const struct answer_preview p = { .catalog = &snapshot->catalog,
                                      .config = session->config,
                                      .reach = reach_here(session->config),
                                      .host = arguments_value(args, "--host"),
                                      .mac = mac,
                                      .image = arguments_value(args, "--image"),
                                      .kind = arguments_value(args, "--kind"),
                                      .file = arguments_value(args, "--file"),
                                      .reveal = arguments_has(args, "--reveal") };
    int r = answer_preview_make(&p, &made);
    if (r == 0)
        code = show_made(args, &made);
    else
        complain("%s", made.output.why);
    answer_output_done(&made.output);
    catalog_snapshot_unref(snapshot);
    return r == 0 ? code : r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
}

enum exit_code cmd_render(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    const char *host = arguments_value(args, "--host"), *mac = arguments_value(args, "--mac");
    char data[1024] = "", target[1200], why[DAEMON_WHY_MAX];
    struct text query = text_over(data, sizeof data);
    struct daemon_reply reply = { 0 };
    struct mac parsed = { 0 };
    enum exit_code code = session_open(&session, args);

    if (code != EXIT_OK)
        return code;
    if ((host != NULL) == (mac != NULL) || (mac && !mac_parse(span_text(mac), &parsed))) {
        complain("say which machine: --host NAME, or --mac 52:54:00:12:34:56");
        return EXIT_USAGE;
    }
    add_pair(&query, "host", host);
    add_pair(&query, "mac", mac);
    add_pair(&query, "image", arguments_value(args, "--image"));
    add_pair(&query, "kind", arguments_value(args, "--kind"));
    add_pair(&query, "file", arguments_value(args, "--file"));
    add_pair(&query, "reveal", arguments_has(args, "--reveal") ? "1" : NULL);
    if (query.failed) {
        complain("a name is too long");
        return EXIT_USAGE;
    }
    snprintf(target, sizeof target, "/api/v1/render?%s", data);
    int r = daemon_ask(&session.place, "GET", target, (struct span){ 0 }, &reply, why);
    if (r < 0)
        return render_here(&session, args, parsed);
    code = reply.status == 200 ? show(args, reply.body) : reply_refused(&reply);
    daemon_reply_done(&reply);
    return code;
}
