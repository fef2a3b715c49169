/* See answer_serve.h. A file goes as it is, or in an archive for the initramfs, with or without the
 * image's initrds before it. Who shows what is asked of the book; a file is made anew each time,
 * the same bytes each time, and counts as read from its first byte on. */
#include "serve/answer_serve.h"

#include <errno.h>
#include <stdio.h>

#include "boot/answer_parts.h"
#include "boot/identity.h"
#include "boot/script_windows.h"
#include "model/url.h"
#include "serve/composed_open.h"

#define WHY_SHOWN_MAX 160

struct visit {
    const struct answer_serve *s;
    const struct view *view;
    const struct fetch_request *request;
    struct span token, file;
    struct client client;
    struct answer_grant grant;
};

static struct event begin_event(const struct visit *v, enum event_id id)
{
    struct event event = event_make(id, v->request->now, mac_to_u64(v->client.mac));
    event_add_text(&event, "image", v->grant.image);
    event_add_ipv4(&event, "source", v->request->source.addr.value);
    return event;
}

static void tell_refused(const struct visit *v, enum event_id id, const char *why)
{
    char name[128];
    struct text shown = text_over(name, sizeof name);
    struct event event = begin_event(v, id);

    answer_path_show(v->request->name, &shown);
    event_add_text(&event, "file", name);
    event_add_text(&event, "why", why);
    event_emit(&v->s->events, &event);
}

static int refuse(const struct visit *v, enum answer_verdict verdict, struct fetch *out)
{
    const char *why = answer_verdict_text(verdict);

    tell_refused(v, EVENT_ANSWER_REFUSED, why);
    span_to_text(span_text(why), out->why, sizeof out->why);
    switch (verdict) {
    case ANSWER_OPEN:
    case ANSWER_UNKNOWN:
        return -ENOENT;
    case ANSWER_OTHER_MACHINE:
        return -EACCES;
    case ANSWER_EXPIRED:
    case ANSWER_USED:
        return -ESTALE;
    }
    return -ENOENT;
}

static void describe(struct fetch *out, struct span text, const char *media_type)
{
    out->body = (struct body){
        .pieces = { { .fd = -1, .length = text.len, .memory = text.data } },
        .piece_count = 1,
        .size = text.len,
        .media_type = media_type,
    };
}

/* "finished" or "failed?why=...": told once. */
static int take_call(const struct visit *v, bool has_failed, struct fetch *out)
{
    static const char thanks[] = "ok\n";
    char why[WHY_SHOWN_MAX] = "";
    struct text said = text_over(why, sizeof why);

    describe(out, span_of(thanks, sizeof thanks - 1), "text/plain");
    out->candidate.what = has_failed ? ANSWER_WORD_FAILED : ANSWER_WORD_FINISHED;
    if (v->request->head_only || (!has_failed && !answer_book_finish(v->s->book, v->token)))
        return 0;
    struct event event = begin_event(v, has_failed ? EVENT_INSTALL_FAILED : EVENT_INSTALL_FINISHED);
    if (has_failed) {
        (void)url_query_find(v->request->query, "why", &said);
        event_add_text(&event, "why", why[0] ? why : "it did not say why");
    }
    event_emit(&v->s->events, &event);
    if (!has_failed && !mac_is_zero(v->grant.mac))
        v->s->installed(v->s->context, v->grant.mac, v->grant.image);
    return 0;
}

static bool is_for_initramfs(struct span file)
{
    return span_is(file, ANSWER_WORD_ARCHIVE) || span_is(file, ANSWER_WORD_INITRD);
}

static struct reach reach_of(const struct visit *v)
{
    return (struct reach){ .server = v->request->local,
                           .http_port = v->view->config->http.port,
                           .https_port = v->view->https_port,
                           .secure = v->request->over_tls };
}

static int make_file(const struct visit *v, const struct image *image, struct answer_made *made)
{
    const struct answer_order order = {
        .catalog = v->view->catalog,
        .config = v->view->config,
        .ifaces = &v->view->ifaces,
        .client = &v->client,
        .image = image,
        .reach = reach_of(v),
        .token = v->grant.token,
        .file = is_for_initramfs(v->file) ? (struct span){ 0 } : v->file,
    };
    return answer_make(&order, made);
}

/* A file with a secret is good for one reading; ANSWER_OPEN when this is it. */
static enum answer_verdict use(const struct visit *v, bool has_secret, const char *file)
{
    if (!has_secret || v->request->head_only)
        return ANSWER_OPEN;
    return answer_book_use(v->s->book, v->token, file, v->view->config->answers.grace,
                           v->request->now);
}

/* What starts Windows on this machine. The facts of the query count, but for whose they are. */
static int open_windows(const struct visit *v, const struct image *image, struct arena *arena,
                        struct fetch *out)
{
    const struct reach reach = reach_of(v);
    struct text why = text_over(out->why, sizeof out->why);
    struct client client = v->client;
    struct windows_made made;
    const char *file = script_windows_name(v->file);

    identity_take(v->request->query, &client);
    client.mac = v->client.mac;
    if (!script_windows_file(v->view->catalog, image, &client, &reach, v->file, v->request->query,
                             arena, &made, &why)) {
        tell_refused(v, EVENT_ANSWER_REFUSED, out->why);
        return -ENOENT;
    }
    enum answer_verdict verdict = use(v, made.has_secret, file);
    if (verdict != ANSWER_OPEN)
        return refuse(v, verdict, out);
    describe(out, made.text, "application/octet-stream");
    out->candidate.what = file;
    out->candidate.image = image;
    return 0;
}

/* The answer that was made as bytes for the initramfs: 0, or a negative errno with out->why. */
static int open_for_initramfs(const struct visit *v, const struct image *image, struct span text,
                              struct arena *arena, struct fetch *out)
{
    const struct part_places places = { .root_fds = v->view->snapshot->root_fds,
                                        .containers = v->view->snapshot->containers };
    struct text why = text_over(out->why, sizeof out->why);
    bool is_whole = span_is(v->file, ANSWER_WORD_INITRD);
    struct part_plan plan;

    if (!answer_parts_plan(image, is_whole, text, arena, &plan)) {
        text_add(&why, "it does not fit into the request's memory");
        return -ENOMEM;
    }
    int r = composed_open(&plan, &places, arena, &out->body, &why);
    if (r < 0)
        return r;
    out->body.media_type = "application/octet-stream";
    /* It has files of the image in it, too. */
    out->candidate.kind = is_whole ? CANDIDATE_PARTS : CANDIDATE_TEXT;
    return 0;
}

/* Has the image a place in the initramfs where its installer looks? */
static bool has_place(const struct visit *v, const struct image *image, struct fetch *out)
{
    if (!is_for_initramfs(v->file) || (image->kind == IMAGE_LINUX && image->answer_inside))
        return true;
    snprintf(out->why, sizeof out->why,
             "the installer of %.63s does not look for answers in its initramfs (answer-inside)",
             image->name);
    tell_refused(v, EVENT_ANSWER_REFUSED, out->why);
    return false;
}

static int open_file(const struct visit *v, struct arena *arena, struct fetch *out,
                     struct answer_output *ret_output)
{
    const struct image *image = catalog_find_image(v->view->catalog, span_text(v->grant.image));
    struct answer_made made;

    if (!image) {
        snprintf(out->why, sizeof out->why, "the image %.63s is not here any more", v->grant.image);
        tell_refused(v, EVENT_ANSWER_REFUSED, out->why);
        return -ENOENT;
    }
    if (image->kind == IMAGE_WIM && script_windows_name(v->file))
        return open_windows(v, image, arena, out);
    if (!has_place(v, image, out))
        return -ENOENT;
    int r = make_file(v, image, &made);
    if (r < 0) {
        span_to_text(span_text(made.output.why), out->why, sizeof out->why);
        tell_refused(v, r == -EINVAL ? EVENT_ANSWER_FAULTY : EVENT_ANSWER_REFUSED, made.output.why);
        return r;
    }
    enum answer_verdict verdict = use(v, made.output.has_secrets, made.template->file->wire);
    if (verdict != ANSWER_OPEN) {
        answer_output_done(&made.output);
        return refuse(v, verdict, out);
    }
    const struct span text = span_of(made.output.text, made.output.len);
    if (is_for_initramfs(v->file)) {
        r = open_for_initramfs(v, image, text, arena, out);
        if (r < 0) {
            tell_refused(v, EVENT_ANSWER_REFUSED, out->why);
            answer_output_done(&made.output);
            return r;
        }
    } else {
        describe(out, text, made.template->file->media_type);
    }
    *ret_output = made.output;
    out->candidate.what = made.template->file->wire;
    out->candidate.image = image;
    return 0;
}

int answer_serve_open(const struct answer_serve *s, const struct view *view,
                      const struct fetch_request *request, const struct safe_path *path,
                      const struct client *client, struct mac link_mac, struct arena *arena,
                      struct fetch *out, struct answer_output *ret_output)
{
    struct visit v = { .s = s, .view = view, .request = request, .client = *client };
    const struct answer_visitor visitor = { .address = request->source.addr, .mac = link_mac };

    *ret_output = (struct answer_output){ 0 };
    out->says_why = true;
    out->candidate = (struct candidate){ .kind = CANDIDATE_TEXT, .served_as = SERVED_ANSWER };
    /* GRUB fetches by TFTP what it got its kernel by; installers fetch by HTTP. */
    if (!answer_path_split(path, &v.token, &v.file) || v.file.len == 0 ||
        (request->transport == TRANSPORT_TFTP && !is_for_initramfs(v.file)))
        return refuse(&v, ANSWER_UNKNOWN, out);
    bool is_finished = span_is(v.file, ANSWER_WORD_FINISHED);
    bool is_failed = span_is(v.file, ANSWER_WORD_FAILED);
    enum answer_verdict verdict = answer_book_look(
        s->book, v.token, &visitor,
        is_finished || is_failed ? ANSWER_FINISH_WINDOW : view->config->answers.window,
        request->now, &v.grant);
    if (verdict != ANSWER_OPEN)
        return refuse(&v, verdict, out);
    /* By its MAC from here on: what it told before, under the address it has now. */
    if (!mac_is_zero(v.grant.mac) && !mac_equals(v.grant.mac, v.client.mac))
        v.client = (struct client){ .mac = v.grant.mac };
    v.client.address = request->source.addr;
    out->client = v.client;
    return is_finished || is_failed ? take_call(&v, is_failed, out)
                                    : open_file(&v, arena, out, ret_output);
}
