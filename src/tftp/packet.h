/* The packets of TFTP (RFC 1350 section 5, RFC 2347): bytes to value and back. */
#ifndef TFTP_PACKET_H
#define TFTP_PACKET_H

#include "base/reader.h"
#include "base/writer.h"

#include "tftp/flaw.h"

#define TFTP_DATA_HEADER 4 /* opcode and block number before the data */

enum tftp_opcode {
    TFTP_RRQ = 1,
    TFTP_WRQ = 2,
    TFTP_DATA = 3,
    TFTP_ACK = 4,
    TFTP_ERROR = 5,
    TFTP_OACK = 6, /* RFC 2347 */
};

enum tftp_error {
    TFTP_ERROR_UNDEFINED = 0,
    TFTP_ERROR_NOT_FOUND = 1,
    TFTP_ERROR_ACCESS = 2,
    TFTP_ERROR_FULL = 3,
    TFTP_ERROR_ILLEGAL = 4,
    TFTP_ERROR_UNKNOWN_ID = 5,
    TFTP_ERROR_EXISTS = 6,
    TFTP_ERROR_NO_USER = 7,
    TFTP_ERROR_OPTIONS = 8, /* RFC 2347 */
};

struct tftp_packet {
    enum tftp_opcode opcode;
    uint16_t number;  /* DATA and ACK: the block; ERROR: the code */
    struct span rest; /* RRQ, WRQ, OACK: names and values; DATA: the data; ERROR: the message,
                         without its NUL, which may be missing */
};

/* Take a packet apart; *ret_packet is complete only when TFTP_SOUND. Spans point into `bytes`. */
enum tftp_flaw tftp_packet_decode(struct span bytes, struct tftp_packet *ret_packet);

/* Append packets; a full writer says so by its failure. */
void tftp_packet_write_data_header(struct writer *w, uint16_t block);
void tftp_packet_write_ack(struct writer *w, uint16_t block);
void tftp_packet_write_error(struct writer *w, enum tftp_error code, const char *message);

#endif
