/* The dashboard's files, built into the program (tools/embed-web): which one a path means, and the
 * head it is sent with. "/" and every path that looks like a view ("/machines/node1") is
 * index.html, which finds its way by the path; "/assets/app.mjs" is the file app.mjs. */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "api/api.h"

struct page_file {
    const char *path; /* below web/ */
    const char *media_type;
    const char *digest; /* of the bytes, for the ETag */
    struct span bytes;
    struct span packed; /* the same by gzip; empty = not worth it */
};

extern const struct page_file page_files[];
extern const size_t page_file_count;

/* Answer a request for anything outside of /api and the like. Of the caller only is_secure counts.
 * Everything in *out is constant or lives in `arena`. */
void page_handle(const struct api_request *request, struct arena *arena, struct api_reply *out);

#endif
