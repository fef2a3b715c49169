/* See header.h. Calendar arithmetic is done here on plain numbers (days since 1970, proleptic
 * Gregorian), so that no libc time function, locale or zone is involved. */
#include "http/header.h"

bool http_is_token_char(uint8_t c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    return c != 0 && memchr("!#$%&'*+-.^_`|~", c, 15) != NULL;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct span http_trim(struct span s)
{
    size_t from = 0, to = s.len;
    while (from < to && is_blank(s.data[from]))
        from++;
    while (to > from && is_blank(s.data[to - 1]))
        to--;
    return span_slice(s, from, to - from);
}

bool http_list_next(struct span *list, struct span *ret_item)
{
    while (list->len > 0) {
        size_t end = 0;
        bool quoted = false;
        for (; end < list->len && (quoted || list->data[end] != ','); end++)
            if (list->data[end] == '"')
                quoted = !quoted;
        struct span item = http_trim(span_slice(*list, 0, end));
        *list = span_from(*list, end + 1);
        if (item.len > 0) {
            *ret_item = item;
            return true;
        }
    }
    return false;
}

bool http_list_has(struct span list, const char *token)
{
    struct span item;
    while (http_list_next(&list, &item))
        if (span_is_nocase(item, token))
            return true;
    return false;
}

bool http_number_parse(struct span s, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        if (!checked_mul_u64(value, 10, &value) ||
            !checked_add_u64(value, (uint64_t)(s.data[i] - '0'), &value))
            return false;
    }
    if (s.len == 0)
        return false;
    *ret_value = value;
    return true;
}

static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char day_names[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };

/* Days from 1970-01-01 to a date; months count from 1. Eras of 400 years, years from March. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted + (shifted < 10 ? 3 : -9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* A date's text taken apart from the front; sticky failure. */
struct date_reader {
    struct span left;
    bool failed;
};

static void skip(struct date_reader *r, const char *text)
{
    if (!span_starts_with(r->left, text))
        r->failed = true;
    r->left = span_from(r->left, strlen(text));
}

static int64_t digits(struct date_reader *r, size_t count)
{
    uint64_t value = 0;
    struct span s = span_slice(r->left, 0, count);
    if (s.len != count || !http_number_parse(s, &value))
        r->failed = true;
    r->left = span_from(r->left, count);
    return (int64_t)value;
}

static int64_t month(struct date_reader *r)
{
    for (int64_t i = 0; i < 12; i++) {
        if (span_starts_with(r->left, month_names[i])) {
            r->left = span_from(r->left, 3);
            return i + 1;
        }
    }
    r->failed = true;
    return 1;
}

static int64_t clock_seconds(struct date_reader *r)
{
    int64_t hour = digits(r, 2);
    skip(r, ":");
    int64_t minute = digits(r, 2);
    skip(r, ":");
    int64_t second = digits(r, 2);
    if (hour > 23 || minute > 59 || second > 60)
        r->failed = true;
    return hour * 3600 + minute * 60 + second;
}

/* "Nov  6 08:49:37 1994" after the day's name (asctime). */
static int64_t read_asctime(struct date_reader *r)
{
    int64_t mon = month(r);
    skip(r, " ");
    bool padded = span_starts_with(r->left, " ");
    if (padded)
        skip(r, " ");
    int64_t day = digits(r, padded ? 1 : 2);
    skip(r, " ");
    int64_t clock = clock_seconds(r);
    skip(r, " ");
    int64_t year = digits(r, 4);
    if (day < 1 || day > 31)
        r->failed = true;
    return days_from_date(year, mon, day) * 86400 + clock;
}

/* "06 Nov 1994 08:49:37 GMT", or "06-Nov-94 08:49:37 GMT" (RFC 850) with `dash`. */
static int64_t read_gmt(struct date_reader *r, const char *dash)
{
    int64_t day = digits(r, 2);
    skip(r, dash);
    int64_t mon = month(r);
    skip(r, dash);
    int64_t year = digits(r, *dash == '-' ? 2 : 4);
    if (*dash == '-')
        year += year < 70 ? 2000 : 1900;
    skip(r, " ");
    int64_t clock = clock_seconds(r);
    skip(r, " GMT");
    if (day < 1 || day > 31)
        r->failed = true;
    return days_from_date(year, mon, day) * 86400 + clock;
}

bool http_date_parse(struct span s, int64_t *ret_seconds)
{
    size_t comma = span_find(s, ',');
    struct date_reader r = { .left = span_from(s, comma + 1) };
    int64_t seconds;

    if (comma == s.len) {
        r.left = span_from(s, 3);
        skip(&r, " ");
        seconds = read_asctime(&r);
    } else {
        skip(&r, " ");
        seconds = read_gmt(&r, comma == 3 ? " " : "-");
    }
    if (r.failed || r.left.len > 0)
        return false;
    *ret_seconds = seconds;
    return true;
}

static void write_digits(struct writer *w, int64_t value, int count)
{
    uint8_t text[4];
    for (int i = count; i-- > 0; value /= 10)
        text[i] = (uint8_t)('0' + value % 10);
    writer_bytes(w, span_of(text, (size_t)count));
}

void http_date_write(struct writer *w, int64_t seconds)
{
    int64_t year, mon, day;
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int64_t clock = seconds - days * 86400;

    if (seconds < INT64_C(-62135596800) || seconds > INT64_C(253402300799)) {
        w->failed = true;
        return;
    }
    date_from_days(days, &year, &mon, &day);
    writer_text(w, day_names[(days % 7 + 7) % 7]);
    writer_text(w, ", ");
    write_digits(w, day, 2);
    writer_text(w, " ");
    writer_text(w, month_names[mon - 1]);
    writer_text(w, " ");
    write_digits(w, year, 4);
    writer_text(w, " ");
    write_digits(w, clock / 3600, 2);
    writer_text(w, ":");
    write_digits(w, clock / 60 % 60, 2);
    writer_text(w, ":");
    write_digits(w, clock % 60, 2);
    writer_text(w, " GMT");
}
