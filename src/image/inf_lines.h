/* The lines of a setup information file, by section: what comes before any meaning. */
#ifndef IMAGE_INF_LINES_H
#define IMAGE_INF_LINES_H

#include "base/text.h"

#include "image/inf.h"

#define INF_NO_SECTION UINT32_MAX

struct inf_line {
    uint32_t section;
    struct span key, value; /* raw; without "=" all of it is the value */
};

/* Lines of one section lie one after the other, in the file's order. */
struct inf_lines {
    uint8_t *text; /* UTF-8 */
    size_t text_len;
    struct span *sections; /* names */
    uint32_t *firsts;      /* section_count + 1 places in `lines` */
    uint32_t section_count, line_count;
    struct inf_line *lines;
    struct inf_line **strings; /* those of [Strings], by name */
    uint32_t string_count;
};

/* 0, -ENOMEM, or -EBADMSG with *ret_flaw. To be emptied by inf_lines_done() in any case. */
must_check int inf_lines_read(struct span bytes, struct inf_lines *out, enum inf_flaw *ret_flaw);
void inf_lines_done(struct inf_lines *lines);

/* The section of that name, case ignored; INF_NO_SECTION. */
uint32_t inf_find_section(const struct inf_lines *lines, struct span name);

/* The first line of a section with that key; NULL. */
const struct inf_line *inf_find_line(const struct inf_lines *lines, uint32_t section,
                                     const char *key);

static inline const struct inf_line *inf_first(const struct inf_lines *lines, uint32_t section)
{
    return &lines->lines[lines->firsts[section]];
}

static inline const struct inf_line *inf_end(const struct inf_lines *lines, uint32_t section)
{
    return &lines->lines[lines->firsts[section + 1]];
}

/* The next field of a list with commas, raw, without blanks around it; *rest goes on behind it. */
struct span inf_take_field(struct span *rest);

/* Append a raw field as it is meant: without quotes, %names% replaced. */
void inf_add_field(const struct inf_lines *lines, struct span raw, struct text *out);

/* Field number `n` (from 0) as a text; "" when there is none. False when it is too long. */
bool inf_field(const struct inf_lines *lines, struct span list, unsigned n, char *out, size_t cap);

#endif
