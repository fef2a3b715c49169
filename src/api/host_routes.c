/* The routes that change something: hosts, their one-shot boots, what is remembered of machines,
 * the configuration. */
#include "api/call.h"
#include "api/host_json.h"
#include "api/paging.h"
#include "api/shapes.h"

static const struct host *find_host(struct api_call *call, const char *name)
{
    return catalog_find_host(call->backend->catalog(call->backend->context), name);
}

static void refuse_unknown_host(struct api_call *call)
{
    call_problem(call, 404, "unknown-host", "There is no such host; 'tugboot host list' has them.");
}

static void reply_host(struct api_call *call, const struct host *host)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    shape_host(&j, NULL, host);
    call_reply_json(call, &body);
}

static void host_name(const void *context, size_t row, struct text *out)
{
    const struct catalog *catalog = context;
    text_add(out, catalog->hosts[row].name);
}

static void write_host(const void *context, size_t row, struct json_writer *j)
{
    const struct catalog *catalog = context;
    shape_host(j, NULL, &catalog->hosts[row]);
}

void route_hosts(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    const struct page_table table = { "hosts", catalog->host_count, host_name, write_host,
                                      catalog };
    page_reply_table(call, &table);
}

void route_host_get(struct api_call *call)
{
    const struct host *host = find_host(call, call->parameters[0]);
    if (host)
        reply_host(call, host);
    else
        refuse_unknown_host(call);
}

/* Hand a host that was read to the backend, and show it as it now is. */
static void put_host(struct api_call *call, const struct host *host)
{
    char sentence[API_SENTENCE_MAX] = "";
    enum api_result result = call->backend->host_put(call->backend->context, host, sentence);
    if (result == API_DONE)
        reply_host(call, host);
    else
        call_refused(call, result, sentence);
}

void route_host_put(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX];
    struct host host;
    const struct host *old = find_host(call, call->parameters[0]);

    if (old && old->from_file)
        call_refused(call, API_READ_ONLY, "");
    else if (host_from_json(call->request->body, call->parameters[0], call->arena, &host, sentence))
        put_host(call, &host);
    else
        call_invalid(call, sentence);
}

/* `old` with the request's changes; false with a sentence. */
static bool patch_host(struct api_call *call, const struct host *old, struct host *ret_host,
                       char sentence[API_SENTENCE_MAX])
{
    const size_t room = (size_t)160 * 1024; /* all texts at their bounds, each byte quoted */
    char *data = arena_alloc(call->arena, room);
    if (!data) {
        span_to_text(span_text("The change does not fit into the request's memory."), sentence,
                     API_SENTENCE_MAX);
        return false;
    }
    struct text text = text_over(data, room);
    struct json_writer j = json_over(&text);
    shape_host(&j, NULL, old);
    return host_from_patch(text_span(&text), call->request->body, old->name, call->arena, ret_host,
                           sentence);
}

void route_host_patch(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX];
    struct host host;
    const struct host *old = find_host(call, call->parameters[0]);

    if (!old)
        refuse_unknown_host(call);
    else if (old->from_file)
        call_refused(call, API_READ_ONLY, "");
    else if (patch_host(call, old, &host, sentence))
        put_host(call, &host);
    else
        call_invalid(call, sentence);
}

void route_host_delete(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    const struct host *old = find_host(call, call->parameters[0]);

    if (!old) {
        refuse_unknown_host(call);
        return;
    }
    if (old->from_file) {
        call_refused(call, API_READ_ONLY, "");
        return;
    }
    enum api_result result =
        call->backend->host_remove(call->backend->context, call->parameters[0], sentence);
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        call_refused(call, result, sentence);
}

void route_host_next_boot(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "", image[64];
    const struct catalog *catalog = call->backend->catalog(call->backend->context);

    if (!find_host(call, call->parameters[0])) {
        refuse_unknown_host(call);
        return;
    }
    if (!json_single_text(call->request->body, "image", image, sizeof image)) {
        call_invalid(call, "\"image\" is too long for a name.");
        return;
    }
    if (!catalog_takes_boot_word(catalog, image)) {
        call_problem(call, 422, "no-such-image",
                     "There is no such image; 'tugboot image list' has them.");
        return;
    }
    enum api_result result =
        call->backend->next_boot(call->backend->context, call->parameters[0], image, sentence);
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        call_refused(call, result, sentence);
}

void route_reload(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    enum api_result result = call->backend->reload(call->backend->context, sentence);
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        call_refused(call, result, sentence);
}

void route_machine_forget(struct api_call *call)
{
    struct mac mac;

    if (!call_parse_mac(call, call->parameters[0], &mac))
        return;
    enum api_result result = call->backend->forget(call->backend->context, mac);
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        call_refused(call, result, "Nothing is remembered of this machine's chains.");
}
