/* `image add URL --sha256sums`: the digest of a file out of a file of digests, which may be signed.
 */
#ifndef CLI_IMAGE_SUMS_H
#define CLI_IMAGE_SUMS_H

#include "catalog/sums.h"
#include "cli/signature_check.h"

struct image_sums {
    const char *url;       /* of the file that is meant: its name is looked for */
    const char *sums;      /* the file of digests, an address or a path */
    const char *signature; /* of that: an address or a path; NULL = inside, or there is none */
    const char *keyring;   /* who may have signed it; NULL = it need not be signed */
    const char *user;      /* for the checking program */
};

/* 0 and a digest; `signer` is "" when nothing was to be checked. Else a negative errno and a
 * sentence. */
must_check int image_sums_find(const struct image_sums *what, char out[SUMS_DIGITS + 1],
                               char signer[SIGNER_MAX], struct text *why);

#endif
