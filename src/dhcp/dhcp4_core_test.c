/* Both cores from outside: client messages as a table in, replies and tables' state out. The boot
 * decision is the real one, with the small catalog of boot/test_catalog.h. */
#include <stdlib.h>

#include "boot/test_catalog.h"
#include "dhcp/limit.h"
#include "dhcp/options_write.h"
#include "dhcp/proxy.h"
#include "dhcp/server4.h"

#define OUR   UINT32_C(0xc0000201)
#define POOL  UINT32_C(0xc0000232)
#define OTHER UINT32_C(0xc0000263)

/* One message of a client: what differs from a plain broadcast DISCOVER. */
struct packet {
    uint8_t type, mac;
    const char *vendor, *user_class;
    int arch; /* option 93 less one, so that 0 = absent */
    uint32_t ciaddr, giaddr, requested, server, link;
    bool unicast, no_broadcast_flag;
    uint16_t port;
};

struct fixture {
    struct subnet subnet;
    struct catalog catalog;
    struct dhcp4_server_settings settings;
    struct dhcp4_server *server;
    void *memory;
    struct now now;
    struct limit *limit;
    uint8_t message[1500], scratch[32768];
    struct arena arena;
    struct dhcp4_outcome out;
    struct dhcp4_header header;
    struct dhcp4_options options;
};

static void open_server(struct fixture *f, bool probe, uint32_t last)
{
    memset(f, 0, sizeof *f);
    f->subnet = (struct subnet){ .network = { { 0xc0000200 }, 24 },
                                 .pools = { { { POOL }, { last } } },
                                 .pool_count = 1,
                                 .router = { 0xc00002fe },
                                 .lease = { 3600000000000 } };
    f->settings = (struct dhcp4_server_settings){ .subnets = &f->subnet,
                                                  .subnet_count = 1,
                                                  .leases_max = 64,
                                                  .pending_max = 4,
                                                  .hash_key = { 3, 4 },
                                                  .probe = probe };
    f->memory = calloc(1, dhcp4_server_memory(&f->settings));
    f->server = dhcp4_server_init(f->memory, &f->settings);
    f->now = (struct now){ { 1000000000 }, { 1700000000000 } };
    f->catalog = (struct catalog){ .generation = 1,
                                   .chains = "undionly ipxe snponly",
                                   .roots = test_roots,
                                   .root_count = test_catalog.root_count,
                                   .loaders = test_loaders,
                                   .loader_count = test_catalog.loader_count };
}

static void done(struct fixture *f)
{
    assert_true(dhcp4_server_is_sound(f->server));
    free(f->memory);
}

static struct span build(struct fixture *f, const struct packet *p)
{
    struct writer w = writer_over(f->message, sizeof f->message);
    struct dhcp4_header h = { .op = 1, .htype = 1, .hlen = 6, .xid = 77 };

    h.flags = p->no_broadcast_flag ? 0 : DHCP4_FLAG_BROADCAST;
    h.ciaddr.value = p->ciaddr;
    h.giaddr.value = p->giaddr;
    memcpy(h.chaddr, (const uint8_t[]){ 0x52, 0x54, 0, 0, 0, p->mac }, 6);
    dhcp4_header_encode(&w, &h);
    const uint8_t link[] = { 5, 4, 0xc0, 0, 2, 0 };
    struct options_writer o =
        options_write_begin(&w, sizeof f->message, span_of(link, p->link ? sizeof link : 0));
    options_write_u8(&o, OPTION_MESSAGE_TYPE, p->type);
    if (p->vendor)
        options_write(&o, OPTION_VENDOR_CLASS, span_text(p->vendor));
    if (p->user_class)
        options_write(&o, OPTION_USER_CLASS, span_text(p->user_class));
    if (p->arch > 0)
        options_write(&o, OPTION_CLIENT_ARCH, BYTES(0, (uint8_t)(p->arch - 1)));
    if (p->vendor)
        options_write(&o, OPTION_CLIENT_UUID,
                      BYTES(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
    if (p->requested)
        options_write_be32(&o, OPTION_REQUESTED_ADDRESS, p->requested);
    if (p->server)
        options_write_be32(&o, OPTION_SERVER_ID, p->server);
    assert_true(options_write_end(&o));
    return writer_span(&w);
}

/* Take the reply apart; absent replies leave header and options empty. */
static void read_reply(struct fixture *f)
{
    static uint8_t block[16384];
    struct arena a = arena_over(block, sizeof block);
    struct reader r = reader_over(f->out.reply);

    memset(&f->header, 0, sizeof f->header);
    memset(&f->options, 0, sizeof f->options);
    if (f->out.action != DHCP4_REPLY)
        return;
    assert_in_range(f->out.reply.len, 300, DHCP4_REPLY_MAX);
    assert_int_equal(dhcp4_header_decode(&r, &f->header), DHCP4_SOUND);
    assert_int_equal(dhcp4_options_read(reader_rest(&r), &f->header, &a, &f->options), DHCP4_SOUND);
}

static struct dhcp4_input input(struct fixture *f, const struct packet *p)
{
    struct dhcp4_input in = { .bytes = build(f, p),
                              .now = f->now,
                              .catalog = &f->catalog,
                              .http_port = 80,
                              .limit = f->limit };
    in.from = (struct arrival){ .interface = 2,
                                .local = { OUR },
                                .link = { { 0xc0000200 }, 24 },
                                .port = p->port ? p->port : 67,
                                .source = { { p->ciaddr }, p->port == 4011 ? 4011 : 68 },
                                .destination = { p->unicast ? OUR : UINT32_MAX },
                                .mtu = 1500 };
    f->arena = arena_over(f->scratch, sizeof f->scratch);
    return in;
}

static int server(struct fixture *f, struct packet p)
{
    struct dhcp4_input in = input(f, &p);
    dhcp4_server_handle(f->server, &in, &f->arena, &f->out);
    read_reply(f);
    assert_true(dhcp4_server_is_sound(f->server));
    return dhcp4_options_u8(&f->options, OPTION_MESSAGE_TYPE);
}

static void proxy(struct fixture *f, struct packet p)
{
    struct dhcp4_input in = input(f, &p);
    dhcp4_proxy_handle(&in, &f->arena, &f->out);
    read_reply(f);
}

static void pass(struct fixture *f, int64_t seconds)
{
    f->now.steady = instant_after(f->now.steady, duration_seconds(seconds));
    f->now.calendar = calendar_after(f->now.calendar, duration_seconds(seconds));
    dhcp4_server_expire(f->server, f->now);
}

/* DISCOVER, REQUEST, commit; the address. */
static uint32_t obtain(struct fixture *f, uint8_t mac)
{
    assert_int_equal(server(f, (struct packet){ .type = 1, .mac = mac }), 2);
    uint32_t address = f->header.yiaddr.value;
    assert_int_equal(
        server(f, (struct packet){ .type = 3, .mac = mac, .requested = address, .server = OUR }),
        5);
    assert_int_equal(f->out.change.kind, CHANGE_LEASE_PUT);
    dhcp4_server_committed(f->server, &f->out.change);
    return address;
}

#define PXE  "PXEClient:Arch:00007:UNDI:003016"
#define BIOS "PXEClient:Arch:00000:UNDI:002001"
#define HTTP "HTTPClient:Arch:00016:UNDI:003001"

/* What each kind of client gets: [proxy, server]. */
static const struct {
    const char *name;
    struct packet packet;
    const char *vendor[2];
    bool option_43[2], server_name, no_proxy;
    const char *file;
} kinds[] = {
    { "BIOS",
      { 1, 1, BIOS, NULL, 1 },
      { "PXEClient", "PXEClient" },
      { 1, 1 },
      1,
      0,
      "undionly.kpxe" },
    { "EDK2 PXE",
      { 1, 1, PXE, NULL, 8 },
      { "PXEClient", "PXEClient" },
      { 1, 1 },
      1,
      0,
      "ipxe.efi" },
    { "EDK2 HTTP",
      { 1, 1, HTTP, NULL, 17 },
      { "HTTPClient", "HTTPClient" },
      { 0, 0 },
      0,
      0,
      "http://192.0.2.1/ipxe.efi" },
    { "iPXE bare",
      { 1, 1, PXE, "iPXE", 8 },
      { "PXEClient", NULL },
      { 1, 0 },
      0,
      1,
      "http://192.0.2.1/boot.ipxe" },
    { "iPXE prefixed",
      { 1, 1, PXE, "\4iPXE", 8 },
      { "PXEClient", NULL },
      { 1, 0 },
      0,
      1,
      "http://192.0.2.1/boot.ipxe" },
};

static void test_kinds_get_their_options(void **state)
{
    struct fixture f;

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (int mode = 0; mode < 2; mode++) {
            print_message("%s, %s\n", kinds[i].name, mode ? "server" : "proxy");
            open_server(&f, false, POOL + 9);
            if (mode)
                assert_int_equal(server(&f, kinds[i].packet), 2);
            else
                proxy(&f, kinds[i].packet);
            assert_int_equal(f.out.action, DHCP4_REPLY);
            assert_int_equal(f.header.yiaddr.value != 0, mode);
            assert_int_equal(f.header.siaddr.value, OUR);
            assert_true(span_is(f.options.values[60], kinds[i].vendor[mode] ?: ""));
            assert_int_equal(dhcp4_options_has(&f.options, 43), kinds[i].option_43[mode]);
            if (kinds[i].option_43[mode]) {
                assert_true(span_equals(f.options.values[43], BYTES(6, 1, 8, 255)));
                assert_int_equal(f.options.values[97].len, 17);
            }
            assert_true(span_is(f.options.values[67], kinds[i].file));
            assert_string_equal((const char *)f.header.file, kinds[i].file);
            assert_int_equal(dhcp4_options_has(&f.options, 175), kinds[i].no_proxy);
            if (!mode)
                assert_int_equal(f.out.to.kind, TO_BROADCAST);
            done(&f);
        }
}

static void test_proxy_keeps_to_boot_clients(void **state)
{
    struct fixture f;

    (void)state;
    open_server(&f, false, POOL + 9);
    proxy(&f, (struct packet){ .type = 1, .mac = 1, .vendor = "udhcp 1.35" });
    assert_int_equal(f.out.action, DHCP4_SILENT);
    proxy(&f, (struct packet){
                  .type = 3, .mac = 1, .vendor = PXE, .requested = OTHER, .server = OTHER });
    assert_int_equal(f.out.action, DHCP4_SILENT);
    assert_int_equal(f.out.client.address.value, OTHER);
    assert_int_equal(f.out.events[0].id, EVENT_DHCP_OTHER_CHOSEN);
    proxy(&f, (struct packet){ .type = 3,
                               .mac = 1,
                               .vendor = PXE,
                               .arch = 8,
                               .ciaddr = OTHER,
                               .port = 4011,
                               .unicast = true });
    assert_int_equal(dhcp4_options_u8(&f.options, 53), 5);
    assert_int_equal(f.out.to.kind, TO_UNICAST);
    assert_int_equal(f.out.to.to.addr.value, OTHER);
    assert_int_equal(f.out.to.to.port, 4011);
    proxy(&f,
          (struct packet){
              .type = 1, .mac = 1, .vendor = HTTP, .arch = 17, .giaddr = 0xc0000202, .link = 1 });
    assert_int_equal(f.out.to.to.addr.value, 0xc0000202);
    assert_int_equal(f.out.to.to.port, 67);
    assert_true(span_equals(f.options.values[82], BYTES(5, 4, 0xc0, 0, 2, 0)));
    done(&f);
}

static void test_lease_lives(void **state)
{
    struct fixture f;

    (void)state;
    open_server(&f, false, POOL + 1);
    uint32_t address = obtain(&f, 1);
    assert_in_range(address, POOL, POOL + 1);
    /* The boot goes on at once: the same address, and nothing new to write. */
    assert_int_equal(
        server(&f, (struct packet){ .type = 3, .mac = 1, .requested = address, .server = OUR }), 5);
    assert_int_equal(f.out.change.kind, CHANGE_NONE);
    pass(&f, 1800);
    assert_int_equal(
        server(&f, (struct packet){ .type = 3, .mac = 1, .ciaddr = address, .unicast = true }), 5);
    assert_int_equal(f.out.to.to.addr.value, address);
    assert_int_equal(f.out.change.kind, CHANGE_LEASE_PUT);
    assert_true(f.out.reply_if_not_durable.len >= 300);
    /* The store refuses: what was promised before is in force, and no longer. */
    dhcp4_server_withdraw(f.server, &f.out.change);
    uint32_t second = obtain(&f, 2);
    assert_int_not_equal(second, address);
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 3 }), 0);
    assert_int_equal(f.out.events[1].id, EVENT_DHCP_POOL_EMPTY);
    pass(&f, 1801);
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 3 }), 2);
    assert_int_equal(f.header.yiaddr.value, address);
    done(&f);
}

static void test_requests_by_kind(void **state)
{
    struct fixture f;

    (void)state;
    open_server(&f, false, POOL + 9);
    uint32_t a = obtain(&f, 1);
    const struct {
        const char *name;
        struct packet packet;
        int want;
    } cases[] = {
        { "init-reboot, known", { .type = 3, .mac = 1, .requested = a }, 5 },
        { "init-reboot, other address", { .type = 3, .mac = 1, .requested = a + 1 }, 6 },
        { "init-reboot, other network", { .type = 3, .mac = 1, .requested = 0x0a000001 }, 6 },
        { "init-reboot, unknown client", { .type = 3, .mac = 9, .requested = POOL + 8 }, 0 },
        { "rebinding, known", { .type = 3, .mac = 1, .ciaddr = a }, 5 },
        { "rebinding, unknown", { .type = 3, .mac = 9, .ciaddr = POOL + 8 }, 0 },
        { "renewing another's", { .type = 3, .mac = 9, .ciaddr = a, .unicast = true }, 6 },
        { "selecting another's", { .type = 3, .mac = 9, .requested = a, .server = OUR }, 6 },
        { "selecting outside the pool",
          { .type = 3, .mac = 9, .requested = OTHER, .server = OUR },
          6 },
        { "selecting another server", { .type = 3, .mac = 9, .requested = a, .server = OTHER }, 0 },
        { "ill-formed", { .type = 3, .mac = 9 }, 0 },
        { "inform", { .type = 8, .mac = 7, .ciaddr = OTHER }, 5 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        assert_int_equal(server(&f, cases[i].packet), cases[i].want);
        if (cases[i].want == 6)
            assert_int_equal(f.out.to.kind, TO_BROADCAST);
        if (f.out.change.kind != CHANGE_NONE)
            dhcp4_server_committed(f.server, &f.out.change);
    }
    done(&f);
}

static void test_decline_release_restore(void **state)
{
    struct fixture f;

    (void)state;
    open_server(&f, false, POOL);
    uint32_t a = obtain(&f, 1);
    (void)server(&f, (struct packet){ .type = 7, .mac = 2, .ciaddr = a, .unicast = true });
    assert_int_equal(f.out.change.kind, CHANGE_NONE); /* not his */
    (void)server(&f, (struct packet){ .type = 7, .mac = 1, .ciaddr = a, .unicast = true });
    assert_int_equal(f.out.change.lease.status, LEASE_RELEASED);
    dhcp4_server_committed(f.server, &f.out.change);
    assert_int_equal(obtain(&f, 2), a);
    struct lease kept = f.out.change.lease;
    (void)server(&f, (struct packet){ .type = 4, .mac = 2, .requested = a, .server = OUR });
    assert_int_equal(f.out.change.lease.status, LEASE_DECLINED);
    dhcp4_server_committed(f.server, &f.out.change);
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 1 }), 0);
    pass(&f, 601);
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 1 }), 2);
    done(&f);
    /* After a restart the acknowledged lease is with its client, and with nobody else. */
    open_server(&f, false, POOL);
    assert_true(dhcp4_server_restore(f.server, &kept, f.now));
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 1 }), 0);
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 2 }), 2);
    done(&f);
}

static void test_probe(void **state)
{
    struct fixture f;
    struct mac owner = { { 2, 0, 0, 0, 0, 9 } };

    (void)state;
    open_server(&f, true, POOL + 1);
    (void)server(&f, (struct packet){ .type = 1, .mac = 1 });
    assert_int_equal(f.out.action, DHCP4_PROBE);
    struct ipv4 first = f.out.probe;
    (void)server(&f, (struct packet){ .type = 1, .mac = 1 });
    assert_int_equal(f.out.action, DHCP4_SILENT); /* a retransmission waits too */
    f.arena = arena_over(f.scratch, sizeof f.scratch);
    dhcp4_server_probed(f.server, first, true, owner, &f.catalog, 80, f.now, &f.arena, &f.out);
    assert_int_equal(f.out.action, DHCP4_PROBE);
    assert_int_not_equal(f.out.probe.value, first.value);
    assert_int_equal(f.out.change.lease.status, LEASE_DECLINED);
    dhcp4_server_committed(f.server, &f.out.change);
    f.arena = arena_over(f.scratch, sizeof f.scratch);
    dhcp4_server_probed(f.server, f.out.probe, false, (struct mac){ 0 }, &f.catalog, 80, f.now,
                        &f.arena, &f.out);
    assert_int_equal(f.out.action, DHCP4_REPLY);
    done(&f);
}

static void test_reservation_and_relay(void **state)
{
    struct fixture f;
    struct host host = { .name = "node1",
                         .match = { .has_mac = true, .mac = { { 0x52, 0x54, 0, 0, 0, 1 } } },
                         .address = { POOL } };

    (void)state;
    open_server(&f, false, POOL);
    f.catalog.hosts = &host;
    f.catalog.host_count = 1;
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 2 }), 0); /* never another's */
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 1 }), 2);
    host.address.value = 0xc00002c8; /* outside of the pool */
    f.catalog.generation = 2;
    assert_int_equal(
        server(&f, (struct packet){ .type = 1, .mac = 1, .giaddr = 0x0a000001, .link = 1 }), 2);
    assert_int_equal(f.header.yiaddr.value, 0xc00002c8);
    assert_int_equal(f.out.to.to.addr.value, 0x0a000001);
    assert_int_equal(dhcp4_options_has(&f.options, OPTION_RELAY_INFO), true);
    done(&f);
}

static void test_rate_limit(void **state)
{
    struct fixture f;
    void *memory = calloc(1, limit_memory(8));

    (void)state;
    open_server(&f, false, POOL + 9);
    f.limit = limit_init(memory, 8, (struct hash_key){ 1, 2 });
    for (int i = 0; i < LIMIT_BURST; i++)
        assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 1 }), 2);
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 1 }), 0);
    assert_int_equal(f.out.events[0].id, EVENT_RATE_LIMITED);
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 2 }), 2);
    pass(&f, 1);
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 1 }), 2);
    done(&f);
    free(memory);
}

static uint32_t discover_by_relay(struct fixture *f, uint8_t mac, uint32_t relay)
{
    if (server(f, (struct packet){ .type = 1, .mac = mac, .giaddr = relay }) != 2)
        return 0;
    return f->header.yiaddr.value;
}

static void test_reconfigure(void **state)
{
    struct fixture f;
    struct subnet two[2];

    (void)state;
    open_server(&f, false, POOL + 1);
    uint32_t kept = obtain(&f, 1);
    two[0] = two[1] = f.subnet;
    two[0].pools[0] = (struct ipv4_range){ { POOL + 100 }, { POOL + 100 } };
    two[1].network = (struct ipv4_prefix){ { 0x0a000000 }, 24 };
    two[1].pools[0] = (struct ipv4_range){ { 0x0a000032 }, { 0x0a000033 } };
    two[1].router.value = 0x0a000001;
    struct dhcp4_server_settings settings = f.settings;
    settings.subnets = two;
    settings.subnet_count = 2;
    dhcp4_server_reconfigure(f.server, &settings);
    assert_true(dhcp4_server_is_sound(f.server));
    /* The old lease lies outside of the new pool: its machine is sent to a new address, and nobody
     * else gets the old one while it lasts. */
    assert_int_equal(
        server(&f, (struct packet){ .type = 3, .mac = 1, .ciaddr = kept, .unicast = true }), 6);
    assert_int_equal(obtain(&f, 2), POOL + 100);
    assert_int_equal(server(&f, (struct packet){ .type = 1, .mac = 3 }), 0);
    assert_int_equal(
        server(&f, (struct packet){ .type = 3, .mac = 3, .requested = kept, .server = OUR }), 6);
    /* The new network answers by its relay. */
    assert_in_range(discover_by_relay(&f, 3, 0x0a000002), 0x0a000032, 0x0a000033);
    assert_true(span_equals(f.options.values[3], BYTES(10, 0, 0, 1)));
    /* Back again: the pool of before, where the old lease still counts. */
    dhcp4_server_reconfigure(f.server, &f.settings);
    assert_int_equal(
        server(&f, (struct packet){ .type = 3, .mac = 1, .ciaddr = kept, .unicast = true }), 5);
    dhcp4_server_committed(f.server, &f.out.change);
    assert_int_not_equal(obtain(&f, 4), kept);
    assert_int_equal(discover_by_relay(&f, 3, 0x0a000002), 0);
    done(&f);
}

static void test_reconfigure_during_a_probe(void **state)
{
    struct fixture f;

    (void)state;
    open_server(&f, true, POOL);
    (void)server(&f, (struct packet){ .type = 1, .mac = 1 });
    assert_int_equal(f.out.action, DHCP4_PROBE);
    struct ipv4 probed = f.out.probe;
    f.subnet.pools[0] = (struct ipv4_range){ { POOL + 50 }, { POOL + 50 } };
    dhcp4_server_reconfigure(f.server, &f.settings);
    f.arena = arena_over(f.scratch, sizeof f.scratch);
    dhcp4_server_probed(f.server, probed, false, (struct mac){ 0 }, &f.catalog, 80, f.now, &f.arena,
                        &f.out);
    /* The address is no longer to be given: the next one is asked for. */
    assert_int_equal(f.out.action, DHCP4_PROBE);
    assert_int_equal(f.out.probe.value, POOL + 50);
    /* A report nobody waits for changes nothing. */
    f.arena = arena_over(f.scratch, sizeof f.scratch);
    dhcp4_server_probed(f.server, probed, true, (struct mac){ 0 }, &f.catalog, 80, f.now, &f.arena,
                        &f.out);
    assert_int_equal(f.out.action, DHCP4_SILENT);
    assert_int_equal(f.out.change.kind, CHANGE_NONE);
    done(&f);
}

static void test_hostile_messages(void **state)
{
    static const struct {
        const char *name;
        size_t at; /* a byte of the message that is made wrong */
        uint8_t value;
        const char *flaw; /* NULL: not told, such pass by all day */
    } cases[] = {
        { "op", 0, 2, NULL },
        { "htype", 1, 6, "HARDWARE_UNKNOWN" },
        { "hlen", 2, 16, "HARDWARE_UNKNOWN" },
        { "hops", 3, 17, "TOO_MANY_HOPS" },
        { "magic", 236, 0, NULL },
        { "group address", 28, 0x53, "HARDWARE_VOID" },
        { "type 9", 242, 9, "TYPE_INVALID" },
        { "type OFFER", 242, 2, "TYPE_INVALID" },
        { "relay", 24, 224, "RELAY_INVALID" },
        { "option cut", 241, 250, "OPTION_CUT" },
    };
    struct fixture f;

    (void)state;
    open_server(&f, false, POOL + 9);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct packet p = { .type = 1, .mac = 1 };
        struct dhcp4_input in = input(&f, &p);
        f.message[cases[i].at] = cases[i].value;
        if (cases[i].at == 241)
            in.bytes.len = 300 - 57;
        dhcp4_server_handle(f.server, &in, &f.arena, &f.out);
        const struct event_field *name = event_find(&f.out.events[0], "name");
        bool told = f.out.event_count == 1 && name && cases[i].flaw &&
                    span_is(event_field_text(&f.out.events[0], name), cases[i].flaw);
        if (f.out.action != DHCP4_SILENT || f.out.change.kind != CHANGE_NONE ||
            told != (cases[i].flaw != NULL))
            fail_msg("%s", cases[i].name);
    }
    /* Cut anywhere, in a block of exactly its size: silence, or the answer to what is left. */
    struct packet p = { .type = 1, .mac = 1, .vendor = PXE, .arch = 8, .giaddr = 0, .link = 1 };
    struct dhcp4_input whole = input(&f, &p);
    for (size_t len = 0; len <= whole.bytes.len; len++) {
        uint8_t *exact = malloc(len > 0 ? len : 1);
        assert_non_null(exact);
        memcpy(exact, whole.bytes.data, len);
        struct dhcp4_input in = whole;
        in.bytes = span_of(exact, len);
        f.arena = arena_over(f.scratch, sizeof f.scratch);
        dhcp4_server_handle(f.server, &in, &f.arena, &f.out);
        assert_true(dhcp4_server_is_sound(f.server));
        assert_true(len >= 243 || f.out.action == DHCP4_SILENT);
        free(exact);
    }
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_get_their_options),
        cmocka_unit_test(test_proxy_keeps_to_boot_clients),
        cmocka_unit_test(test_lease_lives),
        cmocka_unit_test(test_requests_by_kind),
        cmocka_unit_test(test_decline_release_restore),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_reservation_and_relay),
        cmocka_unit_test(test_rate_limit),
        cmocka_unit_test(test_reconfigure),
        cmocka_unit_test(test_reconfigure_during_a_probe),
        cmocka_unit_test(test_hostile_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
