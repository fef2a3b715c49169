/* Bytes -> header and options; each value that was read is written again and must read the same. */
#include <assert.h>

#include "base/arena.h"

#include "dhcp/foreign.h"
#include "dhcp/options_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t first_block[65536], second_block[65536], out[16384];
    static struct dhcp4_options first, second;
    struct arena a = arena_over(first_block, sizeof first_block);
    struct arena b = arena_over(second_block, sizeof second_block);
    struct foreign_server foreign;
    struct dhcp4_header header;
    struct reader r = reader_over(span_of(data, size));

    (void)foreign_server_read(span_of(data, size), &a, &foreign);
    arena_reset(&a);
    if (size > DHCP4_MESSAGE_MAX || dhcp4_header_decode(&r, &header) != DHCP4_SOUND ||
        dhcp4_options_read(reader_rest(&r), &header, &a, &first) != DHCP4_SOUND)
        return 0;
    struct writer w = writer_over(out, sizeof out);
    dhcp4_header_encode(&w, &header);
    struct options_writer o = options_write_begin(&w, sizeof out, (struct span){ 0 });
    for (unsigned code = 1; code < 255; code++)
        if (code != OPTION_OVERLOAD && dhcp4_options_has(&first, (uint8_t)code))
            options_write(&o, (uint8_t)code, dhcp4_options_get(&first, (uint8_t)code));
    assert(options_write_end(&o));
    r = reader_over(writer_span(&w));
    assert(dhcp4_header_decode(&r, &header) == DHCP4_SOUND);
    assert(dhcp4_options_read(reader_rest(&r), &header, &b, &second) == DHCP4_SOUND);
    for (unsigned code = 1; code < 255; code++)
        if (code != OPTION_OVERLOAD)
            assert(span_equals(dhcp4_options_get(&first, (uint8_t)code),
                               dhcp4_options_get(&second, (uint8_t)code)));
    return 0;
}
