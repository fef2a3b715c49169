/* See json_write.h. */
#include "base/json_write.h"

struct json_writer json_over(struct text *out)
{
    return (struct json_writer){ .out = out };
}

/* The length of the well-formed UTF-8 sequence at `at` (RFC 3629 section 4), or 0. */
static size_t utf8_length(struct span s, size_t at)
{
    const uint8_t *b = s.data + at;
    size_t left = s.len - at;
    size_t n = b[0] < 0x80                    ? 1
               : b[0] >= 0xc2 && b[0] <= 0xdf ? 2
               : b[0] >= 0xe0 && b[0] <= 0xef ? 3
               : b[0] >= 0xf0 && b[0] <= 0xf4 ? 4
                                              : 0;
    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((b[i] & 0xc0) != 0x80)
            return 0;
    if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f) ||
        (b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] > 0x8f))
        return 0;
    return n;
}

/* How many bytes from `at` on stand in a JSON string as they are. */
static size_t plain_run(struct span s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && s.data[at + n] >= 0x20 && s.data[at + n] < 0x7f &&
           s.data[at + n] != '"' && s.data[at + n] != '\\')
        n++;
    return n;
}

static void add_quoted(struct text *out, struct span s)
{
    text_add_char(out, '"');
    for (size_t at = 0; at < s.len;) {
        size_t run = plain_run(s, at);
        text_add_span(out, span_slice(s, at, run));
        at += run;
        if (at == s.len)
            break;
        uint8_t c = s.data[at];
        size_t n = utf8_length(s, at);
        if (c == '"' || c == '\\')
            text_addf(out, "\\%c", c);
        else if (c == '\n')
            text_add(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            text_addf(out, "\\u%04x", c);
        else if (n == 0)
            text_add(out, "\\ufffd");
        else
            text_add_span(out, span_slice(s, at, n));
        at += n > 0 ? n : 1;
    }
    text_add_char(out, '"');
}

static void begin_value(struct json_writer *j, const char *key)
{
    if (j->need_comma)
        text_add_char(j->out, ',');
    j->need_comma = true;
    if (key) {
        add_quoted(j->out, span_text(key));
        text_add_char(j->out, ':');
    }
}

static void open_with(struct json_writer *j, const char *key, char bracket)
{
    begin_value(j, key);
    text_add_char(j->out, bracket);
    j->need_comma = false;
}

static void close_with(struct json_writer *j, char bracket)
{
    text_add_char(j->out, bracket);
    j->need_comma = true;
}

void json_write_object_begin(struct json_writer *j, const char *key)
{
    open_with(j, key, '{');
}

void json_write_object_end(struct json_writer *j)
{
    close_with(j, '}');
}

void json_write_array_begin(struct json_writer *j, const char *key)
{
    open_with(j, key, '[');
}

void json_write_array_end(struct json_writer *j)
{
    close_with(j, ']');
}

void json_write_string(struct json_writer *j, const char *key, struct span value)
{
    begin_value(j, key);
    add_quoted(j->out, value);
}

void json_write_text(struct json_writer *j, const char *key, const char *value)
{
    json_write_string(j, key, span_text(value));
}

void json_write_number(struct json_writer *j, const char *key, int64_t value)
{
    begin_value(j, key);
    if (value < 0)
        text_add_char(j->out, '-');
    text_add_number(j->out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_write_time(struct json_writer *j, const char *key, struct calendar at)
{
    char data[40];
    struct text t = text_over(data, sizeof data);
    text_add_time(&t, at);
    json_write_text(j, key, data);
}

void json_write_known_time(struct json_writer *j, const char *key, struct calendar at)
{
    if (at.ms != 0)
        json_write_time(j, key, at);
}

void json_write_bool(struct json_writer *j, const char *key, bool value)
{
    begin_value(j, key);
    text_add(j->out, value ? "true" : "false");
}

void json_write_null(struct json_writer *j, const char *key)
{
    begin_value(j, key);
    text_add(j->out, "null");
}
