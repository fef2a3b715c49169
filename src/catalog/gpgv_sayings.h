/* What gpgv says of a file's signatures on its status descriptor, a line each (GnuPG's
 * doc/DETAILS), and what follows from all of it. */
#ifndef CATALOG_GPGV_SAYINGS_H
#define CATALOG_GPGV_SAYINGS_H

#include "base/text.h"

#include "catalog/offer.h"

#define SIGNER_NAME_MAX 160
#define SIGNER_KEY_MAX  72

struct gpgv_sayings {
    const struct offer_trust *trust; /* whose signature counts */
    bool is_good;                    /* the signature at hand, by a key that is still in force */
    bool is_valid, is_other;         /* signed by a key that is meant; by one that is not */
    bool has_bad, has_no_key, has_outdated;
    char name[SIGNER_NAME_MAX];                        /* of the signature at hand, escaped */
    char signer[SIGNER_NAME_MAX], key[SIGNER_KEY_MAX]; /* of one that is meant */
    char other[SIGNER_KEY_MAX], missing[SIGNER_KEY_MAX];
};

/* Take all lines of a text. */
void gpgv_sayings_take_all(struct gpgv_sayings *s, struct span text);

/* 0 when the file is signed by a key that is meant and in force; then `signer` and `key` say whose
 * it is. Else -EBADMSG, and a sentence about the file of this name. Files of digests often have
 * signatures of several keys, old ones among them: one that is meant and good is enough, and one
 * that is bad is too many. */
must_check int gpgv_sayings_judge(const struct gpgv_sayings *s, const char *name, struct text *why);

#endif
