/* See tls_context.h. The policy is written here once:
 *
 *   TLS 1.3 and 1.2. Of 1.2: ECDHE and DHE with AES-GCM, ChaCha20 and CBC-SHA256, and the RSA key
 *   exchange with AES-GCM and CBC-SHA256, since EDK2 without elliptic curves and iPXE before 2022
 *   have nothing else. The server's order counts, forward secrecy first.
 *
 * No renegotiation, no compression, no early data. Sessions are resumed by ticket, by identifier
 * where the client has none. Nothing looks at SNI: firmware sends the address there. */
#include "net/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdatomic.h>

#include "net/tls_context_openssl.h"

#define SESSIONS_MAX     2048
#define SESSION_LIFE_S   3600
#define CHAIN_LENGTH_MAX 8
#define SESSION_CONTEXT  "tugboot"

#define CIPHERS_BOOT                                                                               \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                   \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                   \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"                                   \
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:"                                         \
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:"                                           \
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"                                           \
    "DHE-RSA-AES128-SHA256:DHE-RSA-AES256-SHA256:"                                                 \
    "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256"
#define CIPHERS_OLD                                                                                \
    CIPHERS_BOOT ":ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA:"                  \
                 "DHE-RSA-AES256-SHA:AES128-SHA:AES256-SHA:@SECLEVEL=0"

struct tls_context {
    atomic_uint references;
    SSL_CTX *ssl;
};

SSL_CTX *tls_context_openssl(const struct tls_context *context)
{
    return context->ssl;
}

static int refuse_passphrase(char *out, int cap, int writing, void *context)
{
    (void)out;
    (void)cap;
    (void)writing;
    (void)context;
    return -1;
}

static BIO *open_text(struct span text)
{
    return text.len > 0 && text.len <= INT32_MAX ? BIO_new_mem_buf(text.data, (int)text.len) : NULL;
}

static bool set_policy(SSL_CTX *ssl, bool old_clients)
{
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ssl, 1);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(ssl, SESSIONS_MAX);
    SSL_CTX_set_timeout(ssl, SESSION_LIFE_S);
    return SSL_CTX_set_min_proto_version(ssl, old_clients ? TLS1_VERSION : TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ssl, old_clients ? CIPHERS_OLD : CIPHERS_BOOT) == 1 &&
           SSL_CTX_set1_groups_list(ssl, "X25519:P-256:P-384") == 1 &&
           SSL_CTX_set_dh_auto(ssl, 1) == 1 && SSL_CTX_set_num_tickets(ssl, 1) == 1 &&
           SSL_CTX_set_session_id_context(ssl, (const unsigned char *)SESSION_CONTEXT,
                                          sizeof SESSION_CONTEXT - 1) == 1;
}

/* The certificate that was read last has these above it. */
static bool add_chain(SSL_CTX *ssl, BIO *in)
{
    for (int i = 0; i < CHAIN_LENGTH_MAX; i++) {
        X509 *above = PEM_read_bio_X509(in, NULL, NULL, NULL);
        if (!above)
            break;
        long added = SSL_CTX_add0_chain_cert(ssl, above);
        if (added != 1) {
            X509_free(above);
            return false;
        }
    }
    return true;
}

static const char *use_certificate(SSL_CTX *ssl, struct span chain)
{
    BIO *in = open_text(chain);
    X509 *leaf = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    const char *why = NULL;

    if (!leaf)
        why = "there is no certificate in it (PEM is expected)";
    else if (SSL_CTX_use_certificate(ssl, leaf) != 1)
        why = "its certificate cannot be used (too small a key, or of a kind unknown here)";
    else if (!add_chain(ssl, in))
        why = "one of the certificates above its first cannot be used";
    X509_free(leaf);
    BIO_free(in);
    return why;
}

static const char *use_key(SSL_CTX *ssl, struct span key)
{
    BIO *in = open_text(key);
    EVP_PKEY *pkey = in ? PEM_read_bio_PrivateKey(in, NULL, refuse_passphrase, NULL) : NULL;
    const char *why = NULL;

    if (!pkey)
        why = "there is no private key in it (PEM without a passphrase is expected)";
    else if (SSL_CTX_use_PrivateKey(ssl, pkey) != 1 || SSL_CTX_check_private_key(ssl) != 1)
        why = "the private key is not that of the certificate";
    EVP_PKEY_free(pkey);
    BIO_free(in);
    return why;
}

/* Ask clients, but let those without a certificate in: what is guarded is refused by request, with
 * a status that says so, and firmware may go on fetching its loader. */
static const char *ask_clients(SSL_CTX *ssl, struct span pem)
{
    BIO *in = open_text(pem);
    X509 *ca;
    size_t count = 0;

    while (in && (ca = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
        bool added = X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl), ca) == 1 &&
                     SSL_CTX_add_client_CA(ssl, ca) == 1;
        X509_free(ca);
        if (!added)
            break;
        count++;
    }
    BIO_free(in);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    return count > 0 ? NULL : "there is no certificate in it (PEM is expected)";
}

static const char *fill(struct tls_context *context, const struct tls_settings *settings)
{
    if (!set_policy(context->ssl, settings->old_clients))
        return "this OpenSSL cannot do what is asked of it";
    for (uint8_t i = 0; i < settings->pair_count; i++) {
        const char *why = use_certificate(context->ssl, settings->pairs[i].chain);
        if (!why)
            why = use_key(context->ssl, settings->pairs[i].key);
        if (why)
            return why;
    }
    return settings->client_ca.len > 0 ? ask_clients(context->ssl, settings->client_ca) : NULL;
}

int tls_context_new(const struct tls_settings *settings, struct tls_context **ret_context,
                    struct text *why)
{
    struct tls_context *context = OPENSSL_zalloc(sizeof *context);
    if (!context)
        return -ENOMEM;
    atomic_init(&context->references, 1);
    context->ssl = SSL_CTX_new(TLS_server_method());
    const char *flaw = context->ssl ? fill(context, settings) : NULL;
    ERR_clear_error();
    if (!context->ssl || flaw) {
        int r = flaw ? -EINVAL : -ENOMEM;
        text_add(why, flaw ? flaw : "out of memory");
        tls_context_unref(context);
        return r;
    }
    *ret_context = context;
    return 0;
}

struct tls_context *tls_context_ref(struct tls_context *context)
{
    atomic_fetch_add(&context->references, 1);
    return context;
}

void tls_context_unref(struct tls_context *context)
{
    if (!context || atomic_fetch_sub(&context->references, 1) > 1)
        return;
    SSL_CTX_free(context->ssl);
    OPENSSL_free(context);
}
