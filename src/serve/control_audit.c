/* See control_audit.h. Entries are promised to the store in batches of one, which it commits
 * together; the answer does not wait for the disk. */
#include "serve/control_audit.h"

#include <errno.h>
#include <stdlib.h>

#include "model/url.h"
#include "serve/control_parts.h"

#define NOBODY_A_SECOND 10
#define WAITING_MAX     256

/* Lives until its last entry is stored, which may be after the control port. */
struct control_audit {
    struct instant second;
    unsigned int noted;   /* of nobody's, in this second */
    unsigned int waiting; /* for the disk */
    bool is_over;
};

struct note {
    struct store_batch batch;
    struct change change;
    struct audit_entry entry;
    struct control_audit *audit;
};

static bool is_write(const struct api_request *request)
{
    return !span_is(request->method, "GET") && !span_is(request->method, "HEAD") &&
           !span_is(request->method, "OPTIONS");
}

static bool shows_secrets(const struct api_request *request)
{
    char value[8];
    struct text t = text_over(value, sizeof value);
    return url_query_find(request->query, "reveal", &t);
}

/* Signing in, and the first account: what nobody-known may try. */
static bool is_about_signing_in(const struct api_request *request)
{
    return span_is(request->path, API_PREFIX "/session") ||
           span_is(request->path, API_PREFIX "/setup");
}

bool control_audit_wants(struct control_audit *audit, const struct api_request *request,
                         const struct api_reply *reply)
{
    bool refused = reply->status == 401 || reply->status == 403 || reply->status == 429;
    bool matters = is_write(request) || shows_secrets(request);

    if (request->caller->door != API_DOOR_NONE)
        return matters || refused;
    /* Who came in is noted, whatever else comes in this second. */
    if (reply->who[0] && reply->status < 300)
        return true;
    if (!(refused && (matters || request->caller->name[0])) &&
        !(is_write(request) && is_about_signing_in(request)))
        return false;
    if (instant_reached(request->now.steady, instant_after(audit->second, duration_seconds(1)))) {
        audit->second = request->now.steady;
        audit->noted = 0;
    }
    return audit->noted++ < NOBODY_A_SECOND;
}

static void stored(struct store_batch *batch)
{
    struct note *note = batch->context;
    struct control_audit *audit = note->audit;
    free(note);
    if (--audit->waiting == 0 && audit->is_over)
        free(audit);
}

int control_audit_new(struct control_audit **ret_audit)
{
    *ret_audit = calloc(1, sizeof **ret_audit);
    return *ret_audit ? 0 : -ENOMEM;
}

void control_audit_free(struct control_audit *audit)
{
    if (!audit)
        return;
    audit->is_over = true;
    if (audit->waiting == 0)
        free(audit);
}

static void fill(struct audit_entry *entry, const struct api_request *request,
                 const struct api_reply *reply)
{
    const struct api_caller *caller = request->caller;
    struct text method = text_over(entry->method, sizeof entry->method);
    struct text path = text_over(entry->path, sizeof entry->path);

    entry->at = request->now.calendar;
    entry->status = reply->status;
    bool signs_in = caller->door == API_DOOR_NONE && reply->who[0];
    span_to_text(span_text(signs_in ? reply->who : caller->name), entry->who, sizeof entry->who);
    span_to_text(span_text(signs_in ? "sign-in" : api_door_name(caller->door)), entry->door,
                 sizeof entry->door);
    span_to_text(span_text(caller->from), entry->from, sizeof entry->from);
    text_add_escaped(&method, request->method);
    text_add_escaped(&path, span_slice(request->path, 0, sizeof entry->path - 1));
}

void control_audit_note(struct control *control, const struct api_request *request,
                        const struct api_reply *reply)
{
    struct control_audit *audit = control->audit;
    if (audit->waiting == WAITING_MAX || !control_audit_wants(audit, request, reply))
        return;
    struct note *note = calloc(1, sizeof *note);
    if (!note)
        return;
    fill(&note->entry, request, reply);
    note->audit = audit;
    note->change = (struct change){ .kind = CHANGE_AUDIT, .audit = &note->entry };
    note->batch = (struct store_batch){ .changes = &note->change,
                                        .in_place = true,
                                        .count = 1,
                                        .loop = control->settings.loop,
                                        .done = stored,
                                        .context = note };
    if (store_thread_submit(control->settings.store, &note->batch) == 0)
        audit->waiting++;
    else
        free(note);
}
