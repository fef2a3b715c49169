/* Bytes -> changes of leases, as they lie in a frame of the lease log; what was read is written as
 * a frame, opened and read again, and must be the same. The bytes are also tried as a frame. */
#include <assert.h>

#include "store/lease_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[65536];
    const struct hash_key key = { 1, 2 };
    struct reader r = reader_over(span_of(data, size)), again;
    struct writer w = writer_over(out, sizeof out);
    struct lease_frame frame;
    struct lease_change change, second;
    uint32_t count = 0;

    (void)lease_frame_open(span_of(data, size), &key, &frame);
    lease_frame_begin(&w);
    while (reader_left(&r) > 0 && size < sizeof out / 2 && lease_frame_next(&r, &change)) {
        const struct change as_put = { .kind =
                                           change.removes ? CHANGE_LEASE_REMOVE : CHANGE_LEASE_PUT,
                                       .lease = change.lease };
        lease_frame_add(&w, &as_put);
        count++;
    }
    lease_frame_seal(&w, 1, count, &key);
    assert(!w.failed && lease_frame_open(writer_span(&w), &key, &frame));
    assert(frame.count == count);
    r = reader_over(span_of(data, size));
    again = reader_over(frame.changes);
    for (uint32_t i = 0; i < count; i++) {
        assert(lease_frame_next(&r, &change) && lease_frame_next(&again, &second));
        assert(memcmp(&change, &second, sizeof change) == 0);
    }
    return 0;
}
