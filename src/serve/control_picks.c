/* See control_picks.h. */
#include "serve/control_picks.h"

#include "serve/control.h"
#include "serve/pick_book.h"

static void show(const struct pick_waiting *row, struct api_pick *out)
{
    *out = (struct api_pick){ .client = row->client, .is_grub = row->is_grub, .since = row->since };
    span_to_text(span_text(row->number), out->number, sizeof out->number);
}

bool control_pick_at(void *context, size_t i, struct api_pick *out)
{
    const struct control_settings *s = context;
    struct pick_waiting row;

    if (!pick_book_at(s->picks, i, loop_now(s->loop), &row))
        return false;
    show(&row, out);
    return true;
}

enum api_result control_pick_find(void *context, const char *number, struct api_pick *out)
{
    const struct control_settings *s = context;
    struct pick_waiting row;

    if (pick_book_look(s->picks, span_text(number), loop_now(s->loop), &row) != PICK_WAITS)
        return API_NOT_FOUND;
    show(&row, out);
    return API_DONE;
}

enum api_result control_pick_choose(void *context, const char *number, const char *entry,
                                    const char *by)
{
    const struct control_settings *s = context;
    struct pick_waiting row;

    switch (pick_book_choose(s->picks, span_text(number), entry, loop_now(s->loop), &row)) {
    case PICK_UNKNOWN:
        return API_NOT_FOUND;
    case PICK_CHOSEN:
        return API_INVALID;
    case PICK_WAITS:
        break;
    }
    struct event_sink sink = event_queue_sink(recorder_queue(s->recorder));
    struct event event = event_make(EVENT_PICK_MADE, loop_now(s->loop), mac_to_u64(row.client.mac));
    event_add_text(&event, "entry", entry);
    event_add_text(&event, "by", by);
    event_add_text(&event, "number", number);
    event_emit(&sink, &event);
    return API_DONE;
}

bool control_picks_open(void *context)
{
    const struct control_settings *s = context;
    return site_view(s->site)->config->admin.pick_open;
}
