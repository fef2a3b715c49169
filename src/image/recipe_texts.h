/* The recipes of the source tree (recipes/) as texts in the program; the table is made by the build
 * (tools/embed-recipes). */
#ifndef IMAGE_RECIPE_TEXTS_H
#define IMAGE_RECIPE_TEXTS_H

#include <stddef.h>

extern const struct recipe_text {
    const char *name; /* the file's, without its ending */
    const char *text;
} recipe_texts[];
extern const size_t recipe_text_count;

#endif
