/* See answer.h. The token is asked for at the moment its URL is written, so that one is made only
 * for a machine that is told it. */
#include "boot/answer.h"

#include "boot/choose.h"
#include "boot/reach.h"

/* What stands in the place of a token in a preview. */
#define SAMPLE_TOKEN "preview"

static bool take_word(const struct rule_settings *settings, const struct image *image,
                      struct rule_word *out)
{
    if (settings->answers.value) {
        *out = settings->answers;
        return true;
    }
    *out = (struct rule_word){ .value = image->answers, .kind = "image", .by = image->name };
    return image->answers && image->answers[0];
}

/* "web.preseed" names the file it is a template of; "web" leaves it open. */
static const struct answer_file *split_suffix(struct span *name)
{
    for (size_t i = name->len; i-- > 1;) {
        if (name->data[i] != '.')
            continue;
        const struct answer_file *file = answer_file_by_suffix(span_from(*name, i + 1));
        if (file)
            name->len = i;
        return file;
    }
    return NULL;
}

/* The main file of the first kind there is a template of this name for. A built-in one has them
 * all, and so tells nothing. */
static const struct answer_file *find_own_file(const struct catalog *catalog, struct span name)
{
    for (size_t i = 0; i < catalog->template_count; i++) {
        const struct answer_template *t = &catalog->templates[i];
        if (!t->built_in && span_is(name, t->name) &&
            answer_kind_main_file(t->file->kind) == t->file)
            return t->file;
    }
    return NULL;
}

bool answer_choose(const struct catalog *catalog, const struct rule_settings *settings,
                   const struct image *image, struct answer *out, struct text *why)
{
    struct rule_word word;

    if ((image->kind != IMAGE_LINUX && image->answer_kind == ANSWER_NONE) ||
        !take_word(settings, image, &word))
        return false;
    struct span name = span_text(word.value);
    const struct answer_file *file = split_suffix(&name);
    /* A template for another installer is not this one's: a host may boot several images. */
    if (file && image->answer_kind != ANSWER_NONE && file->kind != image->answer_kind)
        return false;
    if (!file)
        file = image->answer_kind != ANSWER_NONE ? answer_kind_main_file(image->answer_kind)
                                                 : find_own_file(catalog, name);
    if (!file)
        return false;
    *out = (struct answer){ .image = image,
                            .template = catalog_find_template(catalog, name, file),
                            .source = word };
    if (!out->template)
        text_addf(why, "%s %s asks for the answer file %.63s, and there is no template %.*s.%s",
                  word.kind, word.by, word.value, (int)name.len, (const char *)name.data,
                  file->suffix);
    return out->template != NULL;
}

static bool names_answer(const char *arguments)
{
    return arguments && strstr(arguments, "${answer");
}

/* ESXi's is named in its boot.cfg, and its loader takes no such argument. */
static bool is_named(const struct image *image)
{
    bool named = names_answer(image->arguments);
    for (unsigned i = 0; i < image->edit_count && i < IMAGE_EDITS_MAX; i++)
        named = named || names_answer(image->edits[i].add);
    return named;
}

bool answer_is_inside(const struct answer *answer)
{
    const struct image *image = answer->image;
    return image->answer_inside && image->kind == IMAGE_LINUX &&
           image->answer_kind == answer->template->file->kind && !is_named(image);
}

const char *answer_arguments(const struct answer *answer, bool inside)
{
    const struct image *image = answer->image;
    enum answer_kind kind = answer->template->file->kind;

    if (is_named(image))
        return "";
    if (inside)
        return image->answer_inside_arguments ? image->answer_inside_arguments
                                              : answer_kind_inside_arguments(kind);
    return image->answer_arguments && kind == image->answer_kind ? image->answer_arguments
                                                                 : answer_kind_arguments(kind);
}

bool answer_add_path(const struct image *image, const struct client *client,
                     const struct reach *reach, struct text *out)
{
    char token[ANSWER_TOKEN_MAX] = SAMPLE_TOKEN;

    if (reach->answers && !reach->answers->give(reach->answers->context, client, image, token))
        return false;
    text_addf(out, "answers/%s/", token);
    return true;
}

bool answer_add_folder(const struct image *image, const struct client *client,
                       const struct reach *reach, struct text *out)
{
    char data[ANSWER_TOKEN_MAX + 16];
    struct text path = text_over(data, sizeof data);

    if (!answer_add_path(image, client, reach, &path))
        return false;
    reach_add_server(out, reach);
    text_addf(out, "/%s", data);
    return true;
}
