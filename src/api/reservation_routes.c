/* The routes of reservations: which machine always gets which address. A reservation is a host's
 * address; it is asked for by the address here, since that is what an administrator of a network
 * looks for. Those of the configuration file are shown and not changed. */
#include <stdlib.h>

#include "api/call.h"
#include "api/host_json.h"
#include "api/machine_name.h"
#include "api/paging.h"

static bool is_reserved(const struct host *host)
{
    return host->match.has_mac && !ipv4_is_none(host->address);
}

static const struct host *find_by_address(const struct catalog *catalog, struct ipv4 address)
{
    for (size_t i = 0; i < catalog->host_count; i++)
        if (is_reserved(&catalog->hosts[i]) && ipv4_equals(catalog->hosts[i].address, address))
            return &catalog->hosts[i];
    return NULL;
}

static const struct host *find_by_mac(const struct catalog *catalog, struct mac mac)
{
    for (size_t i = 0; i < catalog->host_count; i++)
        if (catalog->hosts[i].match.has_mac && mac_equals(catalog->hosts[i].match.mac, mac))
            return &catalog->hosts[i];
    return NULL;
}

static void write_reservation(struct json_writer *j, const struct host *host)
{
    char address[IPV4_TEXT_MAX], mac[MAC_TEXT_MAX];
    ipv4_format(host->address, address);
    mac_format(host->match.mac, mac);
    json_write_object_begin(j, NULL);
    json_write_text(j, "address", address);
    json_write_text(j, "mac", mac);
    json_write_text(j, "host", host->name);
    json_write_bool(j, "read_only", host->from_file);
    json_write_object_end(j);
}

static void reply_reservation(struct api_call *call, const struct host *host)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    write_reservation(&j, host);
    call_reply_json(call, &body);
}

/* The list, by address. */

static int by_address(const void *a, const void *b)
{
    const struct host *const *x = a, *const *y = b;
    if ((*x)->address.value != (*y)->address.value)
        return (*x)->address.value < (*y)->address.value ? -1 : 1;
    return strcmp((*x)->name, (*y)->name);
}

/* The cursor: the address, which alone is not one of a kind while the file and a command disagree.
 */
static void cursor_of(const void *context, size_t row, struct text *out)
{
    const struct host *const *rows = context;
    text_add_ipv4(out, rows[row]->address);
    text_addf(out, "-%s", rows[row]->name);
}

static void write_row(const void *context, size_t row, struct json_writer *j)
{
    const struct host *const *rows = context;
    write_reservation(j, rows[row]);
}

void route_reservations(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    const struct host **rows =
        arena_array(call->arena, const struct host *, catalog->host_count + 1);
    size_t count = 0;

    if (!rows) {
        call_problem(call, 500, "failed", "The request's memory is used up.");
        return;
    }
    for (size_t i = 0; i < catalog->host_count; i++)
        if (is_reserved(&catalog->hosts[i]))
            rows[count++] = &catalog->hosts[i];
    if (count > 1)
        qsort(rows, count, sizeof *rows, by_address);
    const struct page_table table = { "reservations", count, cursor_of, write_row, rows };
    page_reply_table(call, &table);
}

/* The address the path names; false after a 422. */
static bool read_address(struct api_call *call, struct ipv4 *ret_address)
{
    if (ipv4_parse(span_text(call->parameters[0]), ret_address) && ipv4_is_unicast(*ret_address))
        return true;
    call_problem(call, 400, "bad-address",
                 "The path names an address a machine can have, such as 192.168.50.21.");
    return false;
}

static const struct host *find(struct api_call *call)
{
    struct ipv4 address;
    if (!read_address(call, &address))
        return NULL;
    const struct host *host =
        find_by_address(call->backend->catalog(call->backend->context), address);
    if (!host)
        call_problem(call, 404, "not-found", "This address is reserved for no machine.");
    return host;
}

void route_reservation_get(struct api_call *call)
{
    const struct host *host = find(call);
    if (host)
        reply_reservation(call, host);
}

/* Is the address one that is given out here? */

struct subnet_search {
    struct ipv4 address;
    bool has_subnets, is_inside, is_router;
};

static bool look_at_subnet(void *context, const struct api_subnet *row)
{
    struct subnet_search *search = context;
    search->has_subnets = true;
    if (!ipv4_prefix_is_host(row->subnet->network, search->address))
        return true;
    search->is_inside = true;
    search->is_router = ipv4_equals(row->subnet->router, search->address);
    return false;
}

static bool address_is_given_here(struct api_call *call, struct ipv4 address)
{
    struct subnet_search search = { .address = address };
    enum api_result result =
        call->backend->each_subnet(call->backend->context, look_at_subnet, &search);

    if (result != API_DONE)
        call_refused(call, result, "");
    else if (!search.has_subnets)
        call_problem(
            call, 409, "not-served",
            "No addresses are given out here: that takes \"mode: server\" and dhcp.subnets in "
            "the configuration.");
    else if (!search.is_inside)
        call_invalid(call,
                     "The address is in none of the networks of dhcp.subnets, or is a network's "
                     "own first or last one.");
    else if (search.is_router)
        call_invalid(call, "The address is the router's own.");
    else
        return true;
    return false;
}

/* A reservation being written. */
struct wish {
    struct ipv4 address;
    struct mac mac;
    const char *name;        /* of a new host; "" = made of the hardware address */
    const struct host *had;  /* who has the address now; NULL */
    const struct host *gets; /* the machine's host; NULL = it has none yet */
};

static bool is_in_use(struct api_call *call, const struct host *host, const char *what)
{
    char detail[192];
    struct text t = text_over(detail, sizeof detail);
    text_addf(&t, "Host %s %s.", host->name, what);
    call_problem(call, 409, "in-use", detail);
    return false;
}

static bool is_from_file(struct api_call *call, const struct host *host)
{
    if (!host || !host->from_file)
        return false;
    char detail[256];
    struct text t = text_over(detail, sizeof detail);
    text_addf(&t, "Host %s stands in the configuration file: change it there, then reload.",
              host->name);
    call_problem(call, 409, "read-only", detail);
    return true;
}

static bool wish_is_sound(struct api_call *call, const struct catalog *catalog, struct wish *wish)
{
    wish->had = find_by_address(catalog, wish->address);
    wish->gets = find_by_mac(catalog, wish->mac);
    if (is_from_file(call, wish->had) || is_from_file(call, wish->gets))
        return false;
    if (wish->gets && wish->name[0] && strcmp(wish->gets->name, wish->name) != 0)
        return is_in_use(call, wish->gets, "has this hardware address already");
    const struct host *namesake =
        !wish->gets && wish->name[0] ? catalog_find_host(catalog, wish->name) : NULL;
    if (namesake)
        return is_in_use(call, namesake, "is there already, with another hardware address or none");
    return address_is_given_here(call, wish->address);
}

static bool read_wish(struct api_call *call, struct wish *wish)
{
    char sentence[API_SENTENCE_MAX];

    if (reservation_from_json(call->request->body, call->arena, &wish->mac, &wish->name, sentence))
        return true;
    call_invalid(call, sentence);
    return false;
}

/* The machine's host gets the address, and whoever had it is without one; together. */
static bool write_wish(struct api_call *call, const struct catalog *catalog,
                       const struct wish *wish)
{
    char sentence[API_SENTENCE_MAX] = "", name[HOST_NAME_MAX];
    struct host before = { 0 }, host = { .match = { .has_mac = true, .mac = wish->mac } };
    struct change changes[2];
    size_t count = 0;

    if (wish->had && wish->had != wish->gets) {
        before = *wish->had;
        before.address = IPV4_NONE;
        changes[count++] = (struct change){ .kind = CHANGE_HOST_PUT, .host = &before };
    }
    if (wish->gets) {
        host = *wish->gets;
    } else {
        span_to_text(span_text(wish->name), name, sizeof name);
        for (unsigned n = 0; !name[0] || catalog_find_host(catalog, name); n++)
            machine_name_by_address(wish->mac, n, name);
        host.name = name;
    }
    host.address = wish->address;
    changes[count++] = (struct change){ .kind = CHANGE_HOST_PUT, .host = &host };
    enum api_result result =
        call->backend->changes(call->backend->context, changes, count, sentence);
    if (result != API_DONE)
        call_refused(call, result, sentence);
    return result == API_DONE;
}

void route_reservation_put(struct api_call *call)
{
    const struct api_backend *backend = call->backend;
    const struct catalog *catalog = backend->catalog(backend->context);
    struct wish wish;

    if (!read_address(call, &wish.address) || !read_wish(call, &wish) ||
        !wish_is_sound(call, catalog, &wish) || !write_wish(call, catalog, &wish))
        return;
    const struct host *host = find_by_address(backend->catalog(backend->context), wish.address);
    if (host)
        reply_reservation(call, host);
    else
        call_refused(call, API_FAILED, "The reservation was written, and is gone again already.");
}

void route_reservation_delete(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    const struct host *known = find(call);

    if (!known || is_from_file(call, known))
        return;
    struct host host = *known;
    host.address = IPV4_NONE;
    const struct change change = { .kind = CHANGE_HOST_PUT, .host = &host };
    enum api_result result = call->backend->changes(call->backend->context, &change, 1, sentence);
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        call_refused(call, result, sentence);
}
