/* The rows of authority.def, and who of them stands behind a signature. */
#include "image/authority.h"

#define KEY_BYTES_MAX 600 /* RSA 4096 */

static const struct authority rows[] = {
#define AUTHORITY(signer, name, signs, ends, fingerprint, key)                                     \
    { signer, name, signs, ends, fingerprint, key },
#include "image/authority.def"
#undef AUTHORITY
};

#define ROWS (sizeof rows / sizeof rows[0])

const struct authority *authority_rows(size_t *ret_count)
{
    *ret_count = ROWS;
    return rows;
}

static uint8_t value_of_digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Bytes of one of our own texts of lower-case digits. */
static struct span bytes_of(const char *digits, uint8_t *out, size_t cap)
{
    size_t len = strlen(digits) / 2;
    len = len < cap ? len : cap;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(value_of_digit(digits[2 * i]) << 4 | value_of_digit(digits[2 * i + 1]));
    return span_of(out, len);
}

const struct authority *authority_of(const struct pkcs7 *signature)
{
    uint8_t key[KEY_BYTES_MAX];
    for (size_t i = 0; i < ROWS; i++)
        if (pkcs7_leads_to_key(signature, bytes_of(rows[i].key, key, sizeof key)))
            return &rows[i];
    return NULL;
}

const struct authority *authority_named(const struct pkcs7 *signature)
{
    size_t count;
    const struct certificate *const *chain = pkcs7_chain(signature, &count);
    for (size_t c = 0; c < count; c++) {
        struct certificate_facts facts;
        certificate_describe(chain[c], &facts);
        for (size_t i = 0; i < ROWS; i++)
            if (strcmp(facts.issuer, rows[i].name) == 0)
                return &rows[i];
    }
    return NULL;
}
