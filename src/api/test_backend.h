/* For tests: a backend made of arrays, which writes down what it was asked to change. */
#ifndef API_TEST_BACKEND_H
#define API_TEST_BACKEND_H

#include "api/api.h"

#define LEASES 4000
#define EVENT_X                                                                                    \
    "{\"event\":\"X\",\"level\":\"info\",\"time_ms\":0,\"sequence\":1,\"message\":\"m\",\"fields\":{}}"

static struct image images[] = {
    { .name = "debian-12", .title = "Debian \"12\"", .kind = IMAGE_LINUX, .kernel = "linux" },
};
static struct host hosts[] = {
    { .name = "filed",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 1 } } },
      .boot = "debian-12",
      .from_file = true },
    { .name = "node1", .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 2 } } } },
};
static struct host_group groups[] = {
    { .name = "filed", .boot = "local", .from_file = true },
    { .name = "racks", .parent = "filed" },
    { .name = "row1", .parent = "racks", .boot = "debian-12" },
};
static const struct record records[] = {
    { RECORD_GROUP, "racks", "{}" },
};
static struct catalog catalog = { .groups = groups,
                                  .group_count = 3,
                                  .records = records,
                                  .record_count = 1,
                                  .images = images,
                                  .image_count = 1,
                                  .hosts = hosts,
                                  .host_count = 2,
                                  .menu = { .title = "t", .default_choice = "local" } };

/* What the backend was last asked to do, and how it shall answer. */
static struct {
    enum api_result result;
    char name[HOST_NAME_MAX], boot[64], image[64];
    char record[512];
    size_t records;
    unsigned int calls;
} world;

static inline void fake_status(void *context, struct api_status *out)
{
    (void)context;
    *out = (struct api_status){ .pid = 42, .interface_count = 1, .store_works = true };
    memcpy(out->interfaces[0].name, "eth0", 5);
    memcpy(out->interfaces[0].mode, "proxy", 6);
}

static inline const struct catalog *fake_catalog(void *context)
{
    (void)context;
    return &catalog;
}

static inline struct reach fake_reach(void *context, const struct client *client)
{
    (void)context;
    (void)client;
    return (struct reach){ .server = { world.result == API_UNAVAILABLE ? 0 : 0xc0000201 },
                           .http_port = 80 };
}

static inline enum api_result fake_put(void *context, const struct host *host,
                                       char sentence[API_SENTENCE_MAX])
{
    (void)context;
    world.calls++;
    snprintf(world.name, sizeof world.name, "%s", host->name);
    snprintf(world.boot, sizeof world.boot, "%s", host->boot ? host->boot : "");
    snprintf(sentence, API_SENTENCE_MAX, "said so");
    return world.result;
}

static inline enum api_result fake_put_many(void *context, const struct host *many, size_t count,
                                            char sentence[API_SENTENCE_MAX])
{
    enum api_result result = API_DONE;
    for (size_t i = 0; i < count && result == API_DONE; i++)
        result = fake_put(context, &many[i], sentence);
    return result;
}

static inline enum api_result fake_remove(void *context, const char *name,
                                          char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)sentence;
    world.calls++;
    snprintf(world.name, sizeof world.name, "%s", name);
    return world.result;
}

static inline enum api_result fake_next(void *context, const char *host, const char *image,
                                        char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)sentence;
    world.calls++;
    snprintf(world.name, sizeof world.name, "%s", host);
    snprintf(world.image, sizeof world.image, "%s", image);
    return world.result;
}

static inline enum api_result fake_leases(void *context, struct ipv4 after, api_lease_fn row,
                                          void *row_context)
{
    (void)context;
    for (uint32_t i = 1; i <= LEASES; i++) {
        struct lease lease = { .address = { 0x0a000000 + i }, .mac = { { 2, 0, 0, 0, 1, 1 } } };
        lease.hostname = label_of(BYTES('a', 0xff, '"'));
        if (lease.address.value > after.value && !row(row_context, &lease))
            break;
    }
    return world.result;
}

static inline enum api_result fake_events(void *context, uint64_t machine, uint64_t after,
                                          uint32_t limit, api_event_fn row, void *row_context)
{
    (void)context;
    for (uint64_t i = after + 1; i <= 5 && limit > 0; i++, limit--) {
        struct api_event event = { .sequence = i, .machine = machine };
        event.json = span_text(EVENT_X);
        if (!row(row_context, &event))
            break;
    }
    return world.result;
}

static const struct recollection fake_recollection = {
    .chains = { { .chain = "undionly",
                  .last = CHAIN_MARK_STALLED,
                  .stalled = 2,
                  .stalled_at = { 1500 } } },
    .count = 1,
    .elsewhere = { "ipxe" },
    .elsewhere_count = 1,
};

static inline void fake_recall(void *context, const struct client *client, struct recollection *out)
{
    (void)context;
    (void)client;
    *out = fake_recollection;
}

static inline enum api_result fake_forget(void *context, struct mac mac)
{
    (void)context;
    world.calls++;
    return mac_to_u64(mac) == 9 ? API_DONE : API_NOT_FOUND;
}

static inline enum api_result fake_machines(void *context, api_machine_fn row, void *row_context)
{
    (void)context;
    struct api_machine machine = { .client = { .mac = { { 2, 0, 0, 0, 0, 9 } },
                                               .kind = CLIENT_PXE,
                                               .arch = ARCH_BIOS_X86,
                                               .has_arch = true,
                                               .chain = "undionly" },
                                   .recalled = &fake_recollection,
                                   .stage = "dhcp",
                                   .message = "asked",
                                   .host = "" };
    (void)row(row_context, &machine);
    return world.result;
}

static inline enum api_result fake_pcap(void *context, struct mac mac, struct arena *arena,
                                        struct span *ret_pcap)
{
    (void)context;
    if (mac_to_u64(mac) != 9) {
        (void)arena_alloc(arena, arena->cap - arena->used - 64);
        return API_NOT_FOUND;
    }
    *ret_pcap = arena_copy(arena, span_text("PCAP"));
    return API_DONE;
}

static inline enum api_result fake_reload(void *context, char sentence[API_SENTENCE_MAX])
{
    (void)context;
    snprintf(sentence, API_SENTENCE_MAX, "line 3 is wrong");
    return world.result;
}

static const struct subnet fake_subnet = {
    .network = { { 0x0a000000 }, 24 },
    .pools = { { { 0x0a000001 }, { 0x0a000064 } } },
    .pool_count = 1,
    .dns = { { 0x0a0000fe } },
    .dns_count = 1,
};

static inline enum api_result fake_subnets(void *context, api_subnet_fn row, void *row_context)
{
    const struct api_subnet subnet = { &fake_subnet, 100, 95, 1 };
    (void)context;
    (void)row(row_context, &subnet);
    return world.result;
}

static inline void fake_servers(void *context, api_other_server_fn row, void *row_context)
{
    const struct api_other_server server = { .address = { 0x0a0000fd },
                                             .interface = "",
                                             .boots = true };
    (void)context;
    (void)row(row_context, &server);
}

static inline void fake_minutes(void *context, struct calendar after, api_minute_fn row,
                                void *row_context)
{
    (void)context;
    for (int64_t i = 1; i <= 3; i++) {
        const struct api_minute minute = { .begins = { i * 60000 }, .bytes_http = 5 };
        if (minute.begins.ms > after.ms && !row(row_context, &minute))
            return;
    }
}

static inline void fake_certificates(void *context, api_certificate_fn row, void *row_context)
{
    const struct api_certificate certificate = { "https",    "/x.pem", "s",   "i",
                                                 "RSA 2048", "ab",     { 0 }, { 1000 } };
    (void)context;
    (void)row(row_context, &certificate);
}

static inline enum api_result fake_recipes(void *context, api_recipe_fn row, void *row_context)
{
    const struct api_recipe recipe = { .name = "r", .title = "R", .group = "", .answers = "none" };
    (void)context;
    (void)row(row_context, &recipe);
    return world.result;
}

static inline enum api_result fake_records(void *context, const struct record *rows, size_t count,
                                           char sentence[API_SENTENCE_MAX])
{
    (void)context;
    world.calls++;
    world.records = count;
    if (count > 0)
        snprintf(world.record, sizeof world.record, "%s %s %s", record_kind_name(rows[0].kind),
                 rows[0].name, rows[0].text);
    snprintf(sentence, API_SENTENCE_MAX, "said so");
    return world.result;
}

static inline uint64_t fake_event_count(void *context, enum event_id id)
{
    (void)context;
    return id == EVENT_BOOT_DONE ? 7 : 0;
}

static inline bool fake_hook(void *context, size_t index, struct api_hook *out)
{
    (void)context;
    static const struct api_hook hooks[] = {
        { .name = "chat",
          .url = "https://chat.example/hook",
          .events = "BOOT_DONE stalled",
          .waiting = 2,
          .tries = 9,
          .delivered = 5,
          .failed = 4,
          .is_failing = true,
          .status = 503,
          .sentence = "the receiver answers 503",
          .last_ok = { 1000 },
          .next_try = { 61000 } },
        { .name = "pager", .url = "http://127.0.0.1:9/", .events = "error", .sentence = "" },
    };
    if (index >= 2)
        return false;
    *out = hooks[index];
    return true;
}

static inline bool fake_deliveries(void *context, const char *hook, api_delivery_fn row,
                                   void *row_context)
{
    static const struct api_delivery rows[] = {
        { .number = 9,
          .at = { 2000 },
          .event = "BOOT_DONE",
          .message = "msg_b",
          .status = 503,
          .took_ms = 7,
          .sentence = "the receiver answers 503" },
        { .number = 8,
          .at = { 1000 },
          .event = "",
          .message = "msg_a",
          .is_delivered = true,
          .status = 204,
          .sentence = "" },
    };
    (void)context;
    if (strcmp(hook, "chat") != 0)
        return false;
    for (size_t i = 0; i < 2; i++)
        if (!row(row_context, &rows[i]))
            break;
    return true;
}

static inline enum api_result fake_hook_test(void *context, const char *hook)
{
    (void)context;
    return strcmp(hook, "chat") == 0 ? API_DONE : API_NOT_FOUND;
}

static const struct api_backend backend = {
    .hook_at = fake_hook,
    .each_delivery = fake_deliveries,
    .hook_test = fake_hook_test,
    .event_count = fake_event_count,
    .records_put = fake_records,
    .each_subnet = fake_subnets,
    .each_other_server = fake_servers,
    .each_minute = fake_minutes,
    .each_certificate = fake_certificates,
    .each_recipe = fake_recipes,
    .status = fake_status,
    .catalog = fake_catalog,
    .reach = fake_reach,
    .host_put = fake_put,
    .hosts_put = fake_put_many,
    .host_remove = fake_remove,
    .next_boot = fake_next,
    .each_lease = fake_leases,
    .each_event = fake_events,
    .each_machine = fake_machines,
    .recall = fake_recall,
    .forget = fake_forget,
    .pcap = fake_pcap,
    .reload = fake_reload,
};

#endif
