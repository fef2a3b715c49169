/* See certificate_check.h. OpenSSL's own matching, the one most clients have. */
#include "crypto/certificate_check.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "crypto/x509_open.h"

static bool covers(X509 *x, const char *name)
{
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
    if (!address)
        return X509_check_host(x, name, strlen(name), 0, NULL) == 1;
    ASN1_OCTET_STRING_free(address);
    return X509_check_ip_asc(x, name, 0) == 1;
}

bool certificate_covers(const struct certificate *certificate, const char *const *names,
                        size_t name_count)
{
    bool all = true;
    for (size_t i = 0; i < name_count && all; i++)
        all = covers(certificate->x509, names[i]);
    ERR_clear_error();
    return all;
}

bool certificate_is_issued_by(const struct certificate *certificate,
                              const struct certificate *above)
{
    EVP_PKEY *key = X509_get0_pubkey(above->x509);
    bool is = key && X509_check_issued(above->x509, certificate->x509) == X509_V_OK &&
              X509_verify(certificate->x509, key) == 1;
    ERR_clear_error();
    return is;
}
