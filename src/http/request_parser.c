/* See request_parser.h. A switch over a state, one byte a step. It is strict where leniency lets
 * two readers disagree about where a request ends (RFC 9112 2.2, 5.1, 5.2, 6.3): folded fields,
 * blanks before the colon, bare CR, repeated lengths and transfer codings are refused. A bare LF
 * ends a line, as RFC 9112 2.2 allows and old loaders need. */
#include "http/request_parser.h"

#include <assert.h>

#include "http/header.h"

const struct http_limits http_limits_boot = {
    .head_max = 8192,
    .target_max = 2048,
    .fields_max = HTTP_FIELDS_MAX,
    .body_max = 16000,
};

enum state {
    AT_START,
    AT_START_LF,
    IN_METHOD,
    IN_TARGET,
    IN_VERSION,
    AT_LINE_LF,
    AT_FIELD,
    IN_NAME,
    BEFORE_VALUE,
    IN_VALUE,
    AT_VALUE_LF,
    AT_END_LF,
    AT_BODY,
};

#define EMPTY_LINES_MAX 4

void http_request_parser_init(struct http_request_parser *p, const struct http_limits *limits)
{
    assert(limits->fields_max <= HTTP_FIELDS_MAX);
    memset(p, 0, offsetof(struct http_request_parser, fields));
    p->limits = limits;
}

static void refuse(struct http_request_parser *p, enum http_flaw flaw)
{
    if (p->flaw == HTTP_SOUND)
        p->flaw = flaw;
}

static struct span place(struct span bytes, uint16_t at, uint16_t len)
{
    return span_slice(bytes, at, len);
}

static void step_start(struct http_request_parser *p, uint8_t c)
{
    if (c == '\r' || c == '\n') {
        /* RFC 9112 2.2: ignore at least one empty line before a request. */
        if (p->state == AT_START_LF && c == '\r')
            refuse(p, HTTP_BARE_CR);
        p->state = c == '\r' ? AT_START_LF : AT_START;
        if (c == '\n' && ++p->empty_lines > EMPTY_LINES_MAX)
            refuse(p, HTTP_LINE_MALFORMED);
        return;
    }
    if (p->state == AT_START_LF)
        refuse(p, HTTP_BARE_CR);
    if (!http_is_token_char(c))
        refuse(p, HTTP_METHOD_MALFORMED);
    p->method_at = p->at;
    p->state = IN_METHOD;
}

static void step_method(struct http_request_parser *p, uint8_t c)
{
    p->method_len = (uint16_t)(p->at - p->method_at);
    if (c == ' ') {
        p->state = IN_TARGET;
        p->target_at = (uint16_t)(p->at + 1);
    } else if (!http_is_token_char(c) || p->method_len >= HTTP_METHOD_MAX) {
        refuse(p, HTTP_METHOD_MALFORMED);
    }
}

static void step_target(struct http_request_parser *p, uint8_t c)
{
    p->target_len = (uint16_t)(p->at - p->target_at);
    if (c == ' ') {
        if (p->target_len == 0)
            refuse(p, HTTP_LINE_MALFORMED);
        p->state = IN_VERSION;
        p->version_at = (uint16_t)(p->at + 1);
    } else if (c == '\r' || c == '\n') {
        refuse(p, HTTP_VERSION_MALFORMED);
    } else if (c < 0x20 || c == 0x7f) {
        refuse(p, HTTP_TARGET_HAS_NUL);
    } else if (p->target_len >= p->limits->target_max) {
        refuse(p, HTTP_TARGET_TOO_LONG);
    }
}

/* "HTTP/" DIGIT "." DIGIT                                                       RFC 9112 2.3 */
static void end_version(struct http_request_parser *p, struct span version)
{
    if (version.len != 8 || !span_starts_with(version, "HTTP/") || version.data[6] != '.' ||
        version.data[5] < '0' || version.data[5] > '9' || version.data[7] < '0' ||
        version.data[7] > '9') {
        refuse(p, HTTP_VERSION_MALFORMED);
        return;
    }
    if (version.data[5] != '1')
        refuse(p, HTTP_VERSION_UNKNOWN);
    p->minor = (uint8_t)(version.data[7] - '0');
}

static void step_version(struct http_request_parser *p, uint8_t c, struct span bytes)
{
    uint16_t len = (uint16_t)(p->at - p->version_at);
    if (c == '\r' || c == '\n') {
        end_version(p, place(bytes, p->version_at, len));
        p->state = c == '\r' ? AT_LINE_LF : AT_FIELD;
    } else if (len >= 8) {
        refuse(p, HTTP_VERSION_MALFORMED);
    }
}

static void end_value(struct http_request_parser *p, struct span bytes)
{
    struct http_field_place *f = &p->fields[p->field_count];
    struct span value = place(bytes, f->value_at, (uint16_t)(p->at - f->value_at));
    f->value_len = (uint16_t)http_trim(value).len;
    p->field_count++;
}

static void step_field(struct http_request_parser *p, uint8_t c)
{
    if (c == '\r') {
        p->state = AT_END_LF;
    } else if (c == '\n') {
        p->head_done = true;
    } else if (c == ' ' || c == '\t') {
        refuse(p, p->field_count > 0 ? HTTP_FIELD_FOLDED : HTTP_FIELD_NAME_MALFORMED);
    } else if (!http_is_token_char(c)) {
        refuse(p, HTTP_FIELD_NAME_MALFORMED);
    } else if (p->field_count >= p->limits->fields_max) {
        refuse(p, HTTP_TOO_MANY_FIELDS);
    } else {
        p->fields[p->field_count] = (struct http_field_place){ .name_at = p->at };
        p->state = IN_NAME;
    }
}

static void step_name(struct http_request_parser *p, uint8_t c)
{
    struct http_field_place *f = &p->fields[p->field_count];
    f->name_len = (uint16_t)(p->at - f->name_at);
    if (c == ':')
        p->state = BEFORE_VALUE;
    else if (!http_is_token_char(c))
        refuse(p, HTTP_FIELD_NAME_MALFORMED);
}

static void step_value(struct http_request_parser *p, uint8_t c, struct span bytes)
{
    struct http_field_place *f = &p->fields[p->field_count];
    if (p->state == BEFORE_VALUE) {
        if (c == ' ' || c == '\t')
            return;
        f->value_at = p->at;
        p->state = IN_VALUE;
    }
    if (c == '\r' || c == '\n') {
        end_value(p, bytes);
        p->state = c == '\r' ? AT_VALUE_LF : AT_FIELD;
    } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
        refuse(p, HTTP_FIELD_VALUE_MALFORMED);
    }
}

static void step_lf(struct http_request_parser *p, uint8_t c)
{
    if (c != '\n')
        refuse(p, HTTP_BARE_CR);
    if (p->state == AT_END_LF)
        p->head_done = true;
    else
        p->state = AT_FIELD;
}

static void step(struct http_request_parser *p, uint8_t c, struct span bytes)
{
    switch ((enum state)p->state) {
    case AT_START:
    case AT_START_LF:
        step_start(p, c);
        break;
    case IN_METHOD:
        step_method(p, c);
        break;
    case IN_TARGET:
        step_target(p, c);
        break;
    case IN_VERSION:
        step_version(p, c, bytes);
        break;
    case AT_FIELD:
        step_field(p, c);
        break;
    case IN_NAME:
        step_name(p, c);
        break;
    case BEFORE_VALUE:
    case IN_VALUE:
        step_value(p, c, bytes);
        break;
    case AT_LINE_LF:
    case AT_VALUE_LF:
    case AT_END_LF:
        step_lf(p, c);
        break;
    case AT_BODY:
        break;
    }
}

static struct span field_name(const struct http_request_parser *p, struct span bytes, size_t i)
{
    return place(bytes, p->fields[i].name_at, p->fields[i].name_len);
}

static struct span field_value(const struct http_request_parser *p, struct span bytes, size_t i)
{
    return place(bytes, p->fields[i].value_at, p->fields[i].value_len);
}

/* How long is the body, and is the head one a server may act on? RFC 9112 3.2, 6.3. */
static void check_framing(struct http_request_parser *p, struct span bytes)
{
    unsigned hosts = 0;

    for (size_t i = 0; i < p->field_count; i++) {
        struct span name = field_name(p, bytes, i);
        if (span_is_nocase(name, "Host")) {
            hosts++;
        } else if (span_is_nocase(name, "Transfer-Encoding")) {
            refuse(p, HTTP_BODY_CODED);
        } else if (span_is_nocase(name, "Content-Length")) {
            if (p->has_length)
                refuse(p, HTTP_LENGTH_REPEATED);
            else if (!http_number_parse(field_value(p, bytes, i), &p->body_length))
                refuse(p, HTTP_LENGTH_MALFORMED);
            p->has_length = true;
        }
    }
    if (hosts > 1)
        refuse(p, HTTP_HOST_REPEATED);
    if (hosts == 0 && p->minor > 0)
        refuse(p, HTTP_HOST_MISSING);
    if (p->body_length > p->limits->body_max)
        refuse(p, HTTP_BODY_TOO_LONG);
}

enum http_parse http_request_parser_feed(struct http_request_parser *p, struct span bytes)
{
    while (p->flaw == HTTP_SOUND && !p->head_done && p->at < bytes.len) {
        if (p->at >= p->limits->head_max) {
            refuse(p, HTTP_HEAD_TOO_LONG);
            break;
        }
        step(p, bytes.data[p->at], bytes);
        p->at++;
    }
    if (p->head_done && p->state != AT_BODY && p->flaw == HTTP_SOUND) {
        p->head_length = p->at;
        p->state = AT_BODY;
        check_framing(p, bytes);
    }
    if (p->flaw != HTTP_SOUND)
        return HTTP_PARSE_REFUSED;
    if (!p->head_done || span_from(bytes, p->head_length).len < p->body_length)
        return HTTP_PARSE_MORE;
    return HTTP_PARSE_READY;
}

bool http_request_parser_has_begun(const struct http_request_parser *p)
{
    return p->state > AT_START_LF;
}

static bool is_named(const struct http_request_parser *p, struct span bytes, size_t i,
                     struct span name)
{
    return p->fields[i].name_len == name.len && span_equals_nocase(field_name(p, bytes, i), name);
}

/* Never NULL: the field is there, if empty. */
static struct span value_of(const struct http_request_parser *p, struct span bytes, size_t i)
{
    struct span value = field_value(p, bytes, i);
    return value.data ? value : span_of("", 0);
}

static struct span find_field(const struct http_request_parser *p, struct span bytes,
                              const char *name)
{
    for (size_t i = 0; i < p->field_count; i++)
        if (is_named(p, bytes, i, span_text(name)))
            return value_of(p, bytes, i);
    return (struct span){ 0 };
}

bool http_request_parser_wants_continue(const struct http_request_parser *p, struct span bytes)
{
    return p->head_done && p->minor > 0 && p->flaw == HTTP_SOUND &&
           span_from(bytes, p->head_length).len < p->body_length &&
           span_is_nocase(find_field(p, bytes, "Expect"), "100-continue");
}

static enum http_method method_of(struct span text)
{
    static const struct {
        const char *name;
        enum http_method method;
    } methods[] = {
        { "GET", HTTP_GET },         { "HEAD", HTTP_HEAD },     { "POST", HTTP_POST },
        { "PUT", HTTP_PUT },         { "DELETE", HTTP_DELETE }, { "PATCH", HTTP_PATCH },
        { "OPTIONS", HTTP_OPTIONS },
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (span_is(text, methods[i].name))
            return methods[i].method;
    return HTTP_OTHER;
}

void http_request_view(const struct http_request_parser *p, struct span bytes,
                       struct http_request *out)
{
    *out = (struct http_request){
        .method_text = place(bytes, p->method_at, p->method_len),
        .target = place(bytes, p->target_at, p->target_len),
        .body = span_slice(bytes, p->head_length, (size_t)p->body_length),
        .minor = p->minor,
        .total_length = p->head_length + (size_t)p->body_length,
        .bytes = bytes,
        .parser = p,
    };
    out->method = method_of(out->method_text);
    struct span connection = find_field(p, bytes, "Connection");
    out->keep_alive = p->minor > 0 ? !http_list_has(connection, "close")
                                   : http_list_has(connection, "keep-alive");
}

struct span http_request_field(const struct http_request *request, const char *name)
{
    return find_field(request->parser, request->bytes, name);
}

struct span http_request_field_last(const struct http_request *request, const char *name)
{
    const struct http_request_parser *p = request->parser;
    for (size_t i = p->field_count; i > 0; i--)
        if (is_named(p, request->bytes, i - 1, span_text(name)))
            return value_of(p, request->bytes, i - 1);
    return (struct span){ 0 };
}
