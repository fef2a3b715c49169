/* Packet captures as tugboot reads and writes them: a row of UDP datagrams over IPv4 over Ethernet,
 * with their time and addresses. Link types and file formats are known to pcap_read.c and
 * pcap_write.c alone. */
#ifndef STORY_PCAP_H
#define STORY_PCAP_H

#include "base/clock.h"
#include "base/span.h"

#include "model/addr.h"
#include "model/mac.h"

struct pcap_packet {
    struct calendar at;
    struct mac source_mac, destination_mac; /* zero where the capture does not know them */
    struct endpoint source, destination;
    struct span payload; /* of the UDP datagram */
};

#endif
