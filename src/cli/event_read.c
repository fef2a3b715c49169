/* See event_read.h. The other direction is event_json() of base/event.c. */
#include "cli/event_read.h"

#include <jansson.h>

#include "model/addr.h"
#include "model/mac.h"

/* The fields that are taken: keys of an event are literals that live for ever. */
static const char *const keys[] = {
    "kind",    "arch",   "file",   "bytes",  "total",  "ms",         "what", "image",     "chain",
    "refusal", "hint",   "pinned", "reason", "flaw",   "why",        "name", "server",    "address",
    "verdict", "subnet", "former", "state",  "detail", "interfaces", "host", "diagnosis",
};

static const char *find_key(const char *key)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return keys[i];
    return NULL;
}

static void add_field(struct event *e, const char *key, const json_t *value)
{
    struct ipv4 address;

    if (json_is_integer(value)) {
        json_int_t number = json_integer_value(value);
        event_add_number(e, key, number > 0 ? (uint64_t)number : 0);
    } else if (json_is_string(value)) {
        struct span text = span_of(json_string_value(value), json_string_length(value));
        if (ipv4_parse(text, &address))
            event_add_ipv4(e, key, address.value);
        else
            event_add_span(e, key, text);
    }
}

static uint64_t read_number(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 ? (uint64_t)number : 0;
}

bool event_read(struct span json, struct event *ret_event, char *message, size_t cap)
{
    json_t *object = json_loadb((const char *)json.data, json.len, 0, NULL);
    const char *name = json_string_value(json_object_get(object, "event"));
    const char *said = json_string_value(json_object_get(object, "message"));
    const char *machine = json_string_value(json_object_get(object, "machine"));
    enum event_id id;
    struct mac mac;

    if (!name || !event_id_parse(span_text(name), &id)) {
        json_decref(object);
        return false;
    }
    *ret_event = (struct event){ .id = id, .sequence = read_number(object, "sequence") };
    ret_event->at.ms = json_integer_value(json_object_get(object, "time_ms"));
    if (machine && mac_parse(span_text(machine), &mac))
        ret_event->machine = mac_to_u64(mac);
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(object, "fields"), key, value)
    {
        const char *known = find_key(key);
        if (known)
            add_field(ret_event, known, value);
    }
    if (cap > 0) {
        struct text out = text_over(message, cap);
        /* It was escaped by who wrote it, but who wrote it is not known for certain. */
        for (const char *c = said ? said : ""; *c; c++)
            text_add_char(&out, *c >= ' ' && *c <= '~' ? *c : '?');
    }
    json_decref(object);
    return true;
}
