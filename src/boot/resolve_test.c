/* Tests of boot/resolve and boot/identity. */
#include <stdio.h>

#include "boot/identity.h"
#include "boot/resolve.h"
#include "boot/test_catalog.h"

static uint8_t memory[100000];

static void ask(const char *name, const char *query, const char *last_folder,
                struct resolution *out)
{
    struct client client = test_client(CLIENT_UNKNOWN, ARCH_NONE, 9);
    struct arena arena = arena_over(memory, sizeof memory);
    const struct resolve_request request = {
        .name = span_text(name),
        .query = span_text(query),
        .last_folder = span_text(last_folder),
        .client = &client,
        .reach = { { 0xc0000201 }, 80 },
    };
    resolve(&test_catalog, &request, &arena, out);
}

static void names_become_candidates(void **state)
{
    /* want: root:path of each candidate in order */
    static const struct {
        const char *name, *last_folder, *want;
    } cases[] = {
        { "ipxe.efi", "", "2:ipxe.efi 0:ipxe.efi " },
        { "/IPXE.EFI", "", "2:IPXE.EFI 0:ipxe.efi " },
        { "\\boot\\\\x64\\undionly.kpxe", "", "2:boot/x64/undionly.kpxe 0:undionly.kpxe " },
        { "undionly.kpxe\xff\xff", "", "2:undionly.kpxe 0:undionly.kpxe " },
        { "//grubx64.efi", "", "2:grubx64.efi 0:grubx64.efi " },
        { "/loaders/snponly/snponly-arm64.efi", "",
          "0:arm/snponly.efi 2:loaders/snponly/snponly-arm64.efi 0:arm/snponly.efi " },
        /* a signed pair: its files in its folder only, whatever name its shim makes up */
        { "snponly.efi", "", "2:snponly.efi 0:snponly.efi " },
        { "snponly-shimx64.efi", "", "2:snponly-shimx64.efi 0:pair/snponly-shimx64.efi " },
        { "/loaders/pair/snponly.efi", "",
          "0:pair/snponly.efi 2:loaders/pair/snponly.efi 0:pair/snponly.efi " },
        { "/loaders/PAIR/grubx64.efi", "",
          "0:pair/snponly.efi 2:loaders/PAIR/grubx64.efi 0:grubx64.efi " },
        { "/loaders/pair/?Onboard", "", "0:pair/snponly.efi 2:loaders/pair/?Onboard " },
        { "/loaders/pair/revocations_sbat.efi", "",
          "2:loaders/pair/revocations_sbat.efi 0:revocations_sbat.efi " },
        { "/loaders/pair/shim_certificate_0.efi", "",
          "2:loaders/pair/shim_certificate_0.efi 0:shim_certificate_0.efi " },
        { "/loaders/pair/mmx64.efi", "", "2:loaders/pair/mmx64.efi 0:mmx64.efi " },
        { "/loaders/snponly-shim/snponly.efi", "",
          "2:loaders/snponly-shim/snponly.efi 0:snponly.efi " },
        { "ipxe.efi", "loaders/pair",
          "2:ipxe.efi 0:pair/snponly.efi 2:loaders/pair/ipxe.efi 0:ipxe.efi " },
        { "revocations.efi", "loaders/pair",
          "2:revocations.efi 2:loaders/pair/revocations.efi 0:revocations.efi " },
        { "/images/debian-12/linux", "", "1:debian-12/linux 2:images/debian-12/linux " },
        { "/IMAGES/Debian-12/Linux", "", "1:debian-12/Linux 2:IMAGES/Debian-12/Linux " },
        { "images/memtest/sub/x", "", "1:tools/memtest/sub/x 2:images/memtest/sub/x " },
        { "/images/rescue/rescue.iso", "", "1:rescue.iso 2:images/rescue/rescue.iso " },
        { "/images/rescue/debian-12/linux", "", "2:images/rescue/debian-12/linux " },
        { "/images/rescue/other.img", "", "2:images/rescue/other.img " },
        { "other.img", "images/rescue", "2:other.img 2:images/rescue/other.img " },
        { "/images/gone/linux", "", "2:images/gone/linux " },
        { "/images/debian-12", "", "2:images/debian-12 " },
        { "initrd.gz", "images/debian-12",
          "2:initrd.gz 1:debian-12/initrd.gz 2:images/debian-12/initrd.gz " },
        { "x/y.cfg", "a/b/", "2:x/y.cfg 2:a/b/x/y.cfg 2:a/b/y.cfg " },
        { "/images/debian-12/../../etc/passwd", "", "" },
        { "y", "../..", "2:y " },
        { "a\nb", "", "" },
        { "", "", "" },
        { "////", "", "" },
        { ".", "", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct resolution got;
        char buffer[512];
        struct text text = text_over(buffer, sizeof buffer);
        ask(cases[i].name, "", cases[i].last_folder, &got);
        for (uint8_t k = 0; k < got.count; k++)
            text_addf(&text, "%u:%s ", got.candidates[k].root, got.candidates[k].path.text);
        if (strcmp(buffer, cases[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", cases[i].name, buffer, cases[i].want);
        assert_int_equal(got.count == 0, got.why[0] != 0);
    }
}

/* "file boot/x", "inside boot/x", "whole", "parts ...", "page": the candidates of an image alone.
 */
static void describe(const struct candidate *c, struct text *out)
{
    switch (c->kind) {
    case CANDIDATE_FILE:
        text_addf(out, "file %s%s", c->path.text, c->any_case ? "" : "!");
        break;
    case CANDIDATE_INSIDE:
        text_add(out, c->entry ? "inside " : "whole");
        if (c->entry)
            text_add_span(out, image_index_path(c->container->index, c->entry));
        break;
    case CANDIDATE_PARTS:
        text_addf(out, "parts %u %s%s", c->plan->count,
                  c->plan->parts[0].cpio_name ? c->plan->parts[0].cpio_name : "",
                  c->edit ? "edited" : "");
        break;
    case CANDIDATE_TEXT:
        text_add(out, "page");
        break;
    case CANDIDATE_DISK:
        text_add(out, "disk");
        break;
    }
    text_add(out, c->last_of_image ? ", last; " : "; ");
}

static void containers_are_looked_into(void **state)
{
    static const struct {
        const char *name;
        enum transport transport;
        const char *want;
        enum served_as served_as;
    } cases[] = {
        { "/images/live/boot/linux", TRANSPORT_TFTP, "inside boot/Linux; ", SERVED_KERNEL },
        { "/Images/LIVE/BOOT/linux", TRANSPORT_HTTP, "inside boot/Linux; ", SERVED_KERNEL },
        { "/images/live/boot/initrd", TRANSPORT_TFTP, "inside boot/initrd; ", SERVED_INITRD },
        { "/images/live/live 1.iso", TRANSPORT_TFTP, "whole; ", SERVED_FILE },
        { "/images/live/Live 1.ISO.cpio", TRANSPORT_TFTP, "parts 1 /live.iso, last; ",
          SERVED_INITRD },
        { "/images/live/boot/initrd.cpio", TRANSPORT_TFTP, "", SERVED_FILE },
        { "/images/live/boot.cfg", TRANSPORT_TFTP, "parts 1 edited; inside boot.cfg; ",
          SERVED_FILE },
        { "/images/live/empty", TRANSPORT_TFTP, "inside empty; ", SERVED_FILE },
        { "/images/live/boot", TRANSPORT_TFTP, "", SERVED_FILE },
        { "/images/live/boot", TRANSPORT_HTTP, "page; ", SERVED_FILE },
        { "/images/live/boot//", TRANSPORT_HTTP, "page; ", SERVED_FILE },
        { "/images/live", TRANSPORT_HTTP, "page; ", SERVED_FILE },
        { "/images/live", TRANSPORT_TFTP, "", SERVED_FILE },
        { "/images/live/gone", TRANSPORT_HTTP, "", SERVED_FILE },
        { "/images/live/boot/../boot.cfg", TRANSPORT_HTTP, "", SERVED_FILE },
        /* what lies beside it hides what is inside */
        { "/images/beside/boot/linux", TRANSPORT_TFTP,
          "file beside/boot/linux!, last; inside boot/Linux, last; file beside/boot/linux, last; ",
          SERVED_KERNEL },
        { "/images/beside/notes", TRANSPORT_TFTP, "file beside/notes!; file beside/notes; ",
          SERVED_FILE },
        { "/images/beside/.treeinfo", TRANSPORT_HTTP,
          "file beside/.treeinfo!; file beside/.treeinfo; ", SERVED_FILE },
        { "/images/beside/sub/image.yaml", TRANSPORT_HTTP,
          "file beside/sub/image.yaml!; file beside/sub/image.yaml; ", SERVED_FILE },
        /* what describes the image is not for machines */
        { "/images/beside/image.yaml", TRANSPORT_TFTP, "", SERVED_FILE },
        { "/images/beside/.//Image.YAML", TRANSPORT_HTTP, "", SERVED_FILE },
        { "/images/beside\\image.yaml", TRANSPORT_TFTP, "", SERVED_FILE },
        { "/images/beside/.origin.yaml", TRANSPORT_HTTP, "", SERVED_FILE },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = test_client(CLIENT_UNKNOWN, ARCH_NONE, 9);
        struct arena arena = arena_over(memory, sizeof memory);
        struct resolution got;
        char buffer[512];
        struct text text = text_over(buffer, sizeof buffer);
        const struct resolve_request request = { .name = span_text(cases[i].name),
                                                 .transport = cases[i].transport,
                                                 .client = &client,
                                                 .reach = { { 0xc0000201 }, 80 } };
        resolve(&test_catalog, &request, &arena, &got);
        for (uint8_t k = 0; k < got.count; k++)
            if (got.candidates[k].image)
                describe(&got.candidates[k], &text);
        if (strcmp(buffer, cases[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", cases[i].name, buffer, cases[i].want);
        if (got.count > 0 && got.candidates[0].image)
            assert_int_equal(got.candidates[0].served_as, cases[i].served_as);
    }
}

static void a_page_is_harmless_and_bounded(void **state)
{
    struct client client = test_client(CLIENT_UNKNOWN, ARCH_NONE, 9);
    const struct resolve_request request = { .name = span_text("/images/live/"),
                                             .transport = TRANSPORT_HTTP,
                                             .client = &client,
                                             .reach = { { 0xc0000201 }, 80 } };
    struct resolution got;
    char copy[4096];
    (void)state;
    struct arena arena = arena_over(memory, sizeof memory);
    resolve(&test_catalog, &request, &arena, &got);
    span_to_text(got.candidates[0].text, copy, sizeof copy);
    assert_string_equal(got.candidates[0].media_type, "text/html; charset=utf-8");
    assert_non_null(strstr(copy, "<li><a href=\"/images/live/boot/\">boot/</a></li>\n"));
    assert_non_null(
        strstr(copy, "<a href=\"/images/live/live%201.iso\">live 1.iso</a> 40960</li>"));
    assert_non_null(
        strstr(copy, "<a href=\"/images/live/x%26%3C%22y\">x&amp;&lt;&quot;y</a> 7</li>"));
    /* what does not fit is counted */
    arena = arena_over(memory, 1000);
    resolve(&test_catalog, &request, &arena, &got);
    assert_int_equal(got.candidates[0].kind, CANDIDATE_TEXT);
    span_to_text(got.candidates[0].text, copy, sizeof copy);
    assert_non_null(strstr(copy, "which do not fit on this page</p>\n"));
    for (size_t cap = 0; cap < 1300; cap++) {
        arena = arena_over(memory, cap);
        resolve(&test_catalog, &request, &arena, &got);
        assert_true(arena.used <= cap);
    }
}

static void files_know_what_they_are(void **state)
{
    static const struct {
        const char *name, *media_type, *what;
        enum served_as served_as;
        bool last, any_case;
    } cases[] = {
        { "/images/debian-12/linux", "application/octet-stream", "debian-12", SERVED_KERNEL, false,
          true },
        { "/images/debian-12/initrd.gz", "application/octet-stream", "debian-12", SERVED_INITRD,
          true, true },
        { "/images/big/a//initrd", "application/octet-stream", "big", SERVED_INITRD, false, true },
        { "/images/big/odd name", "application/octet-stream", "big", SERVED_INITRD, true, true },
        { "/images/memtest/memtest.bin", "application/octet-stream", "memtest", SERVED_KERNEL, true,
          true },
        { "/images/arm/uki.efi", "application/efi", "arm", SERVED_KERNEL, true, true },
        { "/images/disk/disk.img", "application/vnd.efi-img", "disk", SERVED_KERNEL, true, true },
        { "/images/debian-12/x.ISO", "application/vnd.efi-iso", "debian-12", SERVED_FILE, false,
          true },
        { "/loaders/ipxe/ipxe.efi", "application/efi", "ipxe.efi", SERVED_LOADER, false, false },
        { "/some/notes.txt", "text/plain", "file", SERVED_FILE, false, true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct resolution got;
        ask(cases[i].name, "", "", &got);
        assert_true(got.count > 0);
        const struct candidate *c = &got.candidates[0];
        if (strcmp(c->media_type, cases[i].media_type) != 0 ||
            strcmp(c->what, cases[i].what) != 0 || c->served_as != cases[i].served_as ||
            c->last_of_image != cases[i].last || c->any_case != cases[i].any_case)
            fail_msg("%s: %s %s %d %d", cases[i].name, c->media_type, c->what, (int)c->served_as,
                     c->last_of_image);
    }
}

static void scripts_are_made_for_who_asks(void **state)
{
    static const struct {
        const char *name, *query, *what, *has;
    } cases[] = {
        { "autoexec.ipxe", "", "who are you", "chain --replace http://192.0.2.1/boot.ipxe?mac=" },
        { "/EFI\\Boot/AUTOEXEC.IPXE", "mac=02:00:00:00:00:01", "who are you", "isset ${ip}" },
        { "/boot.ipxe", "", "who are you", "isset ${ip} || dhcp" },
        { "//Boot.ipxe", "entry=%40menu", "who are you", "" },
        { "boot.ipxe", "mac=", "menu", "choose" },
        { "boot.ipxe", "mac=02-00-00-00-00-01&platform=efi&buildarch=x86_64", "debian-12",
          "kernel http://192.0.2.1/images/debian-12/linux" },
        { "boot.ipxe", "mac=02-00-00-00-00-01&platform=efi&buildarch=arm64", "menu",
          "item -- arm" },
        { "boot.ipxe", "mac=02-00-00-00-00-01&entry=%40menu", "menu", "choose" },
        { "boot.ipxe", "mac=x&entry=memtest", "memtest", "memtest.bin" },
        { "boot.ipxe", "uuid=x&entry=@local", "local disk", "sanboot" },
        { "boot.ipxe", "serial=&entry=nothing", "a page that says what is wrong",
          "echo tugboot: nothing cannot be started: there is no such entry any more" },
        { "boot.ipxe", "mac=x&entry=arm&platform=pcbios&buildarch=i386",
          "a page that says what is wrong", "it is for another architecture" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct resolution got;
        char copy[16384];
        ask(cases[i].name, cases[i].query, "", &got);
        assert_int_equal(got.count, 1);
        const struct candidate *c = &got.candidates[0];
        span_to_text(c->text, copy, sizeof copy);
        if (c->kind != CANDIDATE_TEXT || c->served_as != SERVED_SCRIPT ||
            strcmp(c->what, cases[i].what) != 0 || !strstr(copy, cases[i].has))
            fail_msg("%s?%s: '%s'\n%s", cases[i].name, cases[i].query, c->what, copy);
        assert_string_equal(c->media_type, "text/plain");
    }
}

static void identity_is_read_from_the_query(void **state)
{
    (void)state;
    struct resolution got;
    ask("boot.ipxe",
        "mac=52%3A54:00:12:34:56&uuid=01234567-89AB-cdef-0123-456789abcdef&serial=a%26b%0a"
        "&asset=x+y&product=P&manufacturer=M&platform=pcbios&buildarch=x86_64&memsize=2047",
        "", &got);
    char text[64];
    mac_format(got.client.mac, text);
    assert_string_equal(text, "52:54:00:12:34:56");
    assert_true(got.client.has_uuid);
    assert_int_equal(got.client.kind, CLIENT_IPXE);
    assert_int_equal(got.client.arch, ARCH_BIOS_X86);
    assert_int_equal(got.client.memory_mib, 2047);
    assert_true(span_is(label_span(&got.client.serial), "a&b\n"));
    assert_true(span_is(label_span(&got.client.asset), "x+y"));

    /* senseless values change nothing */
    ask("boot.ipxe",
        "mac=00:00:00:00:00:00&uuid=00000000-0000-0000-0000-000000000000&memsize=1e9"
        "&platform=efi&buildarch=vax",
        "", &got);
    assert_int_equal(got.client.mac.bytes[5], 9);
    assert_false(got.client.has_uuid);
    assert_int_equal(got.client.memory_mib, 0);
    assert_int_equal(got.client.arch, ARCH_NONE);
    assert_false(identity_is_told(span_text("entry=x&xmac=1")));
}

static void broadcoms_page_is_a_script(void **state)
{
    static const struct {
        const char *name, *query, *what;
        const char *mac, *serial;
        enum arch arch;
    } cases[] = {
        { "/Altiris/iPXE/GetPxeScript.aspx", "mac=02%3a00:00:00:00:01&arch=x86_64&serial=4711",
          "debian-12", "02:00:00:00:00:01", "4711", ARCH_EFI_X64 },
        { "/altiris/ipxe/getpxescript.ASPX", "Client=02-00-00-00-00-01", "debian-12",
          "02:00:00:00:00:01", "", ARCH_NONE },
        { "//ALTIRIS\\iPXE/GetPxeScript.aspx", "net0mac=020000000001&x&=&SerialNumber=a+b&",
          "debian-12", "02:00:00:00:00:01", "a+b", ARCH_NONE },
        /* twelve digits without the word, a void UUID, an odd machine */
        { "Altiris/iPXE/GetPxeScript.aspx",
          "id=020000000001&guid=00000000-0000-0000-0000-000000000000&platform=vax", "menu",
          "02:00:00:00:00:09", "", ARCH_NONE },
        /* nothing told: known by its address */
        { "Altiris/iPXE/GetPxeScript.aspx", "", "menu", "02:00:00:00:00:09", "", ARCH_NONE },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct resolution got;
        char mac[MAC_TEXT_MAX], copy[16384];
        ask(cases[i].name, cases[i].query, "", &got);
        assert_int_equal(got.count, 1);
        assert_int_equal(got.client.kind, CLIENT_IPXE);
        assert_int_equal(got.client.ipxe_version.minor, 21);
        mac_format(got.client.mac, mac);
        if (strcmp(got.candidates[0].what, cases[i].what) != 0 || strcmp(mac, cases[i].mac) != 0 ||
            got.client.arch != cases[i].arch ||
            !span_is(label_span(&got.client.serial), cases[i].serial))
            fail_msg("%s?%s: %s %s", cases[i].name, cases[i].query, got.candidates[0].what, mac);
        /* not in that build (FOGProject/fogproject#597), or newer than it */
        span_to_text(got.candidates[0].text, copy, sizeof copy);
        static const char *const absent[] = { "\nparam", "\nimgverify", "\nshim ", "\nform",
                                              "\nimgextract" };
        for (size_t k = 0; k < sizeof absent / sizeof absent[0]; k++)
            assert_null(strstr(copy, absent[k]));
    }
    /* its menu's choices go on telling the version */
    struct resolution got;
    ask("boot.ipxe", "mac=02-00-00-00-00-01&version=1.21.1", "", &got);
    assert_int_equal(got.client.ipxe_version.major, 1);
    assert_false(got.client.ipxe_version.is_later);
    /* As iPXE 1.21.1+git20250501 codes it. */
    ask("boot.ipxe", "mac=02-00-00-00-00-01&version=1.21.1+git20250501.dad20602+dfsg-1", "", &got);
    assert_true(got.client.ipxe_version.is_later);
}

static void a_full_arena_is_told(void **state)
{
    (void)state;
    struct client client = test_client(CLIENT_UNKNOWN, ARCH_NONE, 9);
    struct resolution got;
    const struct resolve_request request = { .name = span_text("autoexec.ipxe"),
                                             .client = &client,
                                             .reach = { { 1 }, 80 } };
    for (size_t cap = 0; cap < 900; cap++) {
        struct arena arena = arena_over(memory, cap);
        resolve(&test_catalog, &request, &arena, &got);
        assert_true(got.count == 1 || got.why[0] != 0);
        assert_true(arena.used <= cap);
    }
    assert_int_equal(got.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_candidates),
        cmocka_unit_test(containers_are_looked_into),
        cmocka_unit_test(a_page_is_harmless_and_bounded),
        cmocka_unit_test(files_know_what_they_are),
        cmocka_unit_test(scripts_are_made_for_who_asks),
        cmocka_unit_test(identity_is_read_from_the_query),
        cmocka_unit_test(broadcoms_page_is_a_script),
        cmocka_unit_test(a_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
