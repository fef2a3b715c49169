/* A sequence of packets and time steps through one transfer. The first bytes choose the terms and
 * the size; then each record is a kind, a time step and what the kind needs. After each step:
 *
 * - DATA goes out only within the window, never behind the end, and nothing a client sends makes
 *   more than one window of it;
 * - an address that has not answered gets the first packet and no more than three repetitions of
 *   the OACK by time, and one packet for each request it repeats itself;
 * - the blocks acknowledged never become fewer;
 * - the transfer ends at last, when nothing is heard any more. */
#include <assert.h>

#include "base/reader.h"

#include "tftp/transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    struct tftp_transfer t;
    struct instant now;
    uint64_t acked, asked_again, first_packets;
    bool answered, ended;
};

static void check_data(struct run *run, const struct tftp_step *step)
{
    const struct tftp_transfer *t = &run->t;
    uint64_t offset, end = step->first + step->count - 1;
    size_t length;
    assert(step->count >= 1 && step->count <= t->terms.window);
    assert(step->first == t->acked + 1 && end <= t->blocks && end <= t->sent);
    tftp_transfer_locate(t, end, &offset, &length);
    assert(offset + length <= t->size && length <= t->terms.block_size);
    assert((length < t->terms.block_size) == (end == t->blocks));
}

static void check(struct run *run, const struct tftp_step *step)
{
    const struct tftp_transfer *t = &run->t;
    if (step->answered) {
        assert(!run->answered);
        run->answered = true;
    }
    switch (step->action) {
    case TFTP_DO_NOTHING:
        break;
    case TFTP_SEND_OACK:
        assert(t->terms.has_oack && !run->answered);
        run->first_packets++;
        break;
    case TFTP_SEND_DATA:
        check_data(run, step);
        if (!run->answered) {
            assert(!t->terms.has_oack && step->count == 1);
            run->first_packets++;
        }
        break;
    }
    /* no amplification: the first packet, three repetitions of an OACK, and what was asked for */
    assert(run->first_packets <= 1u + (t->terms.has_oack ? 3u : 0u) + run->asked_again);
    assert(t->acked >= run->acked && t->acked <= t->sent && t->sent <= t->blocks);
    assert(t->sent - t->acked <= t->terms.window);
    assert(tftp_transfer_bytes_acked(t) <= t->size);
    run->acked = t->acked;
    if (step->ending == TFTP_COMPLETE)
        assert(t->acked == t->blocks && t->state == TFTP_LINGERING);
    else if (step->ending != TFTP_GOES_ON)
        assert(t->state == TFTP_OVER);
    run->ended = t->state == TFTP_OVER;
    if (run->ended)
        assert(t->deadline.ns == INSTANT_NEVER.ns);
    else
        assert(t->deadline.ns != INSTANT_NEVER.ns && t->deadline.ns > 0);
}

static void begin(struct run *run, struct reader *r)
{
    static const uint16_t sizes[] = { 8, 512, 1428, TFTP_BLOCK_MAX };
    struct tftp_step step;
    uint8_t flags = reader_u8(r);
    struct tftp_terms terms = { .block_size = sizes[flags & 3], .window = 1 };
    uint32_t size = reader_be32(r);
    uint16_t window = reader_be16(r);
    uint8_t timeout = reader_u8(r);
    if (flags & 4) {
        terms.has_oack = true;
        terms.size_asked = (flags & 8) != 0;
        terms.window = window == 0 ? 1 : window > INT16_MAX ? INT16_MAX : window;
        terms.timeout_s = timeout;
    }
    *run = (struct run){ .now = { 1000000000 } };
    tftp_transfer_start(&run->t, &terms, size % (70000u * 8), run->now, &step);
    check(run, &step);
}

static void take_record(struct run *run, struct reader *r)
{
    struct tftp_packet packet = { .opcode = TFTP_ACK };
    struct tftp_step step = { 0 };
    uint8_t kind = reader_u8(r);
    uint16_t number = reader_be16(r);
    run->now = instant_after(run->now, duration_ms(reader_u8(r)));
    switch (kind % 8) {
    case 0: /* an ACK, as near as the number says */
        packet.number = (uint16_t)(run->t.acked + number % 20);
        break;
    case 1: /* any ACK */
        packet.number = number;
        break;
    case 2: /* the ACK that is hoped for */
        packet.number = (uint16_t)run->t.sent;
        break;
    case 3:
        packet = (struct tftp_packet){ .opcode = TFTP_ERROR, .number = number };
        break;
    case 4:
        packet = (struct tftp_packet){ .opcode = TFTP_DATA, .number = number };
        break;
    case 5: /* the clock comes to the deadline, or near it */
        if (run->t.deadline.ns > run->now.ns)
            run->now = run->t.deadline;
        tftp_transfer_expire(&run->t, run->now, &step);
        check(run, &step);
        return;
    case 6:
        run->asked_again++;
        if (!tftp_transfer_is_replaced(&run->t, number & 1, run->now, &step))
            check(run, &step);
        return;
    case 7: /* the socket's buffer was full from some block on */
        if (run->t.state == TFTP_SENDING && run->t.sent > run->t.acked)
            tftp_transfer_hold_back(
                &run->t, run->t.acked + 1 + number % (run->t.sent - run->t.acked), run->now);
        assert(run->t.sent >= run->t.acked);
        return;
    }
    tftp_transfer_handle(&run->t, &packet, run->now, &step);
    check(run, &step);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_over(span_of(data, size));
    struct run run;
    begin(&run, &r);
    while (reader_left(&r) > 0 && !run.ended)
        take_record(&run, &r);
    struct instant quiet_from = run.now;
    for (int i = 0; !run.ended; i++) {
        struct tftp_step step;
        assert(i < 100000);
        if (run.t.deadline.ns > run.now.ns)
            run.now = run.t.deadline;
        tftp_transfer_expire(&run.t, run.now, &step);
        check(&run, &step);
    }
    /* five times the longest timeout a client can ask for, and the last wait */
    assert(instant_since(run.now, quiet_from).ns <= duration_seconds(5 * 255 + 30).ns);
    return 0;
}
