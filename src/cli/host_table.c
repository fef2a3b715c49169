/* See host_table.h. The JSON library is used for what is read and written there alone. */
#include "cli/host_table.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/host_json.h"
#include "cli/reply.h"
#include "yaml/near_miss.h"

#define VARIABLE "variables."

static const char *const settings[] = {
    "name", "mac",   "uuid",   "serial", "asset", "arch",    "subnet",    "vendor", "address",
    "boot", "group", "loader", "chains", "https", "answers", "arguments", "note",
};
#define SETTING_COUNT (sizeof settings / sizeof settings[0])
#define NAME_COLUMN   0
#define MAC_COLUMN    1

struct column {
    int setting; /* index of `settings`, -1 = a variable */
    char variable[HOST_NAME_MAX];
};

struct reading {
    struct host_table *table;
    const struct host_table_faults *faults;
    struct csv_reader csv;
    struct column columns[HOST_TABLE_COLUMNS_MAX];
    size_t column_count;
};

static void tell(struct reading *r, uint32_t line, const char *sentence)
{
    r->table->faults++;
    r->faults->tell(r->faults->context, line, sentence);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct span trimmed(struct span s)
{
    return span_trim(s, is_blank);
}

/* What spreadsheets are headed with, beside the names of the API. */
static int setting_of(struct span title)
{
    static const struct {
        const char *title, *setting;
    } others[] = {
        { "hostname", "name" }, { "host", "name" },      { "ip", "address" },
        { "image", "boot" },    { "args", "arguments" },
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (span_is_nocase(title, others[i].title))
            title = span_text(others[i].setting);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (span_is_nocase(title, settings[i]))
            return (int)i;
    return -1;
}

static void refuse_title(struct reading *r, struct span title)
{
    char shown[80], sentence[320];
    struct text escaped = text_over(shown, sizeof shown),
                out = text_over(sentence, sizeof sentence);
    text_add_escaped(&escaped, span_slice(title, 0, 30));
    const char *meant = near_miss_find(title, settings, SETTING_COUNT);
    text_addf(&out, "there is no column \"%s\"; ", shown);
    if (meant)
        text_addf(&out, "did you mean \"%s\"?", meant);
    else
        text_add(&out,
                 "there are name, mac, uuid, serial, asset, arch, subnet, vendor, address, "
                 "boot, group, loader, chains, https, answers, arguments, note and variables.NAME");
    tell(r, r->csv.line, sentence);
}

static void add_column(struct reading *r, struct span title)
{
    struct column *column = &r->columns[r->column_count++];
    *column = (struct column){ .setting = setting_of(title) };
    if (column->setting < 0 && span_starts_with(title, VARIABLE)) {
        span_to_text(span_from(title, strlen(VARIABLE)), column->variable, sizeof column->variable);
        if (!secret_name_is_sound(column->variable) ||
            title.len - strlen(VARIABLE) >= HOST_NAME_MAX)
            tell(r, r->csv.line, "a variable's name is made of letters, digits and underscores");
    } else if (column->setting < 0) {
        refuse_title(r, title);
        return;
    }
    for (size_t i = 0; i + 1 < r->column_count; i++)
        if (r->columns[i].setting == column->setting &&
            strcmp(r->columns[i].variable, column->variable) == 0) {
            char sentence[160];
            snprintf(sentence, sizeof sentence, "the column \"%s%s\" is there twice",
                     column->setting < 0 ? VARIABLE : settings[column->setting], column->variable);
            tell(r, r->csv.line, sentence);
        }
}

static bool has_name_column(const struct reading *r)
{
    for (size_t i = 0; i < r->column_count; i++)
        if (r->columns[i].setting == NAME_COLUMN)
            return true;
    return false;
}

static struct host_table_row *take_row(struct host_table *table)
{
    if (table->count == table->cap) {
        size_t cap = table->cap ? 2 * table->cap : 64;
        struct host_table_row *rows =
            table->count < HOST_TABLE_ROWS_MAX ? realloc(table->rows, cap * sizeof *rows) : NULL;
        if (!rows)
            return NULL;
        table->rows = rows;
        table->cap = cap;
    }
    struct host_table_row *row = &table->rows[table->count];
    *row = (struct host_table_row){ 0 };
    return row;
}

/* The fields as JSON of both kinds. False when a field is not UTF-8, or memory ran out. */
static bool make_json(struct reading *r, const struct span *fields, size_t count,
                      struct arena *arena, struct host_table_row *row)
{
    struct reply_pair pairs[HOST_TABLE_COLUMNS_MAX];
    size_t n = 0, whole = 0;
    for (size_t i = 0; i < count; i++) {
        const struct column *column = &r->columns[i];
        struct span text = trimmed(fields[i]);
        char *value = arena_alloc(arena, text.len + 1);
        if (!value || (text.len > 0 && memchr(text.data, 0, text.len)))
            return false;
        span_to_text(text, value, text.len + 1);
        struct mac mac;
        if (column->setting == MAC_COLUMN && mac_parse(text, &mac))
            row->mac = mac_to_u64(mac);
        if (column->setting != NAME_COLUMN)
            pairs[n++] = (struct reply_pair){ column->setting < 0 ? "variables" : NULL,
                                              column->setting < 0 ? column->variable
                                                                  : settings[column->setting],
                                              value };
    }
    row->changes = reply_make_object(pairs, n);
    for (size_t i = 0; i < n; i++)
        if (pairs[i].text[0])
            pairs[whole++] = pairs[i];
    row->whole = reply_make_object(pairs, whole);
    return row->changes && row->whole;
}

static void read_row(struct reading *r, const struct span *fields, size_t count,
                     struct arena *arena)
{
    char sentence[160];
    struct span name = { 0 };
    for (size_t i = 0; i < count && i < r->column_count; i++)
        if (r->columns[i].setting == NAME_COLUMN)
            name = trimmed(fields[i]);
    if (count > r->column_count) {
        snprintf(sentence, sizeof sentence, "this line has %zu fields, the first has %zu columns",
                 count, r->column_count);
        tell(r, r->csv.line, sentence);
        return;
    }
    if (!host_name_is_sound(name)) {
        tell(r, r->csv.line,
             name.len == 0
                 ? "this line has no name"
                 : "a host's name is made of letters, digits, dots, dashes and underscores");
        return;
    }
    struct host_table_row *row = take_row(r->table);
    if (!row) {
        tell(r, r->csv.line, "there are more lines than can be taken at once");
        return;
    }
    row->line = r->csv.line;
    span_to_text(name, row->name, sizeof row->name);
    r->table->count++;
    if (!make_json(r, fields, count, arena, row))
        tell(r, r->csv.line, "a field is not UTF-8 text: save the table as UTF-8");
}

static int by_line(const struct host_table_row *a, const struct host_table_row *b)
{
    return (a->line > b->line) - (a->line < b->line);
}

static int by_name(const void *a, const void *b)
{
    const struct host_table_row *one = *(const struct host_table_row *const *)a;
    const struct host_table_row *other = *(const struct host_table_row *const *)b;
    int order = strcmp(one->name, other->name);
    return order != 0 ? order : by_line(one, other);
}

static int by_mac(const void *a, const void *b)
{
    const struct host_table_row *one = *(const struct host_table_row *const *)a;
    const struct host_table_row *other = *(const struct host_table_row *const *)b;
    int order = (one->mac > other->mac) - (one->mac < other->mac);
    return order != 0 ? order : by_line(one, other);
}

static void tell_repeated(struct reading *r, const struct host_table_row *first,
                          const struct host_table_row *again, const char *what)
{
    char sentence[160];
    snprintf(sentence, sizeof sentence, "%s stands in line %u already", what, first->line);
    tell(r, again->line, sentence);
}

static void find_repeated(struct reading *r)
{
    const struct host_table *table = r->table;
    const struct host_table_row **sorted = calloc(table->count + 1, sizeof *sorted);
    if (!sorted)
        return;
    for (size_t i = 0; i < table->count; i++)
        sorted[i] = &table->rows[i];
    qsort(sorted, table->count, sizeof *sorted, by_name);
    for (size_t i = 1; i < table->count; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            tell_repeated(r, sorted[i - 1], sorted[i], sorted[i]->name);
    qsort(sorted, table->count, sizeof *sorted, by_mac);
    for (size_t i = 1; i < table->count; i++)
        if (sorted[i]->mac != 0 && sorted[i - 1]->mac == sorted[i]->mac)
            tell_repeated(r, sorted[i - 1], sorted[i], "this hardware address");
    free(sorted);
}

/* The first record: what each column is. False when the rows make no sense without it. */
static bool read_titles(struct reading *r, struct arena *arena, struct span *fields)
{
    size_t count, before = r->table->faults;
    enum csv_flaw flaw = csv_next(&r->csv, arena, fields, HOST_TABLE_COLUMNS_MAX, &count);
    if (flaw != CSV_SOUND) {
        tell(r, r->csv.line,
             flaw == CSV_END ? "the table is empty; its first line names the columns: name,mac,boot"
                             : csv_flaw_text(flaw));
        return false;
    }
    for (size_t i = 0; i < count; i++)
        add_column(r, trimmed(fields[i]));
    if (!has_name_column(r))
        tell(r, r->csv.line,
             "there is no column \"name\"; the first line names the columns: name,mac,boot");
    return r->table->faults == before;
}

void host_table_read(struct span text, const struct host_table_faults *faults,
                     struct host_table *ret_table)
{
    struct span fields[HOST_TABLE_COLUMNS_MAX];
    struct reading r = { .table = ret_table, .faults = faults, .csv = csv_over(text) };
    /* A field's copies: unquoted, then with a NUL behind it; a line's are given back. */
    size_t cap = 2 * text.len + 32 * HOST_TABLE_COLUMNS_MAX, count;
    void *memory = malloc(cap);
    struct arena arena = arena_over(memory, memory ? cap : 0);
    enum csv_flaw flaw = CSV_END;

    *ret_table = (struct host_table){ 0 };
    if (read_titles(&r, &arena, fields)) {
        for (;;) {
            arena_reset(&arena);
            flaw = csv_next(&r.csv, &arena, fields, HOST_TABLE_COLUMNS_MAX, &count);
            if (flaw != CSV_SOUND)
                break;
            read_row(&r, fields, count, &arena);
        }
        if (flaw != CSV_END)
            tell(&r, r.csv.line, csv_flaw_text(flaw));
    }
    find_repeated(&r);
    free(memory);
}

void host_table_done(struct host_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].whole);
        free(table->rows[i].changes);
    }
    free(table->rows);
    *table = (struct host_table){ 0 };
}

bool host_table_identify(struct span json, char name[HOST_NAME_MAX], bool *ret_from_file)
{
    json_error_t error;
    json_auto_t *host = json_loadb((const char *)json.data, json.len, 0, &error);
    const char *text = json_string_value(json_object_get(host, "name"));
    if (!text)
        return false;
    span_to_text(span_text(text), name, HOST_NAME_MAX);
    *ret_from_file = json_is_true(json_object_get(host, "read_only"));
    return true;
}

/* Writing. */

static bool is_shown(const json_t *host)
{
    return !json_is_true(json_object_get(host, "read_only"));
}

/* Does any host have something there? */
static bool is_used(const json_t *hosts, const char *setting)
{
    size_t i;
    const json_t *host;
    json_array_foreach(hosts, i, host)
    {
        if (is_shown(host) && json_is_string(json_object_get(host, setting)))
            return true;
    }
    return false;
}

/* The variables' names of all hosts, as keys. */
static json_t *all_variables(const json_t *hosts)
{
    json_t *all = json_object();
    size_t i;
    const json_t *host;
    json_array_foreach(hosts, i, host)
    {
        const char *name;
        json_t *value;
        json_object_foreach(json_object_get(host, "variables"), name, value)
        {
            if (is_shown(host) && json_object_set(all, name, json_true()) != 0)
                break;
        }
    }
    return all;
}

static void add_cell(struct text *out, bool *ret_first, struct span cell)
{
    if (!*ret_first)
        text_add_char(out, ',');
    *ret_first = false;
    csv_write(out, cell);
}

static struct span text_of(const json_t *value)
{
    return json_is_string(value) ? span_of(json_string_value(value), json_string_length(value))
                                 : (struct span){ 0 };
}

/* A line: of the titles (host NULL), or of one host. */
static void write_line(struct text *out, const json_t *hosts, const json_t *host, json_t *variables)
{
    bool first = true;
    const char *name;
    json_t *value;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (i == NAME_COLUMN || is_used(hosts, settings[i]))
            add_cell(out, &first,
                     host ? text_of(json_object_get(host, settings[i])) : span_text(settings[i]));
    json_object_foreach(variables, name, value)
    {
        char title[2 * HOST_NAME_MAX];
        snprintf(title, sizeof title, VARIABLE "%.*s", HOST_NAME_MAX - 1, name);
        add_cell(out, &first,
                 host ? text_of(json_object_get(json_object_get(host, "variables"), name))
                      : span_text(title));
    }
    text_add_char(out, '\n');
}

char *host_table_write(struct span json_list)
{
    json_error_t error;
    json_auto_t *hosts = json_loadb((const char *)json_list.data, json_list.len, 0, &error);
    json_auto_t *variables = json_is_array(hosts) ? all_variables(hosts) : NULL;
    /* Quotes at most double a text; each line repeats no more than all titles' separators. */
    size_t columns = SETTING_COUNT + json_object_size(variables);
    size_t room = 2 * json_list.len + columns * 2 * HOST_NAME_MAX +
                  (json_array_size(hosts) + 1) * (columns + 1);
    char *data = variables ? malloc(room) : NULL;
    if (!data)
        return NULL;
    struct text out = text_over(data, room);
    size_t i;
    const json_t *host;
    write_line(&out, hosts, NULL, variables);
    json_array_foreach(hosts, i, host)
    {
        if (is_shown(host))
            write_line(&out, hosts, host, variables);
    }
    if (!out.failed)
        return data;
    free(data);
    return NULL;
}
