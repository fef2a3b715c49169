/* See webhook_sign.h. */
#include "crypto/webhook_sign.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdio.h>

#define PREFIX     "whsec_"
#define PREFIX_LEN 6
#define MADE_BYTES 32

int webhook_secret_make(char out[WEBHOOK_SECRET_MAX])
{
    uint8_t random[MADE_BYTES];

    if (RAND_bytes(random, sizeof random) != 1)
        return -EIO;
    memcpy(out, PREFIX, PREFIX_LEN);
    (void)EVP_EncodeBlock((unsigned char *)out + PREFIX_LEN, random, sizeof random);
    OPENSSL_cleanse(random, sizeof random);
    return 0;
}

static bool is_blank(uint8_t c)
{
    return c <= ' ';
}

bool webhook_secret_read(struct span text, struct webhook_key *ret_key)
{
    struct span secret = span_trim(text, is_blank);
    uint8_t bytes[WEBHOOK_SECRET_MAX];
    size_t padding = 0;

    if (!span_starts_with(secret, PREFIX) || secret.len >= WEBHOOK_SECRET_MAX)
        return false;
    struct span coded = span_slice(secret, PREFIX_LEN, secret.len - PREFIX_LEN);
    while (padding < coded.len && padding < 2 && coded.data[coded.len - 1 - padding] == '=')
        padding++;
    /* EVP_DecodeBlock() takes blanks for padding; there are none inside. */
    for (size_t i = 0; i < coded.len; i++)
        if (coded.data[i] <= ' ')
            return false;
    int n = coded.len > 0 && coded.len % 4 == 0 ? EVP_DecodeBlock(bytes, coded.data, (int)coded.len)
                                                : -1;
    size_t len = n < 0 ? 0 : (size_t)n - padding;
    bool is_one = len >= WEBHOOK_KEY_MIN && len <= WEBHOOK_KEY_MAX;
    if (is_one) {
        memcpy(ret_key->bytes, bytes, len);
        ret_key->len = (uint8_t)len;
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    return is_one;
}

int webhook_sign(const struct webhook_key *key, const char *id, uint64_t seconds, struct span body,
                 char out[WEBHOOK_SIGNATURE_MAX])
{
    char head[160], digest_name[] = "SHA256";
    uint8_t mac[32];
    size_t mac_len = 0;
    int head_len = snprintf(head, sizeof head, "%s.%" PRIu64 ".", id, seconds);
    const OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string("digest", digest_name, 0),
                                      OSSL_PARAM_construct_end() };

    if (head_len < 0 || (size_t)head_len >= sizeof head)
        return -EIO;
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    bool done = context && EVP_MAC_init(context, key->bytes, key->len, parameters) == 1 &&
                EVP_MAC_update(context, (const unsigned char *)head, (size_t)head_len) == 1 &&
                (body.len == 0 || EVP_MAC_update(context, body.data, body.len) == 1) &&
                EVP_MAC_final(context, mac, &mac_len, sizeof mac) == 1 && mac_len == sizeof mac;
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(hmac);
    if (!done)
        return -EIO;
    memcpy(out, "v1,", 3);
    (void)EVP_EncodeBlock((unsigned char *)out + 3, mac, sizeof mac);
    return 0;
}
