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
    enum worker_task task;
    uint32_t number;

    if (worker_request_decode(message, &task, &number))
        assert(task < WORKER_TASKS);
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
