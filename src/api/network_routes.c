/* The routes of the network: interfaces, subnets with their use, other servers that were heard, and
 * the last day minute by minute. */
#include "api/paging.h"
#include "api/shapes.h"

static void write_ipv4(struct json_writer *j, const char *key, struct ipv4 address)
{
    char data[IPV4_TEXT_MAX];
    ipv4_format(address, data);
    json_write_text(j, key, data);
}

static void write_pools(struct json_writer *j, const struct subnet *subnet)
{
    json_write_array_begin(j, "pools");
    for (uint8_t i = 0; i < subnet->pool_count && i < SUBNET_POOLS_MAX; i++) {
        char data[2 * IPV4_TEXT_MAX];
        struct text t = text_over(data, sizeof data);
        text_add_ipv4(&t, subnet->pools[i].first);
        text_add_char(&t, '-');
        text_add_ipv4(&t, subnet->pools[i].last);
        json_write_text(j, NULL, data);
    }
    json_write_array_end(j);
}

static bool write_subnet(void *context, const struct api_subnet *row)
{
    struct json_writer *j = context;
    const struct subnet *subnet = row->subnet;
    char data[IPV4_TEXT_MAX + 4];
    struct text t = text_over(data, sizeof data);

    text_add_ipv4(&t, subnet->network.base);
    text_addf(&t, "/%u", subnet->network.length);
    json_write_object_begin(j, NULL);
    json_write_text(j, "network", data);
    if (subnet->interface[0])
        json_write_text(j, "interface", subnet->interface);
    if (!ipv4_is_none(subnet->router))
        write_ipv4(j, "router", subnet->router);
    json_write_array_begin(j, "dns");
    for (uint8_t i = 0; i < subnet->dns_count && i < SUBNET_DNS_MAX; i++)
        write_ipv4(j, NULL, subnet->dns[i]);
    json_write_array_end(j);
    if (subnet->domain[0])
        json_write_text(j, "domain", subnet->domain);
    json_write_number(j, "lease_seconds", duration_to_ms(subnet->lease) / 1000);
    write_pools(j, subnet);
    json_write_number(j, "addresses", (int64_t)row->size);
    json_write_number(j, "used", (int64_t)row->used);
    json_write_number(j, "reserved", (int64_t)row->reserved);
    json_write_object_end(j);
    return true;
}

static bool write_server(void *context, const struct api_other_server *row)
{
    struct json_writer *j = context;
    json_write_object_begin(j, NULL);
    write_ipv4(j, "address", row->address);
    if (row->interface[0])
        json_write_text(j, "interface", row->interface);
    json_write_bool(j, "boots", row->boots);
    json_write_bool(j, "gives_addresses", row->gives_addresses);
    json_write_time(j, "first_seen", row->first);
    json_write_time(j, "last_seen", row->last);
    json_write_object_end(j);
    return true;
}

void route_network(struct api_call *call)
{
    const struct api_backend *backend = call->backend;
    struct api_status status = { 0 };
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);

    backend->status(backend->context, &status);
    json_write_object_begin(&j, NULL);
    shape_interfaces(&j, &status);
    json_write_array_begin(&j, "subnets");
    enum api_result result = backend->each_subnet(backend->context, write_subnet, &j);
    json_write_array_end(&j);
    json_write_array_begin(&j, "other_servers");
    backend->each_other_server(backend->context, write_server, &j);
    json_write_array_end(&j);
    json_write_object_end(&j);
    if (result == API_DONE)
        call_reply_json(call, &body);
    else
        call_refused(call, result, "");
}

struct minutes {
    struct page page;
    struct calendar last;
};

static bool write_minute(void *context, const struct api_minute *minute)
{
    struct minutes *m = context;
    struct json_writer *j = &m->page.json;

    page_row_begin(&m->page);
    json_write_object_begin(j, NULL);
    json_write_number(j, "time_ms", minute->begins.ms);
    json_write_number(j, "boots_done", minute->boots_done);
    json_write_number(j, "boots_stalled", minute->boots_stalled);
    json_write_number(j, "bytes_tftp", (int64_t)minute->bytes_tftp);
    json_write_number(j, "bytes_http", (int64_t)minute->bytes_http);
    json_write_number(j, "leases", minute->leases);
    json_write_object_end(j);
    if (!page_row_end(&m->page))
        return false;
    m->last = minute->begins;
    return true;
}

void route_history(struct api_call *call)
{
    struct minutes m = { 0 };
    uint64_t after = 0;
    char next[24];
    struct text t = text_over(next, sizeof next);

    (void)call_query_number(call, "after", &after);
    m.last.ms = (int64_t)after;
    page_begin(&m.page, call, "minutes");
    call->backend->each_minute(call->backend->context, m.last, write_minute, &m);
    text_add_number(&t, (uint64_t)m.last.ms);
    page_end(&m.page, call, next);
}
