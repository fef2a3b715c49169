/* See wake.h. */
#include "model/wake.h"

void wake_packet_write(struct writer *w, struct mac machine, const struct mac *password)
{
    writer_fill(w, 0xff, sizeof machine.bytes);
    for (unsigned i = 0; i < 16; i++)
        writer_bytes(w, span_of(machine.bytes, sizeof machine.bytes));
    if (password)
        writer_bytes(w, span_of(password->bytes, sizeof password->bytes));
}
