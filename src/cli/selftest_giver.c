/* See selftest_giver.h. Nobody else is on that wire: an address is made of the end of the hardware
 * address, and no lease is kept. */
#include "cli/selftest_giver.h"

#include <errno.h>
#include <poll.h>

#include "base/autoclean.h"

#include "dhcp/options_write.h"
#include "net/udp.h"

#define LEASE_SECONDS 3600
#define SCRATCH_BYTES 8192
#define HOSTS_LEAST   16 /* addresses a network must have */

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5 };

DEFINE_FREEP(struct udp_batch, udp_batch_free)

bool selftest_giver_init(struct selftest_giver *giver, struct ipv4_prefix network,
                         struct ipv4 server)
{
    uint32_t last = ipv4_prefix_broadcast(network).value;

    if (last - network.base.value < HOSTS_LEAST)
        return false;
    *giver = (struct selftest_giver){ .network = network,
                                      .taken = server,
                                      .own = { server.value == last - 1 ? last - 2 : last - 1 } };
    return true;
}

/* One of eight below the end of the network, by the machine. */
static struct ipv4 address_for(const struct selftest_giver *giver, struct mac mac)
{
    uint32_t last = ipv4_prefix_broadcast(giver->network).value;
    uint32_t address = last - 3 - (uint32_t)(mac_to_u64(mac) & 7);
    return (struct ipv4){ address == giver->taken.value ? last - 12 : address };
}

static void write_reply(const struct selftest_giver *giver, const struct dhcp4_header *asked,
                        uint8_t kind, struct ipv4 address, struct writer *out)
{
    struct dhcp4_header reply = *asked;

    reply.op = DHCP4_OP_REPLY;
    reply.secs = 0;
    reply.hops = 0;
    reply.yiaddr = address;
    reply.siaddr = IPV4_NONE;
    memset(reply.sname, 0, sizeof reply.sname);
    memset(reply.file, 0, sizeof reply.file);
    dhcp4_header_encode(out, &reply);
    struct options_writer options =
        options_write_begin(out, DHCP4_SIZE_DEFAULT, (struct span){ 0 });
    options_write_u8(&options, OPTION_MESSAGE_TYPE, kind);
    options_write_ipv4(&options, OPTION_SERVER_ID, giver->own);
    options_write_be32(&options, OPTION_LEASE_TIME, LEASE_SECONDS);
    options_write_ipv4(&options, OPTION_SUBNET_MASK, ipv4_prefix_mask(giver->network));
    options_write_ipv4(&options, OPTION_ROUTER, giver->own);
    options_write_ipv4(&options, OPTION_DNS, giver->own);
    if (!options_write_end(&options))
        out->failed = true;
}

bool selftest_giver_answer(const struct selftest_giver *giver, struct span message,
                           struct writer *out)
{
    uint8_t memory[SCRATCH_BYTES];
    struct arena scratch = arena_over(memory, sizeof memory);
    struct dhcp4_header header;
    struct dhcp4_options options;
    struct reader r = reader_over(message);

    if (dhcp4_header_decode(&r, &header) != DHCP4_SOUND || header.op != DHCP4_OP_REQUEST ||
        dhcp4_options_read(reader_rest(&r), &header, &scratch, &options) != DHCP4_SOUND)
        return false;
    uint8_t kind = dhcp4_options_u8(&options, OPTION_MESSAGE_TYPE);
    struct ipv4 chosen = dhcp4_options_ipv4(&options, OPTION_SERVER_ID);
    struct ipv4 address = address_for(giver, dhcp4_header_mac(&header));

    if (kind == REQUEST && !ipv4_is_none(chosen) && !ipv4_equals(chosen, giver->own))
        return false; /* RFC 2131 3.1 4: it has chosen another server */
    if (kind != DISCOVER && kind != REQUEST)
        return false;
    write_reply(giver, &header, kind == DISCOVER ? OFFER : ACK, address, out);
    return !out->failed;
}

int selftest_giver_run(const struct selftest_giver *giver, const char *interface)
{
    const struct udp_settings settings = { .port = DHCP4_SERVER_PORT,
                                           .broadcast = true,
                                           .interface = interface };
    const struct udp_route route = { .to = { IPV4_BROADCAST, DHCP4_CLIENT_PORT } };
    autoclean(udp_batch_freep) struct udp_batch *batch = NULL;
    struct pollfd ear = { .events = POLLIN };

    int r = udp_open(&settings, &ear.fd);
    if (r == 0)
        r = udp_batch_new(&batch);
    while (r >= 0) {
        if (poll(&ear, 1, -1) < 0 && errno != EINTR)
            return -errno;
        r = udp_receive(ear.fd, batch);
        for (int i = 0; i < r; i++) {
            uint8_t data[DHCP4_MESSAGE_MAX];
            struct writer out = writer_over(data, sizeof data);
            if (selftest_giver_answer(giver, udp_batch_packet(batch, i)->bytes, &out) &&
                udp_send(ear.fd, &route, writer_span(&out)) < 0)
                continue; /* it will ask again */
        }
    }
    return r;
}
