/* JSON replies shown to people. The same JSON comes from the daemon and from the shapes of api/, so
 * a command looks alike with a daemon and without. */
#ifndef CLI_REPLY_H
#define CLI_REPLY_H

#include "base/span.h"

struct reply_column {
    const char *title;
    const char *path; /* key, or "object.key"; NULL ends the columns */
};

/* Print the list under `key` as an aligned table. `next` (may be NULL) gets what the reply says
 * under "next", "" when the list is complete. False when this is not such JSON. */
bool reply_print_table(struct span json, const char *key, const struct reply_column *columns,
                       const char *when_empty, char *next, size_t next_cap);

/* Print an object as "key  value" lines, nested ones indented. */
bool reply_print_fields(struct span json);

/* Print what `explain` decided, with its trails. */
bool reply_print_explanation(struct span json);

/* Print one event as a line: time, machine, level, message. */
bool reply_print_event(struct span json);

/* Hand over each element of the list under `key`, as JSON text. */
bool reply_each(struct span json, const char *key, void (*row)(void *context, struct span json),
                void *context);

/* Where the next page begins, "" when there is none; false when this is no object. */
bool reply_next(struct span json, char *next, size_t cap);

/* The sentence of a problem document, escaped; false when it is none. */
bool reply_problem(struct span json, char *out, size_t cap);

/* The text under a key, malloc'ed with a NUL behind it; NULL when there is none. */
char *reply_text(struct span json, const char *key, size_t *ret_len);

/* A number under a key; false when there is none. */
bool reply_number(struct span json, const char *key, uint64_t *ret_number);

/* Print the JSON on one line, checked and compact. */
bool reply_print_json(struct span json);

struct reply_pair {
    const char *object; /* NULL, or the inner object it stands in */
    const char *key, *text;
};

/* Build {"key": "text", "object": {"key": "text"}} from pairs with texts that are not NULL (an
 * empty text becomes null); malloc'ed, NULL when memory ran out or a text is not UTF-8. */
char *reply_make_object(const struct reply_pair *pairs, size_t count);

#endif
