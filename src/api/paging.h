/* Lists, page by page (limit, after, next, Link). Inside api/ only. */
#ifndef API_PAGING_H
#define API_PAGING_H

#include "api/call.h"

/* A list that grows row by row and ends early at its limit or when the arena is full: begin, then
 * for each row page_row_begin / write the row / page_row_end, then page_end. */
struct page {
    struct text text;
    struct json_writer json;
    size_t row_start;
    uint32_t left; /* rows that still may come */
    bool row_comma;
    bool full;
};

/* Its limit is that of the query. */
void page_begin(struct page *page, struct api_call *call, const char *key);
void page_row_begin(struct page *page);
/* False when the row did not fit, or was one too many: it is taken back and the page is full. */
bool page_row_end(struct page *page);
/* Close the list; a full page gets "next": `next` (what to ask for as `after`), and a Link field.
 */
void page_end(struct page *page, struct api_call *call, const char *next);

/* The second half of page_end(), after the list was closed and more was written behind it. */
void page_close(struct page *page, struct api_call *call, const char *next);

/* A table in an order of its own, by names: rows from the one behind `after` on, which is passed
 * over when it is not there any more. Each row writes itself. */
struct page_table {
    const char *key;
    size_t count;
    void (*name)(const void *context, size_t row, struct text *out);
    void (*write)(const void *context, size_t row, struct json_writer *j);
    const void *context;
};
void page_reply_table(struct api_call *call, const struct page_table *table);

#endif
