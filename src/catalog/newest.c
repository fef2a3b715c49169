/* See newest.h. Patterns are the small ones of recipes: foreign text costs bounded time. */
#include "catalog/newest.h"

#include "catalog/version_order.h"
#include "image/pattern.h"

bool newest_begin(struct newest *n, const struct newest_wish *wish, const struct captures *known)
{
    struct text t = text_over(n->expanded, sizeof n->expanded);
    n->wish = wish;
    n->known = known;
    n->found = false;
    return captures_expand(known, wish->pattern, true, &t) && !t.failed;
}

/* Names go into addresses and paths. */
static bool is_plain(const struct captures *captures, unsigned from, bool is_number)
{
    for (unsigned i = from; i < captures->count; i++) {
        const char *value = captures->rows[i].value;
        if (strchr(value, '/') || strstr(value, ".."))
            return false;
        if (is_number && (value[0] < '0' || value[0] > '9' || value[strspn(value, "0123456789.")]))
            return false;
    }
    return true;
}

static bool is_newer(const struct newest *n, const struct captures *found)
{
    for (unsigned i = n->known->count; i < found->count; i++) {
        const char *before = captures_find(&n->best, span_text(found->rows[i].name));
        int order = version_compare(span_text(found->rows[i].value), span_text(before));
        if (order != 0)
            return order > 0;
    }
    return false;
}

bool newest_take(struct newest *n, struct span piece)
{
    struct captures found = *n->known;
    if (piece.len == 0 || !pattern_match_line(n->expanded, piece, &found) ||
        !is_plain(&found, n->known->count, n->wish->is_number))
        return false;
    const char *release = captures_find(&found, span_text("release"));
    if (n->wish->asked[0] && release &&
        !version_is_within(span_text(release), span_text(n->wish->asked)))
        return false;
    if (n->found && !is_newer(n, &found))
        return false;
    n->best = found;
    n->found = true;
    return true;
}

static bool is_border(uint8_t c, bool is_word)
{
    return c == '\n' || c == '\r' ||
           (is_word && (c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == ','));
}

bool newest_find(struct span text, const struct newest_wish *wish, struct captures *captures)
{
    struct newest n;
    if (!newest_begin(&n, wish, captures))
        return false;
    while (text.len > 0) {
        size_t end = 0;
        while (end < text.len && !is_border(text.data[end], wish->is_word))
            end++;
        (void)newest_take(&n, span_slice(text, 0, end));
        text = span_from(text, end + 1);
    }
    if (n.found)
        *captures = n.best;
    return n.found;
}
