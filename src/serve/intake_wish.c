/* See intake_wish.h. */
#include "serve/intake_wish.h"

#include <errno.h>

#include "base/text.h"

#include "fetch/url_name.h"
#include "image/recipe.h"

int intake_wish_say(char sentence[INTAKE_SENTENCE_MAX], int error, const char *format,
                    const char *detail)
{
    struct text t = text_over(sentence, INTAKE_SENTENCE_MAX);
    size_t at = span_find(span_text(format), '%');

    text_add_span(&t, span_slice(span_text(format), 0, at));
    if (format[at]) {
        text_add_escaped(&t, span_slice(span_text(detail), 0, 200));
        text_add(&t, format + at + 1);
    }
    return error;
}

static bool is_one_line(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    return true;
}

static bool is_digest(const char *text)
{
    return text[0] == 0 || (strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64);
}

void intake_wish_forget_secrets(struct intake_wish *w)
{
    char data[INTAKE_URL_MAX];
    struct text t = text_over(data, sizeof data);

    url_add_public(&t, w->url);
    memcpy(w->url, data, t.len + 1);
}

int intake_wish_complete(struct intake_wish *w, char sentence[INTAKE_SENTENCE_MAX])
{
    char file[URL_NAME_MAX + 1];

    if (w->url[0] && !url_is_one(w->url))
        return intake_wish_say(sentence, -EINVAL, "an address begins with http:// or https://", "");
    if (w->url[0] && !w->file[0]) {
        if (!url_file_name(w->url, file) || strlen(file) >= sizeof w->file) {
            intake_wish_forget_secrets(w);
            return intake_wish_say(sentence, -EINVAL,
                                   "% does not end in the name of a file that can be kept", w->url);
        }
        span_to_text(span_text(file), w->file, sizeof w->file);
    }
    if (!w->file[0] || w->file[0] == '.' || strchr(w->file, '/') || !is_one_line(w->file))
        return intake_wish_say(sentence, -EINVAL, "\"%\" cannot be the name of a file here",
                               w->file);
    if (!w->url[0] && w->bytes == 0)
        return intake_wish_say(sentence, -EINVAL, "% is empty: there is nothing to boot in it",
                               w->file);
    if (!w->name[0]) {
        struct text t = text_over(w->name, sizeof w->name);
        recipe_suggest_name(NULL, w->file, &t);
    }
    if (!recipe_is_name(span_text(w->name)))
        return intake_wish_say(
            sentence, -EINVAL,
            "\"%\" cannot name an image: use a-z, 0-9, \".\", \"_\" and \"-\", at most 63, "
            "and not menu, local or shell",
            w->name);
    if (!is_one_line(w->title) || !is_one_line(w->arguments))
        return intake_wish_say(sentence, -EINVAL, "a title and arguments are one line each", "");
    if (!is_digest(w->sha256))
        return intake_wish_say(sentence, -EINVAL, "a SHA-256 is written in 64 hexadecimal digits",
                               "");
    return 0;
}
