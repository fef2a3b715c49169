/* Who signed a file of digests, or a file: asked of gpgv and minisign, which others keep. What is
 * believed is what they say, never the text around it. */
#ifndef CLI_SIGNATURE_CHECK_H
#define CLI_SIGNATURE_CHECK_H

#include "base/text.h"

#include "catalog/offer.h"

#define SIGNATURE_BYTES_MAX ((size_t)1 << 20)
#define SIGNER_MAX          160

struct signature_check {
    enum offer_signature form; /* OFFER_INLINE, OFFER_DETACHED or OFFER_MINISIGN */
    const struct offer_trust *trust;
    const char *keyring;   /* a file of the user's instead of those of `trust`, or NULL */
    struct span keys;      /* keys that were fetched, armoured or not; empty = none */
    const char *user;      /* whom the checking program becomes when we are root */
    int data_fd;           /* what is signed */
    struct span signature; /* OFFER_DETACHED, OFFER_MINISIGN */
    const char *data_name; /* for sentences */
};

/* 0: it is signed by a key that is meant, `signer` says whom by, and for OFFER_INLINE *ret_text
 * (the caller frees it) is what was signed, without anything around it. Else a negative errno and a
 * sentence: -ENOKEY there is no key to hold it against, -ENOENT the program is not installed,
 * -EBADMSG not signed by a key that is meant, or signed and changed. `ret_text` may be NULL else.
 */
must_check int signature_check_run(const struct signature_check *check, char signer[SIGNER_MAX],
                                   uint8_t **ret_text, size_t *ret_len, struct text *why);

/* Is there a keyring on this machine for it? */
bool signature_check_has_keyring(const struct offer_trust *trust);

#endif
