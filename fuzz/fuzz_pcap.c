/* Capture files: whatever the bytes, the reader ends, and every datagram it shows lies within the
 * file and survives being written and read again. */
#include <stdlib.h>

#include "story/pcap_read.h"
#include "story/pcap_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct pcap_packet *packet)
{
    static uint8_t bytes[PCAP_FILE_HEADER_BYTES + PCAP_PACKET_BYTES + 65536];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct pcap_packet again;
    struct pcap_reader reader;

    pcap_write_header(&w);
    pcap_write_packet(&w, packet);
    if (w.failed)
        abort();
    if (pcap_reader_init(&reader, writer_span(&w)) != PCAP_SOUND ||
        !pcap_reader_next(&reader, &again))
        abort();
    if (!span_equals(again.payload, packet->payload) || again.source.port != packet->source.port ||
        !ipv4_equals(again.destination.addr, packet->destination.addr))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pcap_reader reader;
    struct pcap_packet packet;

    (void)pcap_reader_init(&reader, span_of(data, size));
    while (pcap_reader_next(&reader, &packet)) {
        if (packet.payload.len > size)
            abort();
        check_again(&packet);
    }
    if (reader.flaw == PCAP_SOUND && reader_left(&reader.bytes) > 0)
        abort();
    return 0;
}
