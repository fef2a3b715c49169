/* See packet.h. Knows the layout of the six packets and nothing of their order in an exchange. */
#include "tftp/packet.h"

enum tftp_flaw tftp_packet_decode(struct span bytes, struct tftp_packet *ret_packet)
{
    struct reader r = reader_over(bytes);
    uint16_t opcode = reader_be16(&r);
    if (r.failed)
        return TFTP_CUT_SHORT;
    if (opcode < TFTP_RRQ || opcode > TFTP_OACK)
        return TFTP_OPCODE_UNKNOWN;

    struct tftp_packet packet = { .opcode = (enum tftp_opcode)opcode };
    if (packet.opcode == TFTP_DATA || packet.opcode == TFTP_ACK || packet.opcode == TFTP_ERROR)
        packet.number = reader_be16(&r);
    packet.rest = reader_rest(&r);
    if (r.failed)
        return TFTP_CUT_SHORT;
    if (packet.opcode == TFTP_ERROR)
        packet.rest = span_slice(packet.rest, 0, span_find(packet.rest, 0));
    *ret_packet = packet;
    return TFTP_SOUND;
}

void tftp_packet_write_data_header(struct writer *w, uint16_t block)
{
    writer_be16(w, TFTP_DATA);
    writer_be16(w, block);
}

void tftp_packet_write_ack(struct writer *w, uint16_t block)
{
    writer_be16(w, TFTP_ACK);
    writer_be16(w, block);
}

void tftp_packet_write_error(struct writer *w, enum tftp_error code, const char *message)
{
    writer_be16(w, TFTP_ERROR);
    writer_be16(w, (uint16_t)code);
    writer_text(w, message);
    writer_u8(w, 0);
}
