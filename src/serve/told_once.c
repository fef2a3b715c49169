/* See told_once.h. Which event it is, is a hash over its kind and the texts of its fields. */
#include "serve/told_once.h"

#include "base/siphash.h"

void told_once_begin(struct told_once *told, const struct event_sink *to, bool is_quiet)
{
    told->to = *to;
    told->is_quiet = is_quiet;
    told->now_count = 0;
}

static uint64_t hash_of(const struct event *event)
{
    struct hash_key key = { (uint64_t)event->id, 0x746f6c64206f6e63 };
    for (uint8_t i = 0; i < event->field_count; i++)
        if (event->fields[i].kind == FIELD_TEXT)
            key.k0 = siphash(&key, event_field_text(event, &event->fields[i]));
    return key.k0;
}

static void emit(void *context, const struct event *event)
{
    struct told_once *told = context;
    uint64_t hash = hash_of(event);
    bool is_known = false;

    for (size_t i = 0; i < told->before_count && !is_known; i++)
        is_known = told->before[i] == hash;
    if (told->now_count < TOLD_ONCE_MAX)
        told->now[told->now_count++] = hash;
    if (!told->is_quiet || !is_known)
        event_emit(&told->to, event);
}

struct event_sink told_once_sink(struct told_once *told)
{
    return (struct event_sink){ .emit = emit, .context = told };
}

void told_once_end(struct told_once *told, bool counts)
{
    if (!counts)
        return;
    memcpy(told->before, told->now, told->now_count * sizeof *told->now);
    told->before_count = told->now_count;
}
