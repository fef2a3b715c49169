/* See text.h. vsnprintf is the only libc formatting used; it neither allocates nor reads a locale
 * for the conversions we use. */
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct text text_over(char *data, size_t cap)
{
    data[0] = 0;
    return (struct text){ .data = data, .cap = cap };
}

void text_add_span(struct text *t, struct span s)
{
    size_t room = t->cap - 1 - t->len;
    if (t->failed || s.len > room) {
        t->failed = true;
        return;
    }
    if (s.len > 0)
        memcpy(t->data + t->len, s.data, s.len);
    t->len += s.len;
    t->data[t->len] = 0;
}

void text_add(struct text *t, const char *s)
{
    text_add_span(t, span_text(s));
}

void text_add_char(struct text *t, char c)
{
    text_add_span(t, span_of(&c, 1));
}

void text_addf(struct text *t, const char *format, ...)
{
    if (t->failed)
        return;
    size_t room = t->cap - t->len;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->data + t->len, room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= room) {
        t->data[t->len] = 0;
        t->failed = true;
        return;
    }
    t->len += (size_t)n;
}

void text_add_padded(struct text *t, uint64_t number, size_t digits)
{
    char out[20];
    size_t at = sizeof out;
    do {
        out[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (sizeof out - at < digits && at > 0)
        out[--at] = '0';
    text_add_span(t, span_of(out + at, sizeof out - at));
}

void text_add_number(struct text *t, uint64_t number)
{
    text_add_padded(t, number, 1);
}

static bool is_shown_as_it_is(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '\\';
}

void text_add_escaped(struct text *t, struct span s)
{
    while (s.len > 0) {
        size_t n = 0;
        while (n < s.len && is_shown_as_it_is(s.data[n]))
            n++;
        text_add_span(t, span_slice(s, 0, n));
        if (n < s.len)
            text_addf(t, "\\x%02x", s.data[n++]);
        s = span_from(s, n);
    }
}

void text_add_bytes(struct text *t, uint64_t bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
    size_t unit = 0;
    double value = (double)bytes;
    /* What would be shown as "1024.0" of a unit is 1.0 of the next. */
    while (value >= (unit == 0 ? 1024 : 1023.95) && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        unit++;
    }
    text_addf(t, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

/* Days since 1970 as a civil date (the proleptic Gregorian calendar; era arithmetic, no tables). */
static void add_civil_date(struct text *t, int64_t days)
{
    int64_t shifted = days + 719468; /* from 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2);

    text_addf(t, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year, month, day);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void text_add_date(struct text *t, struct calendar at)
{
    add_civil_date(t, floor_div(at.ms, INT64_C(86400000)));
}

void text_add_time(struct text *t, struct calendar at)
{
    int64_t seconds = floor_div(at.ms, 1000);
    int64_t second = seconds - floor_div(seconds, 86400) * 86400;

    add_civil_date(t, floor_div(seconds, 86400));
    text_addf(t, "T%02" PRId64 ":%02" PRId64 ":%02" PRId64 "Z", second / 3600, second / 60 % 60,
              second % 60);
}

void text_add_markup(struct text *t, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.data[i]) {
        case '&':
            text_add(t, "&amp;");
            break;
        case '<':
            text_add(t, "&lt;");
            break;
        case '>':
            text_add(t, "&gt;");
            break;
        case '"':
            text_add(t, "&quot;");
            break;
        default:
            text_add_char(t, (char)s.data[i]);
        }
    }
}
