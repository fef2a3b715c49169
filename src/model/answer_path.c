/* See answer_path.h. */
#include "model/answer_path.h"

#define FOLDER "answers/"

bool answer_path_split(const struct safe_path *path, struct span *ret_token, struct span *ret_file)
{
    struct span rest = safe_path_span(path);

    if (!span_is_nocase(span_slice(rest, 0, strlen(FOLDER)), FOLDER))
        return false;
    rest = span_from(rest, strlen(FOLDER));
    size_t slash = span_find(rest, '/');
    *ret_token = span_slice(rest, 0, slash);
    *ret_file = span_from(rest, slash + 1);
    return true;
}

bool answer_token_is_sound(struct span token)
{
    for (size_t i = 0; i < token.len; i++) {
        uint8_t c = token.data[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return token.len == ANSWER_TOKEN_LEN;
}

void answer_path_show(struct span name, struct text *out)
{
    struct safe_path path;
    struct span token, file;

    if (safe_path_parse(name, &path) != PATH_SOUND || !answer_path_split(&path, &token, &file)) {
        text_add_span(out, name);
        return;
    }
    text_add(out, FOLDER);
    text_add_span(out, span_slice(token, 0, ANSWER_TOKEN_SHOWN));
    text_add(out, token.len > ANSWER_TOKEN_SHOWN ? ".../" : "/");
    text_add_span(out, file);
}
