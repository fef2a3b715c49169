/* See control_answers.h. */
#include "serve/control_answers.h"

#include <errno.h>

#include "serve/answer_folder.h"
#include "serve/answer_write.h"

static enum api_result result_of(int r)
{
    switch (r) {
    case 0:
        return API_DONE;
    case -ENOENT:
        return API_NOT_FOUND;
    case -EINVAL:
        return API_INVALID;
    case -EACCES:
        return API_READ_ONLY;
    default:
        return API_FAILED;
    }
}

/* Its folder may be new, and not watched yet. */
static enum api_result finish(const struct control_settings *s, int r)
{
    if (r == 0)
        r = site_refresh(s->site);
    return result_of(r);
}

enum api_result control_answer_put(void *context, const char *file, struct span text,
                                   char sentence[API_SENTENCE_MAX])
{
    const struct control_settings *s = context;
    struct text why = text_over(sentence, API_SENTENCE_MAX);
    return finish(s, answer_write(site_view(s->site)->config->state, file, text, &why));
}

enum api_result control_answer_remove(void *context, const char *file,
                                      char sentence[API_SENTENCE_MAX])
{
    const struct control_settings *s = context;
    struct text why = text_over(sentence, API_SENTENCE_MAX);
    return finish(s, answer_remove(site_view(s->site)->config->state, file, &why));
}

const struct answer_file *control_answer_file(const char *file)
{
    const struct answer_file *kind;
    struct span name;
    return answer_folder_split(span_text(file), &name, &kind) ? kind : NULL;
}

const struct catalog *control_answer_draft(const struct catalog *catalog,
                                           const struct answer_file *kind, struct span draft,
                                           struct arena *arena)
{
    struct catalog *copy = arena_new(arena, struct catalog);
    struct answer_template *templates =
        arena_array(arena, struct answer_template, catalog->template_count);
    struct image *images = arena_array(arena, struct image, catalog->image_count);

    if (!copy || !templates || (!images && catalog->image_count > 0))
        return NULL;
    *copy = *catalog;
    copy->templates = templates;
    copy->images = images;
    /* Nobody may have said yet that this machine gets any. */
    for (size_t i = 0; i < catalog->image_count; i++) {
        images[i] = catalog->images[i];
        if (!images[i].answers || !images[i].answers[0])
            images[i].answers = ANSWER_DEFAULT;
    }
    for (size_t i = 0; i < catalog->template_count; i++) {
        templates[i] = catalog->templates[i];
        if (templates[i].file == kind)
            templates[i].text = draft;
    }
    return copy;
}
