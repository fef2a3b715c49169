/* The order of the menu as one thing with an ETag, so that two who move entries about are not
 * mixed up. It is kept where the rest of an entry is: in the image.yaml of each. */
#include "api/call.h"
#include "api/names_json.h"

#define ENTRIES_MAX 1024

/* Entries that a further one stands below do not move by themselves. */
static bool is_main(const struct image *image)
{
    return !image->main_name || strcmp(image->main_name, image->name) == 0;
}

static void reply_order(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);

    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "images");
    for (size_t i = 0; i < catalog->image_count; i++)
        if (is_main(&catalog->images[i]))
            json_write_text(&j, NULL, catalog->images[i].name);
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

void route_menu_order(struct api_call *call)
{
    reply_order(call);
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* All of them are entries that can be moved, each once; false after a 422. */
static bool names_are_sound(struct api_call *call, const struct catalog *catalog,
                            const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char sentence[API_SENTENCE_MAX];
        struct text t = text_over(sentence, sizeof sentence);
        const struct image *image = catalog_find_image(catalog, span_text(names[i]));
        text_add(&t, "\"images\" names ");
        text_add_escaped(&t, span_text(names[i]));
        if (!image)
            text_add(&t, ", which is no image.");
        else if (!is_main(image))
            text_addf(&t, ", which moves together with %s.", image->main_name);
        else if (has_name(names, i, names[i]))
            text_add(&t, " twice.");
        else
            continue;
        call_invalid(call, sentence);
        return false;
    }
    return true;
}

void route_menu_order_put(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    const char **names = arena_array(call->arena, const char *, ENTRIES_MAX + catalog->image_count);
    size_t count = 0;

    if (!names) {
        call_problem(call, 500, "failed", "The request's memory is used up.");
        return;
    }
    if (!names_from_json(call->request->body, "images", call->arena, names, ENTRIES_MAX, &count,
                         sentence)) {
        call_invalid(call, sentence);
        return;
    }
    if (!names_are_sound(call, catalog, names, count))
        return;
    /* What is not named stays in its order, behind those that are. */
    size_t named = count;
    for (size_t i = 0; i < catalog->image_count; i++)
        if (is_main(&catalog->images[i]) && !has_name(names, named, catalog->images[i].name))
            names[count++] = catalog->images[i].name;
    enum api_result result =
        call->backend->images_order(call->backend->context, names, count, sentence);
    if (result == API_DONE)
        reply_order(call);
    else
        call_refused(call, result, sentence);
}
