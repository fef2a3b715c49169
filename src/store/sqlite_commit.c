/* Changes into rows, all of a call in one transaction. Which tables a change touches is written
 * here and nowhere else. SQLite returns from COMMIT after the write-ahead log is synced
 * (synchronous = FULL, see sqlite_open.c). */
#include <errno.h>
#include <stdio.h>

#include "base/json_write.h"

#include "store/sqlite_engine.h"

/* All variables of a host as JSON text. */
#define VARIABLES_JSON_MAX 24576

static const char *status_name(enum lease_status status)
{
    static const char *const names[] = {
        [LEASE_ACTIVE] = "active", [LEASE_RELEASED] = "released", [LEASE_DECLINED] = "declined"
    };
    return names[status];
}

int engine_put_lease(struct store *store, const struct lease *lease)
{
    struct binder b = engine_bind(store, STATEMENT_LEASE_PUT);
    bind_number(&b, lease->address.value);
    bind_number(&b, (int64_t)mac_to_u64(lease->mac));
    bind_blob(&b, label_span(&lease->client_id));
    bind_blob(&b, label_span(&lease->hostname));
    bind_number(&b, lease->since.ms);
    bind_number(&b, lease->expires.ms);
    bind_text(&b, status_name(lease->status));
    return engine_run(&b);
}

int engine_remove_lease(struct store *store, struct ipv4 address)
{
    struct binder b = engine_bind(store, STATEMENT_LEASE_REMOVE);
    bind_number(&b, address.value);
    return engine_run(&b);
}

static int put_next_boot(struct store *store, const char *host, const char *image)
{
    bool clears = !image || !*image;
    struct binder b =
        engine_bind(store, clears ? STATEMENT_NEXT_BOOT_REMOVE : STATEMENT_NEXT_BOOT_PUT);
    bind_text(&b, host);
    if (!clears)
        bind_text(&b, image);
    return engine_run(&b);
}

static void bind_match(struct binder *b, const struct host_match *match)
{
    if (match->has_mac)
        bind_number(b, (int64_t)mac_to_u64(match->mac));
    else
        bind_null(b);
    if (match->has_uuid)
        bind_blob(b, span_of(match->uuid.bytes, sizeof match->uuid.bytes));
    else
        bind_null(b);
    bind_text(b, match->has_arch ? arch_name(match->arch) : NULL);
    if (match->has_subnet) {
        bind_number(b, match->subnet.base.value);
        bind_number(b, match->subnet.length);
    } else {
        bind_null(b);
        bind_null(b);
    }
    bind_text(b, match->serial);
    bind_text(b, match->asset);
    bind_text(b, match->vendor);
}

/* False when they do not fit. */
static bool write_variables(const struct host *host, struct text *out)
{
    struct json_writer j = json_over(out);
    if (host->variable_count > HOST_VARIABLES_MAX)
        return false;
    json_write_object_begin(&j, NULL);
    for (size_t i = 0; i < host->variable_count; i++)
        json_write_text(&j, host->variables[i].name, host->variables[i].value);
    json_write_object_end(&j);
    return !out->failed;
}

static int put_host(struct store *store, const struct host *host)
{
    char buffer[VARIABLES_JSON_MAX];
    struct text variables = text_over(buffer, sizeof buffer);
    if (!write_variables(host, &variables))
        return SQLITE_TOOBIG;

    struct binder b = engine_bind(store, STATEMENT_HOST_PUT);
    bind_text(&b, host->name);
    bind_match(&b, &host->match);
    bind_number(&b, host->address.value);
    bind_text(&b, host->boot);
    bind_text(&b, host->loader);
    bind_text(&b, host->chains);
    bind_text(&b, host->arguments);
    bind_text(&b, host->group);
    bind_text(&b, variables.data);
    bind_text(&b, host->https);
    bind_text(&b, host->answers);
    int rc = engine_run(&b);
    return rc == SQLITE_OK ? put_next_boot(store, host->name, host->next_boot) : rc;
}

static int remove_host(struct store *store, const char *name)
{
    struct binder b = engine_bind(store, STATEMENT_HOST_REMOVE);
    bind_text(&b, name);
    int rc = engine_run(&b);
    if (rc == SQLITE_OK)
        rc = put_next_boot(store, name, NULL);
    if (rc != SQLITE_OK)
        return rc;
    b = engine_bind(store, STATEMENT_SECRET_REMOVE_ALL);
    bind_text(&b, name);
    return engine_run(&b);
}

static int put_secret(struct store *store, const struct host_secret *secret)
{
    const char *value = secret->secret.value.revealed;
    bool removes = !value || !*value;
    struct binder b = engine_bind(store, removes ? STATEMENT_SECRET_REMOVE : STATEMENT_SECRET_PUT);
    bind_text(&b, secret->host);
    bind_text(&b, secret->secret.name);
    if (!removes)
        bind_text(&b, value);
    return engine_run(&b);
}

static int put_installed(struct store *store, const struct installed *installed)
{
    bool removes = !installed->image || !*installed->image;
    struct binder b =
        engine_bind(store, removes ? STATEMENT_INSTALLED_REMOVE : STATEMENT_INSTALLED_PUT);
    bind_number(&b, (int64_t)mac_to_u64(installed->mac));
    if (!removes) {
        bind_text(&b, installed->image);
        bind_number(&b, installed->at.ms);
    }
    return engine_run(&b);
}

static int put_event(struct store *store, const struct event *event)
{
    text_buffer(buffer, EVENT_JSON_MAX);
    struct text json = text_over(buffer, sizeof buffer);
    struct json_writer j = json_over(&json);
    event_json(event, &j, NULL);
    if (json.failed)
        return SQLITE_TOOBIG;

    struct binder b = engine_bind(store, STATEMENT_EVENT_PUT);
    if (event->sequence != 0)
        bind_number(&b, (int64_t)event->sequence);
    else
        bind_null(&b); /* the next free one */
    bind_number(&b, (int64_t)event->machine);
    bind_number(&b, event->at.ms);
    bind_text(&b, json.data);
    return engine_run(&b);
}

static int put_client(struct store *store, const struct client_seen *seen)
{
    const struct client *client = &seen->client;
    struct binder b = engine_bind(store, STATEMENT_CLIENT_PUT);
    bind_number(&b, (int64_t)mac_to_u64(client->mac));
    bind_text(&b, client_kind_name(client->kind));
    bind_text(&b, arch_name(client->arch));
    bind_text(&b, client->transport == TRANSPORT_HTTP ? "http" : "tftp");
    if (client->has_arch)
        bind_number(&b, client->arch_wire);
    else
        bind_null(&b);
    if (client->has_uuid)
        bind_blob(&b, span_of(client->uuid.bytes, sizeof client->uuid.bytes));
    else
        bind_null(&b);
    bind_number(&b, client->undi_major);
    bind_number(&b, client->undi_minor);
    bind_number(&b, client->ipxe_features);
    bind_number(&b, client->memory_mib);
    const struct label *labels[] = { &client->vendor_class, &client->user_class, &client->hostname,
                                     &client->serial,       &client->asset,      &client->product,
                                     &client->manufacturer };
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        bind_blob(&b, label_span(labels[i]));
    bind_number(&b, seen->first.ms);
    bind_number(&b, seen->last.ms);
    return engine_run(&b);
}

static int put_chain_result(struct store *store, const struct chain_result *result)
{
    struct binder b = engine_bind(store, STATEMENT_CHAIN_RESULT_PUT);
    bind_number(&b, (int64_t)mac_to_u64(result->mac));
    bind_text(&b, result->chain);
    bind_text(&b, result->firmware);
    bind_text(&b, result->transport == TRANSPORT_HTTP ? "http" : "tftp");
    bind_text(&b, chain_mark_name(result->last));
    bind_number(&b, result->started);
    bind_number(&b, result->stalled);
    bind_number(&b, result->started_at.ms);
    bind_number(&b, result->stalled_at.ms);
    return engine_run(&b);
}

static int forget_chain_results(struct store *store, struct mac mac)
{
    struct binder b = engine_bind(store, STATEMENT_CHAIN_RESULT_FORGET);
    bind_number(&b, (int64_t)mac_to_u64(mac));
    return engine_run(&b);
}

static int apply(struct store *store, const struct change *change)
{
    switch (change->kind) {
    case CHANGE_NONE:
        return SQLITE_OK;
    case CHANGE_LEASE_PUT:
        return engine_put_lease(store, &change->lease);
    case CHANGE_LEASE_REMOVE:
        return engine_remove_lease(store, change->lease.address);
    case CHANGE_HOST_PUT:
        return put_host(store, change->host);
    case CHANGE_HOST_REMOVE:
        return remove_host(store, change->name);
    case CHANGE_NEXT_BOOT:
        return put_next_boot(store, change->name, change->value);
    case CHANGE_EVENT:
        return put_event(store, change->event);
    case CHANGE_CLIENT_SEEN:
        return put_client(store, change->seen);
    case CHANGE_CHAIN_RESULT:
        return put_chain_result(store, change->chain);
    case CHANGE_CHAIN_FORGET:
        return forget_chain_results(store, change->chain->mac);
    case CHANGE_SECRET:
        return put_secret(store, change->secret);
    case CHANGE_INSTALLED:
        return put_installed(store, change->installed);
    case CHANGE_ACCOUNT_PUT:
        return engine_put_account(store, change->account);
    case CHANGE_ACCOUNT_REMOVE:
        return engine_remove_account(store, change->account->name);
    case CHANGE_TOKEN_PUT:
        return engine_put_token(store, change->token);
    case CHANGE_TOKEN_REMOVE:
        return engine_remove_token(store, change->token->id);
    case CHANGE_AUDIT:
        return engine_add_audit(store, change->audit);
    case CHANGE_HOOK_PUT:
        return engine_put_waiting(store, change->waiting);
    case CHANGE_HOOK_REMOVE:
        return engine_remove_waiting(store, change->waiting->id);
    case CHANGE_SESSION_PUT:
        return engine_put_session(store, change->session);
    case CHANGE_SESSION_REMOVE:
        return engine_remove_session(store, change->session);
    case CHANGE_RECORD:
        return engine_put_record(store, change->record);
    }
    return SQLITE_MISUSE;
}

/* What is wrong with a change that no database could keep, or NULL. */
static const char *flaw_of(const struct change *change)
{
    switch (change->kind) {
    case CHANGE_NONE:
        return NULL;
    case CHANGE_LEASE_PUT:
    case CHANGE_LEASE_REMOVE:
        return ipv4_is_none(change->lease.address) ? "a lease without an address" : NULL;
    case CHANGE_HOST_PUT:
        if (!change->host || !change->host->name || !*change->host->name)
            return "a host without a name";
        return strlen(change->host->name) >= HOST_NAME_MAX ? "a host's name over 63 bytes" : NULL;
    case CHANGE_HOST_REMOVE:
    case CHANGE_NEXT_BOOT:
        return change->name[0] ? NULL : "a host without a name";
    case CHANGE_EVENT:
        return change->event ? NULL : "an event that is not there";
    case CHANGE_CLIENT_SEEN:
        return change->seen && !mac_is_zero(change->seen->client.mac) ? NULL
                                                                      : "a machine without a MAC";
    case CHANGE_CHAIN_RESULT:
    case CHANGE_CHAIN_FORGET:
        return change->chain && !mac_is_zero(change->chain->mac) ? NULL : "a result of no machine";
    case CHANGE_SECRET:
        if (!change->secret || !change->secret->host || !*change->secret->host)
            return "a secret of no host";
        return change->secret->secret.name && *change->secret->secret.name &&
                       strlen(change->secret->secret.name) < SECRET_NAME_MAX
                   ? NULL
                   : "a secret without a name";
    case CHANGE_RECORD:
        if (!change->record || !change->record->name || !*change->record->name ||
            strlen(change->record->name) >= RECORD_NAME_MAX)
            return "a record without a name";
        return change->record->text && strlen(change->record->text) >= RECORD_TEXT_MAX
                   ? "a record over 48 KiB"
                   : NULL;
    case CHANGE_INSTALLED:
        return change->installed && !mac_is_zero(change->installed->mac)
                   ? NULL
                   : "an installation of no machine";
    case CHANGE_ACCOUNT_PUT:
    case CHANGE_ACCOUNT_REMOVE:
        return change->account && change->account->name[0] ? NULL : "an account without a name";
    case CHANGE_TOKEN_PUT:
    case CHANGE_TOKEN_REMOVE:
        return change->token && change->token->id != 0 ? NULL : "a token without a number";
    case CHANGE_HOOK_PUT:
        if (!change->waiting || !change->waiting->hook || !change->waiting->message ||
            !change->waiting->json)
            return "an event of no webhook";
        return change->waiting->id != 0 ? NULL : "a waiting event without a number";
    case CHANGE_HOOK_REMOVE:
        return change->waiting && change->waiting->id != 0 ? NULL
                                                           : "a waiting event without a number";
    case CHANGE_SESSION_PUT:
    case CHANGE_SESSION_REMOVE:
        return change->session ? NULL : "a session that is not there";
    case CHANGE_AUDIT:
        return change->audit ? NULL : "a deed that is not there";
    }
    return "a change of no known kind";
}

static int apply_parts(struct store *store, const struct store_part *parts, size_t part_count,
                       char why[STORE_WHY_MAX])
{
    for (size_t p = 0; p < part_count; p++) {
        for (size_t i = 0; i < parts[p].count; i++) {
            int rc = apply(store, &parts[p].changes[i]);
            if (rc == SQLITE_TOOBIG) {
                snprintf(why, STORE_WHY_MAX, "a change is too big to be kept");
                return -EINVAL;
            }
            if (rc != SQLITE_OK)
                return engine_fail(store, rc, why);
        }
    }
    return 0;
}

static bool changes_leases(const struct store_part *parts, size_t part_count)
{
    for (size_t p = 0; p < part_count; p++)
        for (size_t i = 0; i < parts[p].count; i++)
            if (parts[p].changes[i].kind == CHANGE_LEASE_PUT ||
                parts[p].changes[i].kind == CHANGE_LEASE_REMOVE)
                return true;
    return false;
}

int store_commit_parts(struct store *store, const struct store_part *parts, size_t part_count,
                       char why[STORE_WHY_MAX])
{
    why[0] = 0;
    for (size_t p = 0; p < part_count; p++) {
        for (size_t i = 0; i < parts[p].count; i++) {
            const char *flaw = flaw_of(&parts[p].changes[i]);
            if (flaw) {
                snprintf(why, STORE_WHY_MAX, "%s cannot be kept", flaw);
                return -EINVAL;
            }
        }
    }
    if (log_take(store, parts, part_count) > 0)
        return 0;
    int rc = engine_run_plain(store, STATEMENT_BEGIN);
    if (rc != SQLITE_OK)
        return engine_fail(store, rc, why);
    bool with_log = changes_leases(parts, part_count);
    int error = with_log ? log_fold_all(store, why) : 0;
    if (error == 0)
        error = apply_parts(store, parts, part_count, why);
    if (error == 0) {
        rc = engine_run_plain(store, STATEMENT_COMMIT);
        if (rc != SQLITE_OK)
            error = engine_fail(store, rc, why);
    }
    if (error < 0)
        engine_roll_back(store);
    if (with_log)
        log_end_direct(store, error == 0);
    return error;
}

int store_commit(struct store *store, const struct change *changes, size_t count,
                 char why[STORE_WHY_MAX])
{
    struct store_part part = { .changes = changes, .count = count };
    return store_commit_parts(store, &part, 1, why);
}

int store_probe(struct store *store, char why[STORE_WHY_MAX])
{
    why[0] = 0;
    int rc = engine_run_plain(store, STATEMENT_PROBE);
    return rc == SQLITE_OK ? 0 : engine_fail(store, rc, why);
}

static int trim(struct store *store, enum statement id, uint64_t keep)
{
    struct binder b = engine_bind(store, id);
    bind_number(&b, keep > INT64_MAX ? INT64_MAX : (int64_t)keep);
    return engine_errno(store->db, engine_run(&b));
}

int store_trim_events(struct store *store, uint64_t keep)
{
    return trim(store, STATEMENT_EVENT_TRIM, keep);
}

int store_trim_chain_results(struct store *store, uint64_t keep)
{
    return trim(store, STATEMENT_CHAIN_RESULT_TRIM, keep);
}

int store_trim_clients(struct store *store, uint64_t keep)
{
    return trim(store, STATEMENT_CLIENT_TRIM, keep);
}
