/* The store against its contract: what is put comes back as it was, and a transaction is all or
 * nothing. */
#include <errno.h>

#include "store/test_store.h"

static void leases_come_back_as_they_were(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    struct change changes[] = { lease_change(0xc0a80133, LEASE_DECLINED),
                                lease_change(0xc0a80132, LEASE_ACTIVE),
                                lease_change(UINT32_MAX, LEASE_RELEASED) };
    commit(store, changes, 3);
    store_close(store);

    store = open_store(folder);
    struct seen_leases seen = { 0 };
    assert_int_equal(store_each_lease(store, see_lease, &seen), 0);
    assert_int_equal(seen.count, 3);
    static const size_t by_address[] = { 1, 0, 2 };
    for (size_t i = 0; i < 3; i++) {
        const struct lease *want = &changes[by_address[i]].lease, *got = &seen.leases[i];
        assert_int_equal(got->address.value, want->address.value);
        assert_true(mac_equals(got->mac, want->mac));
        assert_true(span_equals(label_span(&got->client_id), label_span(&want->client_id)));
        assert_true(span_equals(label_span(&got->hostname), label_span(&want->hostname)));
        assert_int_equal(got->since.ms, want->since.ms);
        assert_int_equal(got->expires.ms, want->expires.ms);
        assert_int_equal(got->status, want->status);
    }
    struct change after[] = { changes[1],
                              { .kind = CHANGE_LEASE_REMOVE, .lease = changes[0].lease } };
    after[0].lease.status = LEASE_RELEASED;
    commit(store, after, 2);
    seen.count = 0;
    assert_int_equal(store_each_lease(store, see_lease, &seen), 0);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.leases[0].status, LEASE_RELEASED);
    store_close(store);
}

static int stop_at_second(void *context, const struct lease *lease)
{
    (void)lease;
    return ++*(int *)context == 2 ? -ECANCELED : 0;
}

static void a_walk_ends_where_the_callback_says(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_IN_MEMORY);
    struct change changes[] = { lease_change(1, 0), lease_change(2, 0), lease_change(3, 0) };
    commit(store, changes, 3);
    int calls = 0;
    assert_int_equal(store_each_lease(store, stop_at_second, &calls), -ECANCELED);
    assert_int_equal(calls, 2);
    assert_int_equal(lease_count(store), 3);
    store_close(store);
}

static int see_host(void *context, const struct host *host)
{
    size_t *count = context;
    ++*count;
    if (strcmp(host->name, "bare") == 0) {
        assert_false(host->match.has_mac || host->match.has_uuid || host->match.has_arch ||
                     host->match.has_subnet);
        assert_null(host->boot);
        assert_null(host->next_boot);
        assert_int_equal(host->variable_count, 0);
        return 0;
    }
    assert_string_equal(host->name, "node1");
    assert_true(host->match.has_mac && host->match.has_uuid && host->match.has_arch &&
                host->match.has_subnet);
    assert_int_equal(mac_to_u64(host->match.mac), 0x525400123456);
    assert_int_equal(host->match.uuid.bytes[15], 9);
    assert_int_equal(host->match.arch, ARCH_EFI_ARM64);
    assert_int_equal(host->match.subnet.base.value, 0x0a000000);
    assert_int_equal(host->match.subnet.length, 8);
    assert_string_equal(host->match.serial, "S'1");
    assert_string_equal(host->match.vendor, "Dell");
    assert_null(host->match.asset);
    assert_int_equal(host->address.value, 0x0a000001);
    assert_string_equal(host->boot, "debian-12");
    assert_string_equal(host->next_boot, "rescue");
    assert_string_equal(host->loader, "ipxe");
    assert_string_equal(host->chains, "grub ipxe");
    assert_string_equal(host->arguments, "console=ttyS0");
    assert_string_equal(host->group, "lab");
    assert_int_equal(host->variable_count, 2);
    assert_string_equal(host->variables[0].name, "zone");
    assert_string_equal(host->variables[0].value, "a \"quoted\"\n\xc3\xa4 \\ value");
    assert_string_equal(host->variables[1].name, "a");
    assert_string_equal(host->variables[1].value, "");
    assert_false(host->from_file);
    return 0;
}

static const struct host node1 = {
    .name = "node1",
    .match = { .has_mac = true,
               .has_uuid = true,
               .has_arch = true,
               .has_subnet = true,
               .mac = { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } },
               .uuid = { { [15] = 9 } },
               .arch = ARCH_EFI_ARM64,
               .subnet = { .base = { 0x0a000000 }, .length = 8 },
               .serial = "S'1",
               .vendor = "Dell" },
    .address = { 0x0a000001 },
    .boot = "debian-12",
    .next_boot = "rescue",
    .loader = "ipxe",
    .chains = "grub ipxe",
    .arguments = "console=ttyS0",
    .group = "lab",
    .variables = { { "zone", "a \"quoted\"\n\xc3\xa4 \\ value" }, { "a", "" } },
    .variable_count = 2,
};

static int see_next_boot(void *context, const char *host, const char *image)
{
    size_t length = strlen(context);
    snprintf((char *)context + length, 128 - length, "%s=%s ", host, image);
    return 0;
}

static void hosts_and_one_shot_boots(void **state)
{
    (void)state;
    static const struct host bare = { .name = "bare" };
    struct store *store = open_store(folder);
    struct change changes[] = {
        { .kind = CHANGE_HOST_PUT, .host = &node1 },
        { .kind = CHANGE_HOST_PUT, .host = &bare },
        /* a host of the configuration file: no row of its own */
        { .kind = CHANGE_NEXT_BOOT, .name = "from-file", .value = "memtest" },
    };
    commit(store, changes, 3);
    size_t count = 0;
    assert_int_equal(store_each_host(store, see_host, &count), 0);
    assert_int_equal(count, 2);
    char boots[128] = "";
    assert_int_equal(store_each_next_boot(store, see_next_boot, boots), 0);
    assert_string_equal(boots, "from-file=memtest node1=rescue ");

    struct change clear[] = { { .kind = CHANGE_NEXT_BOOT, .name = "from-file" },
                              { .kind = CHANGE_HOST_REMOVE, .name = "node1" } };
    commit(store, clear, 2);
    boots[0] = 0;
    assert_int_equal(store_each_next_boot(store, see_next_boot, boots), 0);
    assert_string_equal(boots, "");
    count = 0;
    assert_int_equal(store_each_host(store, see_host, &count), 0);
    assert_int_equal(count, 1);
    store_close(store);
}

static int see_client(void *context, const struct client_seen *seen)
{
    *(struct client_seen *)context = *seen;
    return 0;
}

static void facts_about_machines_add_up(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_IN_MEMORY);
    const struct client ipxe = { .mac = mac_from_u64(0xaabbccddeeff),
                                 .kind = CLIENT_IPXE,
                                 .arch = ARCH_EFI_X64,
                                 .transport = TRANSPORT_HTTP,
                                 .has_arch = true,
                                 .arch_wire = 16,
                                 .has_uuid = true,
                                 .uuid = { { 1, 2, 3 } },
                                 .ipxe_features = UINT32_MAX,
                                 .memory_mib = 4096,
                                 .serial = label_of(span_text("XYZ")),
                                 .product = label_of(BYTES(0xff, 0x00, 'x')) };
    const struct client_seen early = { .client = ipxe, .first = { 1000 }, .last = { 2000 } };
    struct client_seen bare = { .client = { .mac = ipxe.mac, .kind = CLIENT_OS },
                                .first = { 3000 },
                                .last = { 3000 } };
    struct change changes[] = { { .kind = CHANGE_CLIENT_SEEN, .seen = &early },
                                { .kind = CHANGE_CLIENT_SEEN, .seen = &bare } };
    commit(store, changes, 2);
    struct client_seen got = { 0 };
    assert_int_equal(store_each_client(store, see_client, &got), 0);
    assert_int_equal(got.client.kind, CLIENT_OS);
    assert_int_equal(got.client.arch, ARCH_EFI_X64);
    assert_int_equal(got.client.transport, TRANSPORT_HTTP);
    assert_true(got.client.has_arch && got.client.has_uuid);
    assert_int_equal(got.client.arch_wire, 16);
    assert_int_equal(got.client.ipxe_features, UINT32_MAX);
    assert_int_equal(got.client.memory_mib, 4096);
    assert_true(span_is(label_span(&got.client.serial), "XYZ"));
    assert_int_equal(got.first.ms, 1000);
    assert_int_equal(got.last.ms, 3000);
    assert_true(span_equals(label_span(&got.client.product), BYTES(0xff, 0x00, 'x')));

    for (uint64_t i = 1; i <= 5; i++) {
        bare.client.mac = mac_from_u64(i);
        commit(store, &changes[1], 1);
    }
    commit(store, &changes[0], 1); /* seen again: not the oldest any more */
    assert_int_equal(store_trim_clients(store, 2), 0);
    got = (struct client_seen){ 0 };
    assert_int_equal(store_each_client(store, see_client, &got), 0);
    assert_int_equal(mac_to_u64(got.client.mac), 0xaabbccddeeff);
    store_close(store);
}

struct seen_events {
    uint64_t sequences[16];
    size_t count;
    char last[4096];
};

static int see_event(void *context, const struct stored_event *event)
{
    struct seen_events *seen = context;
    seen->sequences[seen->count++] = event->sequence;
    span_to_text(event->json, seen->last, sizeof seen->last);
    return 0;
}

static void events_are_walked_and_trimmed(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    uint64_t last = 99;
    assert_int_equal(store_last_sequence(store, &last), 0);
    assert_int_equal(last, 0);
    for (uint64_t i = 1; i <= 10; i++) {
        struct event e = event_make(EVENT_DHCP_DISCOVER, (struct now){ .calendar = { 5 } }, i % 2);
        event_add_span(&e, "kind", BYTES('"', 0xff, 0));
        e.sequence = i;
        struct change change = { .kind = CHANGE_EVENT, .event = &e };
        commit(store, &change, 1);
    }
    struct seen_events seen = { 0 };
    assert_int_equal(store_each_event(store, 0, 7, 2, see_event, &seen), 0);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.sequences[0], 8);
    seen.count = 0;
    assert_int_equal(store_each_event(store, 1, 4, 100, see_event, &seen), 0);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.sequences[2], 9);
    assert_non_null(strstr(seen.last, "\"DHCP_DISCOVER\""));
    assert_int_equal(store_trim_events(store, 3), 0);
    seen.count = 0;
    assert_int_equal(store_each_event(store, 0, 0, 100, see_event, &seen), 0);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.sequences[0], 8);
    assert_int_equal(store_trim_events(store, 0), 0);
    assert_int_equal(store_last_sequence(store, &last), 0);
    assert_int_equal(last, 10);
    store_close(store);
}

static void results_of_chains_come_back(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    struct chain_result first = { .mac = mac_from_u64(1),
                                  .firmware = "efi-x64 undi 3.16 oui 52-54-00",
                                  .chain = "ipxe",
                                  .transport = TRANSPORT_HTTP,
                                  .last = CHAIN_MARK_STALLED,
                                  .started = 3,
                                  .stalled = UINT32_MAX,
                                  .started_at = { 200 },
                                  .stalled_at = { 300 } };
    struct chain_result second = first, other = first, got[8];
    span_to_text(span_text("grub"), second.chain, sizeof second.chain);
    second.last = CHAIN_MARK_STARTED;
    second.transport = TRANSPORT_TFTP;
    second.started_at.ms = 250;
    second.stalled_at.ms = 0;
    other.mac = mac_from_u64(2);
    other.stalled_at.ms = 100;
    other.started_at.ms = 0;
    struct change changes[] = { result_change(&first), result_change(&second),
                                result_change(&other) };
    commit(store, changes, 3);
    store_close(store);

    store = open_store(folder);
    assert_int_equal(read_results(store, got), 3);
    assert_int_equal(mac_to_u64(got[0].mac), 2); /* the oldest first */
    assert_string_equal(got[1].chain, "grub");
    assert_string_equal(got[1].firmware, first.firmware);
    assert_int_equal(got[1].last, CHAIN_MARK_STARTED);
    assert_int_equal(got[1].transport, TRANSPORT_TFTP);
    assert_int_equal(got[2].transport, TRANSPORT_HTTP);
    assert_int_equal(got[2].started, 3);
    assert_int_equal(got[2].stalled, UINT32_MAX);
    assert_int_equal(got[2].started_at.ms, 200);
    assert_int_equal(got[2].stalled_at.ms, 300);

    /* Of one machine and one chain there is one result. */
    first.last = CHAIN_MARK_STARTED;
    commit(store, changes, 1);
    assert_int_equal(read_results(store, got), 3);
    assert_int_equal(store_trim_chain_results(store, 2), 0);
    assert_int_equal(read_results(store, got), 2);
    assert_int_equal(mac_to_u64(got[0].mac), 1);
    const struct change forget = { .kind = CHANGE_CHAIN_FORGET, .chain = &other };
    commit(store, &forget, 1);
    assert_int_equal(read_results(store, got), 2);
    other.mac = mac_from_u64(1);
    commit(store, &forget, 1);
    assert_int_equal(read_results(store, got), 0);
    store_close(store);
}

static void a_batch_is_all_or_nothing(void **state)
{
    (void)state;
    struct host unnamed = { .name = "" };
    struct host many = { .name = "many", .variable_count = HOST_VARIABLES_MAX + 1 };
    struct client_seen nobody = { 0 };
    struct chain_result nowhere = { .chain = "ipxe" };
    const struct change bad[] = {
        { .kind = CHANGE_HOST_PUT, .host = &unnamed },
        { .kind = CHANGE_HOST_PUT, .host = &many },
        { .kind = CHANGE_HOST_PUT },
        { .kind = CHANGE_HOST_REMOVE },
        { .kind = CHANGE_NEXT_BOOT, .value = "x" },
        { .kind = CHANGE_EVENT },
        { .kind = CHANGE_CLIENT_SEEN, .seen = &nobody },
        { .kind = CHANGE_CHAIN_RESULT, .chain = &nowhere },
        { .kind = CHANGE_CHAIN_FORGET },
        { .kind = CHANGE_LEASE_PUT },
        { .kind = (enum change_kind)77 },
    };
    struct store *store = open_store(folder);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct change changes[] = { lease_change(1, 0), bad[i] };
        assert_int_equal(store_commit(store, changes, 2, why), -EINVAL);
        assert_string_not_equal(why, "");
        assert_int_equal(lease_count(store), 0);
    }
    struct change good = lease_change(1, 0);
    commit(store, &good, 1);
    assert_int_equal(store_probe(store, why), 0);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(leases_come_back_as_they_were),
        cmocka_unit_test(a_walk_ends_where_the_callback_says),
        ON_DISK(hosts_and_one_shot_boots),
        cmocka_unit_test(facts_about_machines_add_up),
        ON_DISK(events_are_walked_and_trimmed),
        ON_DISK(results_of_chains_come_back),
        ON_DISK(a_batch_is_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
