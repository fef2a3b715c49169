/* host import, host export: many machines at once, as a table. Nothing is changed before the whole
 * table is known to be sound, by the same rules as for a single host. */
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "api/host_json.h"
#include "api/shapes.h"
#include "cli/host_next_boot.h"
#include "cli/host_table.h"
#include "cli/offline.h"
#include "cli/reply.h"

#define TABLE_BYTES_MAX ((size_t)32 * 1024 * 1024)
#define HOST_ARENA      ((size_t)512 * 1024)
#define HOST_JSON_MAX   ((size_t)160 * 1024)
/* Of one request to the daemon, which takes 64 KiB; a single host may be somewhat larger. */
#define REQUEST_HOSTS 200
#define REQUEST_BYTES ((size_t)60 * 1024)
#define REQUEST_ROOM  ((size_t)256 * 1024)

/* A host there is, and its JSON, malloc'ed. */
struct known_host {
    char name[HOST_NAME_MAX];
    bool from_file;
    char *json;
};

/* All of them, by name once they are sorted. */
struct known {
    struct known_host *rows;
    size_t count, cap;
    bool failed; /* memory ran out, or something was no host */
};

static void known_add(void *context, struct span json)
{
    struct known *known = context;
    if (known->count == known->cap) {
        size_t cap = known->cap ? 2 * known->cap : 64;
        struct known_host *rows = realloc(known->rows, cap * sizeof *rows);
        known->failed = known->failed || !rows;
        if (!rows)
            return;
        known->rows = rows;
        known->cap = cap;
    }
    struct known_host *row = &known->rows[known->count];
    *row = (struct known_host){ .json = malloc(json.len + 1) };
    if (!row->json || !host_table_identify(json, row->name, &row->from_file)) {
        free(row->json);
        known->failed = true;
        return;
    }
    span_to_text(json, row->json, json.len + 1);
    known->count++;
}

static void known_done(struct known *known)
{
    for (size_t i = 0; i < known->count; i++)
        free(known->rows[i].json);
    free(known->rows);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct known_host *)a)->name, ((const struct known_host *)b)->name);
}

static const struct known_host *find_known(const struct known *known, const char *name)
{
    struct known_host key = { 0 };
    span_to_text(span_text(name), key.name, sizeof key.name);
    return known->count == 0 ? NULL : bsearch(&key, known->rows, known->count, sizeof key, by_name);
}

static enum exit_code ask_known(const struct session *session, struct known *known)
{
    char target[192] = "/api/v1/hosts", next[128];
    for (;;) {
        struct daemon_reply reply = { 0 };
        enum exit_code code = session_ask(session, "GET", target, (struct span){ 0 }, &reply);
        if (code != EXIT_OK)
            return code;
        known->failed = known->failed || !reply_each(reply.body, "hosts", known_add, known) ||
                        !reply_next(reply.body, next, sizeof next);
        daemon_reply_done(&reply);
        if (known->failed || next[0] == 0)
            return EXIT_OK;
        snprintf(target, sizeof target, "/api/v1/hosts?after=%s", next);
    }
}

static enum exit_code read_known(const struct session *session, struct known *known)
{
    autoclean(offline_hosts_done) struct offline_hosts stored = { 0 };
    enum exit_code code = offline_hosts_load(session, &stored);
    char *data = malloc(HOST_JSON_MAX);
    for (size_t i = 0; code == EXIT_OK && data && i < stored.count; i++) {
        struct text text = text_over(data, HOST_JSON_MAX);
        struct json_writer j = json_over(&text);
        shape_host(&j, NULL, &stored.rows[i]);
        known->failed = known->failed || text.failed;
        known_add(known, text_span(&text));
    }
    known->failed = known->failed || !data;
    free(data);
    return code;
}

/* All hosts of the daemon, or without one of the configuration and the store. */
static enum exit_code load_known(const struct session *session, bool daemon, struct known *known)
{
    enum exit_code code = daemon ? ask_known(session, known) : read_known(session, known);
    if (code != EXIT_OK)
        return code;
    if (known->failed) {
        complain("the hosts there are could not be read: out of memory");
        return EXIT_FAILED;
    }
    if (known->count > 0)
        qsort(known->rows, known->count, sizeof *known->rows, by_name);
    return EXIT_OK;
}

/* Importing. */

struct import {
    struct session session;
    const char *path; /* as it is shown */
    bool daemon;
    struct known known;
    struct host_table table;
    uint8_t *memory; /* twice HOST_ARENA */
};

static void import_done(struct import *import)
{
    known_done(&import->known);
    host_table_done(&import->table);
    free(import->memory);
    session_close(&import->session);
}

static void tell_fault(void *context, uint32_t line, const char *sentence)
{
    const struct import *import = context;
    fprintf(stderr, "%s:%u: %s\n", import->path, line, sentence);
}

/* Into the memory for one host. */
static bool read_host(const struct import *import, const struct host_table_row *row,
                      const struct known_host *known, struct host *ret_host,
                      char sentence[API_SENTENCE_MAX])
{
    struct arena arena = arena_over(import->memory, HOST_ARENA);
    if (known)
        return host_from_patch(span_text(known->json), span_text(row->changes), row->name, &arena,
                               ret_host, sentence);
    return host_from_json(span_text(row->whole), row->name, &arena, ret_host, sentence);
}

static void judge(struct import *import, const struct host_table_row *row)
{
    const struct known_host *known = find_known(&import->known, row->name);
    char sentence[API_SENTENCE_MAX];
    struct host host;
    if (known && known->from_file)
        snprintf(sentence, sizeof sentence, "%s stands in the configuration file; change it there",
                 row->name);
    else if (read_host(import, row, known, &host, sentence))
        return;
    import->table.faults++;
    tell_fault(import, row->line, sentence);
}

static enum exit_code read_table(struct import *import)
{
    const struct host_table_faults faults = { tell_fault, import };
    bool from_stdin = strcmp(import->path, "-") == 0;
    char *data = NULL;
    size_t len = 0;
    int r =
        session_read_file(from_stdin ? "/dev/stdin" : import->path, TABLE_BYTES_MAX, &data, &len);
    if (r < 0) {
        complain("%s cannot be read: %s", import->path, strerror(-r));
        return EXIT_NOT_FOUND;
    }
    host_table_read(span_of(data, len), &faults, &import->table);
    free(data);
    if (import->table.faults == 0)
        for (size_t i = 0; i < import->table.count; i++)
            judge(import, &import->table.rows[i]);
    if (import->table.faults == 0)
        return EXIT_OK;
    complain("%zu fault%s in %s; no host is changed", import->table.faults,
             import->table.faults == 1 ? "" : "s", import->path);
    return EXIT_FAILED;
}

/* One request's worth of rows, from `first` on: how many it holds. */
static size_t write_request(const struct import *import, size_t first, struct text *out)
{
    size_t n = 0;
    text_add(out, "{\"hosts\":[");
    for (size_t i = first; i < import->table.count && n < REQUEST_HOSTS; i++, n++) {
        const struct host_table_row *row = &import->table.rows[i];
        const char *rest = row->changes + 1; /* behind the brace */
        if (n > 0 && out->len + strlen(rest) + HOST_NAME_MAX + 32 > REQUEST_BYTES)
            break;
        text_addf(out, "%s{\"name\":\"%s\"%s", n > 0 ? "," : "", row->name,
                  rest[0] == '}' ? "" : ",");
        text_add(out, rest);
    }
    text_add(out, "]}");
    return n;
}

static enum exit_code put_by_daemon(struct import *import, size_t *done)
{
    char *data = malloc(REQUEST_ROOM);
    enum exit_code code = data ? EXIT_OK : EXIT_FAILED;
    while (code == EXIT_OK && *done < import->table.count) {
        struct daemon_reply reply = { 0 };
        struct text body = text_over(data, REQUEST_ROOM);
        size_t n = write_request(import, *done, &body);
        code = session_ask(&import->session, "PATCH", "/api/v1/hosts", text_span(&body), &reply);
        daemon_reply_done(&reply);
        if (code == EXIT_OK)
            *done += n;
    }
    free(data);
    return code;
}

/* A host as it was, into the memory behind that of one host; NULL when it is new. */
static const struct host *read_before(const struct import *import, const struct known_host *known,
                                      struct host *host)
{
    char sentence[API_SENTENCE_MAX];
    struct arena arena = arena_over(import->memory + HOST_ARENA, HOST_ARENA);
    bool sound =
        known && host_from_json(span_text(known->json), known->name, &arena, host, sentence);
    return sound ? host : NULL;
}

static enum exit_code put_in_store(struct import *import, size_t *done)
{
    for (; *done < import->table.count; ++*done) {
        const struct host_table_row *row = &import->table.rows[*done];
        char sentence[API_SENTENCE_MAX];
        struct host host, before;
        const struct known_host *known = find_known(&import->known, row->name);
        if (!read_host(import, row, known, &host, sentence))
            return EXIT_FAILED; /* it was sound before */
        enum exit_code code =
            offline_put(&import->session, read_before(import, known, &before), &host);
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

static enum exit_code put_all(struct import *import, bool dry)
{
    size_t done = 0, changed = 0;
    enum exit_code code = EXIT_OK;
    if (dry)
        done = import->table.count;
    else
        code = import->daemon ? put_by_daemon(import, &done) : put_in_store(import, &done);
    for (size_t i = 0; i < done; i++)
        changed += find_known(&import->known, import->table.rows[i].name) != NULL;
    if (code != EXIT_OK)
        complain("it ended at line %u (%s): %zu added, %zu changed; the same command goes on from "
                 "there",
                 import->table.rows[done].line, import->table.rows[done].name, done - changed,
                 changed);
    else
        printf(dry ? "sound: %zu to be added, %zu to be changed\n" : "%zu added, %zu changed\n",
               done - changed, changed);
    return code;
}

enum exit_code cmd_host_import(const struct arguments *args)
{
    autoclean(import_done) struct import import = { .path = args->operands[0],
                                                    .memory = malloc(2 * HOST_ARENA) };
    if (!import.memory) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    enum exit_code code = session_open(&import.session, args);
    if (code != EXIT_OK)
        return code;
    import.daemon = host_daemon_runs(&import.session);
    code = load_known(&import.session, import.daemon, &import.known);
    if (code == EXIT_OK)
        code = read_table(&import);
    return code == EXIT_OK ? put_all(&import, arguments_has(args, "--dry-run")) : code;
}

/* Exporting. */

static char *join(const struct known *known)
{
    size_t room = 3;
    for (size_t i = 0; i < known->count; i++)
        room += strlen(known->rows[i].json) + 1;
    char *data = malloc(room);
    if (!data)
        return NULL;
    struct text out = text_over(data, room);
    text_add_char(&out, '[');
    for (size_t i = 0; i < known->count; i++) {
        if (i > 0)
            text_add_char(&out, ',');
        text_add(&out, known->rows[i].json);
    }
    text_add_char(&out, ']');
    return data;
}

enum exit_code cmd_host_export(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    struct known known = { 0 };
    char *list = NULL, *table = NULL;
    enum exit_code code = session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    code = load_known(&session, host_daemon_runs(&session), &known);
    if (code == EXIT_OK) {
        list = join(&known);
        table = list ? host_table_write(span_text(list)) : NULL;
        if (table)
            fputs(table, stdout);
        else
            complain("out of memory");
        code = table ? EXIT_OK : EXIT_FAILED;
    }
    free(table);
    free(list);
    known_done(&known);
    return code;
}
