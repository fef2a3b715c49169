/* See reply.h. Part heads are written anew each time they are asked for instead of being kept; they
 * are a pure function of reply and body. */
#include "http/reply.h"

#include <assert.h>

#include "base/checked.h"

#include "http/conditional.h"
#include "http/response.h"

#define PART_HEAD_MAX 320

static void write_boundary(struct writer *w, uint64_t seed)
{
    static const char hex[] = "0123456789abcdef";
    writer_text(w, "tugboot-part-");
    for (int shift = 60; shift >= 0; shift -= 4)
        writer_u8(w, (uint8_t)hex[seed >> shift & 15]);
}

/* RFC 9110 14.6. The head of part `i`, or the end mark behind the last. */
static struct span write_part_head(const struct http_reply *reply, const struct body *body,
                                   const char *media_type, size_t i, void *scratch)
{
    struct writer w = writer_over(scratch, PART_HEAD_MAX);

    writer_text(&w, "\r\n--");
    write_boundary(&w, reply->seed);
    if (i >= reply->range_count) {
        writer_text(&w, "--\r\n");
        return writer_span(&w);
    }
    /* Longer ones do not exist; cut rather than fail. */
    struct span type = span_slice(span_text(media_type), 0, 128);
    if (type.len > 0) {
        writer_text(&w, "\r\nContent-Type: ");
        writer_bytes(&w, type);
    }
    writer_text(&w, "\r\nContent-Range: ");
    http_content_range_write(&w, reply->ranges[i].first, reply->ranges[i].length, body->size);
    writer_text(&w, "\r\n\r\n");
    assert(!w.failed);
    return writer_span(&w);
}

static uint64_t multipart_length(const struct http_reply *reply, const struct body *body,
                                 const char *media_type)
{
    uint8_t scratch[PART_HEAD_MAX];
    uint64_t sum = write_part_head(reply, body, media_type, reply->range_count, scratch).len;
    for (size_t i = 0; i < reply->range_count; i++)
        sum += write_part_head(reply, body, media_type, i, scratch).len + reply->ranges[i].length;
    return sum;
}

static void take_whole(struct http_reply *reply, const struct body *body)
{
    reply->status = 200;
    reply->length = body->size;
    reply->reaches_end = true;
    if (body->size > 0)
        reply->ranges[reply->range_count++] = (struct http_range){ .length = body->size };
}

static void take_ranges(struct http_reply *reply, const struct body *body,
                        const struct http_ranges *ranges, const char *media_type)
{
    const struct http_range *last = &ranges->items[ranges->count - 1];

    reply->status = 206;
    reply->range_count = ranges->count;
    memcpy(reply->ranges, ranges->items, sizeof reply->ranges);
    reply->reaches_end = last->first + last->length == body->size;
    reply->has_boundary = ranges->count > 1;
    reply->length = reply->has_boundary ? multipart_length(reply, body, media_type) : last->length;
}

/* Which bytes, with which status. */
static void decide(struct http_reply *reply, const struct http_request *request,
                   const struct body *body, const char *media_type)
{
    struct span range = http_request_field(request, "Range");
    struct http_ranges ranges;

    switch (http_conditional_decide(request, body)) {
    case HTTP_CONDITION_NOT_MODIFIED:
        reply->status = 304;
        return;
    case HTTP_CONDITION_FAILED:
        reply->status = 412;
        return;
    case HTTP_CONDITION_PROCEED:
        break;
    }
    /* RFC 9110 14.2: Range is defined for GET alone; HEAD tells of the whole. */
    if (range.data && request->method == HTTP_GET && http_conditional_range_holds(request, body)) {
        switch (http_range_parse(range, body->size, &ranges)) {
        case HTTP_RANGE_SOUND:
            take_ranges(reply, body, &ranges, media_type);
            return;
        case HTTP_RANGE_UNSATISFIABLE:
            reply->status = 416;
            return;
        case HTTP_RANGE_IGNORED:
            break;
        }
    }
    take_whole(reply, body);
}

void http_reply_begin(struct http_reply *reply, const struct http_request *request,
                      const struct body *body, const char *media_type, struct calendar now,
                      uint64_t seed, struct writer *head)
{
    char boundary[HTTP_BOUNDARY_MAX];
    struct writer boundary_writer = writer_over(boundary, sizeof boundary - 1);

    *reply = (struct http_reply){ .keep_alive = request->keep_alive, .seed = seed };
    decide(reply, request, body, media_type);
    bool carries = reply->status == 200 || reply->status == 206;
    struct http_response_head h = {
        .status = reply->status,
        .now = now,
        .content_length = reply->length,
        .media_type = carries ? media_type : NULL,
        .etag = reply->status == 412 ? NULL : body->etag,
        .modified_s = reply->status == 412 ? 0 : body->modified_s,
        .accept_ranges = reply->status != 304,
        .close = !reply->keep_alive,
        .keep_alive = reply->keep_alive && request->minor == 0,
    };
    if (reply->status == 416 || (reply->status == 206 && !reply->has_boundary)) {
        h.has_content_range = true;
        h.range_first = reply->ranges[0].first;
        h.range_length = reply->ranges[0].length;
        h.range_total = body->size;
    }
    if (reply->has_boundary) {
        write_boundary(&boundary_writer, seed);
        boundary[boundary_writer.len] = 0;
        h.boundary = boundary;
    }
    http_response_head_write(head, &h);
    if (request->method == HTTP_HEAD) {
        reply->range_count = 0; /* nothing but the head is sent */
        reply->has_boundary = false;
        reply->reaches_end = false;
    }
}

/* The piece that holds byte `offset`, from there to its end or to `length`. */
static void locate(const struct body *body, uint64_t offset, uint64_t length, void *scratch,
                   struct http_slice *out)
{
    uint64_t within = 0;
    const struct body_piece *piece = body_find_piece(body, offset, &within);

    *out = (struct http_slice){ .fd = -1 };
    if (!piece)
        return; /* the pieces are shorter than body->size */
    uint64_t left = piece->length - within;
    out->fd = piece->fd;
    out->offset = piece->offset + within;
    out->length = left < length ? left : length;
    if (piece->make) {
        if (out->length > HTTP_SCRATCH_BYTES)
            out->length = HTTP_SCRATCH_BYTES;
        piece->make(piece->context, within, scratch, (size_t)out->length);
        out->memory = scratch;
    } else if (piece->fd < 0) {
        out->memory = span_from(span_of(piece->memory, piece->length), within).data;
    }
}

static bool is_part_head(const struct http_reply *reply)
{
    return reply->has_boundary && reply->element % 2 == 0;
}

/* Length of the present element, 0 when there is none left. */
static uint64_t element_length(const struct http_reply *reply, const struct body *body,
                               const char *media_type)
{
    uint8_t scratch[PART_HEAD_MAX];
    if (is_part_head(reply))
        return reply->element > 2 * reply->range_count
                   ? 0
                   : write_part_head(reply, body, media_type, reply->element / 2, scratch).len;
    size_t i = reply->has_boundary ? reply->element / 2 : reply->element;
    return i < reply->range_count ? reply->ranges[i].length : 0;
}

bool http_reply_next(struct http_reply *reply, const struct body *body, const char *media_type,
                     void *scratch, struct http_slice *ret_slice)
{
    uint64_t length = element_length(reply, body, media_type);

    if (length > 0 && reply->done >= length) {
        reply->element++;
        reply->done = 0;
        length = element_length(reply, body, media_type);
    }
    if (length == 0)
        return false;
    if (is_part_head(reply)) {
        struct span text = write_part_head(reply, body, media_type, reply->element / 2, scratch);
        text = span_from(text, (size_t)reply->done);
        *ret_slice = (struct http_slice){ .fd = -1, .memory = text.data, .length = text.len };
        ret_slice->last = reply->element == 2 * reply->range_count;
        return true;
    }
    size_t i = reply->has_boundary ? reply->element / 2 : reply->element;
    locate(body, reply->ranges[i].first + reply->done, length - reply->done, scratch, ret_slice);
    ret_slice->last = !reply->has_boundary && reply->done + ret_slice->length == length;
    return true;
}

void http_reply_advance(struct http_reply *reply, uint64_t bytes)
{
    reply->done += bytes;
    if (!is_part_head(reply))
        reply->sent += bytes;
}
