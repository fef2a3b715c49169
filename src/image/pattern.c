/* See pattern.h. A pattern is a row of plain texts with wildcards between them. Each plain text is
 * looked for once, at the first place behind the one before it, and nothing is tried again: so a
 * place in a line costs at most its length, and a line at most its length squared. */
#include "image/pattern.h"

/* One step of a pattern: a wildcard (or none, at the beginning) and the plain text behind it. */
struct step {
    bool is_wild, is_last;
    struct span name; /* of ${name}; empty for `*` */
    struct span plain;
};

/* The length of the wildcard at the front; 0 when there is none. */
static size_t wild_length(struct span s, struct span *ret_name)
{
    *ret_name = (struct span){ 0 };
    if (span_starts_with(s, "*"))
        return 1;
    if (!span_starts_with(s, "${"))
        return 0;
    size_t end = span_find(s, '}');
    if (end == s.len)
        return 0;
    *ret_name = span_slice(s, 2, end - 2);
    return end + 1;
}

static void take_step(struct span *pattern, struct step *ret)
{
    struct span name;
    size_t wild = wild_length(*pattern, &ret->name), len = 0;

    ret->is_wild = wild > 0;
    *pattern = span_from(*pattern, wild);
    while (len < pattern->len && wild_length(span_from(*pattern, len), &name) == 0)
        len++;
    ret->plain = span_slice(*pattern, 0, len);
    *pattern = span_from(*pattern, len);
    ret->is_last = pattern->len == 0;
}

/* Where `needle` first stands in `s`, or SIZE_MAX. */
static size_t find_text(struct span s, struct span needle)
{
    for (size_t i = 0; needle.len <= s.len && i <= s.len - needle.len; i++) {
        i += span_find(span_from(s, i), needle.data[0]);
        if (i < s.len && span_equals(span_slice(s, i, needle.len), needle))
            return i;
    }
    return SIZE_MAX;
}

/* How many bytes the wildcard of a step takes; SIZE_MAX when what follows it does not come. */
static size_t wild_reach(const struct step *step, struct span rest, bool to_end)
{
    size_t len = 0;
    if (step->plain.len == 0 && (step->name.len == 0 || to_end))
        return rest.len;
    if (step->plain.len == 0) {
        while (len < rest.len && rest.data[len] != ' ' && rest.data[len] != '\t')
            len++;
        return len;
    }
    if (step->is_last && to_end) {
        len = rest.len < step->plain.len ? SIZE_MAX : rest.len - step->plain.len;
        return len != SIZE_MAX && span_equals(span_from(rest, len), step->plain) ? len : SIZE_MAX;
    }
    return find_text(rest, step->plain);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The pattern from exactly here on. */
static bool match_here(struct span pattern, bool to_end, struct span rest,
                       struct captures *captures)
{
    struct step step;
    do {
        take_step(&pattern, &step);
        if (step.is_wild) {
            size_t reach = wild_reach(&step, rest, to_end);
            if (reach == SIZE_MAX)
                return false;
            struct span value = span_trim(span_slice(rest, 0, reach), is_blank);
            if (step.name.len > 0 && (value.len == 0 || !captures_add(captures, step.name, value)))
                return false;
            rest = span_from(rest, reach);
        } else if (!span_equals(span_slice(rest, 0, step.plain.len), step.plain)) {
            return false;
        }
        rest = span_from(rest, step.plain.len);
    } while (!step.is_last);
    return !to_end || rest.len == 0;
}

bool pattern_match_line(const char *pattern, struct span line, struct captures *captures)
{
    struct span p = span_text(pattern);
    bool from_start = span_starts_with(p, "^");
    const unsigned before = captures->count;

    p = span_from(p, from_start ? 1 : 0);
    bool to_end = p.len > 0 && p.data[p.len - 1] == '$';
    p.len -= to_end ? 1 : 0;
    line = span_slice(line, 0, PATTERN_LINE_MAX);
    for (size_t i = 0; i == 0 || (i < line.len && !from_start); i++) {
        if (match_here(p, to_end, span_from(line, i), captures))
            return true;
        captures->count = before;
    }
    return false;
}

bool pattern_match_text(const char *pattern, struct span text, struct captures *captures)
{
    while (text.len > 0) {
        size_t end = span_find(text, '\n');
        struct span line = span_slice(text, 0, end);
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (pattern_match_line(pattern, line, captures))
            return true;
        text = span_from(text, end + 1);
    }
    return false;
}

const char *pattern_flaw(const char *pattern)
{
    struct span rest = span_text(pattern);
    struct step step;
    bool after_bare = false;

    rest = span_from(rest, span_starts_with(rest, "^") ? 1 : 0);
    if (rest.len == 0)
        return "is empty";
    if (rest.len > 200)
        return "is longer than 200 bytes";
    do {
        take_step(&rest, &step);
        if (step.is_wild && after_bare)
            return "has two wildcards with nothing between them";
        if (step.name.len > 0 && !capture_is_name(step.name))
            return "has a ${name} that is no name: letters, digits, _ and - only, at most 31";
        if (span_find(step.plain, '\n') < step.plain.len)
            return "has a line end in it";
        after_bare = step.is_wild && step.plain.len == 0;
    } while (!step.is_last);
    return NULL;
}

void pattern_each_capture(const char *pattern, void (*name)(void *context, struct span name),
                          void *context)
{
    struct span rest = span_text(pattern);
    struct step step;
    do {
        take_step(&rest, &step);
        if (step.name.len > 0)
            name(context, step.name);
    } while (!step.is_last);
}

bool pattern_fits_name(struct span glob, struct span name, struct span *ret_part)
{
    size_t star = span_find(glob, '*');
    struct span head = span_slice(glob, 0, star), tail = span_from(glob, star + 1);

    *ret_part = (struct span){ 0 };
    if (star == glob.len)
        return span_equals_nocase(glob, name);
    if (name.len < head.len + tail.len ||
        !span_equals_nocase(span_slice(name, 0, head.len), head) ||
        !span_equals_nocase(span_from(name, name.len - tail.len), tail))
        return false;
    *ret_part = span_slice(name, head.len, name.len - head.len - tail.len);
    return true;
}
