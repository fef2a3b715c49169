/* Tests of boot/chain_plan: which chains a machine can be given, and in which order. */
#include "boot/chain_plan.h"
#include "boot/test_catalog.h"

#define X64(set_, file_)                                                                           \
    {                                                                                              \
        .set = set_, .file = file_, .arch = ARCH_EFI_X64, .path = file_                            \
    }
#define PAIR(set_, file_)                                                                          \
    {                                                                                              \
        .set = set_, .file = file_, .arch = ARCH_EFI_X64, .path = file_, .folder = set_            \
    }

static const struct loader all_loaders[] = {
    PAIR("snponly-shim", "snponly-shimx64.efi"),
    PAIR("snponly-shim", "snponly.efi"),
    PAIR("ipxe-shim", "ipxe-shimx64.efi"), /* its second stage is missing */
    X64("grub", "shimx64.efi"),
    X64("grub", "grubx64.efi"),
    X64("disk", "grubdiskx64.efi"),
    X64("broadcom", "broadcom-ipxe.efi"),
    X64("own", "own-snponly.efi"),
    X64("ipxe", "ipxe.efi"),
    X64("snponly", "snponly.efi"),
    { .set = "undionly", .file = "undionly.kpxe", .arch = ARCH_BIOS_X86, .path = "undionly.kpxe" },
    { .set = "pxelinux", .file = "pxelinux.0", .arch = ARCH_BIOS_X86, .path = "pxelinux.0" },
    { .set = "snponly", .file = "snponly-arm64.efi", .arch = ARCH_EFI_ARM64, .path = "s" },
    { .set = "grub", .file = "shimaa64.efi", .arch = ARCH_EFI_ARM64, .path = "g" },
    { .set = "grub", .file = "grubaa64.efi", .arch = ARCH_EFI_ARM64, .path = "h" },
};

static const struct reach server = { { 0xc0000201 }, .http_port = 80 };
static const struct reach proxy = { { 0xc0000201 }, .http_port = 80, .beside = true };

static struct catalog catalog_of(const struct loader *loaders, size_t count)
{
    struct catalog c = test_catalog;
    c.loaders = loaders;
    c.loader_count = count;
    c.host_count = 0;
    c.group_count = 0;
    return c;
}

static struct catalog whole_catalog(void)
{
    return catalog_of(all_loaders, sizeof all_loaders / sizeof all_loaders[0]);
}

static struct chain_plan plan(const struct catalog *c, const struct client *client,
                              const struct reach *reach, const struct recollection *recalled)
{
    struct rule_settings settings;
    struct chain_plan p;
    rule_settings_of(c, client, &settings);
    chain_plan_make(c, client, &settings, reach, recalled, &p);
    return p;
}

/* The names of the ready ones, then '|', then the others with their state. */
static void write_names(const struct chain_plan *p, struct text *out)
{
    for (uint8_t i = 0; i < p->count; i++) {
        if (i == p->ready_count)
            text_add(out, i > 0 ? " |" : "|");
        text_addf(out, "%s%s", out->len > 0 ? " " : "", p->options[i].name);
        if (p->options[i].state != CHAIN_READY)
            text_addf(out, ":%d", (int)p->options[i].state);
    }
}

static void expect(const struct chain_plan *p, const char *want)
{
    char buffer[512];
    struct text text = text_over(buffer, sizeof buffer);
    write_names(p, &text);
    if (strcmp(buffer, want) != 0)
        fail_msg("is \"%s\", should be \"%s\"", buffer, want);
}

static void the_usual_order_has_signed_ones_first(void **state)
{
    static const struct {
        enum client_kind kind;
        enum arch arch;
        bool beside;
        const char *want;
    } cases[] = {
        { CLIENT_PXE, ARCH_EFI_X64, false,
          "snponly-shim grub broadcom own ipxe snponly | ipxe-shim:4 direct:2 disk:2 snp:4 boot:4" },
        { CLIENT_PXE, ARCH_EFI_X64, true,
          "snponly-shim broadcom own ipxe snponly | ipxe-shim:4 direct:2 disk:2 grub:3 snp:4 "
          "boot:4" },
        { CLIENT_HTTP, ARCH_EFI_X64, true,
          "snponly-shim disk broadcom own ipxe snponly | ipxe-shim:4 direct:5 grub:2 snp:4 "
          "boot:4" },
        { CLIENT_PXE, ARCH_EFI_ARM64, false,
          "grub snponly | snponly-shim:4 ipxe-shim:4 direct:2 disk:2 own:4 ipxe:4 snp:4 boot:4" },
        { CLIENT_UBOOT, ARCH_UBOOT_ARM64, false, "snponly | ipxe:4 snp:4 boot:4" },
        { CLIENT_PXE, ARCH_BIOS_X86, true, "undionly | ipxe:4 undionly-keep:4" },
        { CLIENT_PXE, ARCH_RPI, false, "" },
    };
    (void)state;
    struct catalog c = whole_catalog();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = test_client(cases[i].kind, cases[i].arch, 9);
        struct chain_plan p = plan(&c, &client, cases[i].beside ? &proxy : &server, NULL);
        expect(&p, cases[i].want);
        assert_false(p.is_pinned || p.started_over);
    }
}

static void the_site_sets_the_order(void **state)
{
    (void)state;
    struct catalog c = whole_catalog();
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    struct host host = { .name = "h", .match = { .has_mac = true, .mac = client.mac } };
    const struct host_group group = { .name = "g", .loader = "grub" };
    c.chains = "ipxe grub nonsense";
    struct chain_plan p = plan(&c, &client, &server, NULL);
    expect(&p, "ipxe grub | nonsense:1");
    assert_string_equal(p.source.kind, "the configuration");

    c.hosts = &host;
    c.host_count = 1;
    c.groups = &group;
    c.group_count = 1;
    host.chains = "snponly, ipxe ,grub";
    p = plan(&c, &client, &server, NULL);
    expect(&p, "snponly ipxe grub");
    host.group = "g"; /* the host's own word is nearer */
    p = plan(&c, &client, &server, NULL);
    expect(&p, "snponly ipxe grub");
    host.chains = NULL;
    p = plan(&c, &client, &proxy, NULL); /* a pin is given also where it needs the site's help */
    expect(&p, "grub");
    assert_true(p.is_pinned);
    assert_string_equal(p.source.by, "g");
    host.loader = "snponly.efi"; /* by its file */
    p = plan(&c, &client, &server, NULL);
    expect(&p, "snponly");
    client.arch = ARCH_BIOS_X86; /* not for this machine: the usual order */
    p = plan(&c, &client, &server, NULL);
    expect(&p, "undionly | snponly.efi:1 ipxe:4 undionly-keep:4");
    assert_false(p.is_pinned);
    host.loader = "pxelinux"; /* never by itself, but on request */
    p = plan(&c, &client, &server, NULL);
    expect(&p, "pxelinux");
}

static void remember(struct recollection *r, const char *chain, enum chain_mark last, int64_t ms)
{
    struct chain_result *result = &r->chains[r->count++];
    span_to_text(span_text(chain), result->chain, sizeof result->chain);
    result->last = last;
    if (last == CHAIN_MARK_STARTED)
        result->started_at.ms = ms;
    else
        result->stalled_at.ms = ms;
}

static void memory_moves_the_chains(void **state)
{
    (void)state;
    struct catalog c = whole_catalog();
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    struct recollection r = { 0 };
    c.chains = "ipxe snponly grub own";

    remember(&r, "ipxe", CHAIN_MARK_STALLED, 500);
    struct chain_plan p = plan(&c, &client, &server, &r);
    expect(&p, "snponly grub own ipxe");
    r.elsewhere[0] = "grub";
    r.elsewhere[1] = "ipxe"; /* not on this machine */
    r.elsewhere_count = 2;
    p = plan(&c, &client, &server, &r);
    expect(&p, "grub snponly own ipxe");
    assert_true(p.options[0].elsewhere);
    remember(&r, "own", CHAIN_MARK_STARTED, 100);
    p = plan(&c, &client, &server, &r);
    expect(&p, "own grub snponly ipxe");
    remember(&r, "snponly", CHAIN_MARK_STARTED, 200);
    p = plan(&c, &client, &server, &r);
    expect(&p, "snponly own grub ipxe");
    p = plan(&c, &client, &proxy, &r); /* what is not ready does not move */
    expect(&p, "snponly own ipxe | grub:3");

    r.chains[1].last = r.chains[2].last = CHAIN_MARK_STALLED;
    r.chains[1].stalled_at.ms = 700;
    r.chains[2].stalled_at.ms = 600;
    p = plan(&c, &client, &proxy, &r); /* all stalled: the one that is longest ago */
    expect(&p, "ipxe snponly own | grub:3");
    assert_true(p.started_over);

    struct host host = { .name = "h",
                         .match = { .has_mac = true, .mac = client.mac },
                         .loader = "own" };
    c.hosts = &host;
    c.host_count = 1;
    p = plan(&c, &client, &server, &r);
    expect(&p, "own");
    assert_false(p.started_over);
}

static void what_inspection_knows_counts_more_than_the_name(void **state)
{
    static const struct {
        const char *name;
        struct secure_facts first, second;
        enum chain_trust want;
        const char *refusal;
    } cases[] = {
        { "nobody has looked", { 0 }, { 0 }, CHAIN_TRUST_YES, "" },
        { "signed",
          { .inspected = true, .is_signed = true, .signers = SECURE_MICROSOFT_UEFI_2011 },
          { .inspected = true, .is_signed = true, .signers = SECURE_VENDOR, .refusal = "x" },
          CHAIN_TRUST_YES,
          "" },
        { "refused for a reason",
          { .inspected = true,
            .is_signed = true,
            .signers = SECURE_MICROSOFT_UEFI_2011,
            .refusal = "it is revoked" },
          { 0 },
          CHAIN_TRUST_NO,
          "it is revoked" },
        { "signed by somebody",
          { .inspected = true, .is_signed = true, .signers = SECURE_VENDOR },
          { 0 },
          CHAIN_TRUST_NO,
          "it is not signed by Microsoft" },
        { "own keys",
          { .inspected = true, .is_signed = true, .signers = SECURE_OWN },
          { 0 },
          CHAIN_TRUST_OWN_KEYS,
          "it is not signed by Microsoft" },
        { "a copy without its signature",
          { .inspected = true },
          { 0 },
          CHAIN_TRUST_NO,
          "it is not signed" },
        { "second stage damaged",
          { 0 },
          { .inspected = true, .is_damaged = true },
          CHAIN_TRUST_NO,
          "its second stage is damaged" },
        { "second stage revoked",
          { 0 },
          { .inspected = true, .is_signed = true, .is_revoked = true },
          CHAIN_TRUST_NO,
          "its second stage is revoked" },
        { "second stage unsigned",
          { 0 },
          { .inspected = true },
          CHAIN_TRUST_NO,
          "its second stage is not signed" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct loader loaders[] = { X64("grub", "shimx64.efi"), X64("grub", "grubx64.efi") };
        struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
        loaders[0].secure = cases[i].first;
        loaders[1].secure = cases[i].second;
        struct catalog c = catalog_of(loaders, 2);
        struct chain_plan p = plan(&c, &client, &server, NULL);
        assert_string_equal(p.options[0].name, "grub");
        if (p.options[0].trust != cases[i].want ||
            strcmp(p.options[0].refusal, cases[i].refusal) != 0)
            fail_msg("%s: %d \"%s\"", cases[i].name, (int)p.options[0].trust, p.options[0].refusal);
    }
}

static void a_program_is_given_where_it_can_start(void **state)
{
    (void)state;
    struct catalog c = whole_catalog();
    struct client client = test_client(CLIENT_HTTP, ARCH_EFI_X64, 9);
    struct image uki = { .name = "uki",
                         .title = "UKI",
                         .kind = IMAGE_EFI,
                         .arches = TEST_X86,
                         .kernel = "u.efi",
                         .folder = "uki" };
    struct host host = { .name = "h", .match = { .has_mac = true, .mac = client.mac } };
    struct recollection r = { 0 };
    c.images = &uki;
    c.image_count = 1;
    c.hosts = &host;
    c.host_count = 1;
    c.chains = "direct ipxe";

    struct chain_plan p = plan(&c, &client, &server, NULL);
    expect(&p, "ipxe | direct:5"); /* the menu */
    host.boot = "uki";
    p = plan(&c, &client, &server, NULL);
    expect(&p, "ipxe | direct:6"); /* Secure Boot might be on */
    remember(&r, "ipxe", CHAIN_MARK_STALLED, 1);
    p = plan(&c, &client, &server, &r);
    expect(&p, "ipxe | direct:6");
    r.chains[0].last = CHAIN_MARK_STARTED; /* it is not */
    c.chains = "direct snponly";
    p = plan(&c, &client, &server, &r);
    expect(&p, "direct snponly");
    assert_ptr_equal(p.options[0].image, &uki);
    uki.secure = (struct secure_facts){ .inspected = true,
                                        .is_signed = true,
                                        .signers = SECURE_MICROSOFT_UEFI_2023 };
    p = plan(&c, &client, &server, NULL);
    expect(&p, "direct snponly");
    client.kind = CLIENT_PXE;
    p = plan(&c, &client, &server, NULL);
    expect(&p, "snponly | direct:2");
    client.kind = CLIENT_HTTP;
    uki.secure.signers = 0;
    host.loader = "direct"; /* asked for by name */
    p = plan(&c, &client, &server, NULL);
    expect(&p, "direct");
    uki.kernel = "a/very/long/path/of/which/nobody/knows/how/it/came/to/be/so/long/that/no/answer/"
                 "of/dhcp/can/hold/it.efi";
    c.chains = NULL;
    p = plan(&c, &client, &server, NULL);
    assert_int_equal(chain_plan_find(&p, "direct")->state, CHAIN_NO_PROGRAM);
}

static void hints_name_what_can_be_got(void **state)
{
    static const struct {
        enum arch arch;
        bool beside, signed_only;
        const char *want;
    } cases[] = {
        { ARCH_EFI_X64, false, true,
          "tugboot loader fetch ipxe, or apt-get install shim-signed grub-efi-amd64-signed" },
        { ARCH_EFI_X64, false, false, "tugboot loader fetch ipxe, or apt-get install ipxe" },
        { ARCH_BIOS_X86, false, false, "apt-get install ipxe" },
        { ARCH_EFI_RISCV64, true, false,
          "copy a file named snponly-riscv64.efi into the loader folder" },
        { ARCH_EFI_RISCV64, true, true, "" },
    };
    (void)state;
    struct catalog c = catalog_of(all_loaders, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = test_client(CLIENT_PXE, cases[i].arch, 9);
        char buffer[256] = "";
        struct text text = text_over(buffer, sizeof buffer);
        struct chain_plan p = plan(&c, &client, cases[i].beside ? &proxy : &server, NULL);
        chain_plan_add_hint(&p, cases[i].signed_only, &text);
        assert_string_equal(buffer, cases[i].want);
    }
    char buffer[256];
    struct text text = text_over(buffer, sizeof buffer);
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    struct chain_plan p = plan(&c, &client, &proxy, NULL);
    chain_option_write(chain_plan_find(&p, "grub"), &text);
    text_add(&text, "; ");
    chain_option_write(chain_plan_find(&p, "disk"), &text);
    text_add(&text, "; ");
    chain_option_write(chain_plan_find(&p, "ipxe"), &text);
    assert_string_equal(buffer, "it does not work beside another DHCP server; it is for HTTP Boot "
                                "only; ipxe.efi is not here: apt-get install ipxe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_order_has_signed_ones_first),
        cmocka_unit_test(the_site_sets_the_order),
        cmocka_unit_test(memory_moves_the_chains),
        cmocka_unit_test(what_inspection_knows_counts_more_than_the_name),
        cmocka_unit_test(a_program_is_given_where_it_can_start),
        cmocka_unit_test(hints_name_what_can_be_got),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
