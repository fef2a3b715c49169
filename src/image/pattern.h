/* The small patterns of recipes. Deliberately no regular expressions: a pattern is tried against
 * foreign text in time bounded by the product of their lengths, whatever both are. */
#ifndef IMAGE_PATTERN_H
#define IMAGE_PATTERN_H

#include "image/captures.h"

#define PATTERN_LINE_MAX 512 /* bytes of a line that are looked at */

/* Does the pattern stand in this line of text? `*` is any text and `${name}` is text that is kept
 * in `captures`: both reach up to the first place where what follows in the pattern stands; at the
 * pattern's end `*` reaches to the end of the line, and `${name}` up to white space. `^` at the
 * beginning ties it to the line's beginning, `$` at the end to its end. Captures are
 * trimmed; those that are empty or have other bytes than those of capture_is_sound() do not match.
 * On false nothing is kept. */
bool pattern_match_line(const char *pattern, struct span line, struct captures *captures);

/* The same for the lines of a text, the first that matches. */
bool pattern_match_text(const char *pattern, struct span text, struct captures *captures);

/* Is the pattern well formed? NULL, or what is wrong with it, a phrase. */
const char *pattern_flaw(const char *pattern);

/* Call `name` for each ${name} in the pattern. */
void pattern_each_capture(const char *pattern, void (*name)(void *context, struct span name),
                          void *context);

/* Does a file's name fit a glob with at most one `*` (ASCII case ignored)? ret_part is what the `*`
 * stands for. */
bool pattern_fits_name(struct span glob, struct span name, struct span *ret_part);

#endif
