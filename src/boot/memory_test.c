/* Tests of boot/memory: a boot is told as a string of letters, and then a machine asks again. */
#include <stdlib.h>

#include "boot/memory.h"
#include "boot/test_catalog.h"

#define ROWS 4

struct fixture {
    struct memory *m;
    struct chain_result last; /* what the listener was told */
    unsigned told;
    int64_t second;
};

static void changed(void *context, const struct chain_result *result)
{
    struct fixture *f = context;
    f->last = *result;
    f->told++;
}

static void open_memory(struct fixture *f)
{
    const struct memory_listener listener = { changed, f };
    *f = (struct fixture){ .second = 1000 };
    void *memory = calloc(1, memory_size(ROWS));
    assert_non_null(memory);
    f->m = memory_init(memory, ROWS, (struct hash_key){ 1, 2 }, &listener);
}

static struct now now_of(const struct fixture *f)
{
    return (struct now){ { f->second * 1000000000 }, { f->second * 1000 } };
}

static struct client machine(enum client_kind kind, uint8_t last)
{
    struct client c = test_client(kind, ARCH_EFI_X64, last);
    c.undi_major = 3;
    c.undi_minor = 16;
    c.vendor_class = label_of(span_text(kind == CLIENT_HTTP ? "HTTPClient:Arch:00016:UNDI:003001"
                                                            : "PXEClient:Arch:00007:UNDI:003016"));
    return c;
}

static struct recollection ask(struct fixture *f, const struct client *c)
{
    struct recollection r;
    memory_recall(f->m, c, true, now_of(f), &r);
    return r;
}

static void note(struct fixture *f, uint8_t last, enum event_id id, const char *kind)
{
    struct event e = event_make(id, now_of(f), mac_to_u64(machine(CLIENT_PXE, last).mac));
    event_add_text(&e, "kind", kind);
    memory_note(f->m, &e, now_of(f));
}

/* What happens after a chain was given, a second each; '-' is an hour, '+' 40 seconds. */
static void play(struct fixture *f, uint8_t last, const char *letters)
{
    static const struct {
        char letter;
        enum event_id id;
        const char *kind;
    } rows[] = {
        { 'T', EVENT_TFTP_STARTED, "" },      { 'D', EVENT_TFTP_DONE, "" },
        { 'L', EVENT_HTTP_LOADER_DONE, "" },  { 'K', EVENT_HTTP_KERNEL_DONE, "" },
        { 'S', EVENT_SCRIPT_SENT, "" },       { 'G', EVENT_GRUB_CONFIG_SENT, "" },
        { 'B', EVENT_DISK_DONE, "" },         { 't', EVENT_TFTP_KERNEL_DONE, "" },
        { 'i', EVENT_DHCP_DISCOVER, "ipxe" }, { 'e', EVENT_DHCP_DISCOVER, "pxe" },
        { 's', EVENT_DHCP_DISCOVER, "os" },   { 'X', EVENT_BOOT_STALLED, "" },
        { '.', EVENT_BOOT_DONE, "" },
    };
    for (; *letters; letters++) {
        f->second += *letters == '-' ? 3600 : *letters == '+' ? 40 : 1;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            if (rows[i].letter == *letters)
                note(f, last, rows[i].id, rows[i].kind);
    }
}

static void a_try_ends_as_it_went(void **state)
{
    static const struct {
        const char *name;
        enum client_kind kind;
        const char *chain, *letters;
        enum chain_mark want;
        bool came_back;
    } cases[] = {
        { "iPXE asks", CLIENT_PXE, "ipxe", "TDi", CHAIN_MARK_STARTED, false },
        { "its script is enough", CLIENT_PXE, "ipxe", "TDS", CHAIN_MARK_STARTED, false },
        { "GRUB has its configuration", CLIENT_PXE, "grub", "TDTDG", CHAIN_MARK_STARTED, false },
        { "a kernel", CLIENT_PXE, "grub", "TDTDt", CHAIN_MARK_STARTED, false },
        { "fetched and back", CLIENT_PXE, "ipxe", "TD", CHAIN_MARK_STALLED, true },
        { "shim ran, GRUB did not", CLIENT_PXE, "grub", "TDTD", CHAIN_MARK_STALLED, true },
        { "back by its next boot entry", CLIENT_HTTP, "snponly", "L++", CHAIN_MARK_STALLED, true },
        { "fell silent", CLIENT_PXE, "ipxe", "TDX", CHAIN_MARK_STALLED, true },
        { "fell silent, and back a day later", CLIENT_PXE, "ipxe", "TDX------------",
          CHAIN_MARK_STALLED, true },
        { "never fetched", CLIENT_PXE, "ipxe", "", CHAIN_MARK_NONE, false },
        { "fetch never ended", CLIENT_PXE, "ipxe", "TX", CHAIN_MARK_NONE, false },
        { "back after an hour: nobody knows", CLIENT_PXE, "ipxe", "TD-", CHAIN_MARK_NONE, false },
        { "iPXE of the card's own ROM", CLIENT_PXE, "ipxe", "i", CHAIN_MARK_NONE, false },
        { "an installed system asks", CLIENT_PXE, "ipxe", "TDs", CHAIN_MARK_STALLED, true },
        { "disk, and back at once", CLIENT_HTTP, "disk", "B+", CHAIN_MARK_STALLED, true },
        { "disk, and back after a boot", CLIENT_HTTP, "disk", "B++++", CHAIN_MARK_STARTED, false },
        { "disk: nothing is heard of it", CLIENT_HTTP, "disk", "BX++++", CHAIN_MARK_STARTED,
          false },
        { "program refused", CLIENT_HTTP, "direct", "K.+", CHAIN_MARK_STALLED, true },
        { "program ran", CLIENT_HTTP, "direct", "K.-", CHAIN_MARK_STARTED, false },
        { "own loader goes on by TFTP", CLIENT_PXE, "boot", "TDT", CHAIN_MARK_STARTED, false },
        { "own loader does not", CLIENT_PXE, "boot", "TD", CHAIN_MARK_STALLED, true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client c = machine(cases[i].kind, 1);
        struct fixture f;
        open_memory(&f);
        (void)ask(&f, &c);
        memory_give(f.m, &c, cases[i].chain, now_of(&f).steady);
        play(&f, 1, cases[i].letters);
        struct recollection r = ask(&f, &c);
        const struct chain_result *got = recollection_find(&r, cases[i].chain);
        enum chain_mark mark = got ? got->last : CHAIN_MARK_NONE;
        if (mark != cases[i].want || (r.came_back != NULL) != cases[i].came_back ||
            f.told != (cases[i].want != CHAIN_MARK_NONE))
            fail_msg("%s: %s, came back %s, told %u", cases[i].name, chain_mark_name(mark),
                     r.came_back ? r.came_back : "-", f.told);
        if (got)
            assert_int_equal(got->transport, cases[i].kind == CLIENT_HTTP);
        free(f.m);
    }
}

static void retries_belong_to_one_try(void **state)
{
    (void)state;
    struct client c = machine(CLIENT_PXE, 1), by_http = machine(CLIENT_HTTP, 1);
    struct fixture f;
    open_memory(&f);
    assert_false(ask(&f, &c).is_under_way);
    memory_give(f.m, &c, "ipxe", now_of(&f).steady);
    play(&f, 1, "ee");
    assert_true(ask(&f, &c).is_under_way);
    memory_give(f.m, &c, "ipxe", now_of(&f).steady);
    play(&f, 1, "TD");
    /* A renewal while the loader starts is no new boot. */
    struct recollection r;
    memory_recall(f.m, &c, false, now_of(&f), &r);
    memory_give(f.m, &c, "ipxe", now_of(&f).steady);
    assert_int_equal(f.told, 0);
    /* The firmware goes on to its next boot entry: that is told once. */
    r = ask(&f, &by_http);
    assert_string_equal(r.came_back, "ipxe");
    memory_give(f.m, &by_http, "snponly", now_of(&f).steady);
    r = ask(&f, &by_http);
    assert_null(r.came_back);
    assert_true(r.is_under_way);
    assert_int_equal(f.told, 1);
    assert_int_equal(recollection_find(&r, "ipxe")->stalled, 1);
    assert_int_equal(recollection_find(&r, "ipxe")->stalled_at.ms, f.second * 1000);
    free(f.m);
}

static void start(struct fixture *f, uint8_t last, const char *chain)
{
    struct client c = machine(CLIENT_PXE, last);
    (void)ask(f, &c);
    memory_give(f->m, &c, chain, now_of(f).steady);
    play(f, last, "TDi");
}

static void firmware_is_shared_by_machines(void **state)
{
    (void)state;
    struct client c = machine(CLIENT_PXE, 9), other = machine(CLIENT_PXE, 9);
    struct fixture f;
    open_memory(&f);
    start(&f, 1, "grub");
    start(&f, 2, "snponly");
    start(&f, 3, "grub");
    struct recollection r = ask(&f, &c);
    assert_int_equal(r.count, 0);
    assert_int_equal(r.elsewhere_count, 2);
    assert_string_equal(r.elsewhere[0], "grub");
    assert_string_equal(r.elsewhere[1], "snponly");

    /* The same card by HTTP Boot is the same firmware; another version, maker or word is not. */
    other = machine(CLIENT_HTTP, 9);
    assert_int_equal(ask(&f, &other).elsewhere_count, 2);
    other.undi_minor = 17;
    assert_int_equal(ask(&f, &other).elsewhere_count, 0);
    other = machine(CLIENT_PXE, 9);
    other.mac.bytes[1] = 7;
    assert_int_equal(ask(&f, &other).elsewhere_count, 0);
    other = machine(CLIENT_PXE, 9);
    other.vendor_class = label_of(span_text("PXEClient:Arch:00007:UNDI:003016 ACME\x1b"));
    assert_int_equal(ask(&f, &other).elsewhere_count, 0);

    assert_true(memory_forget(f.m, machine(CLIENT_PXE, 2).mac));
    assert_false(memory_forget(f.m, machine(CLIENT_PXE, 2).mac));
    assert_false(memory_forget(f.m, machine(CLIENT_PXE, 77).mac));
    r = ask(&f, &c);
    assert_int_equal(r.elsewhere_count, 1);
    assert_string_equal(r.elsewhere[0], "grub");
    free(f.m);
}

static void firmware_keys_are_plain_text(void **state)
{
    static const struct {
        const char *class, *want;
    } cases[] = {
        { "PXEClient:Arch:00007:UNDI:003016", "efi-x64 undi 3.16 oui 02-00-00" },
        { "HTTPClient:Arch:00016:UNDI:003001", "efi-x64 undi 3.16 oui 02-00-00" },
        { "PXEClient", "efi-x64 undi 3.16 oui 02-00-00" },
        { "", "efi-x64 undi 3.16 oui 02-00-00" },
        { "PXEClient:Arch:", "efi-x64 undi 3.16 oui 02-00-00" },
        { "\x1b[2J", "efi-x64 undi 3.16 oui 02-00-00 \\x1b[2J" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buffer[FIRMWARE_KEY_MAX];
        struct text text = text_over(buffer, sizeof buffer);
        struct client c = machine(CLIENT_PXE, 1);
        c.vendor_class = label_of(span_text(cases[i].class));
        memory_write_firmware(&c, &text);
        assert_string_equal(buffer, cases[i].want);
    }
}

static void what_was_stored_is_known_again(void **state)
{
    (void)state;
    struct client c = machine(CLIENT_PXE, 1), other = machine(CLIENT_PXE, 2);
    struct fixture before, after;
    open_memory(&before);
    start(&before, 1, "grub");
    open_memory(&after);
    memory_restore(after.m, &before.last);
    struct recollection r = ask(&after, &c);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.chains[0].last, CHAIN_MARK_STARTED);
    assert_int_equal(r.chains[0].started, 1);
    assert_int_equal(r.chains[0].started_at.ms, before.last.started_at.ms);
    assert_string_equal(ask(&after, &other).elsewhere[0], "grub");
    struct recollection looked;
    memory_look(after.m, &c, &looked);
    assert_string_equal(looked.chains[0].chain, "grub");
    memory_look(after.m, &other, &looked);
    assert_int_equal(looked.count, 0);
    assert_int_equal(looked.elsewhere_count, 1);

    /* A chain that this version does not have any more, and no machine at all. */
    struct chain_result odd = before.last;
    span_to_text(span_text("gone"), odd.chain, sizeof odd.chain);
    memory_restore(after.m, &odd);
    odd = before.last;
    odd.mac = (struct mac){ 0 };
    memory_restore(after.m, &odd);
    assert_int_equal(ask(&after, &c).count, 1);
    assert_int_equal(after.told, 0);
    free(before.m);
    free(after.m);
}

static void strangers_push_out_strangers(void **state)
{
    (void)state;
    struct client c = machine(CLIENT_PXE, 1);
    struct fixture f;
    open_memory(&f);
    start(&f, 1, "grub");
    for (uint8_t last = 10; last < 100; last++) {
        struct client stranger = machine(CLIENT_PXE, last);
        memory_give(f.m, &stranger, "ipxe", now_of(&f).steady);
    }
    assert_int_equal(ask(&f, &c).count, 1);
    /* With every row known, the one that booted longest ago goes. */
    for (uint8_t last = 2; last <= 5; last++)
        start(&f, last, "ipxe");
    assert_int_equal(ask(&f, &c).count, 0);
    c = machine(CLIENT_PXE, 5);
    assert_int_equal(ask(&f, &c).count, 1);
    free(f.m);
}

static void a_machine_keeps_its_latest_chains(void **state)
{
    static const char *const chains[] = { "snponly-shim", "ipxe-shim", "grub", "broadcom", "own",
                                          "ipxe",         "snponly",   "snp",  "boot" };
    (void)state;
    struct client c = machine(CLIENT_PXE, 1);
    struct fixture f;
    open_memory(&f);
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        (void)ask(&f, &c);
        memory_give(f.m, &c, chains[i], now_of(&f).steady);
        play(&f, 1, "D");
    }
    struct recollection r = ask(&f, &c);
    assert_int_equal(r.count, MEMORY_CHAINS_MAX);
    assert_null(recollection_find(&r, "snponly-shim"));
    assert_non_null(recollection_find(&r, "boot"));
    free(f.m);
}

static void silence_after_a_disk_is_a_start(void **state)
{
    (void)state;
    struct client c = machine(CLIENT_HTTP, 1);
    struct fixture f;
    open_memory(&f);
    memory_give(f.m, &c, "disk", now_of(&f).steady);
    play(&f, 1, "B+");
    memory_settle(f.m, now_of(&f));
    assert_int_equal(f.told, 0);
    play(&f, 1, "+++");
    memory_settle(f.m, now_of(&f));
    assert_int_equal(f.told, 1);
    assert_int_equal(f.last.last, CHAIN_MARK_STARTED);
    memory_settle(f.m, now_of(&f));
    assert_int_equal(f.told, 1);
    free(f.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_try_ends_as_it_went),
        cmocka_unit_test(retries_belong_to_one_try),
        cmocka_unit_test(firmware_is_shared_by_machines),
        cmocka_unit_test(firmware_keys_are_plain_text),
        cmocka_unit_test(what_was_stored_is_known_again),
        cmocka_unit_test(strangers_push_out_strangers),
        cmocka_unit_test(a_machine_keeps_its_latest_chains),
        cmocka_unit_test(silence_after_a_disk_is_a_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
