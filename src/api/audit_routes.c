/* Who did what: the list that the carrier writes (serve/control_audit), page by page. */
#include "api/paging.h"

struct audit_page {
    struct page page;
    uint64_t last;
};

static bool add_entry(void *context, const struct audit_entry *entry)
{
    struct audit_page *p = context;
    struct json_writer *j = &p->page.json;

    page_row_begin(&p->page);
    json_write_object_begin(j, NULL);
    json_write_number(j, "sequence", (int64_t)entry->sequence);
    json_write_time(j, "at", entry->at);
    json_write_text(j, "who", entry->who);
    json_write_text(j, "door", entry->door);
    json_write_text(j, "from", entry->from);
    json_write_text(j, "method", entry->method);
    json_write_text(j, "path", entry->path);
    json_write_number(j, "status", entry->status);
    json_write_object_end(j);
    if (!page_row_end(&p->page))
        return false;
    p->last = entry->sequence;
    return true;
}

void route_audit(struct api_call *call)
{
    uint64_t after = 0;
    struct audit_page p = { 0 };
    char next[24];
    struct text t = text_over(next, sizeof next);

    if (!call_query_number(call, "after", &after))
        return;
    page_begin(&p.page, call, "audit");
    /* One more than fits, to know whether that is all. */
    enum api_result result =
        call->backend->each_audit(call->backend->context, after, API_LIMIT_MAX + 1, add_entry, &p);
    if (result != API_DONE) {
        call_refused(call, result, "");
        return;
    }
    text_add_number(&t, p.last);
    page_end(&p.page, call, next);
}
