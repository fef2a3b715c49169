/* Which network a relay speaks for, and what is known of other servers by their replies. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "dhcp/foreign.h"
#include "dhcp/options_write.h"

static void test_relay(void **state)
{
    const struct {
        const char *name;
        uint32_t giaddr;
        struct span info, selection;
        uint32_t link;
    } rows[] = {
        { "not relayed", 0, { 0 }, { 0 }, 0 },
        { "giaddr", 0x0a000001, { 0 }, { 0 }, 0x0a000001 },
        { "link selection", 0x0a000001, BYTES(1, 1, 9, 5, 4, 192, 0, 2, 0), { 0 }, 0xc0000200 },
        { "link selection without giaddr", 0, BYTES(5, 4, 192, 0, 2, 0), { 0 }, 0 },
        { "link selection too short", 0x0a000001, BYTES(5, 3, 192, 0, 2), { 0 }, 0x0a000001 },
        { "link selection cut", 0x0a000001, BYTES(5, 4, 192, 0), { 0 }, 0x0a000001 },
        { "118", 0x0a000001, { 0 }, BYTES(192, 0, 2, 0), 0xc0000200 },
        { "118 without relay", 0, { 0 }, BYTES(192, 0, 2, 0), 0xc0000200 },
        { "82.5 before 118", 0x0a000001, BYTES(5, 4, 10, 9, 0, 0), BYTES(192, 0, 2, 0),
          0x0a090000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dhcp4_header header = { .giaddr = { rows[i].giaddr } };
        struct dhcp4_options options = { 0 };
        struct relay relay;
        options.values[82] = rows[i].info;
        options.values[118] = rows[i].selection;
        relay_read(&header, &options, &relay);
        if (relay.link.value != rows[i].link || !span_equals(relay.info, rows[i].info) ||
            relay.has_selection != (rows[i].selection.len > 0))
            fail_msg("%s: link %08x", rows[i].name, relay.link.value);
    }
}

struct reply {
    const char *name;
    uint8_t op, type;
    uint32_t yiaddr, siaddr, server;
    const char *vendor, *file, *boot;
    enum dhcp4_flaw want;
    bool gives, boots;
};

static struct span build(const struct reply *r, uint8_t *block, size_t cap)
{
    struct writer w = writer_over(block, cap);
    struct dhcp4_header h = { .op = r->op, .htype = 1, .hlen = 6 };

    h.yiaddr.value = r->yiaddr;
    h.siaddr.value = r->siaddr;
    h.chaddr[5] = 7;
    if (r->file)
        memcpy(h.file, r->file, strlen(r->file));
    dhcp4_header_encode(&w, &h);
    struct options_writer o = options_write_begin(&w, cap, (struct span){ 0 });
    if (r->type)
        options_write_u8(&o, OPTION_MESSAGE_TYPE, r->type);
    if (r->server)
        options_write_be32(&o, OPTION_SERVER_ID, r->server);
    if (r->vendor)
        options_write(&o, OPTION_VENDOR_CLASS, span_text(r->vendor));
    if (r->boot)
        options_write(&o, OPTION_BOOT_FILE, span_text(r->boot));
    assert_true(options_write_end(&o));
    return writer_span(&w);
}

static void test_foreign(void **state)
{
    static const struct reply rows[] = {
        { "plain offer", 2, 2, 9, 0, 0xc0000209, NULL, NULL, NULL, DHCP4_SOUND, true, false },
        { "proxy offer", 2, 2, 0, 0, 0xc0000209, "PXEClient", NULL, NULL, DHCP4_SOUND, false,
          true },
        { "HTTP proxy", 2, 2, 0, 0, 0xc0000209, "HTTPClient", NULL, NULL, DHCP4_SOUND, false,
          true },
        { "with file", 2, 5, 9, 0, 0xc0000209, NULL, "x.0", NULL, DHCP4_SOUND, true, true },
        { "with 67", 2, 5, 9, 0, 0xc0000209, NULL, NULL, "x.0", DHCP4_SOUND, true, true },
        { "known by siaddr", 2, 2, 9, 0xc0000209, 0, NULL, NULL, NULL, DHCP4_SOUND, true, false },
        { "nak", 2, 6, 0, 0, 0xc0000209, NULL, NULL, NULL, DHCP4_SOUND, false, false },
        { "a request", 1, 1, 0, 0, 0xc0000209, NULL, NULL, NULL, DHCP4_NOT_A_REPLY, false, false },
        { "no type", 2, 0, 9, 0, 0xc0000209, NULL, NULL, NULL, DHCP4_NO_TYPE, false, false },
        { "client's type", 2, 3, 9, 0, 1, NULL, NULL, NULL, DHCP4_TYPE_INVALID, false, false },
        { "no server", 2, 2, 9, 0, 0, NULL, NULL, NULL, DHCP4_ADDRESS_MISSING, false, false },
        { "server by multicast", 2, 2, 9, 0, 0xe0000001, NULL, NULL, NULL, DHCP4_ADDRESS_MISSING,
          false, false },
    };
    uint8_t block[600];
    static uint8_t scratch_block[16384];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena scratch = arena_over(scratch_block, sizeof scratch_block);
        struct foreign_server found;
        struct span bytes = build(&rows[i], block, sizeof block);
        enum dhcp4_flaw flaw = foreign_server_read(bytes, &scratch, &found);
        if (flaw != rows[i].want)
            fail_msg("%s: %s", rows[i].name, dhcp4_flaw_name(flaw));
        if (flaw == DHCP4_SOUND &&
            (found.gives_address != rows[i].gives || found.boots != rows[i].boots ||
             found.client.bytes[5] != 7 || found.server.value != 0xc0000209))
            fail_msg("%s: read otherwise", rows[i].name);
    }
    /* Cut anywhere it is refused or read, never beyond its end. */
    struct span whole = build(&rows[1], block, sizeof block);
    for (size_t len = 0; len < whole.len; len++) {
        struct arena scratch = arena_over(scratch_block, sizeof scratch_block);
        struct foreign_server found;
        uint8_t *exact = malloc(len > 0 ? len : 1);
        assert_non_null(exact);
        memcpy(exact, whole.data, len);
        enum dhcp4_flaw flaw = foreign_server_read(span_of(exact, len), &scratch, &found);
        assert_true(len >= DHCP4_HEADER_BYTES || flaw != DHCP4_SOUND);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relay),
        cmocka_unit_test(test_foreign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
