/* Where an image came from, kept beside it: a small YAML file that `tugboot catalog` reads back. */
#ifndef CLI_CATALOG_ORIGIN_H
#define CLI_CATALOG_ORIGIN_H

#include "cli/catalog_resolve.h"

struct catalog_origin {
    char image[64]; /* the image's name; not in the file */
    char offer[OFFER_NAME_MAX + 1], arch[32], version[CATALOG_VERSION_MAX], asked[64];
    char url[CATALOG_ADDRESS_MAX], sha256[SUMS_DIGITS + 1], signer[SIGNER_MAX], fetched[32];
    int64_t dated_s; /* of the signed index it was found in; 0 = that did not say */
};

/* Append it as a file's text. */
void catalog_origin_write(const struct catalog_origin *origin, struct text *out);

/* Call `row` for each image of the folder that has one, in the order of names. A non-zero return
 * ends it and is returned; a negative errno when the folder cannot be read (not when it is not
 * there). */
must_check int catalog_origin_each(const char *images,
                                   int (*row)(void *context, const struct catalog_origin *origin),
                                   void *context);

#endif
