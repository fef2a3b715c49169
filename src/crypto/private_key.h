/* Private keys: made, read and written as PEM. Nothing formats one for a log (there is no such
 * function); what is written out as PEM is the caller's to guard and to wipe. */
#ifndef CRYPTO_PRIVATE_KEY_H
#define CRYPTO_PRIVATE_KEY_H

#include "base/autoclean.h"
#include "base/checked.h"
#include "base/writer.h"

enum key_kind { KEY_RSA_2048, KEY_RSA_3072, KEY_EC_P256, KEY_KIND_COUNT };

/* Room for the PEM of any key that private_key_new() makes. */
#define PRIVATE_KEY_PEM_MAX 4096

struct private_key;

/* A new random key; for RSA this takes some hundred milliseconds of a processor. 0, -ENOMEM or -EIO
 * (no randomness to be had). The caller frees it. */
must_check int private_key_new(enum key_kind kind, struct private_key **ret_key);

/* Read a key without a passphrase, "PRIVATE KEY", "RSA PRIVATE KEY" or "EC PRIVATE KEY". 0, -EINVAL
 * (no such key in `pem`, or one with a passphrase) or -ENOMEM. */
must_check int private_key_parse(struct span pem, struct private_key **ret_key);

/* Wipes it. NULL is fine. */
void private_key_free(struct private_key *key);
DEFINE_FREEP(struct private_key, private_key_free)

/* Append the key as PEM (PKCS#8, "PRIVATE KEY"); fails the writer when it does not fit. Keep the
 * bytes no longer than needed and private_key_wipe() them. */
void private_key_format(const struct private_key *key, struct writer *pem);

/* Overwrite what a writer holds of a key, so that it is in memory no more. */
void private_key_wipe(struct writer *pem);

/* Do both belong together? `certificate` is DER. */
bool private_key_fits(const struct private_key *key, struct span certificate);

#endif
