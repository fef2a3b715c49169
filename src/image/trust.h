/* What a site or a machine trusts and forbids beyond what firmware is sold with: certificates and
 * digests of db and dbx as somebody gave them, and the SBAT level in force. */
#ifndef IMAGE_TRUST_H
#define IMAGE_TRUST_H

#include "crypto/pkcs7.h"
#include "image/sbat.h"

enum trust_side {
    TRUST_DB,
    TRUST_DBX,
};

#define TRUST_PHRASE_MAX 192

struct trust;

/* Nothing is trusted or forbidden, and the SBAT level is the usual one. NULL when memory ran out.
 */
struct trust *trust_new(void);
void trust_free(struct trust *trust);

/* Add a file: signature lists (bare, an update, or as Linux shows a variable), or one certificate
 * as DER or PEM. 0; -EBADMSG with a phrase in `why` when it is neither; -ENOMEM. What was in it
 * before a fault stays added. */
must_check int trust_add(struct trust *trust, enum trust_side side, struct span file,
                         char why[TRUST_PHRASE_MAX]);

/* How many certificates and digests a side has. */
void trust_count(const struct trust *trust, enum trust_side side, size_t *ret_certificates,
                 size_t *ret_digests);

void trust_set_level(struct trust *trust, const struct sbat *level);
const struct sbat *trust_level(const struct trust *trust);

/* A certificate or digest of db vouches for it; the phrase says which. */
bool trust_allows_signature(const struct trust *trust, const struct pkcs7 *signature,
                            char phrase[TRUST_PHRASE_MAX]);
bool trust_has_digest(const struct trust *trust, enum trust_side side, const struct digest *digest);

/* A certificate of dbx is in the signature's chain, or stands above it, or its digest does. */
bool trust_forbids_signature(const struct trust *trust, const struct pkcs7 *signature,
                             char phrase[TRUST_PHRASE_MAX]);

#endif
