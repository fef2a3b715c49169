/* One read transfer, from the accepted request to its end: which blocks go out when. Sans I/O: time
 * comes in, a step comes out that the shell carries out. RFC 1350, 1123 4.2.3, 2347-2349, 7440. */
#ifndef TFTP_TRANSFER_H
#define TFTP_TRANSFER_H

#include "base/clock.h"

#include "tftp/options.h"
#include "tftp/packet.h"

enum tftp_state {
    TFTP_OVER,      /* nothing to be done any more; the zero value */
    TFTP_STARTING,  /* the OACK or the first block is out, the client has not answered yet */
    TFTP_SENDING,   /* the client has answered */
    TFTP_LINGERING, /* all is acknowledged; strays of the exchange are still taken for it */
};

enum tftp_action {
    TFTP_DO_NOTHING,
    TFTP_SEND_OACK,
    TFTP_SEND_DATA, /* blocks first .. first + count - 1 */
};

/* How the transfer came to its end in this step. */
enum tftp_ending {
    TFTP_GOES_ON,
    TFTP_COMPLETE,  /* the last block is acknowledged; the state lingers */
    TFTP_PROBE,     /* the client only wanted the size */
    TFTP_GIVEN_UP,  /* the client sent an ERROR */
    TFTP_SILENT,    /* no answer for too long */
    TFTP_FORGOTTEN, /* the time to linger is over */
};

struct tftp_step {
    enum tftp_action action;
    uint64_t first;
    uint32_t count;
    enum tftp_ending ending;
    bool answered; /* the client's first answer: the exchange is real */
};

/* A plain value; fields are read by its owner, changed by the functions below only. */
struct tftp_transfer {
    enum tftp_state state;
    struct tftp_terms terms;
    uint64_t size;
    uint64_t blocks;     /* DATA packets of the whole; the last one is shorter than the others */
    uint64_t acked;      /* blocks the client has, counted without roll-over */
    uint64_t sent;       /* the highest block that is out */
    uint64_t rewound_at; /* the value of `acked` that was last gone back to */
    bool resent;         /* part of the flight is a repetition: no round trip to be measured */
    uint8_t tries;
    struct instant started, flight_at, heard_at, deadline;
    struct duration round_trip, variation, patience; /* patience: until the next repetition */
};

/* Begin to send `size` bytes under `terms`; the step is the first packet. */
void tftp_transfer_start(struct tftp_transfer *t, const struct tftp_terms *terms, uint64_t size,
                         struct instant now, struct tftp_step *out);

/* A packet of the client's, from its address and port. What is not an ACK or an ERROR, and what
 * does not belong to the blocks under way, changes nothing. */
void tftp_transfer_handle(struct tftp_transfer *t, const struct tftp_packet *packet,
                          struct instant now, struct tftp_step *out);

/* Call when t->deadline is reached (earlier is harmless). */
void tftp_transfer_expire(struct tftp_transfer *t, struct instant now, struct tftp_step *out);

/* The client, from the same address and port, sent a read request again. True when that is a new
 * transfer, which takes the place of this one; else it is a retry of this one, and *out says
 * whether the first packet is sent again. `same` says whether it is byte for byte the first
 * request. */
bool tftp_transfer_is_replaced(struct tftp_transfer *t, bool same, struct instant now,
                               struct tftp_step *out);

/* Of the blocks to be sent only those before `first` could be: they are tried again very soon,
 * without counting as lost. */
void tftp_transfer_hold_back(struct tftp_transfer *t, uint64_t first, struct instant now);

/* Where block `number` (from 1) lies in the file. Its length may be 0. */
void tftp_transfer_locate(const struct tftp_transfer *t, uint64_t number, uint64_t *ret_offset,
                          size_t *ret_length);

/* The bytes the client is known to have. */
uint64_t tftp_transfer_bytes_acked(const struct tftp_transfer *t);

#endif
