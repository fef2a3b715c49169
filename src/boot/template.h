/* Texts with ${variables}, resolved here on the server. Strict: an undefined variable is a flaw
 * with its name, never an empty word. */
#ifndef BOOT_TEMPLATE_H
#define BOOT_TEMPLATE_H

#include "boot/answer.h"
#include "boot/choose.h"
#include "boot/rule.h"

enum template_flaw {
    TEMPLATE_SOUND,
    TEMPLATE_UNDEFINED, /* nobody defines the variable */
    TEMPLATE_UNKNOWN,   /* the machine did not tell this fact (no serial number, ...) */
    TEMPLATE_WITHHELD,  /* there is an answer file, and who asks is not to have it */
    TEMPLATE_UNCLOSED,  /* "${" without "}" */
    TEMPLATE_BAD_NAME,  /* empty, too long, or not letters, digits, "_" and "-" */
    TEMPLATE_TOO_LONG,
};

#define TEMPLATE_NAME_MAX 32

struct template_scope {
    const struct client *client;
    const struct rule_settings *settings;
    const struct reach *reach;
    const struct image *image;   /* may be NULL: ${image}, ${files} and ${iso} are undefined then */
    const struct answer *answer; /* NULL = it has none: so are ${answer} and ${answer-folder} */
};

/* Append `source` with each ${name} replaced. Variables of the host and its groups come first, then
 * those of model/variable.def. ${name:-text} is that text where the variable has no value. "$$" is
 * one "$", a "$" before anything but "{" stands for itself. What a client sent comes out with
 * everything but letters, digits and ._:@+- turned to "_", so it stays one word.
 * On a flaw, ret_name (when not NULL) gets the variable's name, escaped. */
enum template_flaw template_render(struct span source, const struct template_scope *scope,
                                   struct text *out, char ret_name[TEMPLATE_NAME_MAX + 1]);

/* Is there merely no value here, so that a text for that case may stand in its place? */
bool template_flaw_is_absence(enum template_flaw flaw);

/* "is not defined", ...: follows the variable's name in a sentence. */
const char *template_flaw_text(enum template_flaw flaw);

#endif
