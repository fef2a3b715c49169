/* See page.h. The policy lets the page load from tugboot alone, with nothing inline: text that a
 * machine put into its name cannot become a script. */
#include "api/page.h"

#include "api/call.h"
#include "http/header.h"

#define FIELD(name, text)                                                                          \
    {                                                                                              \
        name,                                                                                      \
        {                                                                                          \
            (const uint8_t *)(text), sizeof(text) - 1                                              \
        }                                                                                          \
    }

static const struct http_field policy[] = {
    FIELD("Content-Security-Policy",
          "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
          "frame-ancestors 'none'"),
    FIELD("Referrer-Policy", "no-referrer"),
    FIELD("Cache-Control", "no-cache"), /* ask each time; the ETag makes it cheap */
};
/* Browsers heed it over TLS only, and complain of it else. */
static const struct http_field alone = FIELD("Cross-Origin-Opener-Policy", "same-origin");
static const struct http_field vary = FIELD("Vary", "Accept-Encoding");
static const struct http_field packed = FIELD("Content-Encoding", "gzip");

/* The file with this path below web/; NULL when there is none. */
static const struct page_file *find(struct span path)
{
    for (size_t i = 0; i < page_file_count; i++)
        if (span_is(path, page_files[i].path))
            return &page_files[i];
    return NULL;
}

static const struct page_file *file_of(struct span path)
{
    static const char assets[] = "/assets/";
    if (span_starts_with(path, assets))
        return find(span_from(path, sizeof assets - 1));
    /* A view's name has no dot in its last part; "/favicon.ico" is no view. */
    size_t last = path.len;
    while (last > 0 && path.data[last - 1] != '/')
        last--;
    struct span name = span_from(path, last);
    return span_find(name, '.') < name.len && last <= 1 ? NULL : find(span_text("index.html"));
}

static void add_field(struct api_reply *out, const struct http_field *field)
{
    out->fields[out->field_count++] = *field;
}

static bool takes_gzip(const struct http_request *http)
{
    struct span codings = http_request_field(http, "Accept-Encoding"), item;
    while (http_list_next(&codings, &item)) {
        struct span name = http_trim(span_slice(item, 0, span_find(item, ';')));
        struct span weight = http_trim(span_from(item, span_find(item, ';') + 1));
        if (span_is_nocase(name, "gzip"))
            return !span_is(weight, "q=0") && !span_starts_with(weight, "q=0.0");
    }
    return false;
}

/* Does If-None-Match name it? Weak comparison (RFC 9110 13.1.2). */
static bool has_it(const struct http_request *http, struct span etag)
{
    struct span list = http_request_field(http, "If-None-Match"), item;
    while (http_list_next(&list, &item)) {
        if (span_starts_with(item, "W/"))
            item = span_from(item, 2);
        if (span_is(item, "*") || span_equals(item, etag))
            return true;
    }
    return false;
}

static void refuse(struct arena *arena, struct api_reply *out, uint16_t status, const char *code,
                   const char *detail)
{
    struct api_call call = { .arena = arena, .reply = out };
    call_problem(&call, status, code, detail);
}

void page_handle(const struct api_request *request, struct arena *arena, struct api_reply *out)
{
    const struct http_request *http = request->http;
    const struct page_file *file = file_of(request->path);
    char data[48];
    struct text etag = text_over(data, sizeof data);

    *out = (struct api_reply){ .kind = API_REPLY_BODY };
    if (http->method != HTTP_GET && http->method != HTTP_HEAD) {
        refuse(arena, out, 405, "method-not-allowed", "Pages are read; the API is at /api/v1/.");
        out->allow = "GET, HEAD";
        return;
    }
    if (!file) {
        refuse(arena, out, 404, "unknown-path", "There is no such file.");
        return;
    }
    bool is_packed = file->packed.len > 0 && takes_gzip(http);
    text_addf(&etag, "\"%s%s\"", file->digest, is_packed ? "-gzip" : "");
    for (size_t i = 0; i < sizeof policy / sizeof policy[0]; i++)
        add_field(out, &policy[i]);
    if (request->caller && request->caller->is_secure)
        add_field(out, &alone);
    if (file->packed.len > 0)
        add_field(out, &vary);
    struct span kept = arena_copy(arena, span_of(etag.data, etag.len + 1));
    out->etag = kept.data ? (const char *)kept.data : NULL;
    if (has_it(http, text_span(&etag))) {
        out->status = 304;
        return;
    }
    if (is_packed)
        add_field(out, &packed);
    out->status = 200;
    out->media_type = file->media_type;
    out->body = is_packed ? file->packed : file->bytes;
}
