/* See download.h. By libcurl: proxies of the environment, redirects to HTTP and HTTPS only (from
 * HTTPS to HTTPS only), a bound on what is taken, and no patience with a server that sends nothing.
 * What arrives is not believed: the caller knows its digest. */
#include "fetch/download.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch/curl_library.h"
#include "fetch/url_name.h"

#define ATTEMPTS        6
#define CONNECT_SECONDS 20L
#define SILENCE_SECONDS 60L
#define REDIRECTS_MAX   8L
#define BAR_COLUMNS     30

struct under_way {
    const struct download *what;
    const struct curl_library *library;
    uint64_t begin, have; /* of this attempt, and now */
    int error;            /* of writing */
    char message[CURL_ERROR_SIZE];
    unsigned shown;            /* percent + 1 */
    struct download_seen seen; /* in the headers of the answer that is coming */
    long status;               /* of that */
    bool is_other;             /* it is not the file whose beginning is there */
};

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct under_way *u = context;
    size_t len = size * count;

    if (u->have + len > u->what->most) {
        u->error = -EFBIG;
        return 0;
    }
    for (size_t at = 0; at < len;) {
        ssize_t n = pwrite(u->what->fd, data + at, len - at, (off_t)(u->have + at));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            u->error = n < 0 ? -errno : -ENOSPC;
            return 0;
        }
        at += (size_t)n;
    }
    u->have += len;
    if (u->what->follow)
        u->what->follow->took(u->what->follow->context, span_of((const uint8_t *)data, len),
                              u->have);
    return len;
}

/* The value of a header of this name, without blanks around it, or an empty span. */
static struct span header_value(struct span line, const char *name)
{
    size_t len = strlen(name);
    if (line.len < len || !span_equals_nocase(span_slice(line, 0, len), span_text(name)))
        return (struct span){ 0 };
    line = span_from(line, len);
    while (line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
        line = span_from(line, 1);
    while (line.len > 0 && line.data[line.len - 1] <= ' ')
        line = span_slice(line, 0, line.len - 1);
    return line;
}

/* The decimal number a header ends with; 0 when it is none. */
static uint64_t number(struct span digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t c = digits.data[i];
        if (c < '0' || c > '9' || value > (UINT64_MAX >> 1) / 10 - 1)
            return 0;
        value = value * 10 + (uint64_t)(c - '0');
    }
    return value;
}

static void keep(struct span value, char *out, size_t cap)
{
    if (value.len > 0 && value.len < cap)
        span_to_text(value, out, cap);
}

/* Is what the server now says of the file what it said when it was begun? */
static bool is_same(const struct download_seen *a, const struct download_seen *b)
{
    return strcmp(a->etag, b->etag) == 0 && strcmp(a->modified, b->modified) == 0 &&
           a->whole == b->whole;
}

/* The headers of an answer are there; 0 or a negative errno that ends it. */
static int headers_end(struct under_way *u)
{
    const struct download_follow *follow = u->what->follow;
    bool is_middle = u->status == 206 && u->begin > 0;

    if (u->status != 200 && u->status != 206)
        return 0;
    if (u->begin > 0) {
        u->is_other = !is_same(&u->seen, follow->seen);
        if (u->is_other || !is_middle)
            return u->is_other ? -ECANCELED : 0; /* libcurl refuses a 200 here by itself */
    }
    *follow->seen = u->seen;
    return follow->begins(follow->context, u->begin);
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct under_way *u = context;
    struct span line = span_of((const uint8_t *)data, size * count);

    if (span_starts_with(line, "HTTP/")) {
        size_t blank = span_find(line, ' ');
        u->seen = (struct download_seen){ 0 };
        u->status = line.len >= blank + 4 ? (long)number(span_slice(line, blank + 1, 3)) : 0;
    } else if (line.len <= 2) {
        int r = headers_end(u);
        if (r < 0 && r != -ECANCELED)
            u->error = r;
        return r < 0 ? 0 : line.len;
    }
    keep(header_value(line, "etag:"), u->seen.etag, sizeof u->seen.etag);
    keep(header_value(line, "last-modified:"), u->seen.modified, sizeof u->seen.modified);
    struct span range = header_value(line, "content-range:");
    struct span length = header_value(line, "content-length:");
    size_t slash = span_find(range, '/');
    if (slash < range.len)
        u->seen.whole = number(span_from(range, slash + 1));
    else if (length.len > 0 && u->status == 200)
        u->seen.whole = number(length);
    return line.len;
}

static int show_bar(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                    curl_off_t up_now)
{
    struct under_way *u = context;
    uint64_t whole = total > 0 ? (uint64_t)total + u->begin : u->what->expected;
    uint64_t have = (now > 0 ? (uint64_t)now : 0) + u->begin;
    (void)up_total;
    (void)up_now;
    if (!u->what->show || whole == 0 || have > whole)
        return 0;
    unsigned percent = (unsigned)(have * 100 / whole), filled = percent * BAR_COLUMNS / 100;
    if (percent + 1 == u->shown)
        return 0;
    u->shown = percent + 1;
    fprintf(stderr, "\r%-20s [", u->what->label);
    for (unsigned i = 0; i < BAR_COLUMNS; i++)
        fputc(i < filled ? '#' : ' ', stderr);
    fprintf(stderr, "] %3u %%", percent);
    return 0;
}

static bool set_up(CURL *curl, struct under_way *u)
{
    const struct download *d = u->what;
    bool is_secure = strncmp(d->url, "https:", 6) == 0;
    CURLcode r = CURLE_OK;

#define SET(option, value) r = r == CURLE_OK ? u->library->setopt(curl, option, value) : r
    SET(CURLOPT_URL, d->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 1L);
    SET(CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    SET(CURLOPT_FAILONERROR, 1L);
    SET(CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USERAGENT, "tugboot/" TUGBOOT_VERSION);
    SET(CURLOPT_RESUME_FROM_LARGE, (curl_off_t)u->begin);
    SET(CURLOPT_WRITEFUNCTION, take);
    SET(CURLOPT_WRITEDATA, u);
    SET(CURLOPT_XFERINFOFUNCTION, show_bar);
    SET(CURLOPT_XFERINFODATA, u);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_ERRORBUFFER, u->message);
    if (u->what->follow) {
        SET(CURLOPT_HEADERFUNCTION, take_header);
        SET(CURLOPT_HEADERDATA, u);
        /* A proxy's "200" to CONNECT is no answer of the server's. */
        SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    }
#undef SET
    return r == CURLE_OK;
}

static size_t drop_body(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

enum verdict {
    GOOD,
    AGAIN,      /* from where it stands */
    FROM_START, /* the server cannot go on in the middle */
    HOPELESS,
};

static enum verdict judge(CURLcode code, long status, const struct under_way *u)
{
    if (u->is_other)
        return FROM_START;
    switch ((int)code) {
    case CURLE_OK:
        return GOOD;
    case CURLE_RANGE_ERROR:
    case CURLE_BAD_DOWNLOAD_RESUME:
        return FROM_START;
    case CURLE_HTTP_RETURNED_ERROR:
        if (status == 416 && u->begin > 0) /* it has no more than we have, or another file */
            return FROM_START;
        return status >= 500 || status == 429 ? AGAIN : HOPELESS;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_COULDNT_CONNECT:
    case CURLE_HTTP2_STREAM:
        return AGAIN;
    default:
        return HOPELESS;
    }
}

static int tell(const struct under_way *u, CURLcode code, long status, struct text *why)
{
    if (why->len > 0 && u->error < 0)
        return u->error; /* begins() has told it */
    url_add_public(why, u->what->url);
    text_add(why, ": ");
    if (u->error == -EFBIG) {
        text_add(why, "it sends more than this file can have: it is another file");
        return -EFBIG;
    }
    if (u->error < 0) {
        text_addf(why, "it cannot be written: %s", strerror(-u->error));
        return u->error;
    }
    if (code == CURLE_HTTP_RETURNED_ERROR) {
        text_addf(why, "the server answers %ld", status);
        return status == 404 || status == 403 || status == 410 ? -ENOENT : -EPROTO;
    }
    text_add_escaped(why, span_text(u->message[0] ? u->message : u->library->strerror(code)));
    switch ((int)code) {
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_PEER_FAILED_VERIFICATION:
        return -EPROTO;
    default:
        return -ECONNABORTED;
    }
}

static int attempt(CURL *curl, struct under_way *u, bool last, struct text *why, bool *ret_again)
{
    long status = 0;

    *ret_again = false;
    u->library->reset(curl);
    if (!set_up(curl, u)) {
        url_add_public(why, u->what->url);
        text_add(why, ": this address cannot be used");
        return -EINVAL;
    }
    CURLcode code = u->library->perform(curl);
    (void)u->library->getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    enum verdict verdict = u->error < 0 ? HOPELESS : judge(code, status, u);
    if (verdict == GOOD)
        return 0;
    if (last || verdict == HOPELESS)
        return tell(u, code, status, why);
    *ret_again = true;
    if (verdict == AGAIN)
        return 0;
    if (u->is_other)
        u->what->follow->changed(u->what->follow->context);
    u->is_other = false;
    u->have = 0;
    return ftruncate(u->what->fd, 0) < 0 ? -errno : 0;
}

int download_run(const struct download *d, struct text *why)
{
    struct under_way u = { .what = d, .library = curl_library_open() };
    struct stat facts;
    bool again = true;
    int r = fstat(d->fd, &facts) < 0 ? -errno : 0;
    CURL *curl = r == 0 && u.library ? u.library->init() : NULL;

    if (!u.library) {
        text_add(why, CURL_LIBRARY_MISSING);
        return -ENOENT;
    }
    if (!curl)
        return r < 0 ? r : -ENOMEM;
    u.have = (uint64_t)facts.st_size;
    for (unsigned i = 0; again && r == 0 && i < ATTEMPTS; i++) {
        uint64_t before = u.have;
        u.begin = u.have;
        u.message[0] = 0;
        r = attempt(curl, &u, i + 1 == ATTEMPTS, why, &again);
        if (again && u.have == before) /* nothing came: give it a moment */
            sleep(i + 1 < 3 ? 1 : 3);
    }
    u.library->cleanup(curl);
    if (d->show && u.shown > 0)
        fputs("\r\033[K", stderr);
    return r;
}

int download_look(const char *url, int64_t *ret_size, struct text *why)
{
    const struct download d = { .url = url, .fd = -1 };
    struct under_way u = { .what = &d, .library = curl_library_open() };
    CURL *curl = u.library ? u.library->init() : NULL;
    curl_off_t size = -1;
    long status = 0;

    if (!u.library)
        text_add(why, CURL_LIBRARY_MISSING);
    if (!curl)
        return u.library ? -ENOMEM : -ENOENT;
    bool is_set = set_up(curl, &u) && u.library->setopt(curl, CURLOPT_NOBODY, 1L) == CURLE_OK &&
                  u.library->setopt(curl, CURLOPT_WRITEFUNCTION, drop_body) == CURLE_OK;
    CURLcode code = is_set ? u.library->perform(curl) : CURLE_URL_MALFORMAT;
    (void)u.library->getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    (void)u.library->getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    u.library->cleanup(curl);
    if (code != CURLE_OK)
        return tell(&u, code, status, why);
    *ret_size = size;
    return 0;
}
