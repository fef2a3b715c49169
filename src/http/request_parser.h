/* Reads one HTTP/1.x request, resumable at any byte (RFC 9112). The caller keeps the bytes of the
 * request together in a buffer of its own (which may move between calls) and feeds all of it each
 * time; the parser remembers how far it has come and keeps positions only.
 *
 *     struct http_request_parser parser;
 *     http_request_parser_init(&parser, &http_limits_boot);
 *     for (;;) {
 *         ... read more into buffer[0..len) ...
 *         switch (http_request_parser_feed(&parser, span_of(buffer, len))) {
 *         case HTTP_PARSE_MORE:    continue;     (maybe http_request_parser_wants_continue())
 *         case HTTP_PARSE_REFUSED: answer http_flaw_status(parser.flaw), then close;
 *         case HTTP_PARSE_READY:   http_request_view(&parser, bytes, &request); answer it;
 *                                  drop request.total_length bytes, init for the next one
 *         }
 *     }
 *
 * READY comes when head and body (Content-Length, at most limits->body_max) are both there; the
 * buffer therefore needs room for limits->head_max + limits->body_max bytes. */
#ifndef HTTP_REQUEST_PARSER_H
#define HTTP_REQUEST_PARSER_H

#include "base/span.h"

#include "http/flaw.h"

#define HTTP_FIELDS_MAX 48
#define HTTP_METHOD_MAX 16

struct http_limits {
    uint16_t head_max;   /* bytes of request line and fields together */
    uint16_t target_max; /* bytes of the target */
    uint8_t fields_max;  /* at most HTTP_FIELDS_MAX */
    uint32_t body_max;   /* bytes of a request body; 0 = bodies are refused */
};

/* 8 KiB head, 2 KiB target, no bodies: what a boot client may send. */
extern const struct http_limits http_limits_boot;

enum http_parse {
    HTTP_PARSE_MORE,
    HTTP_PARSE_READY,
    HTTP_PARSE_REFUSED,
};

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_PATCH,
    HTTP_OPTIONS,
    HTTP_OTHER,
};

struct http_field_place {
    uint16_t name_at, name_len, value_at, value_len;
};

/* Plain value; copy it freely. Fields are the parser's own but `flaw`. */
struct http_request_parser {
    const struct http_limits *limits;
    enum http_flaw flaw;
    uint8_t state;
    uint8_t field_count;
    uint8_t minor; /* HTTP/1.minor */
    uint8_t empty_lines;
    uint16_t at; /* bytes of the head looked at */
    uint16_t method_at, method_len, target_at, target_len, version_at;
    bool head_done;
    bool has_length;
    uint16_t head_length;
    uint64_t body_length;
    struct http_field_place fields[HTTP_FIELDS_MAX];
};

/* A complete request; spans point into the bytes given to http_request_view(). */
struct http_request {
    enum http_method method;
    struct span method_text, target, body;
    uint8_t minor;
    bool keep_alive; /* RFC 9112 9.3 */
    size_t total_length;
    struct span bytes;
    const struct http_request_parser *parser;
};

void http_request_parser_init(struct http_request_parser *parser, const struct http_limits *limits);

/* `bytes` begins with the request's first byte and holds all that came so far. After REFUSED the
 * flaw is in parser->flaw and the stream cannot be read further. */
enum http_parse http_request_parser_feed(struct http_request_parser *parser, struct span bytes);

/* Has any byte of a request come (empty lines before it do not count)? */
bool http_request_parser_has_begun(const struct http_request_parser *parser);

/* The head is whole, the body is not, and the client waits for "100 Continue" (RFC 9110 10.1.1).
 * `bytes` as in feed. */
bool http_request_parser_wants_continue(const struct http_request_parser *parser,
                                        struct span bytes);

/* After READY. The view points into `bytes` and at the parser. */
void http_request_view(const struct http_request_parser *parser, struct span bytes,
                       struct http_request *out);

/* The value of the first field of this name (ASCII case ignored), trimmed; data NULL if absent. */
struct span http_request_field(const struct http_request *request, const char *name);

/* The same of the last field of this name: what was added last on the way (RFC 9110 5.3). */
struct span http_request_field_last(const struct http_request *request, const char *name);

#endif
