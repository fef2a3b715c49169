/* One request of a control connection: who asks (api/access), what for (the API or a page of the
 * dashboard), and the answer's bytes. Over the unix socket the asker is admin by the socket's file
 * mode; by TCP nothing is answered before the Host field is one of ours. */
#include <errno.h>
#include <stdlib.h>

#include "api/page.h"
#include "http/target.h"
#include "serve/control_parts.h"
#include "serve/control_sessions.h"

#define HEAD_BYTES 4096

static bool queue_reply(struct connection *c, const struct http_response_head *head,
                        struct span body)
{
    uint8_t memory[HEAD_BYTES];
    struct writer w = writer_over(memory, sizeof memory);
    http_response_head_write(&w, head);
    return !w.failed && control_queue(c, writer_span(&w), SIZE_MAX / 2) &&
           control_queue(c, body, SIZE_MAX / 2);
}

bool control_refuse(struct connection *c, enum http_flaw flaw)
{
    uint8_t memory[HTTP_HEAD_MAX];
    struct writer w = writer_over(memory, sizeof memory);
    const struct http_response_head head = { .status = http_flaw_status(flaw),
                                             .now = loop_now(c->control->settings.loop).calendar,
                                             .retry_after = http_flaw_status(flaw) == 503,
                                             .close = true };
    c->closing = true;
    if (head.status == 0)
        return false;
    http_response_short_write(&w, &head, false);
    return !w.failed && control_queue(c, writer_span(&w), SIZE_MAX / 2);
}

static bool send_reply(struct connection *c, const struct http_request *request,
                       const struct api_reply *reply)
{
    struct http_field fields[API_FIELDS_MAX + 4];
    size_t count = 0;
    bool has_cache = false;

    for (; count < reply->field_count; count++) {
        fields[count] = reply->fields[count];
        has_cache = has_cache || strcmp(fields[count].name, "Cache-Control") == 0;
    }
    if (c->door->kind->is_tcp) {
        fields[count++] = (struct http_field){ "X-Content-Type-Options", span_text("nosniff") };
        fields[count++] =
            (struct http_field){ "Cross-Origin-Resource-Policy", span_text("same-origin") };
        fields[count++] = (struct http_field){ "X-Frame-Options", span_text("DENY") };
        if (!has_cache)
            fields[count++] = (struct http_field){ "Cache-Control", span_text("no-store") };
    }
    const struct http_response_head head = {
        .status = reply->status,
        .now = loop_now(c->control->settings.loop).calendar,
        .content_length = reply->body.len,
        .media_type = reply->media_type,
        .etag = reply->etag,
        .allow = reply->allow,
        .extra = fields,
        .extra_count = count,
        .close = !request->keep_alive,
    };
    c->closing = !request->keep_alive;
    return queue_reply(c, &head, request->method == HTTP_HEAD ? (struct span){ 0 } : reply->body);
}

/* To the same address by https://, for those who came without. A write that came in the clear is
 * not sent on: it has been seen. */
static void send_to_tls(struct span host, const struct http_request *request, struct arena *arena,
                        struct api_reply *reply)
{
    char data[2560];
    struct text url = text_over(data, sizeof data);

    api_refuse(ACCESS_NEEDS_TLS, arena, reply);
    if (request->method != HTTP_GET && request->method != HTTP_HEAD)
        return;
    text_add(&url, "https://");
    text_add_span(&url, host);
    text_add_span(&url, request->target);
    struct span kept = arena_copy(arena, text_span(&url));
    if (url.failed || !kept.data || request->target.len == 0 || request->target.data[0] != '/')
        return;
    reply->status = 308;
    reply->fields[reply->field_count++] = (struct http_field){ "Location", kept };
}

/* Who asks by TCP; false when the reply says already that they are not let in. */
static bool admit(struct connection *c, const struct http_request *request, bool for_api,
                  struct arena *arena, struct api_caller *caller, struct api_reply *reply)
{
    struct control_settings *s = &c->control->settings;
    const struct view *view = site_view(s->site);
    const struct access_question question = { .http = request,
                                              .from = c->from,
                                              .over_tls = c->tls != NULL };
    enum access_verdict verdict = ACCESS_FOREIGN_HOST;

    caller->is_secure = access_is_secure(s->access, &question);
    if (access_knows_host(s->access, &question)) {
        if (!caller->is_secure && view->config->admin.tls == CONFIG_ADMIN_TLS_REQUIRED) {
            send_to_tls(access_host(s->access, &question), request, arena, reply);
            return false;
        }
        verdict = for_api ? access_identify(s->access, &question, loop_now(s->loop), caller)
                          : ACCESS_ADMITTED;
    }
    if (verdict != ACCESS_ADMITTED)
        api_refuse(verdict, arena, reply);
    return verdict == ACCESS_ADMITTED;
}

static void password_done(struct password_task *task)
{
    struct connection *c = task->context;
    if (c) {
        c->task = NULL;
        control_go_on(c, &task->outcome);
    }
    password_task_free(task);
}

/* Have the password looked at; the request waits meanwhile. */
static bool ask_password(struct connection *c, struct api_reply *reply)
{
    struct password_task *task = calloc(1, sizeof *task);
    if (task) {
        task->job = reply->job;
        task->done = password_done;
        task->context = c;
    }
    token_wipe(&reply->job, sizeof reply->job);
    c->task = task;
    control_enter(c, CONTROL_THINKING);
    if (task && password_worker_ask(c->control->passwords, task) == 0)
        return true;
    c->task = NULL;
    password_task_free(task);
    return false;
}

static void be_from_socket(const struct connection *c, struct api_caller *caller)
{
    struct text name = text_over(caller->name, sizeof caller->name);
    *caller = api_caller_socket;
    text_addf(&name, "uid %u", c->uid);
}

/* The API's reply, or false: a password is being looked at first. */
static bool ask_api(struct connection *c, const struct api_request *question, struct arena *arena,
                    struct api_reply *reply)
{
    api_handle(&c->control->backend, question, arena, reply);
    if (reply->kind != API_REPLY_PASSWORD)
        return true;
    if (ask_password(c, reply))
        return false;
    control_enter(c, CONTROL_WAITING);
    api_refuse(ACCESS_BUSY, arena, reply);
    return true;
}

/* Where watchers look by convention, as paths of the API. */
static struct span well_known(struct span path)
{
    static const char *const names[] = { "/metrics", "/healthz", "/readyz" };
    static const char *const routes[] = { "/api/v1/metrics", "/api/v1/healthz", "/api/v1/readyz" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is(path, names[i]))
            return span_text(routes[i]);
    return path;
}

bool control_answer(struct connection *c, const struct http_request *request,
                    const struct api_password_outcome *outcome)
{
    struct arena arena = arena_over(c->control->arena_memory, API_ARENA_BYTES);
    struct api_caller caller = { 0 };
    struct api_request question = { .method = request->method_text,
                                    .body = request->body,
                                    .http = request,
                                    .outcome = outcome,
                                    .caller = &caller,
                                    .now = loop_now(c->control->settings.loop) };
    struct api_reply reply = { 0 };
    enum http_flaw flaw = http_target_split(request->target, &question.path, &question.query);
    bool is_tcp = c->door->kind->is_tcp;

    if (flaw != HTTP_SOUND)
        return control_refuse(c, flaw);
    question.path = well_known(question.path);
    bool for_api = !is_tcp || span_starts_with(question.path, "/api/");
    if (!is_tcp)
        be_from_socket(c, &caller);
    if (!is_tcp || admit(c, request, for_api, &arena, &caller, &reply)) {
        if (!for_api)
            page_handle(&question, &arena, &reply);
        else if (!ask_api(c, &question, &arena, &reply))
            return true;
    }
    if (for_api)
        control_audit_note(c->control, &question, &reply);
    if (reply.kind == API_REPLY_STREAM)
        return control_stream_begin(c, &reply, &caller);
    bool is_write = request->method != HTTP_GET && request->method != HTTP_HEAD;
    /* Before the reply, which may bring a cookie or take one away. */
    if (for_api && is_write)
        control_sessions_keep(c->control->settings.access, c->control->settings.own_store,
                              question.now);
    bool goes_on = send_reply(c, request, &reply);
    /* What was made just now may have been a token, which is shown this once. */
    if (is_write)
        token_wipe(arena.data, arena.used);
    return goes_on;
}
