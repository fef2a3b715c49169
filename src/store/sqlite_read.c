/* Rows back into values. Every number is checked against its range again: a file may have been
 * scribbled on in a way that the integrity check does not see. */
#include <errno.h>

#include "store/sqlite_engine.h"

/* Decoded names and values of a host's variables; never longer than the JSON text they stand in. */
#define VARIABLES_MAX 32768

/* Walk the rows of a bound statement. */
static int each_row(struct store *store, struct binder *b,
                    int (*row)(struct store *store, sqlite3_stmt *statement, void *walk),
                    void *walk)
{
    int rc = b->rc == SQLITE_OK ? sqlite3_step(b->statement) : b->rc;
    int result = 0;
    while (rc == SQLITE_ROW && result == 0) {
        result = row(store, b->statement, walk);
        if (result == 0)
            rc = sqlite3_step(b->statement);
    }
    return engine_end_walk(store, b, rc, result);
}

/* A column as a number in 0..max; false when it is anything else. */
static bool column_number(sqlite3_stmt *statement, int column, uint64_t max, uint64_t *ret_value)
{
    if (sqlite3_column_type(statement, column) != SQLITE_INTEGER)
        return false;
    int64_t value = sqlite3_column_int64(statement, column);
    if (value < 0 || (uint64_t)value > max)
        return false;
    *ret_value = (uint64_t)value;
    return true;
}

static bool column_is_null(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL;
}

static struct span column_span(sqlite3_stmt *statement, int column)
{
    const void *data = sqlite3_column_blob(statement, column);
    return span_of(data, data ? (size_t)sqlite3_column_bytes(statement, column) : 0);
}

/* NULL for an SQL NULL. */
static const char *column_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

static struct label column_label(sqlite3_stmt *statement, int column)
{
    return label_of(column_span(statement, column));
}

#define MAC_MAX ((UINT64_C(1) << 48) - 1)

struct lease_walk {
    int (*row)(void *context, const struct lease *lease);
    void *context;
    struct log_overlay overlay;
};

static bool lease_status_parse(struct span name, enum lease_status *ret_status)
{
    if (span_is(name, "active"))
        *ret_status = LEASE_ACTIVE;
    else if (span_is(name, "released"))
        *ret_status = LEASE_RELEASED;
    else if (span_is(name, "declined"))
        *ret_status = LEASE_DECLINED;
    else
        return false;
    return true;
}

/* The leases of the log below `limit`. */
static int tell_logged(struct lease_walk *w, uint64_t limit)
{
    struct lease_change change;
    int result = 0;
    while (result == 0 && log_overlay_next(&w->overlay, limit, &change))
        if (!change.removes)
            result = w->row(w->context, &change.lease);
    return result;
}

static int read_lease(struct store *store, sqlite3_stmt *s, void *walk)
{
    struct lease_walk *w = walk;
    struct lease lease = { 0 };
    struct lease_change newer;
    uint64_t address, mac;
    (void)store;
    if (!column_number(s, 0, UINT32_MAX, &address) || !column_number(s, 1, MAC_MAX, &mac) ||
        !lease_status_parse(column_span(s, 6), &lease.status))
        return -EILSEQ;
    int result = tell_logged(w, address);
    if (result != 0)
        return result;
    if (log_overlay_next(&w->overlay, address + 1, &newer))
        return newer.removes ? 0 : w->row(w->context, &newer.lease);
    lease.address.value = (uint32_t)address;
    lease.mac = mac_from_u64(mac);
    lease.client_id = column_label(s, 2);
    lease.hostname = column_label(s, 3);
    lease.since.ms = sqlite3_column_int64(s, 4);
    lease.expires.ms = sqlite3_column_int64(s, 5);
    return w->row(w->context, &lease);
}

int store_each_lease(struct store *store, int (*row)(void *context, const struct lease *lease),
                     void *context)
{
    char why[STORE_WHY_MAX];
    struct lease_walk walk = { .row = row, .context = context };
    int error = log_overlay_begin(store, &walk.overlay, why);
    if (error == 0) {
        struct binder b = engine_bind(store, STATEMENT_LEASE_EACH);
        error = each_row(store, &b, read_lease, &walk);
    }
    if (error == 0)
        error = tell_logged(&walk, UINT64_MAX);
    log_overlay_end(store, &walk.overlay);
    return error;
}

struct host_walk {
    int (*row)(void *context, const struct host *host);
    void *context;
};

struct variable_walk {
    struct host *host;
    struct arena *arena;
};

static int read_variable(struct store *store, sqlite3_stmt *s, void *walk)
{
    const struct variable_walk *w = walk;
    (void)store;
    if (w->host->variable_count >= HOST_VARIABLES_MAX)
        return -EILSEQ;
    const char *texts[2];
    for (int i = 0; i < 2; i++) {
        struct span text = column_span(s, i);
        char *copy = arena_alloc(w->arena, text.len + 1);
        if (!copy)
            return -EILSEQ;
        if (text.len > 0)
            memcpy(copy, text.data, text.len);
        texts[i] = copy;
    }
    w->host->variables[w->host->variable_count++] =
        (struct host_variable){ .name = texts[0], .value = texts[1] };
    return 0;
}

static bool read_uuid(sqlite3_stmt *s, int column, bool *ret_has, struct uuid *ret_uuid)
{
    *ret_has = !column_is_null(s, column);
    if (!*ret_has)
        return true;
    struct span bytes = column_span(s, column);
    if (bytes.len != sizeof ret_uuid->bytes)
        return false;
    memcpy(ret_uuid->bytes, bytes.data, sizeof ret_uuid->bytes);
    return true;
}

static bool read_match(sqlite3_stmt *s, struct host_match *match)
{
    uint64_t mac = 0, base = 0, length = 0;
    match->has_mac = !column_is_null(s, 1);
    match->has_arch = !column_is_null(s, 3);
    match->has_subnet = !column_is_null(s, 4);
    if (!read_uuid(s, 2, &match->has_uuid, &match->uuid) ||
        (match->has_mac && !column_number(s, 1, MAC_MAX, &mac)) ||
        (match->has_arch && !arch_parse(span_text(column_text(s, 3)), &match->arch)) ||
        (match->has_subnet &&
         (!column_number(s, 4, UINT32_MAX, &base) || !column_number(s, 5, 32, &length))))
        return false;
    match->mac = mac_from_u64(mac);
    match->subnet = (struct ipv4_prefix){ .base = { (uint32_t)base }, .length = (uint8_t)length };
    match->serial = column_text(s, 6);
    match->asset = column_text(s, 7);
    match->vendor = column_text(s, 8);
    return true;
}

static int read_host(struct store *store, sqlite3_stmt *s, void *walk)
{
    const struct host_walk *w = walk;
    struct host host = { .name = column_text(s, 0) };
    uint64_t address;
    if (!host.name || !read_match(s, &host.match) || !column_number(s, 9, UINT32_MAX, &address))
        return -EILSEQ;
    host.address.value = (uint32_t)address;
    host.boot = column_text(s, 10);
    host.loader = column_text(s, 11);
    host.arguments = column_text(s, 12);
    host.group = column_text(s, 13);
    host.next_boot = column_text(s, 14);
    host.chains = column_text(s, 16);
    host.https = column_text(s, 17);
    host.answers = column_text(s, 18);

    uint8_t memory[VARIABLES_MAX];
    struct arena arena = arena_over(memory, sizeof memory);
    struct variable_walk variables = { .host = &host, .arena = &arena };
    struct binder b = engine_bind(store, STATEMENT_HOST_VARIABLES);
    bind_text(&b, column_text(s, 15));
    int error = each_row(store, &b, read_variable, &variables);
    return error == 0 ? w->row(w->context, &host) : error;
}

int store_each_host(struct store *store, int (*row)(void *context, const struct host *host),
                    void *context)
{
    struct host_walk walk = { .row = row, .context = context };
    struct binder b = engine_bind(store, STATEMENT_HOST_EACH);
    return each_row(store, &b, read_host, &walk);
}

struct next_boot_walk {
    int (*row)(void *context, const char *host, const char *image);
    void *context;
};

static int read_next_boot(struct store *store, sqlite3_stmt *s, void *walk)
{
    const struct next_boot_walk *w = walk;
    const char *host = column_text(s, 0), *image = column_text(s, 1);
    (void)store;
    return host && image ? w->row(w->context, host, image) : -EILSEQ;
}

int store_each_next_boot(struct store *store,
                         int (*row)(void *context, const char *host, const char *image),
                         void *context)
{
    struct next_boot_walk walk = { .row = row, .context = context };
    struct binder b = engine_bind(store, STATEMENT_NEXT_BOOT_EACH);
    return each_row(store, &b, read_next_boot, &walk);
}

struct secret_walk {
    int (*row)(void *context, const struct host_secret *secret);
    void *context;
};

static int read_secret(struct store *store, sqlite3_stmt *s, void *walk)
{
    const struct secret_walk *w = walk;
    const struct host_secret secret = {
        .host = column_text(s, 0),
        .secret = { .name = column_text(s, 1), .value = { .revealed = column_text(s, 2) } },
    };
    (void)store;
    return secret.host && secret.secret.name && secret.secret.value.revealed
               ? w->row(w->context, &secret)
               : -EILSEQ;
}

int store_each_secret(struct store *store,
                      int (*row)(void *context, const struct host_secret *secret), void *context)
{
    struct secret_walk walk = { .row = row, .context = context };
    struct binder b = engine_bind(store, STATEMENT_SECRET_EACH);
    return each_row(store, &b, read_secret, &walk);
}

struct record_walk {
    int (*row)(void *context, const struct record *record);
    void *context;
};

static int read_record(struct store *store, sqlite3_stmt *s, void *walk)
{
    const struct record_walk *w = walk;
    const char *kind = column_text(s, 0);
    struct record record = { .name = column_text(s, 1), .text = column_text(s, 2) };
    (void)store;
    if (!kind || !record.name || !record.text)
        return -EILSEQ;
    for (unsigned k = RECORD_GROUP; k <= RECORD_NOTE; k++) {
        record.kind = (enum record_kind)k;
        if (strcmp(kind, record_kind_name(record.kind)) == 0)
            return w->row(w->context, &record);
    }
    return -EILSEQ;
}

int store_each_record(struct store *store, int (*row)(void *context, const struct record *record),
                      void *context)
{
    struct record_walk walk = { .row = row, .context = context };
    struct binder b = engine_bind(store, STATEMENT_RECORD_EACH);
    return each_row(store, &b, read_record, &walk);
}

struct installed_walk {
    int (*row)(void *context, const struct installed *installed);
    void *context;
};

static int read_installed(struct store *store, sqlite3_stmt *s, void *walk)
{
    const struct installed_walk *w = walk;
    struct installed installed = { .image = column_text(s, 1) };
    uint64_t mac;
    (void)store;
    if (!column_number(s, 0, MAC_MAX, &mac) || !installed.image)
        return -EILSEQ;
    installed.mac = mac_from_u64(mac);
    installed.at.ms = sqlite3_column_int64(s, 2);
    return w->row(w->context, &installed);
}

int store_each_installed(struct store *store,
                         int (*row)(void *context, const struct installed *installed),
                         void *context)
{
    struct installed_walk walk = { .row = row, .context = context };
    struct binder b = engine_bind(store, STATEMENT_INSTALLED_EACH);
    return each_row(store, &b, read_installed, &walk);
}

struct client_walk {
    int (*row)(void *context, const struct client_seen *seen);
    void *context;
};

static bool client_kind_parse(struct span name, enum client_kind *ret_kind)
{
    for (int kind = CLIENT_UNKNOWN; kind <= CLIENT_PETITBOOT; kind++) {
        if (span_is(name, client_kind_name((enum client_kind)kind))) {
            *ret_kind = (enum client_kind)kind;
            return true;
        }
    }
    return false;
}

static int read_client(struct store *store, sqlite3_stmt *s, void *walk)
{
    const struct client_walk *w = walk;
    struct client_seen seen = { 0 };
    struct client client = { 0 };
    uint64_t mac, wire = 0, major, minor, features, memory;
    (void)store;
    client.has_arch = !column_is_null(s, 4);
    if (!column_number(s, 0, MAC_MAX, &mac) ||
        !client_kind_parse(column_span(s, 1), &client.kind) ||
        (client.has_arch && !column_number(s, 4, UINT16_MAX, &wire)) ||
        !read_uuid(s, 5, &client.has_uuid, &client.uuid) ||
        !column_number(s, 6, UINT8_MAX, &major) || !column_number(s, 7, UINT8_MAX, &minor) ||
        !column_number(s, 8, UINT32_MAX, &features) || !column_number(s, 9, UINT32_MAX, &memory))
        return -EILSEQ;
    /* "unknown" does not parse as a kind of machine, and a kind this version lacks is unknown. */
    if (!arch_parse(column_span(s, 2), &client.arch))
        client.arch = ARCH_NONE;
    client.transport = span_is(column_span(s, 3), "http") ? TRANSPORT_HTTP : TRANSPORT_TFTP;
    client.mac = mac_from_u64(mac);
    client.arch_wire = (uint16_t)wire;
    client.undi_major = (uint8_t)major;
    client.undi_minor = (uint8_t)minor;
    client.ipxe_features = (uint32_t)features;
    client.memory_mib = (uint32_t)memory;
    struct label *labels[] = { &client.vendor_class, &client.user_class, &client.hostname,
                               &client.serial,       &client.asset,      &client.product,
                               &client.manufacturer };
    for (int i = 0; i < (int)(sizeof labels / sizeof labels[0]); i++)
        *labels[i] = column_label(s, 10 + i);
    seen.client = client;
    seen.first.ms = sqlite3_column_int64(s, 17);
    seen.last.ms = sqlite3_column_int64(s, 18);
    return w->row(w->context, &seen);
}

int store_each_client(struct store *store,
                      int (*row)(void *context, const struct client_seen *seen), void *context)
{
    struct client_walk walk = { .row = row, .context = context };
    struct binder b = engine_bind(store, STATEMENT_CLIENT_EACH);
    return each_row(store, &b, read_client, &walk);
}

struct chain_result_walk {
    int (*row)(void *context, const struct chain_result *result);
    void *context;
};

static bool chain_mark_parse(struct span name, enum chain_mark *ret_mark)
{
    *ret_mark = span_is(name, chain_mark_name(CHAIN_MARK_STARTED)) ? CHAIN_MARK_STARTED
                                                                   : CHAIN_MARK_STALLED;
    return span_is(name, chain_mark_name(*ret_mark));
}

static int read_chain_result(struct store *store, sqlite3_stmt *s, void *walk)
{
    const struct chain_result_walk *w = walk;
    struct chain_result result = { 0 };
    struct span chain = column_span(s, 1), firmware = column_span(s, 2);
    uint64_t mac, started, stalled;
    (void)store;
    if (!column_number(s, 0, MAC_MAX, &mac) || chain.len == 0 || chain.len >= CHAIN_NAME_MAX ||
        firmware.len >= FIRMWARE_KEY_MAX || !chain_mark_parse(column_span(s, 4), &result.last) ||
        !column_number(s, 5, UINT32_MAX, &started) || !column_number(s, 6, UINT32_MAX, &stalled))
        return -EILSEQ;
    result.mac = mac_from_u64(mac);
    span_to_text(chain, result.chain, sizeof result.chain);
    span_to_text(firmware, result.firmware, sizeof result.firmware);
    result.transport = span_is(column_span(s, 3), "http") ? TRANSPORT_HTTP : TRANSPORT_TFTP;
    result.started = (uint32_t)started;
    result.stalled = (uint32_t)stalled;
    result.started_at.ms = sqlite3_column_int64(s, 7);
    result.stalled_at.ms = sqlite3_column_int64(s, 8);
    return w->row(w->context, &result);
}

int store_each_chain_result(struct store *store,
                            int (*row)(void *context, const struct chain_result *result),
                            void *context)
{
    struct chain_result_walk walk = { .row = row, .context = context };
    struct binder b = engine_bind(store, STATEMENT_CHAIN_RESULT_EACH);
    return each_row(store, &b, read_chain_result, &walk);
}

struct event_walk {
    int (*row)(void *context, const struct stored_event *event);
    void *context;
};

static int read_event(struct store *store, sqlite3_stmt *s, void *walk)
{
    const struct event_walk *w = walk;
    struct stored_event event;
    (void)store;
    if (!column_number(s, 0, INT64_MAX, &event.sequence) ||
        !column_number(s, 1, MAC_MAX, &event.machine))
        return -EILSEQ;
    event.at.ms = sqlite3_column_int64(s, 2);
    event.json = column_span(s, 3);
    return w->row(w->context, &event);
}

int store_each_event(struct store *store, uint64_t machine, uint64_t after, uint32_t limit,
                     int (*row)(void *context, const struct stored_event *event), void *context)
{
    struct event_walk walk = { .row = row, .context = context };
    struct binder b =
        engine_bind(store, machine != 0 ? STATEMENT_EVENT_EACH_OF_MACHINE : STATEMENT_EVENT_EACH);
    bind_number(&b, after > INT64_MAX ? INT64_MAX : (int64_t)after);
    bind_number(&b, limit);
    if (machine != 0)
        bind_number(&b, machine > INT64_MAX ? INT64_MAX : (int64_t)machine);
    return each_row(store, &b, read_event, &walk);
}

static int read_sequence(struct store *store, sqlite3_stmt *s, void *walk)
{
    (void)store;
    return column_number(s, 0, INT64_MAX, walk) ? 0 : -EILSEQ;
}

int store_last_sequence(struct store *store, uint64_t *ret_sequence)
{
    uint64_t last = 0;
    struct binder b = engine_bind(store, STATEMENT_EVENT_LAST);
    int error = each_row(store, &b, read_sequence, &last);
    if (error == 0)
        *ret_sequence = last;
    return error;
}
