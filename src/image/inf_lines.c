/* See inf_lines.h. A comment begins with ";" outside quotes; "\" at a line's end joins the next.
 * Sections of the same name are one. */
#include "image/inf_lines.h"

#include <errno.h>
#include <stdlib.h>

#include "base/reader.h"

#define LINES_MAX    131072
#define SECTIONS_MAX 8192
#define FIELD_MAX    1024

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == 0;
}

/* One unit of UTF-16 as UTF-8; what stands in pairs becomes "?", nobody compares it. */
static size_t put_utf8(uint8_t *out, uint16_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c >= 0xd800 && c < 0xe000) {
        out[0] = '?';
        return 1;
    }
    out[0] = (uint8_t)(0xe0 | c >> 12);
    out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c & 0x3f));
    return 3;
}

enum encoding {
    ENCODING_BYTES, /* some code page or UTF-8: ASCII is all that matters */
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_NONE,
};

/* By its mark; without one, ASCII in 16 bits gives itself away by its zeros. */
static enum encoding find_encoding(struct span bytes, size_t *ret_skip)
{
    struct span head = span_slice(bytes, 0, 4);

    *ret_skip = 2;
    if (span_starts_with(head, "\xff\xfe"))
        return ENCODING_UTF16LE;
    if (span_starts_with(head, "\xfe\xff"))
        return ENCODING_UTF16BE;
    *ret_skip = span_starts_with(head, "\xef\xbb\xbf") ? 3 : 0;
    if (head.len == 4 && head.data[0] != 0 && head.data[1] == 0 && head.data[3] == 0)
        return ENCODING_UTF16LE;
    if (head.len == 4 && head.data[0] == 0 && head.data[1] != 0 && head.data[2] == 0)
        return ENCODING_UTF16BE;
    return span_find(bytes, 0) < bytes.len ? ENCODING_NONE : ENCODING_BYTES;
}

static int decode(struct span bytes, struct inf_lines *out, enum inf_flaw *ret_flaw)
{
    size_t skip;
    enum encoding encoding = find_encoding(bytes, &skip);

    *ret_flaw = bytes.len > INF_BYTES_MAX ? INF_TOO_LARGE : INF_TEXT;
    if (bytes.len > INF_BYTES_MAX || encoding == ENCODING_NONE)
        return -EBADMSG;
    bytes = span_from(bytes, skip);
    out->text = malloc(bytes.len * 3 / 2 + 4);
    if (!out->text)
        return -ENOMEM;
    if (encoding == ENCODING_BYTES) {
        if (bytes.len > 0)
            memcpy(out->text, bytes.data, bytes.len);
        out->text_len = bytes.len;
        return 0;
    }
    struct reader r = reader_over(bytes);
    while (reader_left(&r) >= 2) {
        uint16_t c = encoding == ENCODING_UTF16LE ? reader_le16(&r) : reader_be16(&r);
        out->text_len += put_utf8(out->text + out->text_len, c);
    }
    return 0;
}

/* Where the physical line at `at` ends, and where its comment begins (or its end). */
static void find_ends(const struct inf_lines *l, size_t at, size_t *ret_end, size_t *ret_comment)
{
    bool quoted = false;
    size_t i = at;

    *ret_comment = SIZE_MAX;
    for (; i < l->text_len && l->text[i] != '\n'; i++) {
        if (l->text[i] == '"')
            quoted = !quoted;
        else if (l->text[i] == ';' && !quoted && *ret_comment == SIZE_MAX)
            *ret_comment = i;
    }
    *ret_end = i;
    if (*ret_comment == SIZE_MAX)
        *ret_comment = i;
}

/* The next logical line; what joins its parts, and comments within, become blanks. */
static struct span take_line(struct inf_lines *l, size_t *at)
{
    size_t begin = *at, stop = *at;

    while (*at < l->text_len) {
        size_t end, comment;
        find_ends(l, *at, &end, &comment);
        stop = comment;
        size_t last = comment;
        while (last > *at && is_blank(l->text[last - 1]))
            last--;
        *at = end + 1;
        if (last == 0 || last - 1 < begin || l->text[last - 1] != '\\')
            break;
        memset(l->text + last - 1, ' ', min_size(end + 1, l->text_len) - (last - 1));
    }
    return span_trim(span_of(l->text + begin, stop > begin ? stop - begin : 0), is_blank);
}

/* The section of that name, a new one when there is none; INF_NO_SECTION: too many. */
static uint32_t have_section(struct inf_lines *l, struct span name)
{
    uint32_t found = inf_find_section(l, name);
    if (found != INF_NO_SECTION || l->section_count == SECTIONS_MAX)
        return found;
    l->sections[l->section_count] = name;
    return l->section_count++;
}

static size_t find_equals(struct span line)
{
    bool quoted = false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '"')
            quoted = !quoted;
        else if (line.data[i] == '=' && !quoted)
            return i;
    }
    return line.len;
}

static bool split(struct inf_lines *l)
{
    uint32_t section = INF_NO_SECTION;

    for (size_t at = 0; at < l->text_len;) {
        struct span line = take_line(l, &at);
        if (line.len == 0)
            continue;
        if (line.data[0] == '[') {
            struct span name = span_from(line, 1);
            section =
                have_section(l, span_trim(span_slice(name, 0, span_find(name, ']')), is_blank));
            if (section == INF_NO_SECTION)
                return false;
            continue;
        }
        if (section == INF_NO_SECTION)
            continue;
        if (l->line_count == LINES_MAX)
            return false;
        size_t equals = find_equals(line);
        struct inf_line *row = &l->lines[l->line_count++];
        *row = (struct inf_line){ .section = section, .value = line };
        if (equals < line.len) {
            row->key = span_trim(span_slice(line, 0, equals), is_blank);
            row->value = span_trim(span_from(line, equals + 1), is_blank);
        }
    }
    return true;
}

/* Put the lines of each section together. */
static int sort_lines(struct inf_lines *l)
{
    struct inf_line *sorted = calloc((size_t)l->line_count + 1, sizeof *sorted);
    l->firsts = calloc((size_t)l->section_count + 2, sizeof *l->firsts);
    if (!sorted || !l->firsts) {
        free(sorted);
        return -ENOMEM;
    }
    /* firsts[s + 1] counts, then begins, then ends section s. */
    for (uint32_t i = 0; i < l->line_count; i++)
        l->firsts[l->lines[i].section + 1]++;
    for (uint32_t s = 0; s < l->section_count; s++)
        l->firsts[s + 1] += l->firsts[s];
    uint32_t *next = calloc((size_t)l->section_count + 1, sizeof *next);
    if (!next) {
        free(sorted);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < l->line_count; i++) {
        uint32_t s = l->lines[i].section;
        sorted[l->firsts[s] + next[s]++] = l->lines[i];
    }
    free(next);
    free(l->lines);
    l->lines = sorted;
    return 0;
}

static int compare_names(struct span a, struct span b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++)
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return ascii_lower(a.data[i]) < ascii_lower(b.data[i]) ? -1 : 1;
    return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

static int compare_strings(const void *a, const void *b)
{
    const struct inf_line *const *x = a, *const *y = b;
    return compare_names((*x)->key, (*y)->key);
}

static int sort_strings(struct inf_lines *l)
{
    uint32_t section = inf_find_section(l, span_text("Strings"));

    if (section == INF_NO_SECTION)
        return 0;
    uint32_t first = l->firsts[section], count = l->firsts[section + 1] - first;
    l->strings = calloc((size_t)count + 1, sizeof *l->strings);
    if (!l->strings)
        return -ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        l->strings[i] = &l->lines[first + i];
    l->string_count = count;
    if (count > 1)
        qsort(l->strings, count, sizeof *l->strings, compare_strings);
    return 0;
}

int inf_lines_read(struct span bytes, struct inf_lines *out, enum inf_flaw *ret_flaw)
{
    *out = (struct inf_lines){ 0 };
    int r = decode(bytes, out, ret_flaw);
    if (r < 0)
        return r;
    size_t lines = 1;
    for (size_t i = 0; i < out->text_len; i++)
        lines += out->text[i] == '\n';
    out->lines = calloc(min_size(lines, LINES_MAX), sizeof *out->lines);
    out->sections = calloc(SECTIONS_MAX, sizeof *out->sections);
    if (!out->lines || !out->sections)
        return -ENOMEM;
    if (!split(out)) {
        *ret_flaw = INF_TOO_LARGE;
        return -EBADMSG;
    }
    r = sort_lines(out);
    return r < 0 ? r : sort_strings(out);
}

void inf_lines_done(struct inf_lines *l)
{
    free(l->text);
    free(l->sections);
    free(l->firsts);
    free(l->lines);
    free(l->strings);
    *l = (struct inf_lines){ 0 };
}

uint32_t inf_find_section(const struct inf_lines *l, struct span name)
{
    for (uint32_t i = 0; i < l->section_count; i++)
        if (span_equals_nocase(l->sections[i], name))
            return i;
    return INF_NO_SECTION;
}

const struct inf_line *inf_find_line(const struct inf_lines *l, uint32_t section, const char *key)
{
    if (section == INF_NO_SECTION)
        return NULL;
    for (const struct inf_line *line = inf_first(l, section); line < inf_end(l, section); line++)
        if (span_is_nocase(line->key, key))
            return line;
    return NULL;
}

struct span inf_take_field(struct span *rest)
{
    bool quoted = false;
    size_t i = 0;

    for (; i < rest->len; i++) {
        if (rest->data[i] == '"')
            quoted = !quoted;
        else if (rest->data[i] == ',' && !quoted)
            break;
    }
    struct span field = span_trim(span_slice(*rest, 0, i), is_blank);
    *rest = span_from(*rest, i + 1);
    return field;
}

static const struct inf_line *find_string(const struct inf_lines *l, struct span name)
{
    struct inf_line wanted = { .key = name }, *key = &wanted;

    if (l->string_count == 0)
        return NULL;
    struct inf_line **found =
        bsearch(&key, l->strings, l->string_count, sizeof *l->strings, compare_strings);
    return found ? *found : NULL;
}

/* Without the quotes; two of them within are one. */
static void add_unquoted(struct span s, struct text *out)
{
    bool quoted = false;

    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] != '"') {
            text_add_char(out, (char)s.data[i]);
        } else if (quoted && i + 1 < s.len && s.data[i + 1] == '"') {
            text_add_char(out, '"');
            i++;
        } else {
            quoted = !quoted;
        }
    }
}

void inf_add_field(const struct inf_lines *l, struct span raw, struct text *out)
{
    while (raw.len > 0) {
        size_t percent = span_find(raw, '%');
        add_unquoted(span_slice(raw, 0, percent), out);
        if (percent == raw.len)
            return;
        raw = span_from(raw, percent + 1);
        size_t close = span_find(raw, '%');
        const struct inf_line *string = find_string(l, span_slice(raw, 0, close));
        if (close == raw.len) {
            text_add_char(out, '%');
            continue;
        }
        /* A string is not looked into again, so none can contain itself. */
        if (close == 0)
            text_add_char(out, '%');
        else if (string)
            add_unquoted(string->value, out);
        raw = span_from(raw, close + 1);
    }
}

bool inf_field(const struct inf_lines *l, struct span list, unsigned n, char *out, size_t cap)
{
    struct text t = text_over(out, cap);
    struct span field = { 0 };

    for (unsigned i = 0; i <= n && (list.len > 0 || i == 0); i++) {
        field = list.len > 0 ? inf_take_field(&list) : (struct span){ 0 };
        if (i < n)
            field = (struct span){ 0 };
    }
    if (field.len > FIELD_MAX)
        return false;
    inf_add_field(l, field, &t);
    return !t.failed;
}
