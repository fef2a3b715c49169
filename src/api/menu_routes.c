/* The routes of how images stand on the menu: title, arguments, group, order, hidden. What somebody
 * has set is a record beside what was recognised, so that it can be taken back. */
#include "api/host_json.h"
#include "api/image_settings.h"
#include "api/menu_order.h"
#include "api/paging.h"
#include "api/shapes.h"

static const struct catalog *catalog_of(const struct api_call *call)
{
    return call->backend->catalog(call->backend->context);
}

static const struct image *find_image(struct api_call *call)
{
    const struct image *image =
        catalog_find_image(catalog_of(call), span_text(call->parameters[0]));
    if (!image)
        call_problem(call, 404, "unknown-image",
                     "There is no such image; GET " API_PREFIX "/images lists them.");
    return image;
}

/* What is set of it, as JSON text; "{}" when nothing is. */
static struct span settings_text(const struct api_call *call, const char *image)
{
    const struct record *record = catalog_find_record(catalog_of(call), RECORD_IMAGE, image);
    return span_text(record ? record->text : "{}");
}

static void reply_text(struct api_call *call, struct span json)
{
    struct text body = call_text(call);
    text_add_span(&body, json);
    call_reply_json(call, &body);
}

void route_image_menu_get(struct api_call *call)
{
    const struct image *image = find_image(call);
    if (image)
        reply_text(call, settings_text(call, image->name));
}

void route_image_menu_patch(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    struct image_settings settings;
    struct span merged;
    const struct image *image = find_image(call);

    if (!image)
        return;
    if (!json_merge(settings_text(call, image->name), call->request->body, call->arena, &merged)) {
        call_problem(call, 500, "failed", "The change does not fit into the request's memory.");
        return;
    }
    if (!image_settings_read(merged, call->arena, &settings, sentence, sizeof sentence)) {
        call_invalid(call, sentence);
        return;
    }
    const struct record record = { RECORD_IMAGE, call->parameters[0],
                                   span_is(merged, "{}") ? "" : (const char *)merged.data };
    enum api_result result =
        call->backend->records_put(call->backend->context, &record, 1, sentence);
    if (result == API_DONE)
        reply_text(call, merged);
    else
        call_refused(call, result, sentence);
}

/* The order. */

static void write_order(struct api_call *call, struct json_writer *j)
{
    const struct catalog *catalog = catalog_of(call);
    json_write_object_begin(j, NULL);
    json_write_array_begin(j, "images");
    for (size_t i = 0; i < catalog->image_count; i++)
        json_write_text(j, NULL, catalog->images[i].name);
    json_write_array_end(j);
    json_write_object_end(j);
}

static void reply_order(struct api_call *call)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    write_order(call, &j);
    call_reply_json(call, &body);
}

void route_menu_order_get(struct api_call *call)
{
    reply_order(call);
}

/* Each image once, and no other; false after a refusal. */
static bool is_whole(struct api_call *call, const struct menu_order *order)
{
    const struct catalog *catalog = catalog_of(call);
    char detail[256];
    struct text t = text_over(detail, sizeof detail);

    for (size_t i = 0; i < order->count; i++) {
        const char *name = order->names[i];
        bool repeated = false;
        for (size_t k = 0; k < i; k++)
            repeated = repeated || strcmp(order->names[k], name) == 0;
        if (!repeated && catalog_find_image(catalog, span_text(name)))
            continue;
        text_add(&t, "\"images\" has ");
        text_add_escaped(&t, span_slice(span_text(name), 0, 64));
        text_add(&t, repeated ? " twice." : ", which is no image.");
        call_invalid(call, detail);
        return false;
    }
    if (order->count == catalog->image_count)
        return true;
    call_invalid(call, "\"images\" must have every image, those that are hidden, too.");
    return false;
}

void route_menu_order_put(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    struct menu_order order;
    struct record *records;

    if (!menu_order_read(call->request->body, call->arena, &order) ||
        !(records = arena_array(call->arena, struct record, order.count + 1))) {
        call_problem(call, 500, "failed", "The order does not fit into the request's memory.");
        return;
    }
    if (!is_whole(call, &order))
        return;
    for (size_t i = 0; i < order.count; i++) {
        char patch[48];
        struct text t = text_over(patch, sizeof patch);
        struct span merged;
        /* Below those that come later, which are recognised with 0 or more. */
        text_addf(&t, "{\"order\":-%zu}", order.count - i);
        if (!json_merge(settings_text(call, order.names[i]), text_span(&t), call->arena, &merged)) {
            call_problem(call, 500, "failed", "The order does not fit into the request's memory.");
            return;
        }
        records[i] = (struct record){ RECORD_IMAGE, order.names[i], (const char *)merged.data };
    }
    enum api_result result =
        call->backend->records_put(call->backend->context, records, order.count, sentence);
    if (result == API_DONE)
        reply_order(call);
    else
        call_refused(call, result, sentence);
}
