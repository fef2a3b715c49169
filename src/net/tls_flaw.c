/* See tls_flaw.h. Alert numbers are those of RFC 8446 6 and RFC 5246 7.2; which of them firmware
 * sends for what was seen on EDK2 (its OpenSSL: statem_lib.c, x509table) and iPXE. */
#include "net/tls_flaw.h"

#include <stddef.h>

static const struct {
    const char *name, *text;
} rows[TLS_FLAW_COUNT] = {
    [TLS_SOUND] = { "SOUND", "nothing is wrong" },
#define TLS_FLAW(id, text) [TLS_##id] = { #id, text },
#include "net/tls_flaw.def"
#undef TLS_FLAW
};

const char *tls_flaw_name(enum tls_flaw flaw)
{
    return rows[flaw].name;
}

const char *tls_flaw_text(enum tls_flaw flaw)
{
    return rows[flaw].text;
}

enum tls_flaw tls_flaw_of_alert(uint8_t alert)
{
    static const struct {
        uint8_t alert;
        enum tls_flaw flaw;
    } alerts[] = {
        { 40, TLS_CIPHER_NOT_SHARED },       /* handshake_failure */
        { 42, TLS_CERTIFICATE_REFUSED },     /* bad_certificate: name, address, not valid yet */
        { 43, TLS_CERTIFICATE_REFUSED },     /* unsupported_certificate */
        { 44, TLS_CERTIFICATE_REFUSED },     /* certificate_revoked */
        { 45, TLS_CERTIFICATE_OUT_OF_DATE }, /* certificate_expired */
        { 46, TLS_CERTIFICATE_REFUSED },     /* certificate_unknown */
        { 48, TLS_CA_NOT_TRUSTED },          /* unknown_ca */
        { 51, TLS_CA_NOT_TRUSTED },          /* decrypt_error: another CA of the same name */
        { 70, TLS_VERSION_NOT_SHARED },      /* protocol_version */
        { 71, TLS_CIPHER_NOT_SHARED },       /* insufficient_security */
    };
    for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++)
        if (alerts[i].alert == alert)
            return alerts[i].flaw;
    return TLS_PEER_ALERT;
}
