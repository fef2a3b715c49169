/* See control_intake.h: from the intake's errors to the API's. */
#include "serve/control_intake.h"

#include <errno.h>
#include <stdio.h>

#include "serve/digest_keeper.h"
#include "serve/image_change.h"
#include "serve/intake.h"

#define ORDER_STEP 10 /* between neighbours, so that one is put between by hand */

static enum api_result result_of(int r)
{
    switch (r) {
    case 0:
        return API_DONE;
    case -ENOENT:
        return API_NOT_FOUND;
    case -EINVAL:
    case -EEXIST:
    case -EFBIG:
    case -EACCES:
        return API_INVALID;
    case -ENOSPC:
        return API_FULL;
    case -EBUSY:
    case -EAGAIN:
        return API_UNAVAILABLE;
    case -ESTALE:
        return API_READ_ONLY; /* 409: it stands elsewhere */
    default:
        return API_FAILED;
    }
}

static struct intake *intake_of(void *context)
{
    const struct control_settings *s = context;
    return s->intake;
}

enum api_result control_upload_begin(void *context, const struct intake_wish *wish,
                                     uint32_t *ret_number, char *sentence)
{
    return result_of(intake_begin(intake_of(context), wish, ret_number, sentence));
}

enum api_result control_upload_piece(void *context, uint32_t number, uint64_t offset,
                                     struct span bytes, char *sentence)
{
    return result_of(intake_piece(intake_of(context), number, offset, bytes, sentence));
}

enum api_result control_upload_cancel(void *context, uint32_t number, char *sentence)
{
    int r = intake_cancel(intake_of(context), number);
    if (r == -EBUSY)
        span_to_text(span_text("It is becoming an image at this moment: remove the image instead."),
                     sentence, INTAKE_SENTENCE_MAX);
    return result_of(r);
}

const struct intake_facts *control_upload_at(void *context, size_t index)
{
    return intake_at(intake_of(context), index);
}

const struct intake_facts *control_upload(void *context, uint32_t number, uint64_t *ret_offset)
{
    *ret_offset = intake_offset(intake_of(context), number);
    return intake_find(intake_of(context), number);
}

enum api_result control_image_remove(void *context, const char *name, char *sentence)
{
    return result_of(intake_remove(intake_of(context), name, sentence));
}

enum api_result control_images_order(void *context, const char *const *names, size_t count,
                                     char sentence[API_SENTENCE_MAX])
{
    const struct control_settings *s = context;
    const struct view *view = site_view(s->site);
    char why[INTAKE_SENTENCE_MAX] = "";
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        const struct image *image = catalog_find_image(view->catalog, span_text(names[i]));
        char order[16];
        int wanted = (int)(i + 1) * ORDER_STEP;
        if (!image || image->order == wanted)
            continue;
        snprintf(order, sizeof order, "%d", wanted);
        const struct image_key key = { "order", span_text(order) };
        r = image_change_apply(view->config->images, names[i], &key, 1, why);
    }
    if (r < 0)
        span_to_text(span_text(why), sentence, API_SENTENCE_MAX);
    /* At once: who asks for the order next is told this one. */
    if (site_refresh(s->site) < 0 && r == 0)
        return API_FAILED;
    if (r == -EACCES || r == -EPERM)
        return API_READ_ONLY;
    return result_of(r);
}

enum api_result control_image_change(void *context, const char *name,
                                     const struct api_setting_change *changes, size_t count,
                                     char *sentence)
{
    const struct control_settings *s = context;
    const struct view *view = site_view(s->site);
    struct image_key keys[IMAGE_CHANGE_KEYS_MAX];
    const struct image *image = catalog_find_image(view->catalog, span_text(name));

    if (!image) {
        span_to_text(span_text("There is no such image; GET /api/v1/images lists them."), sentence,
                     INTAKE_SENTENCE_MAX);
        return API_NOT_FOUND;
    }
    for (size_t i = 0; i < count && i < IMAGE_CHANGE_KEYS_MAX; i++)
        keys[i] = (struct image_key){ changes[i].path, changes[i].value };
    int r = image_change_apply(view->config->images, image_main_name(image), keys, count, sentence);
    if (r == -EACCES || r == -EPERM)
        return API_READ_ONLY;
    return result_of(r);
}

/* A word of shapes.def. */
static const char *word_for(const struct digest_keeper_facts *facts)
{
    static const char *const verdicts[] = {
        [IMAGE_DIGEST_INTACT] = "intact",   [IMAGE_DIGEST_NEW] = "intact",
        [IMAGE_DIGEST_DAMAGED] = "damaged", [IMAGE_DIGEST_CHANGED] = "changed",
        [IMAGE_DIGEST_GONE] = "gone",       [IMAGE_DIGEST_UNREADABLE] = "unreadable",
    };
    switch (facts->keeping) {
    case DIGEST_WAITING:
        return "waiting";
    case DIGEST_READING:
        return "reading";
    case DIGEST_FAILED:
        return "failed";
    case DIGEST_KEPT:
        break;
    }
    return verdicts[facts->last.verdict];
}

bool control_image_digest(void *context, const struct image *image, struct api_image_digest *out)
{
    const struct control_settings *s = context;
    struct digest_keeper_facts facts;

    if (!s->digests || !digest_keeper_find(s->digests, image, &facts))
        return false;
    *out =
        (struct api_image_digest){ .state = word_for(&facts), .checked_s = facts.last.checked_s };
    if (facts.total > 0 && facts.done < facts.total)
        out->percent = (uint8_t)(facts.done / (facts.total / 100 + 1));
    const char *file = facts.keeping == DIGEST_FAILED ? facts.why : facts.last.path;
    span_to_text(span_text(file), out->file, sizeof out->file);
    return true;
}
