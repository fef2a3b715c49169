/* Why a TFTP packet was refused: a name for each cause, for counters, events and tests. */
#ifndef TFTP_FLAW_H
#define TFTP_FLAW_H

enum tftp_flaw {
    TFTP_SOUND,
    TFTP_CUT_SHORT,       /* ends within the opcode or a block number */
    TFTP_OPCODE_UNKNOWN,  /* not 1 to 6 */
    TFTP_WRITE_REFUSED,   /* a write request: this server only reads */
    TFTP_NAME_MISSING,    /* no name, or it has no end */
    TFTP_MODE_MISSING,    /* no transfer mode, or it has no end */
    TFTP_MODE_UNKNOWN,    /* neither octet nor netascii */
    TFTP_REQUEST_TOO_BIG, /* more than REQUEST_MAX bytes */
    TFTP_NOT_A_REQUEST,   /* data or acknowledgement of no transfer that is known here */
    TFTP_FLAW_COUNT
};

/* "WRITE_REFUSED", as it stands in counters and tests. */
const char *tftp_flaw_name(enum tftp_flaw flaw);
/* A phrase for people, also sent to the client. */
const char *tftp_flaw_text(enum tftp_flaw flaw);

#endif
