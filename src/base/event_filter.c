/* See event_filter.h. Words are looked at in the order of the header, so that a level or a step
 * goes before an event that happened to be called the same. */
#include "base/event_filter.h"

static void take(struct event_filter *filter, enum event_id id)
{
    filter->bits[id / 64] |= UINT64_C(1) << (id % 64);
}

static bool equals(struct span word, const char *name)
{
    return span_equals_nocase(word, span_text(name));
}

/* Events that would drown the others, or cause the next one of their kind. */
static bool is_aside(enum event_id id)
{
    return event_level(id) == LEVEL_DEBUG || id == EVENT_FILE_PROGRESS ||
           span_starts_with(span_text(event_name(id)), "WEBHOOK_");
}

static bool take_level(struct event_filter *filter, struct span word)
{
    for (unsigned level = LEVEL_INFO; level <= LEVEL_ERROR; level++) {
        if (!equals(word, event_level_name((enum event_level)level)))
            continue;
        for (unsigned id = 0; id < EVENT_ID_COUNT; id++)
            if (!is_aside((enum event_id)id) && event_level((enum event_id)id) >= level)
                take(filter, (enum event_id)id);
        return true;
    }
    return false;
}

static bool take_stage(struct event_filter *filter, struct span word)
{
    for (unsigned stage = STAGE_NONE + 1; stage <= STAGE_STALLED; stage++) {
        if (!equals(word, event_stage_name((enum event_stage)stage)))
            continue;
        for (unsigned id = 0; id < EVENT_ID_COUNT; id++)
            if (!is_aside((enum event_id)id) && event_stage((enum event_id)id) == stage)
                take(filter, (enum event_id)id);
        return true;
    }
    return false;
}

static bool take_named(struct event_filter *filter, struct span word)
{
    bool is_beginning = word.len > 1 && word.data[word.len - 1] == '*', any = false;
    size_t len = is_beginning ? word.len - 1 : word.len;

    for (unsigned id = 0; id < EVENT_ID_COUNT; id++) {
        struct span name = span_text(event_name((enum event_id)id));
        if (is_beginning ? name.len < len : name.len != len)
            continue;
        if (!span_equals_nocase(span_slice(name, 0, len), span_slice(word, 0, len)))
            continue;
        take(filter, (enum event_id)id);
        any = true;
    }
    return any;
}

bool event_filter_add(struct event_filter *filter, struct span word)
{
    if (equals(word, "all"))
        return take_level(filter, span_text(event_level_name(LEVEL_INFO)));
    return take_level(filter, word) || take_stage(filter, word) || take_named(filter, word);
}
