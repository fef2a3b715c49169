/* What happened, as a typed value: one per step of a boot and per thing an operator should know.
 * Cores emit events into a sink; the timeline, the terminal, the journal, the counters and the
 * tests all read the same stream. Every kind of event is a row of events.def. An event is flat, so
 * it can be copied into a queue between threads. */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include "base/clock.h"
#include "base/json_write.h"
#include "base/text.h"

enum event_id {
#define EVENT(id, level, stage, message, help) EVENT_##id,
#include "base/events.def"
#undef EVENT
    EVENT_ID_COUNT
};

enum event_level {
    LEVEL_DEBUG,
    LEVEL_INFO,
    LEVEL_NOTICE,
    LEVEL_WARNING,
    LEVEL_ERROR,
};

/* Which step of a boot an event is, for the timeline; STAGE_NONE for what concerns no boot. */
enum event_stage {
    STAGE_NONE,
    STAGE_DHCP,
    STAGE_LOADER,
    STAGE_SCRIPT,
    STAGE_KERNEL,
    STAGE_FILE,
    STAGE_DONE,
    STAGE_STALLED,
};

enum event_kind {
    FIELD_NUMBER,
    FIELD_IPV4,
    FIELD_MAC,
    FIELD_TEXT,
    FIELD_BYTES,   /* a size in bytes, shown as "1.5 MiB" */
    FIELD_MILLIS,  /* a length of time in ms */
    FIELD_SECONDS, /* a length of time in s, shown as "12 h" */
};

#define EVENT_FIELDS_MAX 10
#define EVENT_TEXT_MAX   640
/* Room in which the message of every event fits, all of its foreign text escaped, with the NUL. */
#define EVENT_MESSAGE_MAX 4096
/* The same for its JSON object: texts grow sixfold there, as a field and in the message. */
#define EVENT_JSON_MAX 16384

struct event_field {
    const char *key; /* a string literal */
    enum event_kind kind;
    uint16_t text_at, text_len; /* FIELD_TEXT: where in event.text */
    uint64_t number;            /* all others; an IPv4 address in host order */
};

struct event {
    enum event_id id;
    struct calendar at;
    uint64_t sequence; /* given by the recorder; 0 before that */
    uint64_t machine;  /* MAC as a 48-bit number, 0 when no machine is concerned */
    uint8_t field_count;
    uint16_t text_used;
    struct event_field fields[EVENT_FIELDS_MAX];
    char text[EVENT_TEXT_MAX];
};

/* Where cores put events; emit must not keep the pointer. A sink with emit NULL drops them. */
struct event_sink {
    void (*emit)(void *context, const struct event *event);
    void *context;
};

/* Begin an event without fields in place; what lies behind the fields and text used is not set. */
void event_begin(struct event *e, enum event_id id, struct now now, uint64_t machine);
/* The same as a value. */
struct event event_make(enum event_id id, struct now now, uint64_t machine);

/* Copy what is used of it: a fraction of its size, mostly. */
static inline void event_copy(struct event *to, const struct event *from)
{
    memcpy(to, from, offsetof(struct event, fields) + from->field_count * sizeof from->fields[0]);
    memcpy(to->text, from->text, from->text_used);
}

/* Add a field; what exceeds EVENT_FIELDS_MAX or EVENT_TEXT_MAX is cut. `key` is a literal. */
void event_add_number(struct event *e, const char *key, uint64_t value);
void event_add_bytes(struct event *e, const char *key, uint64_t bytes);
void event_add_millis(struct event *e, const char *key, uint64_t ms);
void event_add_seconds(struct event *e, const char *key, uint64_t seconds);
void event_add_ipv4(struct event *e, const char *key, uint32_t address);
void event_add_mac(struct event *e, const char *key, uint64_t mac);
void event_add_text(struct event *e, const char *key, const char *value);
void event_add_span(struct event *e, const char *key, struct span value);

void event_emit(const struct event_sink *sink, const struct event *e);

/* The field with this key, or NULL. */
const struct event_field *event_find(const struct event *e, const char *key);
struct span event_field_text(const struct event *e, const struct event_field *f);

/* "DHCP_OFFER_SENT", "dhcp", "info": names as they stand in the manual and in JSON. */
const char *event_name(enum event_id id);
/* The row with this name; false when there is none. */
bool event_id_parse(struct span name, enum event_id *ret_id);
enum event_level event_level(enum event_id id);
enum event_stage event_stage(enum event_id id);
const char *event_level_name(enum event_level level);
const char *event_stage_name(enum event_stage stage);

/* The message for people: the row's text with {field} filled in, foreign text escaped. */
void event_format(const struct event *e, struct text *out);

/* The same as a JSON object: id, level, stage, time (ms), sequence, machine, message, fields.
 * Numbers above 2^63-1, which JSON readers refuse or bend, are given as 2^63-1. */
void event_json(const struct event *e, struct json_writer *j, const char *key);

#endif
