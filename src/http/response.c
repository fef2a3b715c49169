/* See response.h. */
#include "http/response.h"

#include "http/header.h"

static const struct {
    uint16_t status;
    const char *text;
} statuses[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 206, "Partial Content" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 416, "Range Not Satisfiable" },
    { 421, "Misdirected Request" },
    { 422, "Unprocessable Content" },
    { 428, "Precondition Required" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
    { 505, "HTTP Version Not Supported" },
    { 507, "Insufficient Storage" },
};

const char *http_status_text(uint16_t status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "Unknown";
}

/* Decimal digits. */
static void write_number(struct writer *w, uint64_t value)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    writer_bytes(w, span_of(digits + at, sizeof digits - at));
}

void http_content_range_write(struct writer *w, uint64_t first, uint64_t length, uint64_t total)
{
    writer_text(w, "bytes ");
    if (length == 0) {
        writer_text(w, "*");
    } else {
        write_number(w, first);
        writer_text(w, "-");
        write_number(w, first + length - 1);
    }
    writer_text(w, "/");
    write_number(w, total);
}

static void write_text_field(struct writer *w, const char *name, const char *value)
{
    if (!value || value[0] == 0)
        return;
    writer_text(w, name);
    writer_text(w, ": ");
    writer_text(w, value);
    writer_text(w, "\r\n");
}

static void write_date_field(struct writer *w, const char *name, int64_t seconds)
{
    writer_text(w, name);
    writer_text(w, ": ");
    http_date_write(w, seconds);
    writer_text(w, "\r\n");
}

static void write_extra(struct writer *w, const struct http_field *field)
{
    struct span v = field->value;
    if (span_find(v, '\r') < v.len || span_find(v, '\n') < v.len || span_find(v, 0) < v.len) {
        w->failed = true;
        return;
    }
    writer_text(w, field->name);
    writer_text(w, ": ");
    writer_bytes(w, v);
    writer_text(w, "\r\n");
}

static void write_content(struct writer *w, const struct http_response_head *head)
{
    if (head->boundary) {
        writer_text(w, "Content-Type: multipart/byteranges; boundary=");
        writer_text(w, head->boundary);
        writer_text(w, "\r\n");
    } else {
        write_text_field(w, "Content-Type", head->media_type);
    }
    /* RFC 9110 8.6: 304 may tell the length, but some clients then wait for it. */
    if (head->status != 204 && head->status != 304) {
        writer_text(w, "Content-Length: ");
        write_number(w, head->content_length);
        writer_text(w, "\r\n");
    }
    if (head->has_content_range) {
        writer_text(w, "Content-Range: ");
        http_content_range_write(w, head->range_first, head->range_length, head->range_total);
        writer_text(w, "\r\n");
    }
}

void http_response_head_write(struct writer *w, const struct http_response_head *head)
{
    writer_text(w, "HTTP/1.1 ");
    write_number(w, head->status);
    writer_text(w, " ");
    writer_text(w, http_status_text(head->status));
    writer_text(w, "\r\n");
    write_date_field(w, "Date", head->now.ms / 1000);
    write_content(w, head);
    if (head->modified_s != 0)
        write_date_field(w, "Last-Modified", head->modified_s);
    write_text_field(w, "ETag", head->etag);
    write_text_field(w, "Accept-Ranges", head->accept_ranges ? "bytes" : NULL);
    write_text_field(w, "Allow", head->allow);
    write_text_field(w, "Retry-After", head->retry_after ? "1" : NULL);
    for (size_t i = 0; i < head->extra_count; i++)
        write_extra(w, &head->extra[i]);
    if (head->close)
        write_text_field(w, "Connection", "close");
    else if (head->keep_alive)
        write_text_field(w, "Connection", "keep-alive");
    writer_text(w, "\r\n");
}

void http_response_short_write(struct writer *w, const struct http_response_head *head,
                               bool head_only)
{
    struct http_response_head full = *head;
    const char *text = http_status_text(head->status);

    full.media_type = "text/plain";
    full.content_length = strlen(text) + 5; /* "404 " and the line feed */
    if (head->sentence)
        full.content_length = strlen(head->sentence) + 1;
    http_response_head_write(w, &full);
    if (head_only)
        return;
    if (head->sentence) {
        writer_text(w, head->sentence);
        writer_text(w, "\n");
        return;
    }
    write_number(w, head->status);
    writer_text(w, " ");
    writer_text(w, text);
    writer_text(w, "\n");
}
