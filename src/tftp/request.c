/* See request.h. Tolerates what ROMs are known to send (padding, upper case, 0xff after the name)
 * and decides nothing about the file: its name goes on as it was asked. */
#include "tftp/request.h"

#include "base/text.h"

static struct span without_trailing_ff(struct span name)
{
    while (name.len > 0 && name.data[name.len - 1] == 0xff)
        name = span_slice(name, 0, name.len - 1);
    return name;
}

static enum tftp_flaw read_request(struct span rest, struct tftp_request *out)
{
    struct reader r = reader_over(rest);
    struct span name = without_trailing_ff(reader_until(&r, 0));
    if (r.failed || name.len == 0)
        return TFTP_NAME_MISSING;
    struct span mode = reader_until(&r, 0);
    if (r.failed || mode.len == 0)
        return TFTP_MODE_MISSING;
    bool netascii = span_is_nocase(mode, "netascii");
    if (!netascii && !span_is_nocase(mode, "octet"))
        return TFTP_MODE_UNKNOWN;

    *out = (struct tftp_request){ .name = name, .netascii = netascii };
    tftp_options_read(&r, &out->options);
    return TFTP_SOUND;
}

enum tftp_flaw tftp_request_decode(struct span bytes, struct tftp_request *ret_request)
{
    struct tftp_packet packet = { 0 };
    enum tftp_flaw flaw = tftp_packet_decode(bytes, &packet);
    if (flaw != TFTP_SOUND)
        return flaw;
    if (packet.opcode == TFTP_WRQ)
        return TFTP_WRITE_REFUSED;
    if (packet.opcode != TFTP_RRQ)
        return TFTP_NOT_A_REQUEST;
    if (bytes.len > TFTP_REQUEST_MAX)
        return TFTP_REQUEST_TOO_BIG;
    return read_request(packet.rest, ret_request);
}

void tftp_request_write(struct writer *w, const char *name, const struct tftp_options *options)
{
    static const char *const usual[TFTP_OPTION_COUNT] = {
        [TFTP_OPTION_BLKSIZE] = "blksize",
        [TFTP_OPTION_TSIZE] = "tsize",
        [TFTP_OPTION_TIMEOUT] = "timeout",
        [TFTP_OPTION_WINDOWSIZE] = "windowsize",
    };
    writer_be16(w, TFTP_RRQ);
    writer_text(w, name);
    writer_u8(w, 0);
    writer_text(w, "octet");
    writer_u8(w, 0);
    for (size_t i = 0; i < options->count; i++) {
        uint8_t option = options->order[i];
        char digits[24];
        struct text t = text_over(digits, sizeof digits);
        text_addf(&t, "%llu", (unsigned long long)options->value[option]);
        writer_bytes(w, options->name[option].len > 0 ? options->name[option]
                                                      : span_text(usual[option]));
        writer_u8(w, 0);
        writer_bytes(w, text_span(&t));
        writer_u8(w, 0);
    }
}

bool tftp_flaw_is_answered(enum tftp_flaw flaw, enum tftp_error *ret_code)
{
    switch (flaw) {
    case TFTP_WRITE_REFUSED:
        *ret_code = TFTP_ERROR_ACCESS;
        return true;
    case TFTP_NAME_MISSING:
    case TFTP_MODE_MISSING:
    case TFTP_MODE_UNKNOWN:
    case TFTP_REQUEST_TOO_BIG:
        *ret_code = TFTP_ERROR_ILLEGAL;
        return true;
    case TFTP_NOT_A_REQUEST:
        *ret_code = TFTP_ERROR_UNKNOWN_ID;
        return true;
    case TFTP_SOUND:
    case TFTP_CUT_SHORT:
    case TFTP_OPCODE_UNKNOWN:
    case TFTP_FLAW_COUNT:
        break;
    }
    return false;
}
