/* See listing.h. Links are whole paths, so that they hold with and without a slash at the end of
 * the address; names come from a foreign file, and are escaped twice over: as addresses and as
 * text. */
#include "boot/listing.h"

#include "model/url.h"

#define END_BYTES 256 /* kept for what closes the page */

struct page {
    const struct image *image;
    struct span folder;
    struct text *out;
    uint32_t left_out;
};

static void add_link(struct page *p, struct span folder, struct span name, bool is_folder)
{
    struct text *out = p->out;
    text_add(out, "<li><a href=\"/images/");
    url_encode(out, span_text(p->image->name));
    text_add_char(out, '/');
    url_encode(out, folder);
    if (folder.len > 0)
        text_add_char(out, '/');
    url_encode(out, name);
    text_add(out, is_folder ? "/\">" : "\">");
    text_add_markup(out, name);
    text_add(out, is_folder ? "/</a>" : "</a>");
}

static int add_entry(void *context, struct span name, const struct image_index_entry *what)
{
    struct page *p = context;
    struct text line = { .data = p->out->data + p->out->len,
                         .cap = p->out->cap - p->out->len > END_BYTES
                                    ? p->out->cap - p->out->len - END_BYTES
                                    : 1 };
    struct page one = { .image = p->image, .out = &line };

    if (p->left_out == 0) {
        add_link(&one, p->folder, name, what->is_folder);
        if (!what->is_folder)
            text_addf(&line, " %llu", (unsigned long long)what->size);
        text_add(&line, "</li>\n");
    }
    if (p->left_out > 0 || line.failed)
        p->left_out++;
    else
        p->out->len += line.len;
    p->out->data[p->out->len] = 0;
    return 0;
}

bool listing_write(const struct image *image, struct span folder, struct text *out)
{
    struct page page = { .image = image, .folder = folder, .out = out };
    size_t before = out->len;

    text_add(out, "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>");
    text_add_markup(out, span_text(image->name));
    text_add_char(out, '/');
    text_add_markup(out, folder);
    text_add(out, "</title>\n<ul>\n");
    if (folder.len == 0)
        add_entry(&page, span_text(image->container->file),
                  &(struct image_index_entry){ .size = image->container->index->container_size });
    if (out->failed || !image_index_list(image->container->index, folder, add_entry, &page)) {
        out->len = before;
        return false;
    }
    text_add(out, "</ul>\n");
    if (page.left_out > 0)
        text_addf(out, "<p>and %u more, which do not fit on this page</p>\n",
                  (unsigned)page.left_out);
    return !out->failed;
}
