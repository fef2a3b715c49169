/* A sequence of messages with time steps through the server core. Each record: step in seconds,
 * what the world does (bits: probe found it in use, store fails), length as two bytes, message.
 * After each the tables' invariants hold, and no reply promises what is not in a change or on disk.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/reader.h"

#include "dhcp/server4.h"
#include "small_catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS 6

static struct subnet subnets[] = { { .network = { { 0xc0000200 }, 24 },
                                     .pools = { { { 0xc0000232 }, { 0xc0000239 } } },
                                     .pool_count = 1,
                                     .lease = { 3600000000000 } } };

static void settle(struct dhcp4_server *server, const struct dhcp4_outcome *out, bool fails)
{
    if (out->change.kind == CHANGE_NONE)
        return;
    if (fails)
        dhcp4_server_withdraw(server, &out->change);
    else
        dhcp4_server_committed(server, &out->change);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t block[65536];
    static struct dhcp4_outcome out;
    struct dhcp4_server_settings settings = { .subnets = subnets,
                                              .subnet_count = 1,
                                              .leases_max = ROWS,
                                              .pending_max = 2,
                                              .hash_key = { 1, 2 },
                                              .probe = true };
    void *memory = calloc(1, dhcp4_server_memory(&settings));
    if (!memory)
        return 0;
    struct dhcp4_server *server = dhcp4_server_init(memory, &settings);
    struct reader r = reader_over(span_of(data, size));
    struct now now = { .steady = { 1000000000 }, .calendar = { 1700000000000 } };

    while (reader_left(&r) > 4) {
        int64_t seconds = reader_u8(&r);
        uint8_t world = reader_u8(&r);
        size_t len = reader_be16(&r);
        struct arena a = arena_over(block, sizeof block);
        struct span message = reader_take(&r, len < reader_left(&r) ? len : reader_left(&r));

        now.steady = instant_after(now.steady, duration_seconds(seconds * (world & 4 ? 60 : 1)));
        now.calendar = calendar_after(now.calendar, duration_seconds(seconds));
        dhcp4_server_expire(server, now);
        assert(dhcp4_server_is_sound(server));
        struct dhcp4_input in = { .bytes = message, .now = now, .catalog = &small_catalog };
        in.from = (struct arrival){ .interface = 2,
                                    .local = { 0xc0000201 },
                                    .link = { { 0xc0000200 }, 24 },
                                    .port = 67,
                                    .destination =
                                        world & 8 ? (struct ipv4){ 0xc0000201 } : IPV4_BROADCAST,
                                    .mtu = 1500 };
        dhcp4_server_handle(server, &in, &a, &out);
        assert(dhcp4_server_is_sound(server));
        for (int i = 0; i < 8 && out.action == DHCP4_PROBE && !(world & 16); i++) {
            settle(server, &out, world & 2);
            arena_reset(&a);
            dhcp4_server_probed(server, out.probe, world & 1, (struct mac){ { 2, 9 } },
                                &small_catalog, 80, now, &a, &out);
            assert(dhcp4_server_is_sound(server));
        }
        if (out.action == DHCP4_REPLY)
            assert(out.reply.len >= 300 && out.reply.len <= DHCP4_REPLY_MAX);
        settle(server, &out, world & 2);
        assert(dhcp4_server_is_sound(server));
    }
    free(memory);
    return 0;
}
