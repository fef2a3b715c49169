/* See remote.h. By libcurl, which is loaded for it. Redirects are not followed, since a token must
 * not go where it was not sent to; every length is bounded, and every wait but that of a stream. */
#include "cli/remote.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"

#include "fetch/curl_library.h"

#define URL_MAX   4096
#define LINE_MOST 16384
#define CONNECT_S 10L
#define REQUEST_S 60L

struct exchange {
    const struct curl_library *curl;
    CURL *handle;
    struct curl_slist *fields;
    uint8_t *data;
    size_t len, cap;
    bool (*line)(void *context, struct span line); /* NULL = the body is kept whole */
    void *context;
    bool had_enough, failed;
};

static void say(char why[DAEMON_WHY_MAX], const char *before, const char *url, const char *after)
{
    struct text t = text_over(why, DAEMON_WHY_MAX);
    text_add(&t, before);
    text_add_escaped(&t, span_slice(span_text(url), 0, 100));
    text_add(&t, after);
}

static bool keep(struct exchange *x, const void *data, size_t len, size_t most)
{
    if (len > most || x->len > most - len)
        return false;
    if (x->len + len + 1 > x->cap) {
        size_t cap = 2 * (x->len + len + 1);
        uint8_t *more = realloc(x->data, cap);
        if (!more)
            return false;
        x->data = more;
        x->cap = cap;
    }
    if (len > 0)
        memcpy(x->data + x->len, data, len);
    x->len += len;
    return true;
}

/* Hand over the whole lines that are there. */
static void hand_lines(struct exchange *x)
{
    struct span rest = span_of(x->data, x->len);
    for (size_t n; !x->had_enough && (n = span_find(rest, '\n')) < rest.len;
         rest = span_from(rest, n + 1))
        if (n > 0)
            x->had_enough = !x->line(x->context, span_slice(rest, 0, n));
    if (rest.len > 0)
        memmove(x->data, rest.data, rest.len);
    x->len = rest.len;
}

static long status_of(const struct exchange *x)
{
    long status = 0;
    return x->curl->getinfo(x->handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}

static size_t took(char *data, size_t size, size_t count, void *context)
{
    struct exchange *x = context;
    size_t len = size * count;
    bool streams = x->line && status_of(x) == 200;
    if (!keep(x, data, len, streams ? 2 * LINE_MOST + len : DAEMON_REPLY_MAX)) {
        x->failed = true;
        return 0;
    }
    if (streams)
        hand_lines(x);
    return x->had_enough ? 0 : len;
}

static bool add_field(struct exchange *x, const char *field)
{
    struct curl_slist *more = x->curl->append(x->fields, field);
    if (more)
        x->fields = more;
    return more != NULL;
}

static bool add_fields(struct exchange *x, const struct daemon_place *place, struct span body)
{
    char data[256];
    struct text token = text_over(data, sizeof data);
    bool sound = true;
    text_addf(&token, "Authorization: Bearer %s", place->token);
    if (place->token[0])
        sound = !token.failed && add_field(x, data);
    explicit_bzero(data, sizeof data);
    if (body.len > 0)
        sound = sound && add_field(x, "Content-Type: application/json");
    return sound && add_field(x, "Expect:");
}

/* Everything that is not refused by an old libcurl has to hold. */
static bool set_up(struct exchange *x, const struct daemon_place *place, const char *method,
                   const char *url, struct span body)
{
    const struct curl_library *c = x->curl;
    CURL *h = x->handle;
    bool has_body = body.len > 0 || strcmp(method, "GET") != 0;
    CURLcode r = c->setopt(h, CURLOPT_URL, url);

    r |= c->setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    r |= c->setopt(h, CURLOPT_NOSIGNAL, 1L);
    r |= c->setopt(h, CURLOPT_CUSTOMREQUEST, method);
    r |= c->setopt(h, CURLOPT_HTTPHEADER, x->fields);
    r |= c->setopt(h, CURLOPT_WRITEFUNCTION, took);
    r |= c->setopt(h, CURLOPT_WRITEDATA, x);
    r |= c->setopt(h, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    r |= c->setopt(h, CURLOPT_USERAGENT, "tugboot/" TUGBOOT_VERSION);
    if (!x->line)
        r |= c->setopt(h, CURLOPT_TIMEOUT, REQUEST_S);
    if (place->ca_file[0])
        r |= c->setopt(h, CURLOPT_CAINFO, place->ca_file);
    if (has_body) {
        r |= c->setopt(h, CURLOPT_POSTFIELDSIZE, (long)body.len);
        r |= c->setopt(h, CURLOPT_POSTFIELDS, body.len > 0 ? (const char *)body.data : "");
    }
    return r == CURLE_OK;
}

static int explain(const struct daemon_place *place, const struct exchange *x, CURLcode code,
                   char why[DAEMON_WHY_MAX])
{
    if (x->failed) {
        say(why, "the answer of ", place->url, " is too long");
        return -EMSGSIZE;
    }
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) {
        say(why, "no daemon answers at ", place->url,
            "; is 'admin' enabled there, and does a firewall let it in?");
        return -ECONNREFUSED;
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
        say(why, "the certificate of ", place->url,
            " is not trusted here: name its CA with --ca-file ('tugboot ca export' there writes it)");
        return -EPROTO;
    }
    say(why, "", place->url, ": ");
    struct text t = { .data = why, .len = strlen(why), .cap = DAEMON_WHY_MAX };
    text_add(&t, x->curl->strerror(code));
    return code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT : -EPROTO;
}

static int run(struct exchange *x, const struct daemon_place *place, const char *method,
               const char *target, struct span body, struct daemon_reply *ret_reply,
               char why[DAEMON_WHY_MAX])
{
    char data[URL_MAX];
    struct text url = text_over(data, sizeof data);
    struct span base = span_text(place->url);

    while (base.len > 0 && base.data[base.len - 1] == '/')
        base.len--;
    text_add_span(&url, base);
    text_add(&url, target);
    if (url.failed || !add_fields(x, place, body) || !set_up(x, place, method, data, body)) {
        say(why, "the request to ", place->url, " cannot be made");
        return -EINVAL;
    }
    CURLcode code = x->curl->perform(x->handle);
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && x->had_enough))
        return explain(place, x, code, why);
    if (!keep(x, "", 0, DAEMON_REPLY_MAX))
        return -ENOMEM;
    *ret_reply = (struct daemon_reply){ .status = (unsigned int)status_of(x),
                                        .body = span_of(x->data, x->len),
                                        .memory = x->data };
    x->data = NULL;
    return 0;
}

static int exchange(struct exchange *x, const struct daemon_place *place, const char *method,
                    const char *target, struct span body, struct daemon_reply *ret_reply,
                    char why[DAEMON_WHY_MAX])
{
    x->curl = curl_library_open();
    x->handle = x->curl ? x->curl->init() : NULL;
    if (!x->handle) {
        say(why, x->curl ? "out of memory" : CURL_LIBRARY_MISSING, "", "");
        return -ENOSYS;
    }
    int r = run(x, place, method, target, body, ret_reply, why);
    x->curl->cleanup(x->handle);
    x->curl->free_all(x->fields);
    free(x->data);
    return r;
}

int remote_ask(const struct daemon_place *place, const char *method, const char *target,
               struct span body, struct daemon_reply *ret_reply, char why[DAEMON_WHY_MAX])
{
    struct exchange x = { 0 };
    return exchange(&x, place, method, target, body, ret_reply, why);
}

int remote_follow(const struct daemon_place *place, const char *target,
                  bool (*line)(void *context, struct span line), void *context,
                  struct daemon_reply *ret_reply, char why[DAEMON_WHY_MAX])
{
    struct exchange x = { .line = line, .context = context };
    return exchange(&x, place, "GET", target, (struct span){ 0 }, ret_reply, why);
}
