/* See release_age.h. Debian's "Repository format": dates are those of RFC 2822, in UTC. */
#include "cli/release_age.h"

#include <errno.h>

#include "http/header.h"

#define AHEAD_S                                                                                    \
    10 /* how far a clock may be behind the archive's: apt's Acquire::Max-FutureTime               \
        */
#define DATE_MAX 40

/* The value of the field in a line of its own; a digest's line begins with a blank. */
static bool find_field(struct span text, const char *name, struct span *ret_value)
{
    size_t len = strlen(name);
    while (text.len > 0) {
        size_t end = span_find(text, '\n');
        struct span line = span_slice(text, 0, end);
        if (line.len > len && line.data[len] == ':' &&
            span_equals_nocase(span_slice(line, 0, len), span_text(name))) {
            struct span value = span_from(line, len + 1);
            if (value.len > 0 && value.data[value.len - 1] == '\r')
                value.len--;
            *ret_value = http_trim(value);
            return true;
        }
        text = span_from(text, end + 1);
    }
    return false;
}

/* "Sat, 06 Sep 2025 08:14:11 UTC": HTTP's form but for the name of the zone, and archives' tools
 * write days below ten with one digit, too. */
static bool read_date(struct span value, int64_t *ret_seconds)
{
    char data[DATE_MAX];
    struct text t = text_over(data, sizeof data);
    size_t last = 0, comma = span_find(value, ',');
    for (size_t i = 0; i < value.len; i++)
        last = value.data[i] == ' ' ? i : last;
    struct span zone = span_from(value, last + 1);
    struct span day = http_trim(span_slice(value, comma + 1, last > comma ? last - comma - 1 : 0));
    if (!span_is(zone, "UTC") && !span_is(zone, "GMT") && !span_is(zone, "+0000"))
        return false;
    text_add_span(&t, span_slice(value, 0, comma));
    text_add(&t, day.len > 1 && day.data[1] == ' ' ? ", 0" : ", ");
    text_add_span(&t, day);
    text_add(&t, " GMT");
    return !t.failed && http_date_parse(text_span(&t), ret_seconds);
}

bool release_age_read(struct span text, struct release_age *ret_age)
{
    struct release_age age = { 0 };
    struct span value;
    bool is_release = find_field(text, "Suite", &value) || find_field(text, "Codename", &value);
    if (is_release && find_field(text, "Date", &value) && !read_date(value, &age.dated_s))
        return false;
    if (is_release && find_field(text, "Valid-Until", &value) && !read_date(value, &age.until_s))
        return false;
    *ret_age = age;
    return true;
}

static void add_when(struct text *out, int64_t seconds)
{
    text_add_time(out, (struct calendar){ .ms = seconds * 1000 });
}

int release_age_check(const struct release_age *age, struct calendar now, const char *name,
                      struct text *why)
{
    int64_t now_s = now.ms / 1000;
    if (age->until_s != 0 && age->until_s < now_s) {
        text_addf(why, "%s was good until ", name);
        add_when(why, age->until_s);
        text_add(why, ", and it is ");
        add_when(why, now_s);
        text_add(why, ": its server is no longer updated, or holds out an old one; use another "
                      "mirror (--mirror), and if it is this machine's clock that is wrong, set it");
        return -EBADMSG;
    }
    if (age->dated_s > now_s + AHEAD_S) {
        text_addf(why, "%s is of ", name);
        add_when(why, age->dated_s);
        text_add(why, ", which is still to come (it is ");
        add_when(why, now_s);
        text_add(why, "): set this machine's clock");
        return -EBADMSG;
    }
    return 0;
}
