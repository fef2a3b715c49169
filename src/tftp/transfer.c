/* See transfer.h. Blocks are counted in 64 bits; the 16 bits on the wire roll over to 0.
 *
 * Retransmission is by the measured round trip (RFC 6298, with a floor for a local network),
 * doubled for each repetition. To an address that has not answered, nothing but the OACK is
 * repeated by itself, so that a forged source gets no more than it paid for; a client that lost the
 * first block asks again. */
#include "tftp/transfer.h"

#define START_RESENDS 3

static const struct duration first_patience = { .ns = 500000000 };
static const struct duration least_patience = { .ns = 20000000 };
static const struct duration most_patience = { .ns = 5000000000 };
static const struct duration variation_floor = { .ns = 10000000 };
static const struct duration start_silence = { .ns = 12000000000 };
static const struct duration silence = { .ns = 25000000000 };
static const struct duration linger = { .ns = 1000000000 };
static const struct duration hold = { .ns = 2000000 };
static const struct duration stray_repeat = { .ns = 1000000000 };

static struct duration shorter(struct duration a, struct duration b)
{
    return a.ns < b.ns ? a : b;
}

static struct duration longer(struct duration a, struct duration b)
{
    return a.ns > b.ns ? a : b;
}

/* RFC 2349: the timeout agreed is the longest the client expects to wait. */
static struct duration patience_limit(const struct tftp_transfer *t)
{
    if (t->terms.timeout_s == 0)
        return most_patience;
    return shorter(duration_seconds(t->terms.timeout_s), most_patience);
}

static struct duration silence_limit(const struct tftp_transfer *t)
{
    struct duration asked = duration_seconds(5 * (int64_t)t->terms.timeout_s);
    return longer(asked, t->state == TFTP_STARTING ? start_silence : silence);
}

static void wait_for_answer(struct tftp_transfer *t, struct instant now)
{
    t->deadline = instant_after(now, t->patience);
}

/* RFC 6298 section 2. */
static void measure(struct tftp_transfer *t, struct instant now)
{
    int64_t sample = instant_since(now, t->flight_at).ns;
    if (t->resent || sample < 0)
        return; /* Karn: it is not known which packet was answered */
    if (t->round_trip.ns == 0) {
        t->round_trip.ns = sample;
        t->variation.ns = sample / 2;
    } else {
        int64_t off =
            sample > t->round_trip.ns ? sample - t->round_trip.ns : t->round_trip.ns - sample;
        t->variation.ns += (off - t->variation.ns) / 4;
        t->round_trip.ns += (sample - t->round_trip.ns) / 8;
    }
}

static struct duration usual_patience(const struct tftp_transfer *t)
{
    if (t->round_trip.ns == 0)
        return shorter(first_patience, patience_limit(t));
    struct duration spread = longer((struct duration){ 4 * t->variation.ns }, variation_floor);
    struct duration all = { t->round_trip.ns + spread.ns };
    return shorter(longer(all, least_patience), patience_limit(t));
}

static void send_window(struct tftp_transfer *t, struct instant now, struct tftp_step *out)
{
    uint64_t left = t->blocks - t->acked;
    uint32_t count = left < t->terms.window ? (uint32_t)left : t->terms.window;
    t->resent = t->sent > t->acked;
    if (t->acked + count > t->sent)
        t->sent = t->acked + count;
    t->flight_at = now;
    wait_for_answer(t, now);
    *out = (struct tftp_step){
        .action = TFTP_SEND_DATA,
        .first = t->acked + 1,
        .count = count,
        .answered = out->answered,
    };
}

static void send_first(struct tftp_transfer *t, struct instant now, struct tftp_step *out)
{
    if (!t->terms.has_oack) {
        send_window(t, now, out);
        return;
    }
    t->flight_at = now;
    wait_for_answer(t, now);
    out->action = TFTP_SEND_OACK;
}

static void end(struct tftp_transfer *t, enum tftp_ending ending, struct tftp_step *out)
{
    t->state = TFTP_OVER;
    t->deadline = INSTANT_NEVER;
    out->action = TFTP_DO_NOTHING;
    out->ending = ending;
}

void tftp_transfer_start(struct tftp_transfer *t, const struct tftp_terms *terms, uint64_t size,
                         struct instant now, struct tftp_step *out)
{
    *t = (struct tftp_transfer){
        .state = TFTP_STARTING,
        .terms = *terms,
        .size = size,
        /* the end is told by a block that is not full, if need be an empty one */
        .blocks = size / terms->block_size + 1,
        .rewound_at = UINT64_MAX,
        .started = now,
        .heard_at = now,
    };
    t->patience = shorter(first_patience, patience_limit(t));
    *out = (struct tftp_step){ 0 };
    send_first(t, now, out);
    if (!terms->has_oack)
        t->deadline = instant_after(now, silence_limit(t));
}

static void progress(struct tftp_transfer *t, uint64_t block, struct instant now,
                     struct tftp_step *out)
{
    if (block >= t->sent)
        measure(t, now);
    /* RFC 7440 section 4: a window acknowledged in part is gone on with behind that part */
    if (block < t->sent)
        t->rewound_at = block;
    t->acked = block;
    t->tries = 0;
    t->heard_at = now;
    t->patience = usual_patience(t);
    if (t->acked < t->blocks) {
        send_window(t, now, out);
        return;
    }
    t->state = TFTP_LINGERING;
    t->deadline = instant_after(now, linger);
    out->ending = TFTP_COMPLETE;
}

static void handle_ack(struct tftp_transfer *t, uint16_t number, struct instant now,
                       struct tftp_step *out)
{
    uint16_t ahead = (uint16_t)(number - (uint16_t)t->acked);

    if (t->state == TFTP_STARTING) {
        if (number != (t->terms.has_oack ? 0 : 1))
            return;
        t->state = TFTP_SENDING;
        out->answered = true;
        progress(t, number, now, out);
        return;
    }
    if (ahead > t->sent - t->acked)
        return;
    if (ahead > 0) {
        progress(t, t->acked + ahead, now, out);
        return;
    }
    /* RFC 1123 4.2.3.1: a duplicate ACK never brings forth DATA (Sorcerer's Apprentice). Within a
     * window it is how the loss of the first block is told (RFC 7440 section 4): obeyed once. */
    if (t->terms.window == 1 || t->sent == t->acked || t->rewound_at == t->acked)
        return;
    t->rewound_at = t->acked;
    send_window(t, now, out);
}

void tftp_transfer_handle(struct tftp_transfer *t, const struct tftp_packet *packet,
                          struct instant now, struct tftp_step *out)
{
    *out = (struct tftp_step){ 0 };
    if (t->state != TFTP_STARTING && t->state != TFTP_SENDING)
        return;
    if (packet->opcode == TFTP_ACK) {
        handle_ack(t, packet->number, now, out);
    } else if (packet->opcode == TFTP_ERROR) {
        /* GRUB acknowledges the options before it closes what it only wanted to see. */
        bool probe = t->acked == 0 && t->terms.size_asked;
        end(t, probe ? TFTP_PROBE : TFTP_GIVEN_UP, out);
    }
}

static void repeat(struct tftp_transfer *t, struct instant now, struct tftp_step *out)
{
    struct duration doubled = { 2 * t->patience.ns };
    t->patience = shorter(doubled, patience_limit(t));
    t->tries++;
    if (t->state == TFTP_SENDING) {
        send_window(t, now, out);
    } else if (t->terms.has_oack && t->tries <= START_RESENDS) {
        t->resent = true;
        wait_for_answer(t, now);
        out->action = TFTP_SEND_OACK;
    } else {
        t->deadline = instant_after(t->heard_at, silence_limit(t));
    }
}

void tftp_transfer_expire(struct tftp_transfer *t, struct instant now, struct tftp_step *out)
{
    *out = (struct tftp_step){ 0 };
    if (t->state == TFTP_OVER || !instant_reached(now, t->deadline))
        return;
    if (t->state == TFTP_LINGERING)
        end(t, TFTP_FORGOTTEN, out);
    else if (instant_since(now, t->heard_at).ns >= silence_limit(t).ns)
        end(t, TFTP_SILENT, out);
    else
        repeat(t, now, out);
}

bool tftp_transfer_is_replaced(struct tftp_transfer *t, bool same, struct instant now,
                               struct tftp_step *out)
{
    *out = (struct tftp_step){ 0 };
    if (!same || t->state == TFTP_LINGERING || t->state == TFTP_OVER)
        return true;
    if (t->state == TFTP_SENDING)
        /* a copy the network made late, or a machine that started over on the same port */
        return instant_since(now, t->heard_at).ns >= stray_repeat.ns;
    t->heard_at = now;
    t->resent = true;
    if (t->terms.has_oack) {
        out->action = TFTP_SEND_OACK;
        wait_for_answer(t, now);
    } else {
        *out = (struct tftp_step){ .action = TFTP_SEND_DATA, .first = 1, .count = 1 };
        t->deadline = instant_after(now, silence_limit(t));
    }
    return false;
}

void tftp_transfer_hold_back(struct tftp_transfer *t, uint64_t first, struct instant now)
{
    if (t->state != TFTP_SENDING || first > t->sent)
        return;
    t->sent = first > t->acked + 1 ? first - 1 : t->acked;
    t->deadline = instant_after(now, hold);
    t->resent = true;
    if (t->tries > 0)
        t->tries--;
    t->patience = usual_patience(t);
}

void tftp_transfer_locate(const struct tftp_transfer *t, uint64_t number, uint64_t *ret_offset,
                          size_t *ret_length)
{
    uint64_t offset = (number - 1) * t->terms.block_size;
    uint64_t left = t->size - offset;
    *ret_offset = offset;
    *ret_length = left < t->terms.block_size ? (size_t)left : t->terms.block_size;
}

uint64_t tftp_transfer_bytes_acked(const struct tftp_transfer *t)
{
    uint64_t bytes = t->acked * t->terms.block_size;
    return bytes < t->size ? bytes : t->size;
}
