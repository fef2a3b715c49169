/* The head of an answer (RFC 9112 4), written so that firmware can read it: no Server field, none
 * empty, none exotic, Content-Length always, never a transfer or content coding. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "base/clock.h"
#include "base/writer.h"

#define HTTP_HEAD_MAX 1024 /* what every head of ours fits in, `extra` apart */

/* A field an API answer adds; name and value must be free of CR, LF and NUL, or the writer fails.
 */
struct http_field {
    const char *name;
    struct span value;
};

struct http_response_head {
    uint16_t status;
    struct calendar now;     /* Date */
    uint64_t content_length; /* of what GET would send; not written with 204 and 304 */
    const char *media_type;  /* NULL = none; written as it is, without parameters of our own */
    const char *boundary;    /* set: Content-Type is multipart/byteranges with this boundary */
    const char *etag;        /* NULL or "" = none */
    int64_t modified_s;      /* 0 = none */
    bool accept_ranges;      /* Accept-Ranges: bytes */
    bool has_content_range;  /* 206 of one range: first-last/total; 416: * / total */
    uint64_t range_first, range_length, range_total;
    const char *allow;    /* 405 */
    bool retry_after;     /* 429, 503: one second */
    const char *sentence; /* the body of a short answer in place of the status; NULL = that */
    bool close;           /* Connection: close */
    bool keep_alive;      /* Connection: keep-alive, for HTTP/1.0 clients */
    const struct http_field *extra;
    size_t extra_count;
};

/* "Not Found"; "Unknown" for a status not in the table. */
const char *http_status_text(uint16_t status);

/* Append status line, fields and the empty line. A head that does not fit fails the writer. */
void http_response_head_write(struct writer *w, const struct http_response_head *head);

/* "bytes 0-99/1000" */
void http_content_range_write(struct writer *w, uint64_t first, uint64_t length, uint64_t total);

/* A whole short answer: head, and "404 Not Found\n" as text/plain unless `head_only`. For refusals;
 * content_length and media_type of `head` are filled in here. */
void http_response_short_write(struct writer *w, const struct http_response_head *head,
                               bool head_only);

#endif
