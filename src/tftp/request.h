/* A read request (RFC 1350 section 5): name, mode, options. */
#ifndef TFTP_REQUEST_H
#define TFTP_REQUEST_H

#include "tftp/options.h"
#include "tftp/packet.h"

/* RFC 2347 says 512; some loaders ask with long paths and many options. */
#define TFTP_REQUEST_MAX 1024

struct tftp_request {
    struct span name; /* as asked; bytes 0xff stuck to its end by ROMs are cut off */
    bool netascii;    /* served as octet: boot files are no text */
    struct tftp_options options;
};

/* Read a request of `bytes` (the whole packet). Spans point into it. A write request is
 * TFTP_WRITE_REFUSED; other packets are TFTP_NOT_A_REQUEST. */
enum tftp_flaw tftp_request_decode(struct span bytes, struct tftp_request *ret_request);

/* Append a read request for a client: options asked are written in their order by their own names,
 * or the usual name when that is empty. For tests and load programs. */
void tftp_request_write(struct writer *w, const char *name, const struct tftp_options *options);

/* Shall the packet be answered with an ERROR, and with which code? Never an ERROR by an ERROR
 * (RFC 1350 section 2), and none to bytes that are no TFTP at all. */
bool tftp_flaw_is_answered(enum tftp_flaw flaw, enum tftp_error *ret_code);

#endif
