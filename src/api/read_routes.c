/* The routes that only look: status, leases, images, events, machines, explain. */
#include "api/call.h"
#include "api/explain_query.h"
#include "api/paging.h"
#include "api/shapes.h"
#include "boot/explain.h"
#include "http/header.h"

#define EVENTS_LIMIT 100

void route_status(struct api_call *call)
{
    struct api_status status = { 0 };
    call->backend->status(call->backend->context, &status);
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    shape_status(&j, NULL, &status);
    call_reply_json(call, &body);
}

struct lease_page {
    struct page page;
    struct ipv4 last;
};

static bool add_lease(void *context, const struct lease *lease)
{
    struct lease_page *p = context;
    page_row_begin(&p->page);
    shape_lease(&p->page.json, NULL, lease);
    if (!page_row_end(&p->page))
        return false;
    p->last = lease->address;
    return true;
}

void route_leases(struct api_call *call)
{
    char text[IPV4_TEXT_MAX];
    struct lease_page p = { 0 };

    call_query_text(call, "after", text, sizeof text);
    if (text[0] && !ipv4_parse(span_text(text), &p.last))
        p.last = IPV4_NONE;
    page_begin(&p.page, call, "leases");
    enum api_result result =
        call->backend->each_lease(call->backend->context, p.last, add_lease, &p);
    if (result != API_DONE) {
        call_refused(call, result, "");
        return;
    }
    ipv4_format(p.last, text);
    page_end(&p.page, call, text);
}

struct image_rows {
    const struct catalog *catalog;
    const struct api_backend *backend;
};

static void image_name(const void *context, size_t row, struct text *out)
{
    const struct image_rows *rows = context;
    text_add(out, rows->catalog->images[row].name);
}

static void add_image(const struct api_backend *backend, const struct image *image,
                      struct json_writer *j)
{
    struct api_image_digest digest;
    bool is_known =
        backend->image_digest && backend->image_digest(backend->context, image, &digest);
    shape_image(j, NULL, image, is_known ? &digest : NULL);
}

static void write_image(const void *context, size_t row, struct json_writer *j)
{
    const struct image_rows *rows = context;
    add_image(rows->backend, &rows->catalog->images[row], j);
}

void route_images(struct api_call *call)
{
    const struct image_rows rows = { call->backend->catalog(call->backend->context),
                                     call->backend };
    const struct page_table table = { "images", rows.catalog->image_count, image_name, write_image,
                                      &rows };
    page_reply_table(call, &table);
}

void route_image_get(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    const struct image *image = catalog_find_image(catalog, span_text(call->parameters[0]));
    if (!image) {
        call_problem(call, 404, "unknown-image",
                     "There is no such image; GET /api/v1/images lists them.");
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    add_image(call->backend, image, &j);
    call_reply_json(call, &body);
}

struct event_page {
    struct page page;
    uint64_t last;
};

static bool add_event(void *context, const struct api_event *event)
{
    struct event_page *p = context;
    page_row_begin(&p->page);
    if (p->page.json.need_comma)
        text_add_char(&p->page.text, ',');
    p->page.json.need_comma = true;
    text_add_span(&p->page.text, event->json);
    if (!page_row_end(&p->page))
        return false;
    p->last = event->sequence;
    return true;
}

static void reply_events(struct api_call *call, uint64_t machine, uint64_t after, uint32_t limit)
{
    struct event_page p = { .last = after };
    page_begin(&p.page, call, "events");
    enum api_result result =
        call->backend->each_event(call->backend->context, machine, after, limit, add_event, &p);
    if (result != API_DONE) {
        call_refused(call, result, "");
        return;
    }
    json_write_array_end(&p.page.json);
    json_write_number(&p.page.json, "last", (int64_t)p.last);
    json_write_object_end(&p.page.json);
    call_reply_json(call, &p.page.text);
}

static void query_events(struct api_call *call, uint64_t *after, uint64_t *limit)
{
    *after = 0;
    *limit = EVENTS_LIMIT;
    (void)call_query_number(call, "after", after);
    (void)call_query_number(call, "limit", limit);
}

/* Where a browser that lost the stream goes on; false, after a 400, when it is no number. */
static bool last_event_id(struct api_call *call, uint64_t *after)
{
    struct span field = http_request_field(call->request->http, "Last-Event-ID");
    if (!field.data || http_number_parse(field, after))
        return true;
    call_problem(call, 400, "bad-field", "Last-Event-ID must be the sequence number of an event.");
    return false;
}

void route_events(struct api_call *call)
{
    char text[32];
    uint64_t after, limit, follow = 0;
    struct mac mac = { 0 };

    query_events(call, &after, &limit);
    (void)call_query_number(call, "follow", &follow);
    call_query_text(call, "machine", text, sizeof text);
    if (text[0] && !call_parse_mac(call, text, &mac))
        return;
    bool as_sse = false;
    if (call->request->http)
        as_sse =
            http_list_has(http_request_field(call->request->http, "Accept"), "text/event-stream");
    if (as_sse && !last_event_id(call, &after))
        return;
    if (follow != 1 && !as_sse) {
        reply_events(call, mac_to_u64(mac), after, (uint32_t)limit);
        return;
    }
    *call->reply = (struct api_reply){
        .kind = API_REPLY_STREAM,
        .status = 200,
        .media_type = as_sse ? "text/event-stream" : "application/jsonl",
        .follow = { .after = after, .machine = mac_to_u64(mac), .as_sse = as_sse }
    };
}

void route_timeline(struct api_call *call)
{
    struct mac mac;
    uint64_t after, limit;

    query_events(call, &after, &limit);
    if (call_parse_mac(call, call->parameters[0], &mac))
        reply_events(call, mac_to_u64(mac), after, (uint32_t)limit);
}

/* The row of one machine, written while the walk stands at it. */
struct machine_reply {
    struct json_writer json;
    struct mac mac;
    bool found;
};

static bool write_machine(void *context, const struct api_machine *machine)
{
    struct machine_reply *reply = context;
    if (!mac_equals(machine->client.mac, reply->mac))
        return true;
    shape_machine(&reply->json, NULL, machine);
    reply->found = true;
    return false;
}

void route_machine_get(struct api_call *call)
{
    struct machine_reply reply = { 0 };
    if (!call_parse_mac(call, call->parameters[0], &reply.mac))
        return;
    struct text body = call_text(call);
    reply.json = json_over(&body);
    enum api_result result =
        call->backend->each_machine(call->backend->context, write_machine, &reply);
    if (result != API_DONE || !reply.found)
        call_refused(call, result != API_DONE ? result : API_NOT_FOUND,
                     result != API_DONE ? "" : "No machine with this address was seen.");
    else
        call_reply_json(call, &body);
}

void route_machine_pcap(struct api_call *call)
{
    struct mac mac;
    struct span pcap = { 0 };
    if (!call_parse_mac(call, call->parameters[0], &mac))
        return;
    size_t used = call->arena->used;
    enum api_result result = call->backend->pcap(call->backend->context, mac, call->arena, &pcap);
    if (result != API_DONE) {
        call->arena->used = used; /* what was begun there is of no use */
        call_refused(call, result,
                     result == API_NOT_FOUND ? "No packet of this machine is kept: it has not been "
                                               "seen since the daemon started."
                                             : "");
        return;
    }
    call->reply->status = 200;
    call->reply->media_type = "application/vnd.tcpdump.pcap";
    call->reply->body = pcap;
}

/* The machine with the MAC of `client`, if the daemon has seen it. */
struct machine_search {
    struct client client;
    bool found;
};

static bool find_machine(void *context, const struct api_machine *machine)
{
    struct machine_search *search = context;
    if (!mac_equals(machine->client.mac, search->client.mac))
        return true;
    search->client = machine->client;
    search->found = true;
    return false;
}

void route_explain(struct api_call *call)
{
    const struct api_backend *backend = call->backend;
    char sentence[API_SENTENCE_MAX];
    struct machine_search search = { 0 };
    struct span query = call->request->query;

    if (!explain_client_from_query(query, &search.client, sentence, sizeof sentence)) {
        call_problem(call, 400, "bad-query", sentence);
        return;
    }
    /* What was asked goes before what was seen. */
    if (!mac_is_zero(search.client.mac) &&
        backend->each_machine(backend->context, find_machine, &search) == API_DONE && search.found)
        (void)explain_client_from_query(query, &search.client, sentence, sizeof sentence);
    struct reach reach = backend->reach(backend->context, &search.client);
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    struct recollection recalled;
    struct explanation e;
    backend->recall(backend->context, &search.client, &recalled);
    explain(backend->catalog(backend->context), &search.client, &reach, &recalled, &e);
    json_write_object_begin(&j, NULL);
    shape_client(&j, "client", &e.firmware);
    explain_json(&e, &j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}
