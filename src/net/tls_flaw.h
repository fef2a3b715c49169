/* Why a TLS handshake came to nothing; the rows are in tls_flaw.def. */
#ifndef NET_TLS_FLAW_H
#define NET_TLS_FLAW_H

#include <stdint.h>

enum tls_flaw {
    TLS_SOUND,
#define TLS_FLAW(id, text) TLS_##id,
#include "net/tls_flaw.def"
#undef TLS_FLAW
    TLS_FLAW_COUNT
};

/* "CA_NOT_TRUSTED", for events and tests; "SOUND" for TLS_SOUND. */
const char *tls_flaw_name(enum tls_flaw flaw);
/* A phrase for people. */
const char *tls_flaw_text(enum tls_flaw flaw);

/* What an alert that the other side sent during the handshake says (RFC 8446 6.2, RFC 5246 7.2.2).
 */
enum tls_flaw tls_flaw_of_alert(uint8_t alert);

#endif
