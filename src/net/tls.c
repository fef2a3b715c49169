/* See tls.h. OpenSSL writes into the lane's buffer through a BIO of ours and never waits: after
 * each call the buffer is sent at once, and only what the socket refuses is kept, in memory of its
 * own, until it has gone. So records are encrypted in batches, sent by one call a batch, and
 * OpenSSL never has half a record to write again.
 *
 * Files are read, not mapped: a mapped file that shrinks ends the process (SIGBUS). */
#include "net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "net/tcp.h"
#include "net/tls_context_openssl.h"

/* A record is at most 16384 bytes of plaintext with a header, a vector, padding and a MAC. */
#define RECORD_OVERHEAD 512
/* Besides a batch of data: a handshake's flight, tickets, alerts. */
#define FLIGHT_MAX ((size_t)64 * 1024)
#define OUT_MAX    (TLS_SEND_MAX + (TLS_SEND_MAX / 16384 + 1) * RECORD_OVERHEAD + FLIGHT_MAX)

struct tls_lane {
    BIO_METHOD *method;
    size_t out_len;
    uint8_t out[OUT_MAX];
    uint8_t plain[TLS_SEND_MAX];
};

/* Ciphertext the socket did not take. */
struct owed {
    size_t at, len;
    uint8_t bytes[];
};

struct tls {
    SSL *ssl;
    struct tls_lane *lane;
    struct owed *owed;
    int fd;
    int error;     /* negative errno of the socket; 0 = none */
    bool ended;    /* the stream of the other side is at its end */
    bool answered; /* something was sent: it knows our certificate */
    uint8_t flaw;
};

/* The BIO below OpenSSL. */

static int bio_write(BIO *bio, const char *data, size_t len, size_t *ret_written)
{
    struct tls *t = BIO_get_data(bio);
    struct tls_lane *lane = t->lane;

    BIO_clear_retry_flags(bio);
    if (len > sizeof lane->out - lane->out_len)
        return 0;
    memcpy(lane->out + lane->out_len, data, len);
    lane->out_len += len;
    *ret_written = len;
    return 1;
}

static int bio_read(BIO *bio, char *out, size_t cap, size_t *ret_read)
{
    struct tls *t = BIO_get_data(bio);
    int64_t n = tcp_receive(t->fd, out, cap);

    BIO_clear_retry_flags(bio);
    if (n > 0) {
        *ret_read = (size_t)n;
        return 1;
    }
    if (n == -EAGAIN)
        BIO_set_retry_read(bio);
    else if (n == 0)
        t->ended = true;
    else
        t->error = (int)n;
    return 0;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    const struct tls *t = BIO_get_data(bio);
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF)
        return t->ended;
    return command == BIO_CTRL_FLUSH;
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

int tls_lane_new(struct tls_lane **ret_lane)
{
    struct tls_lane *lane = malloc(sizeof *lane);
    if (!lane)
        return -ENOMEM;
    lane->out_len = 0;
    lane->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tugboot lane");
    if (!lane->method || BIO_meth_set_write_ex(lane->method, bio_write) != 1 ||
        BIO_meth_set_read_ex(lane->method, bio_read) != 1 ||
        BIO_meth_set_ctrl(lane->method, bio_control) != 1 ||
        BIO_meth_set_create(lane->method, bio_create) != 1) {
        tls_lane_free(lane);
        return -ENOMEM;
    }
    *ret_lane = lane;
    return 0;
}

void tls_lane_free(struct tls_lane *lane)
{
    if (!lane)
        return;
    BIO_meth_free(lane->method);
    free(lane);
}

int tls_new(struct tls_context *context, struct tls_lane *lane, int fd, struct tls **ret)
{
    struct tls *t = calloc(1, sizeof *t);
    BIO *bio = t ? BIO_new(lane->method) : NULL;
    if (!bio) {
        free(t);
        return -ENOMEM;
    }
    t->lane = lane;
    t->fd = fd;
    BIO_set_data(bio, t);
    t->ssl = SSL_new(tls_context_openssl(context));
    if (!t->ssl) {
        BIO_free(bio);
        free(t);
        ERR_clear_error();
        return -ENOMEM;
    }
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_accept_state(t->ssl);
    *ret = t;
    return 0;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    /* Without this OpenSSL takes the session for broken and resumes it for nobody. */
    SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(t->ssl);
    free(t->owed);
    free(t);
}

/* What leaves. */

static int keep_owed(struct tls *t, struct span rest)
{
    t->owed = malloc(sizeof *t->owed + rest.len);
    if (!t->owed)
        return t->error = -ENOMEM;
    t->owed->at = 0;
    t->owed->len = rest.len;
    memcpy(t->owed->bytes, rest.data, rest.len);
    return 0;
}

int tls_flush(struct tls *t)
{
    while (t->owed) {
        struct owed *o = t->owed;
        int64_t n = tcp_send(t->fd, o->bytes + o->at, o->len - o->at, false);
        if (n < 0)
            return (int)n;
        o->at += (size_t)n;
        if (o->at == o->len)
            free(take_ptr(&t->owed));
    }
    return 0;
}

/* Send what OpenSSL has put into the lane's buffer. Nothing may be owed. 0 or a negative errno; a
 * full socket is no error. */
static int send_out(struct tls *t, bool more)
{
    struct tls_lane *lane = t->lane;
    size_t at = 0;
    int r = 0;

    t->answered = t->answered || lane->out_len > 0;
    while (at < lane->out_len && r == 0) {
        int64_t n = tcp_send(t->fd, lane->out + at, lane->out_len - at, more);
        if (n == -EAGAIN)
            break;
        if (n < 0)
            r = t->error = (int)n;
        else
            at += (size_t)n;
    }
    if (r == 0 && at < lane->out_len)
        r = keep_owed(t, span_of(lane->out + at, lane->out_len - at));
    lane->out_len = 0;
    return r;
}

bool tls_owes(const struct tls *t)
{
    return t->owed != NULL;
}

/* The handshake. */

static enum tls_flaw flaw_of_error(const struct tls *t)
{
    unsigned long error = ERR_peek_error();
    int reason = ERR_GET_REASON(error);

    if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
        if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + UINT8_MAX)
            return tls_flaw_of_alert((uint8_t)(reason - SSL_AD_REASON_OFFSET));
        switch (reason) {
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
        case SSL_R_NO_SHARED_GROUPS:
            return TLS_CIPHER_NOT_SHARED;
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_INAPPROPRIATE_FALLBACK:
            return TLS_VERSION_NOT_SHARED;
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return TLS_CLIENT_CERTIFICATE_REFUSED;
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
            return TLS_PLAIN_HTTP;
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_UNKNOWN_PROTOCOL:
            return t->answered ? TLS_PROTOCOL : TLS_NOT_TLS;
        default:
            break;
        }
    }
    if (t->ended || t->error != 0)
        return t->answered ? TLS_LEFT_AT_CERTIFICATE : TLS_CUT;
    return TLS_PROTOCOL;
}

int tls_accept(struct tls *t)
{
    int r = tls_flush(t);
    if (r < 0) {
        t->flaw = TLS_CUT;
        return r == -EAGAIN ? r : -EPROTO;
    }
    ERR_clear_error();
    int done = SSL_accept(t->ssl);
    bool waits = done != 1 && SSL_get_error(t->ssl, done) == SSL_ERROR_WANT_READ;
    if (done != 1 && !waits)
        t->flaw = (uint8_t)flaw_of_error(t);
    if (send_out(t, false) < 0 && t->flaw == TLS_SOUND)
        t->flaw = TLS_CUT;
    ERR_clear_error();
    if (t->flaw != TLS_SOUND)
        return -EPROTO;
    return waits ? -EAGAIN : 0;
}

enum tls_flaw tls_flaw(const struct tls *t)
{
    return (enum tls_flaw)t->flaw;
}

/* Data. */

int64_t tls_receive(struct tls *t, void *out, size_t cap)
{
    size_t n = 0;
    int r = tls_flush(t);
    if (r < 0)
        return r;
    ERR_clear_error();
    int done = SSL_read_ex(t->ssl, out, cap, &n);
    int error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, done);
    r = send_out(t, false); /* an answer to a key update, an alert */
    ERR_clear_error();
    if (done == 1)
        return (int64_t)n;
    if (t->error != 0)
        return t->error;
    if (r < 0)
        return r;
    if (error == SSL_ERROR_WANT_READ)
        return -EAGAIN;
    return error == SSL_ERROR_ZERO_RETURN || t->ended ? 0 : -EPROTO;
}

bool tls_has_unread(const struct tls *t)
{
    return SSL_has_pending(t->ssl) == 1;
}

int64_t tls_send(struct tls *t, const void *data, size_t len, bool more)
{
    size_t n = 0;
    struct span left = span_of(data, min_size(len, TLS_SEND_MAX));
    int r = tls_flush(t);
    if (r < 0)
        return r;
    ERR_clear_error();
    while (left.len > 0 && SSL_write_ex(t->ssl, left.data, left.len, &n) == 1)
        left = span_from(left, n);
    if (left.len > 0) {
        t->lane->out_len = 0;
        ERR_clear_error();
        return t->error != 0 ? t->error : -EPROTO;
    }
    r = send_out(t, more);
    return r < 0 ? r : (int64_t)min_size(len, TLS_SEND_MAX);
}

int64_t tls_send_file(struct tls *t, int file_fd, uint64_t offset, uint64_t len)
{
    int r = tls_flush(t);
    if (r < 0)
        return r;
    size_t want = len < TLS_SEND_MAX ? (size_t)len : TLS_SEND_MAX;
    int64_t n = tcp_read_file(file_fd, t->lane->plain, want, offset);
    return n <= 0 ? n : tls_send(t, t->lane->plain, (size_t)n, (uint64_t)n < len);
}

void tls_finish(struct tls *t)
{
    ERR_clear_error();
    if (tls_flush(t) == 0) {
        (void)SSL_shutdown(t->ssl);
        (void)!send_out(t, false); /* a client that is gone needs no goodbye */
    }
    ERR_clear_error();
}

bool tls_client_is_known(const struct tls *t)
{
    X509 *shown = SSL_get0_peer_certificate(t->ssl);
    return shown && SSL_get_verify_result(t->ssl) == X509_V_OK;
}
