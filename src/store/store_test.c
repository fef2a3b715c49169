/* The store against its contract: what is put comes back as it was, a transaction is all or
 * nothing, and a file that is torn, foreign or from the future is named and left alone. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

#include <cmocka.h>

static char folder[64], why[STORE_WHY_MAX];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/tugboot-store-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *file_in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static struct store *open_store(const char *path)
{
    struct store *store = NULL;
    int error = store_open(path, &store, why);
    if (error != 0)
        fail_msg("store_open: %d: %s", error, why);
    return store;
}

static void commit(struct store *store, const struct change *changes, size_t count)
{
    int error = store_commit(store, changes, count, why);
    if (error != 0)
        fail_msg("store_commit: %d: %s", error, why);
}

static struct change lease_change(uint32_t address, enum lease_status status)
{
    return (struct change){ .kind = CHANGE_LEASE_PUT,
                            .lease = { .address = { address },
                                       .mac = mac_from_u64(0x525400000000 + address),
                                       .client_id = label_of(BYTES(1, 0x52, 0x00, 0xff)),
                                       .hostname = label_of(span_text("node")),
                                       .since = { 1700000000123 },
                                       .expires = { INT64_MAX },
                                       .status = status } };
}

struct seen_leases {
    struct lease leases[8];
    size_t count;
};

static int see_lease(void *context, const struct lease *lease)
{
    struct seen_leases *seen = context;
    if (seen->count < 8)
        seen->leases[seen->count] = *lease;
    seen->count++;
    return 0;
}

static size_t lease_count(struct store *store)
{
    struct seen_leases seen = { 0 };
    assert_int_equal(store_each_lease(store, see_lease, &seen), 0);
    return seen.count;
}

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

static int see_result(void *context, const struct chain_result *result)
{
    struct chain_result **next = context;
    *(*next)++ = *result;
    return 0;
}

static struct change result_change(const struct chain_result *result)
{
    return (struct change){ .kind = CHANGE_CHAIN_RESULT, .chain = result };
}

static size_t read_results(struct store *store, struct chain_result *out)
{
    struct chain_result *next = out;
    assert_int_equal(store_each_chain_result(store, see_result, &next), 0);
    return (size_t)(next - out);
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

static void the_file_is_private_and_ours(void **state)
{
    (void)state;
    mode_t before = umask(0);
    struct store *store = open_store(folder);
    struct change change = lease_change(1, 0);
    commit(store, &change, 1);
    umask(before);
    static const char *const names[] = { "tugboot.db", "tugboot.db-wal", "tugboot.db-shm" };
    struct stat st;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stat(file_in_folder(names[i]), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    store_close(store);
    FILE *f = fopen(file_in_folder("tugboot.db"), "rb");
    char head[72];
    assert_non_null(f);
    assert_int_equal(fread(head, 1, sizeof head, f), sizeof head);
    fclose(f);
    assert_memory_equal(head + 68, "TgBt", 4);
}

static void two_handles_share_one_database(void **state)
{
    (void)state;
    struct store *daemon = open_store(folder), *command = open_store(folder);
    struct change a = lease_change(1, 0), b = lease_change(2, 0);
    commit(daemon, &a, 1);
    commit(command, &b, 1);
    assert_int_equal(lease_count(daemon), 2);
    store_close(command);
    commit(daemon, &a, 1);
    store_close(daemon);
}

static void another_writer_makes_it_busy(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(file_in_folder("tugboot.db"), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct change change = lease_change(1, 0);
    assert_int_equal(store_commit(store, &change, 1, why), -EBUSY);
    assert_non_null(strstr(why, "another program"));
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    commit(store, &change, 1);
    store_close(store);
}

static void alter(const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(file_in_folder("tugboot.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void refuses(int want, const char *words)
{
    struct store *store = NULL;
    why[0] = 0;
    int error = store_open(folder, &store, why);
    if (error != want || !strstr(why, words))
        fail_msg("got %d \"%s\", wanted %d and \"%s\"", error, why, want, words);
    assert_non_null(strstr(why, folder));
    assert_null(store);
}

static void an_older_schema_is_brought_up(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    struct host host = { .name = "n1", .boot = "debian", .loader = "ipxe" };
    struct change put = { .kind = CHANGE_HOST_PUT, .host = &host };
    commit(store, &put, 1);
    store_close(store);
    alter("DROP TABLE lease_log; DROP TABLE chain_result; ALTER TABLE host DROP COLUMN chains; "
          "ALTER TABLE host DROP COLUMN https; ALTER TABLE host DROP COLUMN answers; "
          "DROP TABLE secret; DROP TABLE installed; DROP TABLE account; "
          "DROP TABLE access_token; DROP TABLE audit; DROP TABLE record; "
          "ALTER TABLE client DROP COLUMN first_ms; ALTER TABLE client DROP COLUMN last_ms; "
          "PRAGMA user_version = 1");

    store = open_store(folder);
    struct chain_result got[2];
    assert_int_equal(read_results(store, got), 0);
    struct chain_result result = {
        .mac = mac_from_u64(1), .firmware = "f", .chain = "ipxe", .last = CHAIN_MARK_STARTED
    };
    struct change changes[] = { result_change(&result) };
    commit(store, changes, 1);
    assert_int_equal(read_results(store, got), 1);
    host.chains = "grub ipxe";
    commit(store, &put, 1);
    store_close(store);
}

static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    store_close(open_store(folder));
    alter("PRAGMA user_version = 99");
    refuses(-EPROTO, "newer tugboot (schema 99");
}

static void a_foreign_database_is_refused(void **state)
{
    (void)state;
    store_close(open_store(folder));
    alter("PRAGMA application_id = 7");
    refuses(-EILSEQ, "no database of tugboot");
}

static void a_value_we_never_wrote_is_found(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    struct change change = lease_change(1, 0);
    commit(store, &change, 1);
    store_close(store);
    alter("PRAGMA ignore_check_constraints = 1; UPDATE lease SET status = 'stolen'");
    refuses(-EILSEQ, "CHECK");
}

static void overwrite(const char *name, long at, const void *bytes, size_t count)
{
    FILE *f = fopen(file_in_folder(name), "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, count, f), count);
    fclose(f);
}

static void fill(void)
{
    struct store *store = open_store(folder);
    for (uint32_t i = 1; i <= 200; i++) {
        struct change change = lease_change(i, 0);
        commit(store, &change, 1);
    }
    store_close(store);
}

static off_t size_of(const char *name)
{
    struct stat st;
    assert_int_equal(stat(file_in_folder(name), &st), 0);
    return st.st_size;
}

static void a_torn_file_is_named_and_left_alone(void **state)
{
    (void)state;
    static const char garbage[8192] = "this was never a database";
    fill();
    off_t size = size_of("tugboot.db");

    assert_int_equal(truncate(file_in_folder("tugboot.db"), size - 4096), 0);
    refuses(-EILSEQ, "damaged");
    assert_int_equal(size_of("tugboot.db"), size - 4096);

    assert_int_equal(truncate(file_in_folder("tugboot.db"), 100), 0);
    refuses(-EILSEQ, "damaged");
    assert_int_equal(truncate(file_in_folder("tugboot.db"), 0), 0);
    refuses(-EILSEQ, "empty");
    assert_int_equal(size_of("tugboot.db"), 0);

    assert_int_equal(remove(file_in_folder("tugboot.db")), 0);
    fill();
    overwrite("tugboot.db", 4096, garbage, 4096); /* the second page */
    refuses(-EILSEQ, "damaged");
    overwrite("tugboot.db", 0, garbage, sizeof garbage);
    refuses(-EILSEQ, "damaged");
    FILE *f = fopen(file_in_folder("tugboot.db"), "rb");
    char head[sizeof garbage];
    assert_int_equal(fread(head, 1, sizeof head, f), sizeof head);
    fclose(f);
    assert_memory_equal(head, garbage, sizeof garbage);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(file_in_folder("tugboot.db"), 0700), 0);
    refuses(-EILSEQ, "no plain file");
    assert_int_equal(rmdir(file_in_folder("tugboot.db")), 0);
    assert_int_equal(symlink("/etc/passwd", file_in_folder("tugboot.db")), 0);
    refuses(-EILSEQ, "no plain file");
    assert_int_equal(unlink(file_in_folder("tugboot.db")), 0);
    assert_int_equal(mkfifo(file_in_folder("tugboot.db"), 0600), 0);
    refuses(-EILSEQ, "no plain file");
}

static void a_missing_folder_is_said(void **state)
{
    (void)state;
    struct store *store;
    assert_int_equal(store_open("/nonexistent/tugboot", &store, why), -ENOENT);
    assert_non_null(strstr(why, "must exist"));
}

static void copy_file(const char *from, const char *to)
{
    char source[128], buffer[4096];
    snprintf(source, sizeof source, "%s", file_in_folder(from));
    FILE *in = fopen(source, "rb"), *out = fopen(file_in_folder(to), "wb");
    assert_non_null(in);
    assert_non_null(out);
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, in)) > 0;)
        assert_int_equal(fwrite(buffer, 1, n, out), n);
    fclose(in);
    fclose(out);
}

/* What a killed machine leaves: the database and a log whose last transaction is cut. */
static void a_cut_log_loses_only_what_was_cut(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    struct change first = lease_change(1, 0), second = lease_change(2, 0);
    commit(store, &first, 1);
    off_t acknowledged = size_of("tugboot.db-wal");
    commit(store, &second, 1);
    off_t whole = size_of("tugboot.db-wal");
    copy_file("tugboot.db", "kept.db");
    copy_file("tugboot.db-wal", "kept.db-wal");
    store_close(store);

    for (off_t cut = acknowledged; cut <= whole; cut += (whole - acknowledged) / 7 + 1) {
        copy_file("kept.db", "tugboot.db");
        copy_file("kept.db-wal", "tugboot.db-wal");
        assert_int_equal(truncate(file_in_folder("tugboot.db-wal"), cut), 0);
        store = open_store(folder);
        assert_int_equal(lease_count(store), 1);
        store_close(store);
    }
    copy_file("kept.db", "tugboot.db");
    copy_file("kept.db-wal", "tugboot.db-wal");
    overwrite("tugboot.db-wal", -100, "scribble", 8);
    store = open_store(folder);
    assert_int_equal(lease_count(store), 1);
    store_close(store);

    copy_file("kept.db-wal", "tugboot.db-wal");
    assert_int_equal(unlink(file_in_folder("tugboot.db")), 0);
    refuses(-EILSEQ, "is gone");
}

#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

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
        ON_DISK(the_file_is_private_and_ours),
        ON_DISK(two_handles_share_one_database),
        ON_DISK(another_writer_makes_it_busy),
        ON_DISK(an_older_schema_is_brought_up),
        ON_DISK(a_newer_schema_is_refused),
        ON_DISK(a_foreign_database_is_refused),
        ON_DISK(a_value_we_never_wrote_is_found),
        ON_DISK(a_torn_file_is_named_and_left_alone),
        ON_DISK(what_is_no_file_is_refused),
        cmocka_unit_test(a_missing_folder_is_said),
        ON_DISK(a_cut_log_loses_only_what_was_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
