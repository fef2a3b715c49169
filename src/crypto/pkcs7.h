/* Signatures as they lie in EFI programs: PKCS#7 SignedData around Microsoft's
 * SpcIndirectDataContent, which holds the digest of the program (Authenticode). Read and verified
 * by OpenSSL alone. The dates of certificates are not looked at, as no firmware looks at them. */
#ifndef CRYPTO_PKCS7_H
#define CRYPTO_PKCS7_H

#include "crypto/x509.h"

#define PKCS7_CERTIFICATES_MAX 16

struct pkcs7;

/* Read one signature; bytes behind it are passed over, as firmware does. 0; -EBADMSG when it is no
 * SignedData with one to PKCS7_CERTIFICATES_MAX certificates and one signer among them; -ENOMEM. */
must_check int pkcs7_read(struct span der, struct pkcs7 **ret);
void pkcs7_free(struct pkcs7 *signature);

/* The signer and those above it as far as the signature itself has them: [0] is the signer, each
 * next one issued the one before. At least one; they live as long as the signature. */
const struct certificate *const *pkcs7_chain(const struct pkcs7 *signature, size_t *ret_count);

/* The digest the signature is about, as SpcIndirectDataContent names it; false when the content is
 * something else or of a kind we do not know. */
bool pkcs7_content_digest(const struct pkcs7 *signature, struct digest *ret);

/* When it was signed by the signer's own clock; 0 when it does not say. */
struct calendar pkcs7_signing_time(const struct pkcs7 *signature);

/* The signer's key made this signature of this content. Says nothing about who the signer is. */
bool pkcs7_is_genuine(const struct pkcs7 *signature);

/* The signer's certificate leads to `anchor` (or is it), each link checked by its key; dates are
 * passed over. What firmware asks with each certificate of its db, after pkcs7_is_genuine(). */
bool pkcs7_leads_to(const struct pkcs7 *signature, const struct certificate *anchor);

/* The same towards somebody of whom only the public key is known: one of the chain was signed with
 * it, and each link below by the key above it. `key` is a SubjectPublicKeyInfo in DER. */
bool pkcs7_leads_to_key(const struct pkcs7 *signature, struct span key);

#endif
