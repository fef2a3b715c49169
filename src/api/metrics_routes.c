/* The routes for those who watch: metrics in Prometheus' text form (version 0.0.4), by its naming
 * conventions and with label sets that are bounded, whether the process is alive, and whether it
 * can do its work. The admin listener serves them at /metrics, /healthz and /readyz, too. */
#include "api/call.h"

struct metrics {
    struct text *out;
    const char *name; /* of the family that is being written */
};

/* A family's head. Counters end in _total, and units are those of Prometheus: seconds, bytes. */
static void family(struct metrics *m, const char *name, const char *type, const char *help)
{
    m->name = name;
    text_addf(m->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and line feed are escaped, other control bytes left out. */
static void add_label_value(struct text *out, const char *value)
{
    for (; *value; value++)
        if (*value == '\\' || *value == '"')
            text_addf(out, "\\%c", *value);
        else if ((uint8_t)*value >= 0x20 && (uint8_t)*value < 0x7f)
            text_add_char(out, *value);
}

static void plain(struct metrics *m, uint64_t value)
{
    text_addf(m->out, "%s ", m->name);
    text_add_number(m->out, value);
    text_add_char(m->out, '\n');
}

static void labelled(struct metrics *m, const char *label, const char *value, uint64_t number)
{
    text_addf(m->out, "%s{%s=\"", m->name, label);
    add_label_value(m->out, value);
    text_add(m->out, "\"} ");
    text_add_number(m->out, number);
    text_add_char(m->out, '\n');
}

static uint64_t seconds_of(struct calendar at)
{
    return at.ms > 0 ? (uint64_t)at.ms / 1000 : 0;
}

static void write_daemon(struct metrics *m, const struct api_status *s)
{
    family(m, "tugboot_info", "gauge", "The running program; always 1.");
    labelled(m, "version", TUGBOOT_VERSION, 1);
    family(m, "tugboot_start_time_seconds", "gauge", "When the daemon started, since 1970.");
    plain(m, seconds_of(s->started));
    family(m, "tugboot_store_up", "gauge", "1: the database takes changes.");
    plain(m, s->store_works);
    family(m, "tugboot_configuration_current", "gauge",
           "1: the configuration file is the one in force.");
    plain(m, s->reload_trouble[0] == 0);
    family(m, "tugboot_interface_up", "gauge", "1: a served interface has a link.");
    for (uint8_t i = 0; i < s->interface_count && i < API_INTERFACES_MAX; i++) {
        bool repeated = false; /* an interface has a row for each address */
        for (uint8_t k = 0; k < i; k++)
            repeated = repeated || strcmp(s->interfaces[k].name, s->interfaces[i].name) == 0;
        if (!repeated)
            labelled(m, "interface", s->interfaces[i].name, s->interfaces[i].up);
    }
}

static void write_work(struct metrics *m, const struct api_status *s)
{
    family(m, "tugboot_machines", "gauge", "Machines seen since the start, as far as remembered.");
    plain(m, s->machines_seen);
    family(m, "tugboot_boots_total", "counter", "Boots by how they ended.");
    labelled(m, "result", "done", s->boots_done);
    labelled(m, "result", "stalled", s->boots_stalled);
    family(m, "tugboot_sent_bytes_total", "counter", "Bytes of transfers that ended.");
    labelled(m, "protocol", "tftp", s->bytes_tftp);
    labelled(m, "protocol", "http", s->bytes_http);
    family(m, "tugboot_refused_packets_total", "counter",
           "Packets and requests refused as hostile or broken.");
    plain(m, s->packets_refused);
    family(m, "tugboot_leases", "gauge", "Leases in force.");
    plain(m, s->leases_active);
    family(m, "tugboot_leases_limit", "gauge", "Leases kept at most; 0: none are given out here.");
    plain(m, s->leases_max);
}

/* Which of a subnet's numbers is being written. */
struct subnets {
    struct metrics *metrics;
    bool used;
};

static bool write_subnet(void *context, const struct api_subnet *row)
{
    const struct subnets *s = context;
    char network[IPV4_TEXT_MAX + 4];
    struct text t = text_over(network, sizeof network);
    text_add_ipv4(&t, row->subnet->network.base);
    text_addf(&t, "/%u", row->subnet->network.length);
    labelled(s->metrics, "network", network, s->used ? row->used : row->size);
    return true;
}

static void write_pools(struct metrics *m, const struct api_backend *backend)
{
    struct subnets subnets = { .metrics = m };
    family(m, "tugboot_pool_addresses", "gauge", "Addresses in the pools of a network.");
    (void)backend->each_subnet(backend->context, write_subnet, &subnets);
    subnets.used = true;
    family(m, "tugboot_pool_used_addresses", "gauge", "Of them, those given out.");
    (void)backend->each_subnet(backend->context, write_subnet, &subnets);
}

static void write_catalog(struct metrics *m, const struct api_backend *backend)
{
    const struct catalog *catalog = backend->catalog(backend->context);
    family(m, "tugboot_images", "gauge", "Images on offer.");
    plain(m, catalog->image_count);
    family(m, "tugboot_hosts", "gauge", "Machines with a name.");
    plain(m, catalog->host_count);
    family(m, "tugboot_loaders", "gauge", "Boot programs that are here.");
    plain(m, catalog->loader_count);
}

static bool write_certificate(void *context, const struct api_certificate *row)
{
    struct metrics *m = context;
    text_addf(m->out, "%s{use=\"%s\",file=\"", m->name, row->use);
    add_label_value(m->out, row->file);
    text_add(m->out, "\"} ");
    text_add_number(m->out, seconds_of(row->ends));
    text_add_char(m->out, '\n');
    return true;
}

/* Which of a webhook's numbers is being written. */
static uint64_t waiting_of(const struct api_hook *hook)
{
    return hook->waiting;
}
static uint64_t delivered_of(const struct api_hook *hook)
{
    return hook->delivered;
}
static uint64_t failed_of(const struct api_hook *hook)
{
    return hook->failed;
}
static uint64_t lost_of(const struct api_hook *hook)
{
    return hook->lost;
}

static void write_hooks(struct metrics *m, const struct api_backend *backend)
{
    static const struct {
        const char *name, *type, *help;
        uint64_t (*number)(const struct api_hook *hook);
    } rows[] = {
        { "tugboot_webhook_waiting", "gauge", "Events that wait for a webhook.", waiting_of },
        { "tugboot_webhook_delivered_total", "counter", "Events a webhook has taken.",
          delivered_of },
        { "tugboot_webhook_failed_total", "counter", "Tries to deliver that failed.", failed_of },
        { "tugboot_webhook_lost_total", "counter", "Events that were given up.", lost_of },
    };
    struct api_hook hook;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        family(m, rows[i].name, rows[i].type, rows[i].help);
        for (size_t k = 0; backend->hook_at(backend->context, k, &hook); k++)
            labelled(m, "webhook", hook.name, rows[i].number(&hook));
    }
}

static void write_events(struct metrics *m, const struct api_backend *backend)
{
    family(m, "tugboot_events_total", "counter",
           "Events since the start, by name; tugboot-events(7) explains each.");
    for (unsigned id = 0; id < EVENT_ID_COUNT; id++)
        labelled(m, "event", event_name((enum event_id)id),
                 backend->event_count(backend->context, (enum event_id)id));
}

void route_metrics(struct api_call *call)
{
    const struct api_backend *backend = call->backend;
    struct api_status status = { 0 };
    struct text body = call_text(call);
    struct metrics m = { .out = &body };

    backend->status(backend->context, &status);
    write_daemon(&m, &status);
    write_work(&m, &status);
    write_pools(&m, backend);
    write_catalog(&m, backend);
    family(&m, "tugboot_certificate_end_time_seconds", "gauge",
           "When a certificate ends, since 1970.");
    backend->each_certificate(backend->context, write_certificate, &m);
    write_hooks(&m, backend);
    write_events(&m, backend);
    call_reply_json(call, &body);
    if (call->reply->status == 200)
        call->reply->media_type = contract_media_type("metrics");
}

void route_healthz(struct api_call *call)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "status", "alive");
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

/* What keeps the daemon from doing its work, as sentences. */
static void add_reasons(const struct api_status *s, struct text *out)
{
    if (!s->store_works)
        text_addf(out, "The database takes no changes: %s. ", s->store_trouble);
    if (s->interface_count == 0)
        text_add(out, "No interface is served. ");
    if (s->port_count == 0)
        text_add(out, "No port is served. ");
    if (s->reload_trouble[0])
        text_addf(out, "The configuration file is not the one in force: %s. ", s->reload_trouble);
}

void route_readyz(struct api_call *call)
{
    struct api_status status = { 0 };
    char detail[1024];
    struct text reasons = text_over(detail, sizeof detail);

    call->backend->status(call->backend->context, &status);
    add_reasons(&status, &reasons);
    if (reasons.len > 0) {
        call_problem(call, 503, "not-ready", detail);
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "status", "ready");
    json_write_object_end(&j);
    call_reply_json(call, &body);
}
