/* Writes a capture file (classic pcap, microseconds, Ethernet) that tcpdump and Wireshark open,
 * from UDP payloads and their addresses: frames are built as they were or would have been on the
 * wire. Pure; the caller's writer is the bound. */
#ifndef STORY_PCAP_WRITE_H
#define STORY_PCAP_WRITE_H

#include "base/writer.h"

#include "story/pcap.h"

#define PCAP_FILE_HEADER_BYTES 24
/* What a packet adds to its payload: record header, Ethernet, IPv4, UDP. */
#define PCAP_PACKET_BYTES (16 + 14 + 20 + 8)

/* Once, at the start of the file. */
void pcap_write_header(struct writer *w);

/* Append one datagram. A payload over 65,507 bytes, or one that does not fit, fails the writer and
 * leaves what was written before as it was. A destination of 255.255.255.255 without a MAC becomes
 * an Ethernet broadcast. */
void pcap_write_packet(struct writer *w, const struct pcap_packet *packet);

#endif
