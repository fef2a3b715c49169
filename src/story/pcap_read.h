/* Reads the UDP datagrams out of a capture file: classic pcap in both byte orders, with micro- or
 * nanoseconds, and pcapng (section header, interface description, enhanced and simple packet
 * blocks). Pure: the whole file is in memory, nothing is copied. */
#ifndef STORY_PCAP_READ_H
#define STORY_PCAP_READ_H

#include "base/reader.h"

#include "story/pcap.h"

#define PCAP_INTERFACES_MAX 32

/* Why a file is not, or no longer, read. */
enum pcap_flaw {
    PCAP_SOUND,
    PCAP_NOT_A_CAPTURE,   /* no magic number of either format */
    PCAP_CUT,             /* ends in the middle of a block or packet */
    PCAP_BLOCK_ILL_SIZED, /* a pcapng block whose length cannot be */
    PCAP_LINK_UNKNOWN,    /* a link type other than Ethernet, raw IP, Linux cooked or loopback */
    PCAP_FLAW_COUNT
};

/* One interface of a pcapng section; classic files have one. */
struct pcap_interface {
    uint16_t link_type;
    uint8_t ticks_base2;  /* 1: units are powers of two, else of ten */
    uint8_t ticks_digits; /* 6 = microseconds */
};

/* Shown so that it can lie in the caller's memory; its fields are pcap_read.c's. */
struct pcap_reader {
    struct reader bytes;
    bool is_ng, is_big_endian, is_nano;
    struct pcap_interface interfaces[PCAP_INTERFACES_MAX];
    uint16_t interface_count;
    enum pcap_flaw flaw;
    uint64_t
        skipped; /* packets that are no UDP over IPv4, or fragments, or cut by the snap length */
};

/* Begin with a file's bytes, which must outlive the reader. */
enum pcap_flaw pcap_reader_init(struct pcap_reader *reader, struct span file);

/* The next UDP datagram; false at the end, and then reader->flaw says whether it was the true end.
 * What was read before a flaw stays valid. */
bool pcap_reader_next(struct pcap_reader *reader, struct pcap_packet *ret_packet);

const char *pcap_flaw_text(enum pcap_flaw flaw);

#endif
