/* See captures.h. Values are not scanned again, and none can hold a "$": what an image says of
 * itself never becomes a variable. */
#include "image/captures.h"

bool capture_is_sound(struct span value)
{
    static const char others[] = " ._:+~@/,()=-";
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = ascii_lower(value.data[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            (c == 0 || !memchr(others, c, sizeof others - 1)))
            return false;
    }
    return true;
}

bool capture_is_name(struct span name)
{
    if (name.len == 0 || name.len >= CAPTURE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = ascii_lower(name.data[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    return true;
}

const char *captures_find(const struct captures *captures, struct span name)
{
    for (unsigned i = 0; i < captures->count; i++)
        if (span_is(name, captures->rows[i].name))
            return captures->rows[i].value;
    return NULL;
}

bool captures_add(struct captures *captures, struct span name, struct span value)
{
    if (captures_find(captures, name))
        return true;
    if (captures->count == CAPTURES_MAX || !capture_is_name(name) ||
        value.len >= CAPTURE_VALUE_MAX || !capture_is_sound(value))
        return false;
    span_to_text(name, captures->rows[captures->count].name, CAPTURE_NAME_MAX);
    span_to_text(value, captures->rows[captures->count].value, CAPTURE_VALUE_MAX);
    captures->count++;
    return true;
}

/* Take the text up to the next "${name}" off the front, and the name. False when there is none
 * left; *plain is then all the rest. */
static bool next_variable(struct span *rest, struct span *plain, struct span *name)
{
    const struct span all = *rest;
    for (size_t i = span_find(all, '$'); i < all.len; i += span_find(span_from(all, i), '$')) {
        struct span here = span_from(all, i);
        if (span_starts_with(here, "$$")) {
            i += 2;
            continue;
        }
        size_t end = span_find(here, '}');
        if (!span_starts_with(here, "${") || end == here.len) {
            i++;
            continue;
        }
        *plain = span_slice(all, 0, i);
        *name = span_slice(here, 2, end - 2);
        *rest = span_from(here, end + 1);
        return true;
    }
    *plain = all;
    *rest = (struct span){ 0 };
    return false;
}

/* "name:-text" without its text; whether there was one. */
static bool cut_default(struct span *name)
{
    for (size_t i = span_find(*name, ':'); i < name->len; i++) {
        if (!span_starts_with(span_from(*name, i), ":-"))
            continue;
        name->len = i;
        return true;
    }
    return false;
}

bool captures_expand(const struct captures *captures, const char *text, bool keep, struct text *out)
{
    struct span rest = span_text(text), plain, whole;
    while (next_variable(&rest, &plain, &whole)) {
        struct span name = whole;
        (void)cut_default(&name);
        const char *value = captures_find(captures, name);
        text_add_span(out, plain);
        if (!value && !keep)
            return false;
        if (value) {
            text_add(out, value);
        } else {
            text_add(out, "${");
            text_add_span(out, whole);
            text_add_char(out, '}');
        }
    }
    text_add_span(out, plain);
    return !out->failed;
}

void captures_each_name(const char *text,
                        void (*name)(void *context, struct span name, bool has_default),
                        void *context)
{
    struct span rest = span_text(text), plain, found;
    while (next_variable(&rest, &plain, &found)) {
        bool has_default = cut_default(&found);
        name(context, found, has_default);
    }
}
