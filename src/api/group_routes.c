/* The routes of groups: settings that hosts inherit. Those of the configuration file are shown and
 * not changed. */
#include "api/host_json.h"
#include "api/paging.h"
#include "api/shapes.h"

#define DEPTH_MAX 16 /* of parents; the rules follow no more */

static void group_name(const void *context, size_t row, struct text *out)
{
    const struct catalog *catalog = context;
    text_add(out, catalog->groups[row].name);
}

static void write_group(const void *context, size_t row, struct json_writer *j)
{
    const struct catalog *catalog = context;
    shape_group(j, NULL, &catalog->groups[row]);
}

void route_groups(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    const struct page_table table = { "groups", catalog->group_count, group_name, write_group,
                                      catalog };
    page_reply_table(call, &table);
}

/* The group the path names; NULL after a 404. */
static const struct host_group *find_group(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    const struct host_group *group = catalog_find_group(catalog, call->parameters[0]);
    if (!group)
        call_problem(call, 404, "unknown-group",
                     "There is no such group; GET " API_PREFIX "/groups lists them.");
    return group;
}

static void reply_group(struct api_call *call, const struct host_group *group)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    shape_group(&j, NULL, group);
    call_reply_json(call, &body);
}

void route_group_get(struct api_call *call)
{
    const struct host_group *group = find_group(call);
    if (group)
        reply_group(call, group);
}

/* A group as text in the arena, with room for all texts at their bounds; data NULL when it does not
 * fit. */
static struct span group_text(struct api_call *call, const struct host_group *group)
{
    char *data = arena_alloc(call->arena, RECORD_TEXT_MAX);
    if (!data)
        return (struct span){ 0 };
    struct text text = text_over(data, RECORD_TEXT_MAX);
    struct json_writer j = json_over(&text);
    shape_group(&j, NULL, group);
    return text.failed ? (struct span){ 0 } : text_span(&text);
}

/* Does the parent exist, and does the way up end? */
static bool parent_is_sound(struct api_call *call, const struct host_group *group)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    const char *at = group->parent;

    for (unsigned depth = 0; at && at[0]; depth++) {
        const struct host_group *parent = catalog_find_group(catalog, at);
        if (!parent) {
            call_invalid(call, "\"parent\" must be a group that is there.");
            return false;
        }
        if (strcmp(at, group->name) == 0 || depth == DEPTH_MAX) {
            call_invalid(call, "\"parent\" must not lead back to the group itself.");
            return false;
        }
        at = parent->parent;
    }
    return true;
}

static void put_group(struct api_call *call, const struct host_group *group)
{
    char sentence[API_SENTENCE_MAX] = "";
    struct span text = group_text(call, group);

    if (!text.data) {
        call_invalid(call, "The group is too long to be kept: use shorter texts.");
        return;
    }
    if (!parent_is_sound(call, group))
        return;
    const struct record record = { RECORD_GROUP, group->name, (const char *)text.data };
    enum api_result result =
        call->backend->records_put(call->backend->context, &record, 1, sentence);
    if (result == API_DONE)
        reply_group(call, group);
    else
        call_refused(call, result, sentence);
}

static bool is_read_only(struct api_call *call, const struct host_group *group)
{
    if (group && group->from_file)
        call_problem(call, 409, "read-only",
                     "This group stands in the configuration file: change it there, then reload.");
    return group && group->from_file;
}

void route_group_put(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX];
    struct host_group group;
    const struct catalog *catalog = call->backend->catalog(call->backend->context);

    if (is_read_only(call, catalog_find_group(catalog, call->parameters[0])))
        return;
    if (group_from_json(call->request->body, call->parameters[0], call->arena, &group, sentence))
        put_group(call, &group);
    else
        call_invalid(call, sentence);
}

void route_group_patch(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX];
    struct host_group group;
    const struct host_group *old = find_group(call);
    struct span merged;

    if (!old || is_read_only(call, old))
        return;
    struct span text = group_text(call, old);
    if (!text.data || !json_merge(text, call->request->body, call->arena, &merged))
        call_problem(call, 500, "failed", "The change does not fit into the request's memory.");
    else if (group_from_json(merged, old->name, call->arena, &group, sentence))
        put_group(call, &group);
    else
        call_invalid(call, sentence);
}

/* Who needs the group; false when nobody does. */
static bool find_user(const struct catalog *catalog, const char *name, struct text *out)
{
    for (size_t i = 0; i < catalog->host_count; i++)
        if (catalog->hosts[i].group && strcmp(catalog->hosts[i].group, name) == 0) {
            text_addf(out, "the host %s", catalog->hosts[i].name);
            return true;
        }
    for (size_t i = 0; i < catalog->group_count; i++)
        if (catalog->groups[i].parent && strcmp(catalog->groups[i].parent, name) == 0) {
            text_addf(out, "the group %s", catalog->groups[i].name);
            return true;
        }
    return false;
}

void route_group_delete(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "", detail[256];
    struct text t = text_over(detail, sizeof detail);
    const struct host_group *group = find_group(call);

    if (!group || is_read_only(call, group))
        return;
    if (find_user(call->backend->catalog(call->backend->context), group->name, &t)) {
        text_add(&t, " inherits from it: change that first.");
        call_problem(call, 409, "in-use", detail);
        return;
    }
    const struct record record = { RECORD_GROUP, call->parameters[0], "" };
    enum api_result result =
        call->backend->records_put(call->backend->context, &record, 1, sentence);
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        call_refused(call, result, sentence);
}
