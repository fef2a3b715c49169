/* See paging.h. The Link field (RFC 8288) is the request's own target with another `after`, so that
 * filters of the query go on. */
#include "api/paging.h"

#include "model/url.h"

#define LINK_MAX 900 /* a head has room for that */

void page_begin(struct page *page, struct api_call *call, const char *key)
{
    uint64_t limit = API_LIMIT_DEFAULT;
    (void)call_query_number(call, "limit", &limit);
    *page = (struct page){ .text = call_text(call), .left = (uint32_t)limit };
    page->json = json_over(&page->text);
    json_write_object_begin(&page->json, NULL);
    json_write_array_begin(&page->json, key);
    page->json.out = &page->text;
}

void page_row_begin(struct page *page)
{
    page->row_start = page->text.len;
    page->row_comma = page->json.need_comma;
    page->json.out = &page->text;
}

bool page_row_end(struct page *page)
{
    const size_t tail = 512; /* for what page_end() adds */
    struct text *t = &page->text;
    if (!t->failed && t->cap - t->len > tail && page->left > 0) {
        page->left--;
        return true;
    }
    t->len = page->row_start;
    t->data[t->len] = 0;
    t->failed = false;
    page->json.need_comma = page->row_comma;
    page->full = true;
    return false;
}

/* `<path?query&after=next>; rel="next"`; nothing where it does not fit. */
static void add_link(struct api_call *call, const char *next)
{
    char data[LINK_MAX];
    struct text link = text_over(data, sizeof data);
    struct span query = call->request->query;

    text_add_char(&link, '<');
    text_add_span(&link, call->request->path);
    text_add(&link, "?after=");
    url_encode(&link, span_text(next));
    while (query.len > 0) {
        struct span part = contract_next_word(&query, '&');
        if (part.len == 0 || span_starts_with(part, "after="))
            continue;
        text_add_char(&link, '&');
        text_add_span(&link, part);
    }
    text_add(&link, ">; rel=\"next\"");
    if (!link.failed)
        call_add_field(call, "Link", text_span(&link));
}

void page_end(struct page *page, struct api_call *call, const char *next)
{
    json_write_array_end(&page->json);
    page_close(page, call, next);
}

void page_close(struct page *page, struct api_call *call, const char *next)
{
    if (page->full) {
        json_write_text(&page->json, "next", next);
        add_link(call, next);
    }
    json_write_object_end(&page->json);
    call_reply_json(call, &page->text);
}

static void name_of(const struct page_table *table, size_t row, char out[API_PARAMETER_TEXT_MAX])
{
    struct text name = text_over(out, API_PARAMETER_TEXT_MAX);
    table->name(table->context, row, &name);
}

/* The row of this name; table->count when it is gone. */
static size_t find_row(const struct page_table *table, const char *wanted)
{
    char name[API_PARAMETER_TEXT_MAX];
    for (size_t row = 0; row < table->count; row++) {
        name_of(table, row, name);
        if (strcmp(name, wanted) == 0)
            return row;
    }
    return table->count;
}

void page_reply_table(struct api_call *call, const struct page_table *table)
{
    char last[API_PARAMETER_TEXT_MAX];
    struct page page;
    size_t row = 0;

    call_query_text(call, "after", last, sizeof last);
    if (last[0]) {
        row = find_row(table, last);
        if (row == table->count) {
            call_problem(call, 400, "bad-query",
                         "The row that \"after\" names is gone: begin with the first page again.");
            return;
        }
        row++;
    }
    page_begin(&page, call, table->key);
    for (; row < table->count; row++) {
        page_row_begin(&page);
        table->write(table->context, row, &page.json);
        if (!page_row_end(&page))
            break;
        name_of(table, row, last);
    }
    page_end(&page, call, last);
}
