/* From an offer of the catalog to files with their digests: what is newest now, where it lies, and
 * who vouches for it. Only texts are fetched. */
#ifndef CLI_CATALOG_RESOLVE_H
#define CLI_CATALOG_RESOLVE_H

#include "catalog/offer.h"
#include "catalog/sums.h"
#include "cli/signature_check.h"
#include "image/captures.h"

#define CATALOG_ADDRESS_MAX 1024
#define CATALOG_FILES_MAX   32
#define CATALOG_VERSION_MAX 96
#define CATALOG_WHY_MAX     1200

struct catalog_wish {
    const struct offer *offer;
    const struct offer_arch *arch;
    const char *asked;    /* release; "" = the newest */
    const char *mirror;   /* instead of the offer's base, or NULL */
    const char *keyring;  /* instead of the offer's, or NULL */
    const char *user;     /* for programs that check */
    bool may_be_unsigned; /* take digests nobody signs from a server without HTTPS, too */
};

struct catalog_file {
    char name[256]; /* in the image; with slashes for what is kept as a tree */
    char url[CATALOG_ADDRESS_MAX];
    char sha256[SUMS_DIGITS + 1];
};

struct catalog_target {
    struct captures captures;
    char version[CATALOG_VERSION_MAX];
    char sums_url[CATALOG_ADDRESS_MAX];
    char signer[SIGNER_MAX];             /* of the digests; "" = nobody */
    int64_t dated_s;                     /* what a signed index says it is of; 0 = nothing */
    char signed_at[CATALOG_ADDRESS_MAX]; /* a signature of the file itself is there; "" = none */
    struct span keys;                    /* that were fetched; freed by catalog_target_done() */
    uint8_t *key_bytes;
    struct catalog_file files[CATALOG_FILES_MAX];
    unsigned file_count;
    char digest[SUMS_DIGITS + 1]; /* of the file; of several: of their list */
};

/* What is wrong with a --release and a --mirror of the user's (each may be NULL), as a sentence;
 * NULL when they may go into addresses and file names. */
const char *catalog_words_fault(const char *release, const char *mirror);

/* Look. 0 and a target, or a negative errno and a sentence in `why`; catalog_target_done() in both
 * cases. */
must_check int catalog_resolve(const struct catalog_wish *wish, struct catalog_target *target,
                               struct text *why);
void catalog_target_done(struct catalog_target *target);

/* Is the file at this path signed as `target` says? As signature_check_run(), for its signature. */
must_check int catalog_check_file(const struct catalog_wish *wish,
                                  const struct catalog_target *target, int fd, const char *name,
                                  char signer[SIGNER_MAX], struct text *why);

#endif
