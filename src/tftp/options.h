/* The options of a request (RFC 2347, 2348, 2349, 7440): what was asked, what is granted, and the
 * OACK that says so. */
#ifndef TFTP_OPTIONS_H
#define TFTP_OPTIONS_H

#include "base/reader.h"
#include "base/writer.h"

#define TFTP_BLOCK_DEFAULT 512
#define TFTP_BLOCK_MIN     8
#define TFTP_BLOCK_MAX     65464
#define TFTP_OACK_MAX      192
#define TFTP_PAIRS_MAX     32 /* options of one request that are looked at */

enum tftp_option {
    TFTP_OPTION_BLKSIZE,
    TFTP_OPTION_TSIZE,
    TFTP_OPTION_TIMEOUT,
    TFTP_OPTION_WINDOWSIZE,
    TFTP_OPTION_COUNT
};

/* What a client asked for; an option whose value is no number, or out of its range, counts as not
 * asked (RFC 2347: the server leaves it out of the OACK). */
struct tftp_options {
    bool asked[TFTP_OPTION_COUNT];
    uint64_t value[TFTP_OPTION_COUNT];
    struct span name[TFTP_OPTION_COUNT]; /* as the client spelt it; points into the packet */
    uint8_t order[TFTP_OPTION_COUNT];    /* the options asked, in the client's order */
    uint8_t count;
};

/* The most we grant. */
struct tftp_limits {
    uint32_t block_size_max; /* of the configuration */
    uint32_t mtu;            /* of the way to the client, 0 = not known */
    uint16_t window_max;
};

/* What both sides will obey. */
struct tftp_terms {
    uint16_t block_size;
    uint16_t window;   /* blocks sent before an acknowledgement is due */
    uint8_t timeout_s; /* 0 = not agreed */
    bool has_oack;     /* at least one option was granted: the OACK goes first */
    bool size_asked;   /* tsize: the client may only want to know the size */
};

/* Read name and value pairs up to the first empty name, the first pair that is cut, or
 * TFTP_PAIRS_MAX; names in any case, unknown ones passed over, the first of a name counts. */
void tftp_options_read(struct reader *r, struct tftp_options *out);

/* Decide what is granted for a file of `size` bytes and append the OACK, when there is one, to `w`
 * (TFTP_OACK_MAX bytes suffice). Nothing is granted that was not asked, nor more than was asked
 * (RFC 2348; RFC 7440 section 3). Blocks never need IP fragments on a link of limits->mtu. */
void tftp_options_grant(const struct tftp_options *asked, const struct tftp_limits *limits,
                        uint64_t size, struct tftp_terms *ret_terms, struct writer *w);

#endif
