/* JSON out. Foreign texts pass through json_write, which makes valid UTF-8 of anything; what is
 * unset is left out, so that a reader need not know our empty values. Times are RFC 3339. */
#include "api/shapes.h"

static void add_ipv4(struct json_writer *j, const char *key, struct ipv4 addr)
{
    char data[IPV4_TEXT_MAX];
    if (ipv4_is_none(addr))
        return;
    ipv4_format(addr, data);
    json_write_text(j, key, data);
}

static void add_mac(struct json_writer *j, const char *key, struct mac mac)
{
    char data[MAC_TEXT_MAX];
    if (mac_is_zero(mac))
        return;
    mac_format(mac, data);
    json_write_text(j, key, data);
}

static void add_text(struct json_writer *j, const char *key, const char *value)
{
    if (value && value[0])
        json_write_text(j, key, value);
}

static void add_label(struct json_writer *j, const char *key, const struct label *label)
{
    if (label->len > 0)
        json_write_string(j, key, label_span(label));
}

void shape_interfaces(struct json_writer *j, const struct api_status *s)
{
    json_write_array_begin(j, "interfaces");
    for (size_t i = 0; i < s->interface_count && i < API_INTERFACES_MAX; i++) {
        const struct api_interface *in = &s->interfaces[i];
        json_write_object_begin(j, NULL);
        json_write_text(j, "name", in->name);
        add_ipv4(j, "address", in->address);
        json_write_number(j, "prefix_length", in->prefix_length);
        json_write_text(j, "mode", in->mode);
        json_write_bool(j, "up", in->up);
        json_write_object_end(j);
    }
    json_write_array_end(j);
    json_write_array_begin(j, "ports");
    for (size_t i = 0; i < s->port_count && i < API_PORTS_MAX; i++) {
        json_write_object_begin(j, NULL);
        json_write_text(j, "name", s->ports[i].name);
        json_write_number(j, "port", s->ports[i].port);
        json_write_object_end(j);
    }
    json_write_array_end(j);
}

void shape_status(struct json_writer *j, const char *key, const struct api_status *s)
{
    json_write_object_begin(j, key);
    json_write_text(j, "version", TUGBOOT_VERSION);
    json_write_number(j, "pid", s->pid);
    json_write_time(j, "started", s->started);
    json_write_number(j, "uptime_seconds", (s->now.ms - s->started.ms) / 1000);
    add_text(j, "config", s->config);
    add_text(j, "state", s->state);
    add_text(j, "images", s->images);
    shape_interfaces(j, s);
    json_write_object_begin(j, "leases");
    json_write_number(j, "active", (int64_t)s->leases_active);
    json_write_number(j, "max", (int64_t)s->leases_max);
    json_write_object_end(j);
    json_write_object_begin(j, "boots");
    json_write_number(j, "machines", (int64_t)s->machines_seen);
    json_write_number(j, "done", (int64_t)s->boots_done);
    json_write_number(j, "stalled", (int64_t)s->boots_stalled);
    json_write_object_end(j);
    json_write_object_begin(j, "bytes");
    json_write_number(j, "tftp", (int64_t)s->bytes_tftp);
    json_write_number(j, "http", (int64_t)s->bytes_http);
    json_write_object_end(j);
    json_write_number(j, "packets_refused", (int64_t)s->packets_refused);
    json_write_number(j, "last_event", (int64_t)s->last_sequence);
    json_write_bool(j, "store_works", s->store_works);
    add_text(j, "store_trouble", s->store_trouble);
    add_text(j, "reload_trouble", s->reload_trouble);
    json_write_object_end(j);
}

/* "active", "released", "declined" */
static const char *lease_status_name(enum lease_status status)
{
    static const char *const names[] = {
        [LEASE_ACTIVE] = "active", [LEASE_RELEASED] = "released", [LEASE_DECLINED] = "declined"
    };
    return names[status];
}

void shape_lease(struct json_writer *j, const char *key, const struct lease *lease)
{
    json_write_object_begin(j, key);
    add_ipv4(j, "address", lease->address);
    add_mac(j, "mac", lease->mac);
    add_label(j, "hostname", &lease->hostname);
    json_write_text(j, "status", lease_status_name(lease->status));
    json_write_time(j, "since", lease->since);
    json_write_time(j, "expires", lease->expires);
    json_write_object_end(j);
}

static void shape_match(struct json_writer *j, const struct host_match *m)
{
    char data[UUID_TEXT_MAX > IPV4_TEXT_MAX + 4 ? UUID_TEXT_MAX : IPV4_TEXT_MAX + 4];
    if (m->has_mac)
        add_mac(j, "mac", m->mac);
    if (m->has_uuid) {
        uuid_format(&m->uuid, data);
        json_write_text(j, "uuid", data);
    }
    if (m->has_arch)
        json_write_text(j, "arch", arch_name(m->arch));
    if (m->has_subnet) {
        struct text t = text_over(data, sizeof data);
        text_add_ipv4(&t, m->subnet.base);
        text_addf(&t, "/%u", m->subnet.length);
        json_write_text(j, "subnet", data);
    }
    add_text(j, "serial", m->serial);
    add_text(j, "asset", m->asset);
    add_text(j, "vendor", m->vendor);
}

static void add_variables(struct json_writer *j, const struct host_variable *rows, uint8_t count)
{
    if (count == 0)
        return;
    json_write_object_begin(j, "variables");
    for (size_t i = 0; i < count && i < HOST_VARIABLES_MAX; i++)
        json_write_text(j, rows[i].name, rows[i].value);
    json_write_object_end(j);
}

void shape_host(struct json_writer *j, const char *key, const struct host *host)
{
    json_write_object_begin(j, key);
    json_write_text(j, "name", host->name);
    shape_match(j, &host->match);
    add_ipv4(j, "address", host->address);
    add_text(j, "boot", host->boot);
    add_text(j, "next_boot", host->next_boot);
    add_text(j, "loader", host->loader);
    add_text(j, "chains", host->chains);
    add_text(j, "https", host->https);
    add_text(j, "answers", host->answers);
    add_text(j, "arguments", host->arguments);
    add_text(j, "group", host->group);
    add_text(j, "note", host->note);
    add_variables(j, host->variables, host->variable_count);
    json_write_bool(j, "read_only", host->from_file);
    json_write_object_end(j);
}

void shape_group(struct json_writer *j, const char *key, const struct host_group *group)
{
    json_write_object_begin(j, key);
    json_write_text(j, "name", group->name);
    add_text(j, "parent", group->parent);
    shape_match(j, &group->match);
    add_text(j, "boot", group->boot);
    add_text(j, "loader", group->loader);
    add_text(j, "chains", group->chains);
    add_text(j, "https", group->https);
    add_text(j, "answers", group->answers);
    add_text(j, "arguments", group->arguments);
    add_variables(j, group->variables, group->variable_count);
    json_write_bool(j, "read_only", group->from_file);
    json_write_object_end(j);
}

/* "linux", "efi", "sanboot" */
static const char *image_kind_name(enum image_kind kind)
{
    static const char *const names[] = { [IMAGE_LINUX] = "linux",
                                         [IMAGE_EFI] = "efi",
                                         [IMAGE_SANBOOT] = "sanboot",
                                         [IMAGE_MEMDISK] = "memdisk",
                                         [IMAGE_WIM] = "wim" };
    return names[kind];
}

/* What Secure Boot does with it; left out until it was inspected. */
static void add_secure(struct json_writer *j, const struct secure_facts *facts)
{
    char data[256];
    struct text words = text_over(data, sizeof data);
    if (!facts->inspected)
        return;
    secure_facts_write(facts, &words);
    json_write_text(j, "secure_boot", secure_answer_name(secure_facts_answer(facts)));
    json_write_text(j, "secure_boot_text", data);
}

static void add_digest(struct json_writer *j, const struct api_image_digest *digest)
{
    json_write_text(j, "digest", digest->state);
    if (strcmp(digest->state, "reading") == 0)
        json_write_number(j, "digest_percent", digest->percent);
    if (digest->file[0])
        json_write_text(j, "digest_file", digest->file);
    if (digest->checked_s > 0)
        json_write_number(j, "digest_checked_ms", digest->checked_s * 1000);
}

void shape_image(struct json_writer *j, const char *key, const struct image *image,
                 const struct api_image_digest *digest)
{
    json_write_object_begin(j, key);
    json_write_text(j, "name", image->name);
    add_text(j, "title", image->title);
    add_text(j, "group", image->group);
    json_write_text(j, "kind", image_kind_name(image->kind));
    json_write_array_begin(j, "arches");
    for (unsigned int a = ARCH_NONE + 1; a < ARCH_COUNT; a++)
        if (image->arches & arch_bit((enum arch)a))
            json_write_text(j, NULL, arch_name((enum arch)a));
    json_write_array_end(j);
    add_text(j, image->kind == IMAGE_LINUX ? "kernel" : "program", image->kernel);
    if (image->initrd_count > 0) {
        json_write_array_begin(j, "initrds");
        for (size_t i = 0; i < image->initrd_count && i < IMAGE_INITRDS_MAX; i++)
            json_write_text(j, NULL, image->initrds[i]);
        json_write_array_end(j);
    }
    add_text(j, "shim", image->shim);
    add_text(j, "arguments", image->arguments);
    if (image->answer_kind != ANSWER_NONE)
        json_write_text(j, "answer_kind", answer_kind_name(image->answer_kind));
    if (image->answer_arguments)
        add_text(j, "answer_arguments", image->answer_arguments);
    if (image->answer_inside)
        add_text(j, "answer_inside", image->answer_inside);
    if (image->is_untested)
        json_write_bool(j, "untested", true);
    if (image->main_name)
        add_text(j, "main", image->main_name);
    json_write_number(j, "order", image->order);
    json_write_bool(j, "hidden", image->is_hidden);
    add_text(j, "answers", image->answers);
    if (image->memory_mib > 0)
        json_write_number(j, "memory_mib", image->memory_mib);
    add_secure(j, &image->secure);
    if (digest)
        add_digest(j, digest);
    json_write_object_end(j);
}

void shape_client(struct json_writer *j, const char *key, const struct client *c)
{
    json_write_object_begin(j, key);
    add_mac(j, "mac", c->mac);
    json_write_text(j, "kind", client_kind_name(c->kind));
    if (c->arch != ARCH_NONE)
        json_write_text(j, "arch", arch_name(c->arch));
    if (c->has_arch) {
        json_write_number(j, "arch_wire", c->arch_wire);
        json_write_text(j, "arch_text", arch_wire_text(c->arch_wire));
    }
    json_write_text(j, "transport", c->transport == TRANSPORT_HTTP ? "http" : "tftp");
    if (c->has_uuid) {
        char data[UUID_TEXT_MAX];
        uuid_format(&c->uuid, data);
        json_write_text(j, "uuid", data);
    }
    add_label(j, "vendor_class", &c->vendor_class);
    add_label(j, "user_class", &c->user_class);
    add_label(j, "hostname", &c->hostname);
    add_label(j, "serial", &c->serial);
    add_label(j, "asset", &c->asset);
    add_label(j, "product", &c->product);
    add_label(j, "manufacturer", &c->manufacturer);
    if (c->memory_mib > 0)
        json_write_number(j, "memory_mib", c->memory_mib);
    add_ipv4(j, "address", c->address);
    add_ipv4(j, "relay", c->relay);
    json_write_object_end(j);
}

/* The chain it was given last, and how it got on with each. */
static void add_chains(struct json_writer *j, const struct api_machine *m)
{
    const struct recollection *r = m->recalled;
    const struct chain_result *given =
        m->client.chain ? recollection_find(r, m->client.chain) : NULL;

    add_text(j, "chain", m->client.chain);
    if (given)
        json_write_text(j, "chain_last", chain_mark_name(given->last));
    json_write_array_begin(j, "chains");
    for (uint8_t i = 0; i < r->count; i++) {
        const struct chain_result *c = &r->chains[i];
        json_write_object_begin(j, NULL);
        json_write_text(j, "chain", c->chain);
        json_write_text(j, "last", chain_mark_name(c->last));
        json_write_text(j, "transport", c->transport == TRANSPORT_HTTP ? "http" : "tftp");
        json_write_number(j, "started", c->started);
        json_write_number(j, "stalled", c->stalled);
        if (c->started > 0)
            json_write_time(j, "started_at", c->started_at);
        if (c->stalled > 0)
            json_write_time(j, "stalled_at", c->stalled_at);
        json_write_object_end(j);
    }
    json_write_array_end(j);
}

void shape_machine(struct json_writer *j, const char *key, const struct api_machine *m)
{
    json_write_object_begin(j, key);
    add_mac(j, "mac", m->client.mac);
    add_text(j, "host", m->host);
    if (m->assigned) {
        add_text(j, "boot", m->assigned->boot);
        add_text(j, "next_boot", m->assigned->next_boot);
        add_text(j, "group", m->assigned->group);
    }
    add_text(j, "note", m->note);
    json_write_time(j, "first_seen", m->first_seen);
    json_write_time(j, "last_seen", m->last_seen);
    add_text(j, "stage", m->stage);
    add_text(j, "message", m->message);
    add_chains(j, m);
    shape_client(j, "client", &m->client);
    json_write_object_end(j);
}
