/* What "|" passes values through: quoting for the languages answers are written in, hashes, texts.
 * Inside answers/ only. */
#ifndef ANSWERS_FILTERS_H
#define ANSWERS_FILTERS_H

#include "answers/render.h"

struct lua_State;

/* What filters need of the rendering under way; found by filters_context(). */
struct filters {
    bool hide_secrets;
    uint8_t salt[ANSWER_SALT_BYTES];
    uint32_t hashes; /* made so far: each has a salt of its own */
    size_t bytes;    /* made and gone through so far, FILTERS_BYTES_MAX at most */
};

/* A step of a template can be a text of any length, so the bytes are counted beside the steps. */
#define FILTERS_BYTES_MAX ((size_t)64 << 20)
#define FILTERS_TOO_MUCH  "the template makes more than 64 MiB of text on its way"

/* So many more bytes are gone through: a fault when they become too many. */
void filters_count_bytes(struct lua_State *lua, size_t bytes);

/* Put all filters as fields into the table on top of the stack; `filters` outlives the state. */
void filters_install(struct lua_State *lua, struct filters *filters);

/* How values look to a template's faults: the text at `index`, or an error that says what it is. */
struct span filters_check_text(struct lua_State *lua, int index);

/* Raise a fault (as lua_error(): does not return) with the template's name and line before it.
 * Formats are Lua's: %s %d %f %%. */
int filters_fault(struct lua_State *lua, const char *format, ...);

#endif
