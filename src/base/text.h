/* Bounded text for people and scripts: grows in a caller's buffer, always NUL-terminated, sticky
 * failure when it would overflow (what did fit stays). */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/clock.h"
#include "base/span.h"

struct text {
    char *data;
    size_t len, cap;
    bool failed;
};

/* A text over `cap` bytes of the caller's; cap must be at least 1. */
struct text text_over(char *data, size_t cap);

/* A buffer on the stack for text_over(), which reads nothing it has not written: without the
 * clearing of large ones that the compiler is told to do. */
#define text_buffer(name, size) char name[size] __attribute__((uninitialized))

void text_add(struct text *t, const char *s);
void text_add_span(struct text *t, struct span s);
void text_add_char(struct text *t, char c);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* In decimal digits. */
void text_add_number(struct text *t, uint64_t number);
/* The same, filled up with zeros to `digits`. */
void text_add_padded(struct text *t, uint64_t number, size_t digits);

/* Append it as text of HTML or XML, or as a value in quotation marks there. */
void text_add_markup(struct text *t, struct span s);

/* Foreign bytes made harmless for a terminal or a log: printable ASCII as it is, all else (and the
 * backslash) as \xNN. UTF-8 is shown only by those who know their reader. */
void text_add_escaped(struct text *t, struct span s);

/* "1.5 MiB", "312 B": for people. */
void text_add_bytes(struct text *t, uint64_t bytes);

/* RFC 3339, in UTC: "2026-11-25", and "2026-11-25T14:05:18Z". */
void text_add_date(struct text *t, struct calendar at);
void text_add_time(struct text *t, struct calendar at);

static inline struct span text_span(const struct text *t)
{
    return span_of(t->data, t->len);
}

#endif
