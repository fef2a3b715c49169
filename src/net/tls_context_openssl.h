/* A TLS context as OpenSSL holds it: for net/tls.c only. */
#ifndef NET_TLS_CONTEXT_OPENSSL_H
#define NET_TLS_CONTEXT_OPENSSL_H

#include <openssl/ssl.h>

#include "net/tls_context.h"

SSL_CTX *tls_context_openssl(const struct tls_context *context);

#endif
