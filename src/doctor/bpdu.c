/* See bpdu.h. IEEE 802.1D-2004 9.3: behind the three LLC bytes 42 42 03 come protocol identifier 0,
 * version, type (00 configuration, 02 rapid), flags, root, cost, bridge, port, and four times in
 * units of 1/256 s. */
#include "doctor/bpdu.h"

#include "base/reader.h"

#define TYPE_CONFIGURATION 0x00
#define TYPE_RAPID         0x02

bool bpdu_read(struct span payload, struct bpdu *ret_bpdu)
{
    struct reader r = reader_over(payload);
    struct span llc = reader_take(&r, 3);
    uint16_t protocol = reader_be16(&r);
    uint8_t version = reader_u8(&r), type = reader_u8(&r);

    reader_skip(&r, 1 + 8 + 4 + 2);
    struct span bridge = reader_take(&r, 6);
    reader_skip(&r, 2 + 2 + 2 + 2);
    uint16_t forward_delay = reader_be16(&r);
    if (r.failed || !span_equals(llc, BYTES(0x42, 0x42, 0x03)) || protocol != 0 ||
        (type != TYPE_CONFIGURATION && type != TYPE_RAPID))
        return false;
    *ret_bpdu = (struct bpdu){ .is_rapid = version >= 2, .forward_delay_s = forward_delay / 256u };
    memcpy(ret_bpdu->bridge.bytes, bridge.data, sizeof ret_bpdu->bridge.bytes);
    return true;
}
