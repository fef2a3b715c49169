/* One message to the proxy core, on 67 or 4011 by the first byte; a reply is at most its limit. */
#include <assert.h>

#include "dhcp/proxy.h"
#include "small_catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t block[65536];
    static struct dhcp4_outcome out;
    struct arena a = arena_over(block, sizeof block);
    struct span all = span_of(data, size);

    if (size < 1)
        return 0;
    struct dhcp4_input in = { .bytes = span_from(all, 1),
                              .catalog = &small_catalog,
                              .http_port = 80 };
    in.from = (struct arrival){ .interface = 2,
                                .local = { 0xc0000201 },
                                .link = { { 0xc0000200 }, 24 },
                                .port = data[0] & 1 ? 4011 : 67,
                                .source = { { 0xc0000263 }, 4011 },
                                .destination = IPV4_BROADCAST,
                                .mtu = 1500 };
    dhcp4_proxy_handle(&in, &a, &out);
    if (out.action == DHCP4_REPLY)
        assert(out.reply.len >= 300 && out.reply.len <= DHCP4_REPLY_MAX &&
               out.to.kind != TO_NOBODY && out.change.kind == CHANGE_NONE);
    return 0;
}
