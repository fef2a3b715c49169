/* Many hosts in one request: a room of machines out of a table is one change of the store and one
 * new catalog, not four hundred. */
#include "api/call.h"
#include "api/host_json.h"
#include "api/shapes.h"

#define OLD_JSON_MAX                                                                               \
    ((size_t)160 * 1024) /* all texts of a host at their bounds, each byte quoted */
/* Of one request; a body of 64 KiB holds not many more. */
#define HOSTS_MAX 256

struct bulk {
    struct api_call *call;
    const struct catalog *catalog;
    struct host *hosts; /* HOSTS_MAX, in the arena */
    size_t count, changed;
    char *old; /* OLD_JSON_MAX, in the arena */
    bool read_only;
};

static bool is_named(const struct bulk *bulk, const char *name)
{
    for (size_t i = 0; i < bulk->count; i++)
        if (strcmp(bulk->hosts[i].name, name) == 0)
            return true;
    return false;
}

/* What is there of it, as JSON: nothing, for a new one. */
static struct span old_json(struct bulk *bulk, const struct host *old)
{
    struct text text = text_over(bulk->old, OLD_JSON_MAX);
    if (!old)
        return span_text("{}");
    struct json_writer j = json_over(&text);
    shape_host(&j, NULL, old);
    return text_span(&text);
}

static bool take_host(void *context, const char *name, struct span json, char *sentence)
{
    struct bulk *bulk = context;
    const struct host *old = catalog_find_host(bulk->catalog, name);
    char why[API_SENTENCE_MAX] = "";
    struct text out = text_over(sentence, API_SENTENCE_MAX);

    bulk->read_only = old && old->from_file;
    if (bulk->read_only)
        text_addf(&out, "Host %s stands in the configuration file: change it there.", name);
    else if (bulk->count == HOSTS_MAX)
        text_addf(&out, "More than %d hosts are too many for one request.", HOSTS_MAX);
    else if (is_named(bulk, name))
        text_addf(&out, "Host %s is there twice.", name);
    else if (!host_from_patch(old_json(bulk, old), json, name, bulk->call->arena,
                              &bulk->hosts[bulk->count], why))
        text_addf(&out, "Host %s: %s", name, why);
    else {
        bulk->count++;
        bulk->changed += old != NULL;
        return true;
    }
    return false;
}

void route_hosts_patch(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    const struct api_backend *backend = call->backend;
    struct bulk bulk = { .call = call,
                         .catalog = backend->catalog(backend->context),
                         .hosts = arena_array(call->arena, struct host, HOSTS_MAX),
                         .old = arena_alloc(call->arena, OLD_JSON_MAX) };

    if (!bulk.hosts || !bulk.old) {
        call_refused(call, API_FAILED, "");
        return;
    }
    if (!hosts_from_json(call->request->body, take_host, &bulk, sentence)) {
        if (bulk.read_only)
            call_refused(call, API_READ_ONLY, sentence);
        else
            call_invalid(call, sentence);
        return;
    }
    enum api_result result =
        bulk.count == 0 ? API_DONE
                        : backend->hosts_put(backend->context, bulk.hosts, bulk.count, sentence);
    if (result != API_DONE) {
        call_refused(call, result, sentence);
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_number(&j, "added", (int64_t)(bulk.count - bulk.changed));
    json_write_number(&j, "changed", (int64_t)bulk.changed);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}
