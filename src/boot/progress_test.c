/* Tests of boot/progress and boot/diagnose: a boot is a string of letters, one per event. */
#include <stdio.h>

#include "boot/diagnose.h"
#include "boot/test_catalog.h"

static struct now at_second(int64_t s)
{
    return (struct now){ .steady = { s * 1000000000 } };
}

/* One event per letter; see the switch. */
static struct event event_of(char letter, struct now now)
{
    static const struct {
        char letter;
        enum event_id id;
        const char *key, *value;
    } rows[] = {
        { 'b', EVENT_DHCP_DISCOVER, "arch", "bios-x86" },
        { 'e', EVENT_DHCP_DISCOVER, "arch", "efi-x64" },
        { 'h', EVENT_DHCP_DISCOVER, "arch", "efi-x64" },
        { 'i', EVENT_DHCP_DISCOVER, "arch", "efi-x64" },
        { 's', EVENT_DHCP_DISCOVER, "arch", "unknown" },
        { 'O', EVENT_DHCP_OFFER_SENT, "file", "ipxe.efi" },
        { 'P', EVENT_DHCP_PROXY_OFFER_SENT, "file", "ipxe.efi" },
        { 'A', EVENT_DHCP_ACK_SENT, "file", "ipxe.efi" },
        { 'X', EVENT_DHCP_OTHER_CHOSEN, "note", "" },
        { '4', EVENT_DHCP_PXE_ACK_SENT, "file", "ipxe.efi" },
        { 'N', EVENT_DHCP_NO_LOADER, "hint", "apt-get install ipxe" },
        { 'n', EVENT_DHCP_NAK_SENT, "reason", "wrong network" },
        { 'p', EVENT_DHCP_POOL_EMPTY, "subnet", "192.0.2.0/24" },
        { 'd', EVENT_DHCP_DECLINE, "note", "" },
        { 'r', EVENT_RATE_LIMITED, "what", "packets" },
        { 'T', EVENT_TFTP_STARTED, "file", "ipxe.efi" },
        { '?', EVENT_TFTP_PROBED, "file", "ipxe.efi" },
        { 'D', EVENT_TFTP_DONE, "file", "ipxe.efi" },
        { 'L', EVENT_HTTP_LOADER_DONE, "file", "ipxe.efi" },
        { 'm', EVENT_TFTP_NOT_FOUND, "file", "pxelinux.0" },
        { 'a', EVENT_TFTP_ABORTED, "reason", "User \x1b abort" },
        { 't', EVENT_TFTP_TIMED_OUT, "file", "ipxe.efi" },
        { 'c', EVENT_TFTP_CUT, "reason", "it shrank" },
        { 'f', EVENT_TFTP_REFUSED, "flaw", "bad mode" },
        { 'w', EVENT_SCRIPT_SENT, "what", "who are you" },
        { 'M', EVENT_SCRIPT_SENT, "what", "menu" },
        { 'S', EVENT_SCRIPT_SENT, "what", "debian-12" },
        { 'l', EVENT_SCRIPT_SENT, "what", "local disk" },
        { 'K', EVENT_HTTP_KERNEL_DONE, "file", "linux" },
        { 'k', EVENT_HTTP_NOT_FOUND, "file", "initrd.gz" },
        { 'y', EVENT_HTTP_ABORTED, "file", "initrd.gz" },
        { '|', EVENT_DISK_PROBED, "file", "disk/x.img" },
        { '<', EVENT_DISK_STARTED, "file", "disk/x.img" },
        { '-', EVENT_DISK_PROGRESS, "file", "disk/x.img" },
        { '_', EVENT_FILE_PROGRESS, "file", "images/debian-12/initrd.gz" },
        { '>', EVENT_DISK_DONE, "what", "debian-12" },
        { '#', EVENT_DISK_DONE, "what", "menu" },
        { '.', EVENT_BOOT_DONE, "image", "debian-12" },
        { '%', EVENT_TLS_FAILED, "name", "CA_NOT_TRUSTED" },
        { '&', EVENT_TLS_FAILED, "name", "LEFT_AT_CERTIFICATE" },
        { '~', EVENT_TLS_FAILED, "name", "VERSION_NOT_SHARED" },
        { '^', EVENT_TLS_FAILED, "name", "TIMED_OUT" },
        { 'F', EVENT_STORE_FAILED, "reason", "disk full" },
        /* offers that name a chain: an unsigned one, the same with a way to another, pinned, a
         * signed one, a disk, a program */
        { '1', EVENT_DHCP_OFFER_SENT, "chain", "ipxe" },
        { '2', EVENT_DHCP_PROXY_OFFER_SENT, "chain", "ipxe" },
        { '3', EVENT_DHCP_OFFER_SENT, "chain", "snponly" },
        { '5', EVENT_DHCP_OFFER_SENT, "chain", "grub" },
        { '6', EVENT_DHCP_OFFER_SENT, "chain", "disk" },
        { '7', EVENT_DHCP_OFFER_SENT, "chain", "direct" },
        { 'R', EVENT_TFTP_STARTED, "file", "grubx64.efi" },
        { 'Q', EVENT_TFTP_DONE, "file", "grubx64.efi" },
        { 'G', EVENT_GRUB_CONFIG_SENT, "what", "debian-12" },
        { 'g', EVENT_GRUB_CONFIG_SENT, "what", "menu" },
        { 'u', EVENT_TFTP_KERNEL_DONE, "file", "images/debian-12/linux" },
        { 'o', EVENT_OPTIONAL_ABSENT, "file", "revocations_sku.efi" },
        { 'B', EVENT_DISK_DONE, "file", "disk/boot.img" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].letter != letter)
            continue;
        struct event e = event_make(rows[i].id, now, 1);
        event_add_text(&e, rows[i].key, rows[i].value);
        event_add_bytes(&e, "bytes", 1048576);
        event_add_ipv4(&e, "server", 0xc0000209);
        event_add_ipv4(&e, "address", 0xc0000232);
        if (strchr("123", letter))
            event_add_text(&e, "refusal", "it is not signed");
        if (letter == '2')
            event_add_text(&e, "hint", "tugboot loader fetch ipxe");
        if (letter == '3')
            event_add_number(&e, "pinned", 1);
        event_add_text(&e, "why", "the handshake's reason");
        event_add_text(&e, "kind",
                       letter == 'h'   ? "http"
                       : letter == 'i' ? "ipxe"
                       : letter == 's' ? "os"
                                       : "pxe");
        return e;
    }
    fail_msg("no event '%c'", letter);
    return event_make(EVENT_SERVER_STARTED, now, 0);
}

/* Play the letters, one a second; returns the second after the last. */
static int64_t play(struct progress *p, const char *letters)
{
    int64_t s = 100;
    progress_init(p, 1);
    for (; *letters; letters++, s++) {
        struct event e = event_of(*letters, at_second(s));
        progress_note(p, &e, at_second(s).steady);
    }
    return s;
}

static void every_stall_has_its_verdict(void **state)
{
    static const struct {
        const char *letters;
        enum diagnosis want;
        const char *has; /* in the sentence */
    } cases[] = {
        { "e", DIAGNOSIS_NEVER_ANSWERED, "got no answer from here" },
        { "eN", DIAGNOSIS_NO_LOADER, "nothing to start on efi-x64: apt-get install ipxe" },
        { "ep", DIAGNOSIS_POOL_EMPTY, "none was free in 192.0.2.0/24" },
        { "eF", DIAGNOSIS_STORE_FAILED, "(disk full)" },
        { "eOr", DIAGNOSIS_RATE_LIMITED, "look for a loop" },
        { "eOd", DIAGNOSIS_DECLINED, "192.0.2.50 belongs to somebody else" },
        { "eOn", DIAGNOSIS_NAK, "(wrong network)" },
        { "eO", DIAGNOSIS_OFFER_SILENT, "nothing came back" },
        { "eOeOeO", DIAGNOSIS_OFFERS_IGNORED, "spanning tree" },
        { "ePePeP", DIAGNOSIS_PROXY_ALONE, "no DHCP server gave it an address" },
        { "hO", DIAGNOSIS_OFFERS_IGNORED_HTTP, "https://" },
        { "eOX", DIAGNOSIS_OFFER_TO_OTHER,
          "the offer was sent, but the machine asked the other server, 192.0.2.9, and went silent" },
        { "ePX", DIAGNOSIS_OFFER_TO_OTHER_PROXY,
          "took its address from 192.0.2.9 and never came "
          "for ipxe.efi" },
        { "ePX4", DIAGNOSIS_NO_REQUEST_PXE_ASKED, "open UDP 69" },
        { "bOA", DIAGNOSIS_NO_REQUEST, "has the address 192.0.2.50 but never asked for ipxe.efi" },
        { "hOA", DIAGNOSIS_NO_REQUEST_HTTP, "drops TCP" },
        { "e5ATDRQGTu", DIAGNOSIS_NO_INITRD, "images/debian-12/linux of debian-12" },
        { "e5Ao", DIAGNOSIS_NO_REQUEST, "never asked for" }, /* not: revocations are not here */
        { "hOA%", DIAGNOSIS_TLS_UNTRUSTED, "tugboot ca export" },
        { "hOA%%", DIAGNOSIS_TLS_UNTRUSTED, "does not trust this CA" },
        { "hOA&", DIAGNOSIS_TLS_UNTRUSTED, "'https' to false" },
        { "hOA~", DIAGNOSIS_TLS_OLD, "the handshake's reason: set 'https: old-clients: true'" },
        { "hOA^", DIAGNOSIS_TLS_FAILED, "(the handshake's reason)" },
        { "eOATDi%", DIAGNOSIS_TLS_UNTRUSTED, "TRUST=" },
        { "hOA%L", DIAGNOSIS_LOADER_SILENT_EFI, "has ipxe.efi whole" },
        { "eOA?", DIAGNOSIS_SIZE_ONLY, "single-port" },
        { "eOAm", DIAGNOSIS_WRONG_NAME, "pxelinux.0, which is not here" },
        { "eOAT", DIAGNOSIS_TFTP_STUCK, "never ended" },
        { "eOATt", DIAGNOSIS_TFTP_SILENT_AT_ONCE, "fell silent in ipxe.efi after 1.0 MiB" },
        { "eOATa", DIAGNOSIS_TFTP_ABORTED, "(User \\x1b abort)" },
        { "eOATc", DIAGNOSIS_FILE_CUT, "(it shrank)" },
        { "eOAf", DIAGNOSIS_REQUEST_REFUSED, "(bad mode)" },
        { "eOATD", DIAGNOSIS_LOADER_SILENT_EFI, "Secure Boot" },
        { "bOATD", DIAGNOSIS_LOADER_SILENT, "The next chain is tried at its next boot" },
        { "e3ATD", DIAGNOSIS_LOADER_SILENT_EFI, "'loader' setting allows no other chain" },
        { "hOAL", DIAGNOSIS_LOADER_SILENT_EFI, "has ipxe.efi whole" },
        { "eOATDe", DIAGNOSIS_LOADER_REFUSED_EFI,
          "fetched ipxe.efi whole (1.0 MiB) and came back" },
        { "e5ATDe5", DIAGNOSIS_LOADER_REFUSED_EFI, "although the file is signed" },
        { "e5ATDe1", DIAGNOSIS_LOADER_REFUSED_EFI, "It is given ipxe now" },
        { "e1ATDe5", DIAGNOSIS_REFUSED_BY_SECURE_BOOT,
          "fetched ipxe.efi whole (1.0 MiB) and came back as firmware: refused by Secure Boot, "
          "probably (it is not signed). It is given the signed chain grub now" },
        { "e1ATDh5", DIAGNOSIS_REFUSED_BY_SECURE_BOOT, "the signed chain grub now" },
        { "e1ATDeee5", DIAGNOSIS_REFUSED_BY_SECURE_BOOT, "the signed chain grub now" },
        { "e2ATDe2", DIAGNOSIS_REFUSED_BY_SECURE_BOOT,
          "No other chain is here that was not tried; for one that works with Secure Boot: tugboot "
          "loader fetch ipxe" },
        { "e3ATDe3", DIAGNOSIS_REFUSED_BY_SECURE_BOOT, "'loader' setting allows no other" },
        { "e5ATDRQe1", DIAGNOSIS_SECOND_REFUSED,
          "its shim ran and fetched grubx64.efi whole (1.0 MiB), and the firmware came back" },
        { "h6AB.h1", DIAGNOSIS_LOADER_REFUSED_EFI, "fetched disk/boot.img whole" },
        { "h7AK.h1", DIAGNOSIS_LOADER_REFUSED_EFI, "fetched linux whole" },
        { "b1ATDb3", DIAGNOSIS_LOADER_REFUSED_BIOS, "It is given snponly now" },
        { "eOATDiOA", DIAGNOSIS_IPXE_NO_SCRIPT, "never fetched its script" },
        { "eOATDiiiiO", DIAGNOSIS_IPXE_NO_ANSWER, "portfast" },
        { "eOATDim", DIAGNOSIS_IPXE_NOT_FOUND, "asked for pxelinux.0" },
        { "eOATDiOAw", DIAGNOSIS_IPXE_NO_SCRIPT, "TCP" },
        { "eOATDiOAwS", DIAGNOSIS_NO_KERNEL, "script for debian-12 but never fetched" },
        { "eOATDiOAwSk", DIAGNOSIS_KERNEL_NOT_FOUND, "debian-12 needs initrd.gz" },
        { "eOATDiOAwSKy", DIAGNOSIS_KERNEL_ABORTED, "gave up initrd.gz of debian-12" },
        { "eOATDiOAwSK", DIAGNOSIS_NO_INITRD, "has linux of debian-12" },
        { "iOAwS", DIAGNOSIS_NO_KERNEL, "" },
        { "hOA|", DIAGNOSIS_DISK_SIZE_ONLY, "asked how large its boot disk is (1.0 MiB)" },
        { "hOA|<-", DIAGNOSIS_DISK_STUCK, "never ended" },
        { "hOA|<-y", DIAGNOSIS_DISK_ABORTED, "gave up its boot disk after 1.0 MiB" },
        { "hOA|<->.h", DIAGNOSIS_LOADER_REFUSED_EFI, "came back as firmware" },
        { "hOA|<-#h", DIAGNOSIS_LOADER_REFUSED_EFI, "came back as firmware" },
        { "T", DIAGNOSIS_TFTP_STUCK, "began to fetch" },
        /* a probe followed by the file is no stall of size questions */
        { "eOAT?TD", DIAGNOSIS_LOADER_SILENT_EFI, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct progress p;
        char buffer[640];
        struct text text = text_over(buffer, sizeof buffer);
        int64_t end = play(&p, cases[i].letters);
        if (!progress_is_stalled(&p, at_second(end + 600).steady))
            fail_msg("%s: not stalled at %s", cases[i].letters, progress_step_name(p.step));
        enum diagnosis got = diagnose(&p);
        diagnosis_write(got, &p, &text);
        if (got != cases[i].want || !strstr(buffer, cases[i].has) || text.failed)
            fail_msg("%s: %s: %s", cases[i].letters, diagnosis_name(got), buffer);
    }
}

static void what_goes_well_never_stalls(void **state)
{
    static const struct {
        const char *letters;
        enum progress_step want;
    } cases[] = {
        { "", STEP_IDLE },
        { "s", STEP_IDLE },
        { "sOA", STEP_IDLE },
        { "eOATDiOAwM", STEP_WAITING },
        { "eOATDiOAwSKK.", STEP_DONE },
        { "eOATDiOAl", STEP_DONE },
        { "eOATDiOAwSKK.sOA", STEP_DONE },
        { "hOA<-->.", STEP_DONE },
        { "hOA<-->.sOA", STEP_DONE },
        { "hOA<--#", STEP_WAITING },
        { "h6AB.", STEP_DONE },
        { "e5ATDRQG.", STEP_DONE },
        { "e5ATDoooRQoooog", STEP_WAITING }, /* a person at GRUB's menu */
        { "e5ATDRQgGTuTu.", STEP_DONE },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct progress p;
        play(&p, cases[i].letters);
        if (p.step != cases[i].want || progress_next_deadline(&p).ns != INSTANT_NEVER.ns ||
            progress_is_stalled(&p, INSTANT_NEVER))
            fail_msg("%s: at %s", cases[i].letters, progress_step_name(p.step));
    }
}

static void a_stall_is_told_once_until_it_moves(void **state)
{
    (void)state;
    struct progress p;
    int64_t end = play(&p, "eO");
    assert_false(progress_is_stalled(&p, at_second(end).steady));
    /* retries do not put the deadline off */
    struct instant before = progress_next_deadline(&p);
    struct event again = event_of('e', at_second(end + 8));
    progress_note(&p, &again, at_second(end + 8).steady);
    assert_true(progress_next_deadline(&p).ns == before.ns);
    assert_true(progress_is_stalled(&p, before));
    progress_mark_told(&p);
    assert_false(progress_is_stalled(&p, INSTANT_NEVER));
    struct event ack = event_of('A', at_second(end + 100));
    progress_note(&p, &ack, at_second(end + 100).steady);
    assert_true(progress_is_stalled(&p, at_second(end + 200).steady));
    assert_false(progress_is_done(&p));
}

static void coming_back_is_known_at_once(void **state)
{
    (void)state;
    struct progress p;
    int64_t end = play(&p, "eOATDe");
    assert_false(progress_is_stalled(&p, at_second(end).steady)); /* until it is given something */
    assert_true(progress_is_stalled(&p, at_second(end + 3).steady));
    end = play(&p, "eOATDeO");
    assert_true(progress_is_stalled(&p, at_second(end).steady));
    /* hours later it is just another boot */
    end = play(&p, "eOATD");
    struct event later = event_of('e', at_second(end + 4000));
    progress_note(&p, &later, at_second(end + 4000).steady);
    assert_false(progress_is_stalled(&p, at_second(end + 4001).steady));
    /* and two minutes after a disk */
    end = play(&p, "h6AB.");
    later = event_of('e', at_second(end + 122));
    progress_note(&p, &later, at_second(end + 122).steady);
    assert_false(progress_is_stalled(&p, at_second(end + 130).steady));
    /* told once, it is over: the next chain is fetched now */
    end = play(&p, "e1ATDe5");
    assert_true(progress_is_stalled(&p, at_second(end).steady));
    progress_mark_told(&p);
    later = event_of('A', at_second(end + 1));
    progress_note(&p, &later, at_second(end + 1).steady);
    assert_false(progress_is_stalled(&p, at_second(end + 2).steady));
    /* after a whole boot too */
    end = play(&p, "eOATDiOAwSKK.e");
    assert_false(progress_is_stalled(&p, at_second(end).steady));
    assert_int_equal(p.step, STEP_ASKED);
    /* a large file on a slow line is no silence */
    end = play(&p, "eOATDiOAwSK");
    later = event_of('_', at_second(end + 250));
    progress_note(&p, &later, at_second(end + 250).steady);
    assert_false(progress_is_stalled(&p, at_second(end + 540).steady));
    assert_true(progress_is_stalled(&p, at_second(end + 560).steady));
    /* a disk that ran, and was left again */
    end = play(&p, "hOA<->.");
    later = event_of('h', at_second(end + 60));
    progress_note(&p, &later, at_second(end + 60).steady);
    assert_false(progress_is_stalled(&p, at_second(end + 61).steady));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stall_has_its_verdict),
        cmocka_unit_test(what_goes_well_never_stalls),
        cmocka_unit_test(a_stall_is_told_once_until_it_moves),
        cmocka_unit_test(coming_back_is_known_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
