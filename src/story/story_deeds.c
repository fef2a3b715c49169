/* See story_world.h. What happens in a story: a message goes through the cores and its outcome is
 * carried out as the daemon's shell does it: durable first, then sent. Here too is what must hold
 * in every story, whatever it expects. */
#include "boot/loader.h"
#include "dhcp/options_write.h"
#include "dhcp/proxy.h"
#include "model/url.h"
#include "story/story_world.h"

static enum dhcp_mode mode_on(const struct world *w, const char *interface)
{
    enum config_dhcp_mode mode = w->config->dhcp.mode;

    for (uint8_t i = 0; i < w->config->interface_count; i++)
        if (w->config->interfaces[i].has_mode &&
            strcmp(w->config->interfaces[i].name, interface) == 0)
            mode = w->config->interfaces[i].mode;
    switch (mode) {
    case CONFIG_DHCP_PROXY:
        return DHCP_PROXY;
    case CONFIG_DHCP_SERVER:
        return DHCP_SERVER;
    case CONFIG_DHCP_OFF:
        break;
    }
    return DHCP_OFF;
}

/* the disk */

static struct world_disk_row *disk_find(struct world *w, struct ipv4 address)
{
    for (uint32_t i = 0; i < w->disk_count; i++)
        if (ipv4_equals(w->disk[i].lease.address, address))
            return &w->disk[i];
    return NULL;
}

static bool disk_put(struct world *w, const struct lease *lease)
{
    struct world_disk_row *row = disk_find(w, lease->address);

    if (row && row->lease.status == LEASE_ACTIVE && lease->status == LEASE_ACTIVE &&
        !mac_equals(row->lease.mac, lease->mac) && !instant_reached(w->now.steady, row->due))
        world_fail(w, "an address is about to be stored for a second machine");
    if (!row && w->disk_count == WORLD_ROWS)
        return false;
    if (!row)
        row = &w->disk[w->disk_count++];
    int64_t ms = lease->expires.ms - w->now.calendar.ms;
    *row = (struct world_disk_row){ *lease, instant_after(w->now.steady, duration_ms(ms)) };
    return true;
}

/* One operation of the store. */
static bool make_durable(struct world *w, const struct change *change)
{
    w->result->store_operations++;
    if (w->store_refuses || w->result->store_operations == w->options->failing_store_op)
        return false;
    return disk_put(w, &change->lease);
}

/* what must hold always */

static void check_stored(struct world *w)
{
    const struct world_disk_row *row;
    uint32_t seconds = dhcp4_options_be32(&w->values, OPTION_LEASE_TIME);

    if (dhcp4_options_u8(&w->values, OPTION_MESSAGE_TYPE) != DHCP4_ACK ||
        ipv4_is_none(w->header.yiaddr))
        return;
    row = disk_find(w, w->header.yiaddr);
    if (!row || row->lease.status != LEASE_ACTIVE ||
        !mac_equals(row->lease.mac, dhcp4_header_mac(&w->header))) {
        world_fail(w, "an address was acknowledged that is not stored");
        return;
    }
    if (instant_after(w->now.steady, duration_seconds((int64_t)seconds - 1)).ns > row->due.ns)
        world_fail(w, "more time was acknowledged than is stored");
}

/* Option 82, when there, is the last before the end mark. */
static bool relay_info_is_last(struct span reply)
{
    struct reader r = reader_over(span_from(reply, DHCP4_HEADER_BYTES));
    bool was_relay_info = false;

    while (reader_left(&r) > 0) {
        uint8_t code = reader_u8(&r);
        if (code == OPTION_PAD)
            continue;
        if (code == OPTION_END)
            return true;
        if (was_relay_info && code != OPTION_RELAY_INFO)
            return false;
        was_relay_info = code == OPTION_RELAY_INFO;
        reader_skip(&r, reader_u8(&r));
    }
    return !r.failed;
}

static void read_reply(struct world *w, const struct dhcp4_options *asked)
{
    struct arena block = arena_over(w->reply_block, sizeof w->reply_block);
    struct reader r = reader_over(w->reply);

    w->reply_read = false;
    if (dhcp4_header_decode(&r, &w->header) != DHCP4_SOUND ||
        dhcp4_options_read(reader_rest(&r), &w->header, &block, &w->values) != DHCP4_SOUND) {
        world_fail(w, "the reply cannot be read");
        return;
    }
    w->reply_read = true;
    size_t most = asked ? options_write_limit(dhcp4_options_be16(asked, OPTION_MAX_SIZE), 1500,
                                              DHCP4_REPLY_MAX)
                        : DHCP4_REPLY_MAX;
    if (w->reply.len < DHCP4_BOOTP_BYTES || w->reply.len > most)
        world_fail(w, "the reply has %zu bytes; 300 to %zu are right", w->reply.len, most);
    if (!relay_info_is_last(w->reply))
        world_fail(w, "option 82 is not the last of the reply");
    check_stored(w);
}

static void remember(struct world *w, uint8_t machine)
{
    struct world_machine *m = &w->machines[machine];
    struct span name = span_of(w->header.file, sizeof w->header.file);

    if (w->outcome.has_client) {
        m->client = w->outcome.client;
        m->has_client = true;
    }
    if (w->reply.len == 0 || !w->reply_read)
        return;
    m->has_reply = true;
    if (!ipv4_is_none(w->header.yiaddr))
        m->offered = w->header.yiaddr;
    m->server = dhcp4_options_ipv4(&w->values, OPTION_SERVER_ID);
    name.len = span_find(name, 0);
    if (dhcp4_options_has(&w->values, OPTION_BOOT_FILE))
        name = dhcp4_options_get(&w->values, OPTION_BOOT_FILE);
    span_to_text(name, m->boot, sizeof m->boot);
}

static void note_given(struct world *w, const struct client *client)
{
    if (client->chain)
        memory_give(w->memory, client, client->chain, w->now.steady);
}

/* Store, then send, then tell. */
static void carry_out(struct world *w, uint8_t machine, const struct dhcp4_options *asked)
{
    struct dhcp4_outcome *out = &w->outcome;
    bool stored = true;

    w->reply = out->action == DHCP4_REPLY ? out->reply : (struct span){ 0 };
    if (out->has_client)
        note_given(w, &out->client);
    for (uint8_t i = 0; i < out->event_count; i++)
        memory_note(w->memory, &out->events[i], w->now);
    for (uint8_t i = 0; i < out->event_count; i++)
        if (w->event_count < sizeof w->events / sizeof w->events[0])
            w->events[w->event_count++] = out->events[i];
    if (out->change.kind != CHANGE_NONE) {
        stored = make_durable(w, &out->change);
        w->change = out->change;
        w->change_stored = stored;
        if (stored)
            dhcp4_server_committed(w->server, &out->change);
        else
            dhcp4_server_withdraw(w->server, &out->change);
        if (!stored)
            w->reply = out->reply_if_not_durable;
    }
    if (w->reply.len > 0)
        read_reply(w, asked);
    if (w->reply.len > 0 && ++w->result->sends == w->options->failing_send)
        w->reply = (struct span){ 0 };
    remember(w, machine);
    if (!dhcp4_server_is_sound(w->server))
        world_fail(w, "the lease table is not sound");
}

static void begin_step(struct world *w)
{
    w->reply = (struct span){ 0 };
    w->event_count = 0;
    w->change.kind = CHANGE_NONE;
    w->was_fetched = false;
    memset(&w->outcome, 0, sizeof w->outcome);
}

static struct arrival arrival_of(const struct world *w, const struct story_step *step)
{
    const struct story_interface *i = &w->story->interfaces[world_interface(w, step)];
    const struct story_word *port = world_word(w, step, "port"), *to = world_word(w, step, "to");
    struct ipv4 relay = world_address(w, step, world_word(w, step, "relay"));
    bool binl = port && span_is(port->value, "4011");
    bool direct = binl || (to && span_is(to->value, "ours")) || !ipv4_is_none(relay);

    struct arrival a = { .interface = 2u + world_interface(w, step),
                         .local = i->address,
                         .link = i->link,
                         .port = binl ? DHCP4_PXE_SERVER_PORT : DHCP4_SERVER_PORT,
                         .destination = direct ? i->address : IPV4_BROADCAST,
                         .mtu = 1500 };
    if (!ipv4_is_none(relay))
        a.source = (struct endpoint){ relay, DHCP4_SERVER_PORT };
    else
        a.source = (struct endpoint){ world_address(w, step, world_word(w, step, "from")),
                                      binl ? DHCP4_PXE_SERVER_PORT : DHCP4_CLIENT_PORT };
    return a;
}

void world_send(struct world *w, const struct story_step *step)
{
    const struct story_word *lost = world_word(w, step, "lost");
    const char *interface = w->story->interfaces[world_interface(w, step)].name;
    uint8_t message[DHCP4_REPLY_MAX], asked_block[4096];
    struct arena scratch = arena_over(w->scratch_block, w->scratch_bytes);
    struct arena asked_arena = arena_over(asked_block, sizeof asked_block);
    struct dhcp4_options asked = { 0 };
    struct dhcp4_header header;

    begin_step(w);
    struct dhcp4_input in = { .bytes = world_build(w, step, message, sizeof message),
                              .from = arrival_of(w, step),
                              .now = w->now,
                              .catalog = &w->catalog,
                              .http_port = w->config->http.port,
                              .https_port = w->config->https.enabled ? w->config->https.port : 0,
                              .offer_https = w->config->https.offer,
                              .interface_name = interface,
                              .recall = &w->recall,
                              .limit = w->limit };
    if (lost && span_is(lost->value, "yes"))
        return;
    struct reader r = reader_over(in.bytes);
    if (dhcp4_header_decode(&r, &header) == DHCP4_SOUND)
        (void)dhcp4_options_read(reader_rest(&r), &header, &asked_arena, &asked);
    enum dhcp_mode mode = mode_on(w, interface);
    if (mode == DHCP_PROXY)
        dhcp4_proxy_handle(&in, &scratch, &w->outcome);
    else if (mode == DHCP_SERVER)
        dhcp4_server_handle(w->server, &in, &scratch, &w->outcome);
    if (w->outcome.action == DHCP4_PROBE)
        w->asker = step->machine;
    carry_out(w, step->machine, &asked);
}

void world_probed(struct world *w, const struct story_step *step)
{
    struct arena scratch = arena_over(w->scratch_block, w->scratch_bytes);
    bool taken = step->verb == STORY_PROBE_TAKEN;
    struct mac owner = { { 0 } };
    struct ipv4 address = w->outcome.probe;

    if (w->outcome.action != DHCP4_PROBE) {
        if (world_is_undisturbed(w))
            world_fail(w, "no probe is under way");
        return;
    }
    if (taken)
        owner = (struct mac){ { 2, 0xee, 0, 0, 0, 1 } };
    for (uint8_t i = 0; i < step->rest.count; i++)
        if (span_is(step->rest.at[i].key, "by"))
            (void)mac_parse(step->rest.at[i].value, &owner);
    begin_step(w);
    dhcp4_server_probed(w->server, address, taken, owner, &w->catalog, w->config->http.port, w->now,
                        &scratch, &w->outcome);
    carry_out(w, w->asker, NULL);
}

/* fetching */

/* The path of a URL, or the name as it is. */
static struct span path_of(struct span name)
{
    if (!span_starts_with(name, "http://") && !span_starts_with(name, "https://"))
        return name;
    name = span_from(name, span_starts_with(name, "https://") ? 8 : 7);
    return span_from(name, span_find(name, '/'));
}

static void use_up(struct world *w, const struct host *host)
{
    for (size_t i = 0; i < w->catalog.host_count; i++)
        if (&w->hosts[i] == host)
            w->hosts[i].next_boot = NULL;
    w->catalog.generation++;
}

/* The whole of it was fetched. */
static void note_fetched(struct world *w, const struct candidate *c, bool by_http)
{
    static const struct {
        enum event_id tftp, http;
    } ids[] = {
        [SERVED_FILE] = { EVENT_TFTP_DONE, EVENT_HTTP_DONE },
        [SERVED_LOADER] = { EVENT_TFTP_DONE, EVENT_HTTP_LOADER_DONE },
        [SERVED_SCRIPT] = { EVENT_SCRIPT_SENT, EVENT_SCRIPT_SENT },
        [SERVED_KERNEL] = { EVENT_TFTP_KERNEL_DONE, EVENT_HTTP_KERNEL_DONE },
        [SERVED_INITRD] = { EVENT_TFTP_KERNEL_DONE, EVENT_HTTP_KERNEL_DONE },
        [SERVED_DISK] = { EVENT_DISK_DONE, EVENT_DISK_DONE },
        [SERVED_GRUB_CONFIG] = { EVENT_GRUB_CONFIG_SENT, EVENT_GRUB_CONFIG_SENT },
        [SERVED_ANSWER] = { EVENT_ANSWER_SENT, EVENT_ANSWER_SENT },
        [SERVED_WAIT] = { EVENT_TFTP_DONE, EVENT_HTTP_DONE },
        [SERVED_POINTER] = { EVENT_TFTP_DONE, EVENT_HTTP_DONE },
    };
    world_note(w, w->found.client.mac, by_http ? ids[c->served_as].http : ids[c->served_as].tftp);
}

/* What it asks for next is asked by this loader. */
static void remember_loader(struct world_machine *m, const struct loader *loader, struct span name)
{
    struct text wire = text_over(m->loader, sizeof m->loader);
    struct safe_path path;

    if (loader)
        loader_add_wire_name(&wire, loader->folder, loader->file);
    m->folder[0] = 0;
    if (safe_path_parse(name, &path) == PATH_SOUND)
        span_to_text(safe_path_folder(&path), m->folder, sizeof m->folder);
}

void world_fetch(struct world *w, const struct story_step *step)
{
    struct world_machine *m = &w->machines[step->machine];
    const struct story_word *word = &step->rest.at[0];
    struct span name =
        word->has_value
            ? span_of(word->key.data, (size_t)(word->value.data - word->key.data) + word->value.len)
            : word->key;
    bool by_http = step->rest.count > 2 && span_is(step->rest.at[2].key, "http");
    struct arena arena = arena_over(w->text_block, WORLD_TEXT_BYTES);
    char decoded[SAFE_PATH_MAX];
    struct text path = text_over(decoded, sizeof decoded);
    struct client client = m->client;

    begin_step(w);
    if (span_is(name, "offered"))
        name = span_text(m->boot);
    bool by_https = span_starts_with(name, "https://");
    name = path_of(name);
    size_t mark = by_http ? span_find(name, '?') : name.len;
    if (!url_decode(span_slice(name, 0, mark), &path))
        return;
    if (!m->has_client)
        client = (struct client){ .mac = w->story->machines[step->machine].mac };
    const struct resolve_request request = {
        .name = by_http ? text_span(&path) : name,
        .query = span_from(name, mark + 1),
        .last_folder = span_text(m->folder),
        .last_loader = span_text(m->loader),
        .transport = by_http ? TRANSPORT_HTTP : TRANSPORT_TFTP,
        .client = &client,
        .reach = { .server = w->story->interfaces[world_interface(w, step)].address,
                   .http_port = w->config->http.port,
                   .https_port = w->config->https.enabled ? w->config->https.port : 0,
                   .offer_https = w->config->https.offer,
                   .secure = by_https }
    };
    resolve(&w->catalog, &request, &arena, &w->found);
    w->was_fetched = true;
    if (w->found.count == 0)
        return;
    if (w->found.candidates[0].served_as == SERVED_LOADER)
        remember_loader(m, w->found.candidates[0].loader, request.name);
    note_fetched(w, &w->found.candidates[0], by_http);
    if (w->found.candidates[0].used_next_boot)
        use_up(w, w->found.candidates[0].used_next_boot);
}
