/* See private_key.h. A key is OpenSSL's EVP_PKEY behind a type of its own: EVP_PKEY_free() wipes
 * the secret numbers. PKCS#8 is written because every tool reads it. Passphrases are refused rather
 * than asked for: a daemon has nobody to ask. */
#include "crypto/private_key.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/private_key_openssl.h"

struct private_key {
    EVP_PKEY *pkey;
};

EVP_PKEY *private_key_openssl(const struct private_key *key)
{
    return key->pkey;
}

static struct private_key *wrap(EVP_PKEY *pkey)
{
    struct private_key *key = pkey ? OPENSSL_zalloc(sizeof *key) : NULL;
    if (key)
        key->pkey = pkey;
    else
        EVP_PKEY_free(pkey);
    return key;
}

int private_key_new(enum key_kind kind, struct private_key **ret_key)
{
    EVP_PKEY *pkey = NULL;

    ERR_clear_error();
    switch (kind) {
    case KEY_RSA_2048:
        pkey = EVP_RSA_gen(2048);
        break;
    case KEY_RSA_3072:
        pkey = EVP_RSA_gen(3072);
        break;
    case KEY_EC_P256:
        pkey = EVP_EC_gen("P-256");
        break;
    case KEY_KIND_COUNT:
        break;
    }
    if (!pkey)
        return -EIO;
    struct private_key *key = wrap(pkey);
    if (!key)
        return -ENOMEM;
    *ret_key = key;
    return 0;
}

static int refuse_passphrase(char *out, int cap, int writing, void *context)
{
    (void)out;
    (void)cap;
    (void)writing;
    (void)context;
    return -1;
}

int private_key_parse(struct span pem, struct private_key **ret_key)
{
    if (pem.len == 0 || pem.len > INT32_MAX)
        return -EINVAL;
    BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
    if (!in)
        return -ENOMEM;
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(in, NULL, refuse_passphrase, NULL);
    BIO_free(in);
    ERR_clear_error();
    if (!pkey)
        return -EINVAL;
    struct private_key *key = wrap(pkey);
    if (!key)
        return -ENOMEM;
    *ret_key = key;
    return 0;
}

void private_key_free(struct private_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    OPENSSL_free(key);
}

void private_key_format(const struct private_key *key, struct writer *pem)
{
    BIO *out = BIO_new(BIO_s_secmem());
    char *text = NULL;
    long len = 0;

    if (out && PEM_write_bio_PKCS8PrivateKey(out, key->pkey, NULL, NULL, 0, NULL, NULL) == 1)
        len = BIO_get_mem_data(out, &text);
    if (len > 0)
        writer_bytes(pem, span_of(text, (size_t)len));
    else
        pem->failed = true;
    if (len > 0)
        OPENSSL_cleanse(text, (size_t)len);
    BIO_free(out);
    ERR_clear_error();
}

void private_key_wipe(struct writer *pem)
{
    OPENSSL_cleanse(pem->data, pem->cap);
    pem->len = 0;
}

bool private_key_fits(const struct private_key *key, struct span certificate)
{
    const unsigned char *at = certificate.data;
    if (certificate.len == 0 || certificate.len > INT32_MAX)
        return false;
    X509 *x = d2i_X509(NULL, &at, (long)certificate.len);
    bool fits = x && X509_check_private_key(x, key->pkey) == 1;
    X509_free(x);
    ERR_clear_error();
    return fits;
}
