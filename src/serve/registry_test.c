/* Who is who: facts gathered over several packets, addresses that move, eviction at the bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "serve/registry.h"

#include <cmocka.h>

static const struct now now = { .calendar = { 1000 } };

static struct client client_with(uint8_t last, uint32_t address)
{
    return (struct client){ .mac = { { 2, 0, 0, 0, 0, last } },
                            .kind = CLIENT_PXE,
                            .address = { address } };
}

static void facts_of_several_packets_come_together(void **state)
{
    struct registry *r;
    struct client told = client_with(1, 0xc0a80101), seen;
    (void)state;
    assert_int_equal(registry_new(8, &r), 0);
    told.has_uuid = true;
    told.uuid.bytes[0] = 7;
    told.arch = ARCH_EFI_X64;
    registry_note(r, &told, now);
    /* iPXE of the same machine tells its product, but no UUID and no address. */
    struct client later = client_with(1, 0);
    later.kind = CLIENT_IPXE;
    later.product = label_of(span_text("Optiplex"));
    registry_note(r, &later, now);
    assert_true(registry_find_address(r, (struct ipv4){ 0xc0a80101 }, &seen));
    assert_int_equal(seen.kind, CLIENT_IPXE);
    assert_int_equal(seen.arch, ARCH_EFI_X64);
    assert_true(seen.has_uuid && seen.uuid.bytes[0] == 7);
    assert_true(span_is(label_span(&seen.product), "Optiplex"));
    assert_int_equal(registry_count(r), 1);
    registry_free(r);
}

static void an_address_moves_to_its_new_owner(void **state)
{
    struct registry *r;
    struct client first = client_with(1, 0x0a000001), second = client_with(2, 0x0a000001), seen;
    (void)state;
    assert_int_equal(registry_new(8, &r), 0);
    registry_note(r, &first, now);
    registry_note(r, &second, now);
    assert_true(registry_find_address(r, (struct ipv4){ 0x0a000001 }, &seen));
    assert_true(mac_equals(seen.mac, second.mac));
    /* The former owner gets another one, and both are found. */
    first.address.value = 0x0a000002;
    registry_note(r, &first, now);
    assert_true(registry_find_address(r, (struct ipv4){ 0x0a000002 }, &seen));
    assert_true(mac_equals(seen.mac, first.mac));
    assert_true(registry_find_address(r, (struct ipv4){ 0x0a000001 }, &seen));
    assert_true(mac_equals(seen.mac, second.mac));
    registry_free(r);
}

static void the_machine_not_seen_for_longest_makes_room(void **state)
{
    struct registry *r;
    struct client seen;
    (void)state;
    assert_int_equal(registry_new(3, &r), 0);
    for (uint8_t i = 1; i <= 3; i++) {
        struct client c = client_with(i, 0x0a000000u + i);
        registry_note(r, &c, now);
    }
    struct client again = client_with(1, 0);
    registry_note(r, &again, now);
    struct client fourth = client_with(4, 0x0a000004);
    registry_note(r, &fourth, now);
    assert_int_equal(registry_count(r), 3);
    assert_true(registry_find_mac(r, again.mac, &seen));
    assert_false(registry_find_mac(r, client_with(2, 0).mac, &seen));
    assert_false(registry_find_address(r, (struct ipv4){ 0x0a000002 }, &seen));
    assert_true(registry_find_address(r, (struct ipv4){ 0x0a000004 }, &seen));
    registry_free(r);
}

static void a_client_without_mac_and_a_long_folder_are_passed_over(void **state)
{
    struct registry *r;
    struct client nobody = { .address = { 1 } }, known = client_with(1, 5);
    char longest[200] = { 0 };
    (void)state;
    memset(longest, 'x', sizeof longest);
    assert_int_equal(registry_new(2, &r), 0);
    registry_note(r, &nobody, now);
    assert_int_equal(registry_count(r), 0);
    registry_note(r, &known, now);
    registry_set_loader(r, known.mac, span_text("EFI/BOOT"), "shimx64.efi");
    registry_set_loader(r, known.mac, span_of(longest, sizeof longest), "other.efi");
    registry_set_loader(r, nobody.mac, span_text("x"), "other.efi");
    struct last_loader last = registry_get_loader(r, known.mac);
    assert_string_equal(last.folder, "EFI/BOOT");
    assert_string_equal(last.name, "shimx64.efi");
    registry_set_loader(r, known.mac, span_text(""), "");
    last = registry_get_loader(r, known.mac);
    assert_string_equal(last.folder, "");
    assert_string_equal(last.name, "");
    registry_free(r);
}

static void machines_of_a_former_run_are_known(void **state)
{
    struct registry *r;
    const struct client_seen old = { .client = client_with(1, 0x0a000001),
                                     .first = { 100 },
                                     .last = { 200 } };
    struct client found;
    struct calendar first, last;
    struct client_seen news;
    uint32_t row = 0;
    (void)state;
    assert_int_equal(registry_new(2, &r), 0);
    registry_restore(r, &old);
    registry_restore(r, &(struct client_seen){ 0 });
    assert_int_equal(registry_count(r), 1);
    assert_true(registry_at(r, 0, &found, &first, &last));
    assert_int_equal(first.ms, 100);
    assert_int_equal(last.ms, 200);
    /* The address was that run's; who has it now is not known. */
    assert_false(registry_find_address(r, (struct ipv4){ 0x0a000001 }, &found));
    assert_false(registry_take_news(r, &row, &news));

    /* Seen again, it has news once; a restored one of the same address changes nothing. */
    struct client again = client_with(1, 0x0a000002), other = client_with(2, 0);
    registry_note(r, &again, now);
    registry_restore(r, &old);
    registry_note(r, &other, now);
    row = 0;
    assert_true(registry_take_news(r, &row, &news));
    assert_int_equal(news.first.ms, 100);
    assert_int_equal(news.last.ms, 1000);
    assert_int_equal(news.client.address.value, 0x0a000002);
    assert_true(registry_take_news(r, &row, &news));
    assert_true(mac_equals(news.client.mac, other.mac));
    assert_false(registry_take_news(r, &row, &news));
    row = 0;
    assert_false(registry_take_news(r, &row, &news));
    registry_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_of_a_former_run_are_known),
        cmocka_unit_test(facts_of_several_packets_come_together),
        cmocka_unit_test(an_address_moves_to_its_new_owner),
        cmocka_unit_test(the_machine_not_seen_for_longest_makes_room),
        cmocka_unit_test(a_client_without_mac_and_a_long_folder_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
