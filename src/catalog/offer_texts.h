/* The catalog of the source tree (catalog/) as texts in the program; the table is made by the build
 * (tools/embed-recipes). */
#ifndef CATALOG_OFFER_TEXTS_H
#define CATALOG_OFFER_TEXTS_H

#include <stddef.h>

extern const struct offer_text {
    const char *name; /* the file's, without its ending */
    const char *text;
} offer_texts[];
extern const size_t offer_text_count;

#endif
