/* A private key as OpenSSL holds it: for the files of this folder that sign with it. */
#ifndef CRYPTO_PRIVATE_KEY_OPENSSL_H
#define CRYPTO_PRIVATE_KEY_OPENSSL_H

#include <openssl/evp.h>

#include "crypto/private_key.h"

/* The key itself, still owned by `key`. Reading only, though OpenSSL does not say const. */
EVP_PKEY *private_key_openssl(const struct private_key *key);

#endif
