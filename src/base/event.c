/* See event.h. The rows of events.def give names, levels and texts. */
#include "base/event.h"

struct event_row {
    const char *name, *message;
    enum event_level level;
    enum event_stage stage;
};

static const struct event_row rows[EVENT_ID_COUNT] = {
#define EVENT(id_, level_, stage_, message_, help_)                                                \
    [EVENT_##id_] = {                                                                              \
        .name = #id_, .message = message_, .level = LEVEL_##level_, .stage = STAGE_##stage_        \
    },
#include "base/events.def"
#undef EVENT
};

struct event event_make(enum event_id id, struct now now, uint64_t machine)
{
    return (struct event){ .id = id, .at = now.calendar, .machine = machine };
}

void event_begin(struct event *e, enum event_id id, struct now now, uint64_t machine)
{
    e->id = id;
    e->at = now.calendar;
    e->sequence = 0;
    e->machine = machine;
    e->field_count = 0;
    e->text_used = 0;
}

static struct event_field *add(struct event *e, const char *key, enum event_kind kind,
                               uint64_t number)
{
    if (e->field_count >= EVENT_FIELDS_MAX)
        return NULL;
    struct event_field *f = &e->fields[e->field_count++];
    *f = (struct event_field){ .key = key, .kind = kind, .number = number };
    return f;
}

void event_add_number(struct event *e, const char *key, uint64_t value)
{
    add(e, key, FIELD_NUMBER, value);
}

void event_add_bytes(struct event *e, const char *key, uint64_t bytes)
{
    add(e, key, FIELD_BYTES, bytes);
}

void event_add_millis(struct event *e, const char *key, uint64_t ms)
{
    add(e, key, FIELD_MILLIS, ms);
}

void event_add_seconds(struct event *e, const char *key, uint64_t seconds)
{
    add(e, key, FIELD_SECONDS, seconds);
}

void event_add_ipv4(struct event *e, const char *key, uint32_t address)
{
    add(e, key, FIELD_IPV4, address);
}

void event_add_mac(struct event *e, const char *key, uint64_t mac)
{
    add(e, key, FIELD_MAC, mac);
}

void event_add_span(struct event *e, const char *key, struct span value)
{
    struct event_field *f = add(e, key, FIELD_TEXT, 0);
    if (!f)
        return;
    size_t room = EVENT_TEXT_MAX - e->text_used;
    size_t n = value.len < room ? value.len : room;
    if (n > 0)
        memcpy(e->text + e->text_used, value.data, n);
    f->text_at = e->text_used;
    f->text_len = (uint16_t)n;
    e->text_used = (uint16_t)(e->text_used + n);
}

void event_add_text(struct event *e, const char *key, const char *value)
{
    event_add_span(e, key, span_text(value));
}

void event_emit(const struct event_sink *sink, const struct event *e)
{
    if (sink && sink->emit)
        sink->emit(sink->context, e);
}

const struct event_field *event_find(const struct event *e, const char *key)
{
    for (size_t i = 0; i < e->field_count; i++)
        if (strcmp(e->fields[i].key, key) == 0)
            return &e->fields[i];
    return NULL;
}

struct span event_field_text(const struct event *e, const struct event_field *f)
{
    return span_of(e->text + f->text_at, f->text_len);
}

const char *event_name(enum event_id id)
{
    return rows[id].name;
}

bool event_id_parse(struct span name, enum event_id *ret_id)
{
    for (size_t i = 0; i < EVENT_ID_COUNT; i++) {
        if (span_is(name, rows[i].name)) {
            *ret_id = (enum event_id)i;
            return true;
        }
    }
    return false;
}

enum event_level event_level(enum event_id id)
{
    return rows[id].level;
}

enum event_stage event_stage(enum event_id id)
{
    return rows[id].stage;
}

const char *event_level_name(enum event_level level)
{
    static const char *const names[] = { "debug", "info", "notice", "warning", "error" };
    return names[level];
}

const char *event_stage_name(enum event_stage stage)
{
    static const char *const names[] = { "",       "dhcp", "loader", "script",
                                         "kernel", "file", "done",   "stalled" };
    return names[stage];
}

static void add_ipv4(struct text *out, uint32_t a)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        text_add_number(out, a >> shift & 0xff);
        if (shift > 0)
            text_add_char(out, '.');
    }
}

static void add_mac(struct text *out, uint64_t m)
{
    static const char digits[] = "0123456789abcdef";
    char text[17];
    for (int i = 0; i < 6; i++) {
        text[3 * i] = digits[m >> (44 - 8 * i) & 15];
        text[3 * i + 1] = digits[m >> (40 - 8 * i) & 15];
        if (i < 5)
            text[3 * i + 2] = ':';
    }
    text_add_span(out, span_of(text, sizeof text));
}

static void add_millis(struct text *out, uint64_t ms)
{
    if (ms < 1000)
        text_addf(out, "%llu ms", (unsigned long long)ms);
    else
        text_addf(out, "%llu.%llu s", (unsigned long long)(ms / 1000),
                  (unsigned long long)(ms % 1000 / 100));
}

/* The two largest units: a lease of a day and a half is "1 d 12 h". */
static void add_seconds(struct text *out, uint64_t seconds)
{
    static const struct {
        uint64_t seconds;
        const char *name;
    } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
    size_t at = 0;
    while (at + 1 < sizeof units / sizeof units[0] && seconds < units[at].seconds)
        at++;
    text_addf(out, "%llu %s", (unsigned long long)(seconds / units[at].seconds), units[at].name);
    uint64_t rest = seconds % units[at].seconds;
    if (at + 1 < sizeof units / sizeof units[0] && rest >= units[at + 1].seconds)
        text_addf(out, " %llu %s", (unsigned long long)(rest / units[at + 1].seconds),
                  units[at + 1].name);
}

static void add_field(const struct event *e, const struct event_field *f, struct text *out)
{
    switch (f->kind) {
    case FIELD_NUMBER:
        text_add_number(out, f->number);
        break;
    case FIELD_IPV4:
        add_ipv4(out, (uint32_t)f->number);
        break;
    case FIELD_MAC:
        add_mac(out, f->number);
        break;
    case FIELD_BYTES:
        text_add_bytes(out, f->number);
        break;
    case FIELD_MILLIS:
        add_millis(out, f->number);
        break;
    case FIELD_SECONDS:
        add_seconds(out, f->number);
        break;
    case FIELD_TEXT:
        text_add_escaped(out, event_field_text(e, f));
        break;
    }
}

static const struct event_field *named_field(const struct event *e, struct span name)
{
    char key[32];
    span_to_text(name, key, sizeof key);
    return event_find(e, key);
}

/* Is there something to say in this part: every text it names is there and not empty? */
static bool part_says(const struct event *e, struct span part)
{
    for (size_t open; (open = span_find(part, '{')) < part.len;) {
        struct span from = span_from(part, open + 1);
        size_t close = span_find(from, '}');
        const struct event_field *f = named_field(e, span_slice(from, 0, close));
        if (!f || (f->kind == FIELD_TEXT && f->text_len == 0))
            return false;
        part = span_from(from, close);
    }
    return true;
}

static void format_part(const struct event *e, struct span message, struct text *out)
{
    while (message.len > 0) {
        size_t open = span_find(message, '{');
        text_add_span(out, span_slice(message, 0, open));
        message = span_from(message, open);
        if (message.len == 0)
            break;
        size_t close = span_find(message, '}');
        const struct event_field *f = named_field(e, span_slice(message, 1, close - 1));
        if (f)
            add_field(e, f, out);
        else
            text_add_char(out, '?');
        message = span_from(message, close + 1);
    }
}

void event_format(const struct event *e, struct text *out)
{
    struct span message = span_text(rows[e->id].message);
    while (message.len > 0) {
        size_t open = span_find(message, '[');
        format_part(e, span_slice(message, 0, open), out);
        message = span_from(message, open + 1);
        size_t close = span_find(message, ']');
        struct span part = span_slice(message, 0, close);
        if (part_says(e, part))
            format_part(e, part, out);
        message = span_from(message, close + 1);
    }
}

static int64_t json_integer_of(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

void event_json(const struct event *e, struct json_writer *j, const char *key)
{
    text_buffer(buffer, EVENT_MESSAGE_MAX);
    struct text value = text_over(buffer, sizeof buffer);

    json_write_object_begin(j, key);
    json_write_text(j, "event", rows[e->id].name);
    json_write_text(j, "level", event_level_name(rows[e->id].level));
    if (rows[e->id].stage != STAGE_NONE)
        json_write_text(j, "stage", event_stage_name(rows[e->id].stage));
    json_write_number(j, "time_ms", e->at.ms);
    json_write_number(j, "sequence", json_integer_of(e->sequence));
    if (e->machine != 0) {
        add_mac(&value, e->machine);
        json_write_text(j, "machine", buffer);
        value = text_over(buffer, sizeof buffer);
    }
    event_format(e, &value);
    json_write_text(j, "message", buffer);
    json_write_object_begin(j, "fields");
    for (size_t i = 0; i < e->field_count; i++) {
        const struct event_field *f = &e->fields[i];
        if (f->kind == FIELD_TEXT) {
            json_write_string(j, f->key, event_field_text(e, f));
        } else if (f->kind == FIELD_IPV4 || f->kind == FIELD_MAC) {
            value = text_over(buffer, sizeof buffer);
            add_field(e, f, &value);
            json_write_text(j, f->key, buffer);
        } else {
            json_write_number(j, f->key, json_integer_of(f->number));
        }
    }
    json_write_object_end(j);
    json_write_object_end(j);
}
