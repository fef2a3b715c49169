/* What a worker that a file has taken over might send: texts come out printable, and what was
 * decoded is decoded again to the same. */
#include <assert.h>

#include "serve/worker_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span message = span_of(data, size);
    struct worker_reply reply, again;
    uint8_t buffer[WORKER_REPLY_MAX];
    uint8_t request_buffer[WORKER_REQUEST_MAX];
    struct image_extent extents[WORKER_EXTENTS_MAX];
    struct worker_request request;

    if (worker_request_decode(message, extents, &request)) {
        assert(request.task < WORKER_TASKS && request.extent_count <= WORKER_EXTENTS_MAX);
        size_t request_len = worker_request_encode(&request, request_buffer);
        assert(span_equals(span_of(request_buffer, request_len), message));
    }
    if (!worker_reply_decode(message, &reply))
        return 0;
    for (const char *c = reply.phrase; *c; c++)
        assert(*c >= ' ' && *c <= '~');
    size_t len = worker_reply_encode(&reply, buffer);
    assert(worker_reply_decode(span_of(buffer, len), &again));
    assert(again.number == reply.number && again.result == reply.result);
    assert(memcmp(&again.facts, &reply.facts, sizeof reply.facts) == 0);
    assert(strcmp(again.phrase, reply.phrase) == 0);
    return 0;
}
