/* Templates of answer files: Jinja's marks with Lua's expressions. Lua is the library that keeps
 * the language; it runs here without files, clock or other modules, within bounds of memory, steps
 * and output. A variable nobody defines is a fault with its name and line, never an empty word.
 *
 *   {{ expression }}  its value; "|" passes it through filters: {{ hostname | shell }}
 *   {% if e %} {% elif e %} {% else %} {% endif %}
 *   {% for x in list %} {% endfor %}, {% set name = e %}, {% include "name" %}
 *   {% fail "what is missing" %}, {% raw %} {% endraw %}
 *   {# a comment #}
 *
 * A line that holds nothing but {% %} or {# #} leaves no line behind. "" , an empty list, false and
 * nil are no; != is Lua's ~=. Names in the values are variables; vars.name is one that need not be
 * there, secrets.name a secret, secret("name") one that need not be there. */
#ifndef ANSWERS_RENDER_H
#define ANSWERS_RENDER_H

#include "base/checked.h"
#include "base/span.h"

#define ANSWER_OUTPUT_MAX  ((size_t)1 << 20)
#define ANSWER_WHY_MAX     320
#define ANSWER_VALUES_MAX  128
#define ANSWER_SALT_BYTES  16
#define ANSWER_HIDDEN_TEXT "(secret)"

/* A variable: a text, or a list of texts. The memory is the caller's. */
struct answer_value {
    const char *name;
    bool is_list;
    struct span text;
    const struct span *items;
    size_t item_count;
};

struct answer_scope {
    const struct answer_value *values; /* of two with the same name the first counts */
    size_t value_count;
    const struct answer_value *secrets;
    size_t secret_count;
    bool hide_secrets; /* each is ANSWER_HIDDEN_TEXT, and so is what hides one */
    /* What password hashes are salted with: the same bytes make the same text. */
    uint8_t salt[ANSWER_SALT_BYTES];
    /* The text of another template, for {% include %}; false = there is none. NULL = no includes.
     */
    bool (*find)(void *context, struct span name, struct span *ret_source);
    void *context;
};

struct answer_output {
    char *text; /* len bytes and a NUL; malloc'ed, answer_output_done() */
    size_t len;
    bool has_secrets;         /* a secret was read on the way */
    char why[ANSWER_WHY_MAX]; /* on failure: "web.preseed:12: variable 'x' is not defined", ... */
};

/* Render the template `name` (for messages). 0; -EINVAL with a sentence in out->why; -ENOMEM.
 * Blocks for as long as the bounds allow: tens of milliseconds. */
must_check int answer_render(const char *name, struct span source, const struct answer_scope *scope,
                             struct answer_output *out);

/* Wipe and free. */
void answer_output_done(struct answer_output *out);

#endif
