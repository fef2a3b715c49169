/* What was seen, and what the doctor makes of it: each row is a network, and the names of all that
 * is to be found, in order. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>

#include "doctor/examine.h"

#define HERE                                                                                       \
    {                                                                                              \
        0xc0a84d01                                                                                 \
    }
#define OTHER                                                                                      \
    {                                                                                              \
        0xc0a84d02                                                                                 \
    }
#define THIRD                                                                                      \
    {                                                                                              \
        0xc0a84d03                                                                                 \
    }
#define LEASE                                                                                      \
    {                                                                                              \
        0xc0a84d64                                                                                 \
    }

/* What a router answers every pose. */
#define ROUTER(pose_, ...)                                                                         \
    {                                                                                              \
        .pose = (pose_), .server = OTHER, .address = LEASE, __VA_ARGS__                            \
    }
/* What a tugboot in proxy mode answers. */
#define PROXY(pose_, file_)                                                                        \
    {                                                                                              \
        .pose = (pose_), .server = HERE, .next_server = HERE, .ours = true, .says_pxe = true,      \
        .has_vendor = true, .loads_at_once = true, .file = file_                                   \
    }

struct row {
    const char *name;
    struct doctor_answer answers[12];
    struct doctor_fetch fetch;
    bool no_daemon, does_not_serve, asked_4011;
    const char *no_loader;  /* for arm64 */
    const char *not_secure; /* for UEFI */
    uint16_t mtu;
    uint32_t forward_delay_s;
    bool is_rapid;
    const char *port_owner, *filter;
    const char *want;     /* names, each followed by a blank */
    const char *can_boot; /* names of poses */
};

#define ALL_WELL                                                                                   \
    {                                                                                              \
        ROUTER(POSE_BIOS), ROUTER(POSE_UEFI), ROUTER(POSE_UEFI_HTTP), ROUTER(POSE_UEFI_ARM64),     \
            ROUTER(POSE_IPXE), PROXY(POSE_BIOS, "undionly.kpxe"), PROXY(POSE_UEFI, "shimx64.efi"), \
            { .pose = POSE_UEFI_HTTP,                                                              \
              .server = HERE,                                                                      \
              .says_http = true,                                                                   \
              .ours = true,                                                                        \
              .is_url = true,                                                                      \
              .next_server = HERE,                                                                 \
              .file = "http://192.168.77.1/d.img" },                                               \
            PROXY(POSE_UEFI_ARM64, "shimaa64.efi"),                                                \
        {                                                                                          \
            .pose = POSE_IPXE, .server = HERE, .says_pxe = true, .has_vendor = true, .ours = true, \
            .loads_at_once = true, .is_url = true, .file = "http://192.168.77.1/boot.ipxe"         \
        }                                                                                          \
    }

static const struct row rows[] = {
    { .name = "a proxy beside a router, all well",
      .answers = ALL_WELL,
      .can_boot = "bios uefi uefi-http uefi-arm64 ipxe " },
    { .name = "an empty wire", .want = "NO_ADDRESS DAEMON_SILENT " },
    { .name = "an empty wire, nothing here",
      .no_daemon = true,
      .want = "NO_ADDRESS DAEMON_NOT_RUNNING " },
    { .name = "a router alone",
      .no_daemon = true,
      .answers = { ROUTER(POSE_BIOS), ROUTER(POSE_UEFI) },
      .want = "DAEMON_NOT_RUNNING NO_BOOT NO_BOOT " },
    { .name = "tugboot does not serve this interface",
      .does_not_serve = true,
      .answers = { ROUTER(POSE_BIOS) },
      .want = "DAEMON_OFF NO_BOOT " },
    { .name = "a firewall here",
      .answers = { ROUTER(POSE_UEFI) },
      .want = "DAEMON_SILENT NO_BOOT " },
    { .name = "a firewall here that may let it pass",
      .answers = { ROUTER(POSE_BIOS), PROXY(POSE_BIOS, "u") },
      .filter = "filter INPUT",
      .want = "FIREWALL_HERE ",
      .can_boot = "bios " },
    { .name = "a firewall and no daemon",
      .no_daemon = true,
      .does_not_serve = true,
      .answers = { ROUTER(POSE_BIOS, .file = "p", .next_server = OTHER) },
      .filter = "filter INPUT",
      .want = "DAEMON_NOT_RUNNING ",
      .can_boot = "bios " },
    { .name = "nothing for arm64",
      .answers = { ROUTER(POSE_UEFI_ARM64), ROUTER(POSE_BIOS), PROXY(POSE_BIOS, "u") },
      .no_loader = "copy a file",
      .want = "NO_LOADER ",
      .can_boot = "bios " },
    { .name = "nothing signed",
      .answers = { ROUTER(POSE_UEFI), PROXY(POSE_UEFI, "ipxe.efi") },
      .not_secure = "tugboot loader fetch ipxe",
      .want = "NO_SECURE_CHAIN ",
      .can_boot = "uefi " },
    { .name = "two address servers",
      .answers = { ROUTER(POSE_BIOS),
                   PROXY(POSE_BIOS, "u"),
                   { .pose = POSE_BIOS, .server = THIRD, .address = LEASE } },
      .want = "TWO_ADDRESSES ",
      .can_boot = "bios " },
    { .name = "two boot servers",
      .answers = { ROUTER(POSE_BIOS, .file = "pxelinux.0", .next_server = OTHER),
                   PROXY(POSE_BIOS, "u") },
      .want = "TWO_BOOT_SERVERS ",
      .can_boot = "bios " },
    { .name = "option 60 alone",
      .no_daemon = true,
      .answers = { ROUTER(POSE_UEFI, .says_pxe = true) },
      .want = "DAEMON_NOT_RUNNING NO_BOOT CLASS_ALONE " },
    { .name = "HTTP Boot without the class",
      .no_daemon = true,
      .answers = { ROUTER(POSE_UEFI_HTTP, .file = "http://x/y.efi", .is_url = true) },
      .want = "DAEMON_NOT_RUNNING HTTP_NO_CLASS " },
    { .name = "HTTP Boot with a TFTP name",
      .no_daemon = true,
      .answers = { ROUTER(POSE_UEFI_HTTP, .file = "ipxe.efi", .next_server = OTHER) },
      .want = "DAEMON_NOT_RUNNING HTTP_NO_URL " },
    { .name = "iPXE is given itself",
      .no_daemon = true,
      .answers = { ROUTER(POSE_UEFI, .file = "ipxe.efi", .next_server = OTHER),
                   ROUTER(POSE_IPXE, .file = "ipxe.efi", .next_server = OTHER) },
      .want = "DAEMON_NOT_RUNNING IPXE_LOOP ",
      .can_boot = "uefi ipxe " },
    { .name = "a file and no server",
      .no_daemon = true,
      .answers = { ROUTER(POSE_BIOS, .file = "pxelinux.0") },
      .want = "DAEMON_NOT_RUNNING NO_NEXT_SERVER ",
      .can_boot = "bios " },
    { .name = "port 4011 is silent",
      .no_daemon = true,
      .asked_4011 = true,
      .answers = { ROUTER(POSE_BIOS, .says_pxe = true, .has_vendor = true) },
      .want = "DAEMON_NOT_RUNNING NO_BOOT PORT_4011_SILENT " },
    { .name = "port 4011 answers",
      .no_daemon = true,
      .asked_4011 = true,
      .answers = { ROUTER(POSE_BIOS, .says_pxe = true, .has_vendor = true),
                   { .pose = POSE_BIOS,
                     .server = OTHER,
                     .from_4011 = true,
                     .says_pxe = true,
                     .next_server = OTHER,
                     .file = "wdsnbp.com" } },
      .want = "DAEMON_NOT_RUNNING ",
      .can_boot = "bios " },
    { .name = "TFTP is silent",
      .answers = { ROUTER(POSE_BIOS), PROXY(POSE_BIOS, "u") },
      .fetch = { .pose = POSE_BIOS, .server = HERE, .file = "u", .result = FETCH_SILENT },
      .want = "TFTP_SILENT " },
    { .name = "large packets are lost",
      .answers = { ROUTER(POSE_BIOS), PROXY(POSE_BIOS, "u") },
      .fetch = { .pose = POSE_BIOS,
                 .server = HERE,
                 .file = "u",
                 .result = FETCH_LARGE_LOST,
                 .block_size = 1468 },
      .want = "TFTP_LARGE_LOST " },
    { .name = "the file is not there",
      .answers = { ROUTER(POSE_BIOS), PROXY(POSE_BIOS, "u") },
      .fetch = { .pose = POSE_BIOS,
                 .server = HERE,
                 .file = "u",
                 .result = FETCH_REFUSED,
                 .said = "TFTP error 1" },
      .want = "FILE_MISSING " },
    { .name = "the URL cannot be had",
      .answers = ALL_WELL,
      .fetch = { .pose = POSE_UEFI_HTTP,
                 .is_http = true,
                 .file = "http://192.168.77.1/d.img",
                 .result = FETCH_SILENT,
                 .said = "Couldn't connect" },
      .want = "HTTP_SILENT ",
      .can_boot = "bios uefi uefi-arm64 ipxe " },
    { .name = "a tunnel",
      .answers = ALL_WELL,
      .mtu = 1400,
      .want = "SMALL_MTU ",
      .can_boot = "bios uefi uefi-http uefi-arm64 ipxe " },
    { .name = "spanning tree",
      .answers = ALL_WELL,
      .forward_delay_s = 15,
      .want = "SPANNING_TREE ",
      .can_boot = "bios uefi uefi-http uefi-arm64 ipxe " },
    { .name = "rapid spanning tree",
      .answers = ALL_WELL,
      .forward_delay_s = 15,
      .is_rapid = true,
      .can_boot = "bios uefi uefi-http uefi-arm64 ipxe " },
    { .name = "a port taken",
      .no_daemon = true,
      .answers = { ROUTER(POSE_BIOS) },
      .port_owner = "dnsmasq (process 12)",
      .want = "PORT_TAKEN DAEMON_NOT_RUNNING NO_BOOT " },
};

static struct doctor_facts facts;
static struct findings findings;

static void make_facts(const struct row *row)
{
    facts = (struct doctor_facts){ .interface = "eth0",
                                   .mtu = row->mtu ? row->mtu : 1500,
                                   .block_size_max = 1468,
                                   .daemon_runs = !row->no_daemon,
                                   .daemon_serves = !row->no_daemon && !row->does_not_serve,
                                   .has_bpdu = row->forward_delay_s > 0,
                                   .bpdu = { .is_rapid = row->is_rapid,
                                             .forward_delay_s = row->forward_delay_s } };
    for (size_t i = 0; i < 12 && row->answers[i].server.value != 0; i++)
        facts.answers[facts.answer_count++] = row->answers[i];
    facts.asked_4011[0] = row->asked_4011;
    if (row->fetch.file[0])
        facts.fetches[facts.fetch_count++] = row->fetch;
    if (row->no_loader)
        snprintf(facts.no_loader[POSE_UEFI_ARM64], DOCTOR_SAID_MAX, "%s", row->no_loader);
    if (row->not_secure)
        snprintf(facts.not_secure[POSE_UEFI], DOCTOR_SAID_MAX, "%s", row->not_secure);
    if (row->filter)
        snprintf(facts.filter, sizeof facts.filter, "%s", row->filter);
    if (row->port_owner) {
        facts.ports[0].port = 67;
        snprintf(facts.ports[0].owner, sizeof facts.ports[0].owner, "%s", row->port_owner);
        facts.port_count = 1;
    }
}

static void test_networks(void **state)
{
    bool seen[FINDS_COUNT] = { false };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char names[1024], poses[256];
        struct text found = text_over(names, sizeof names), boots = text_over(poses, sizeof poses);
        make_facts(&rows[i]);
        doctor_examine(&facts, &findings);
        for (size_t k = 0; k < findings.count; k++) {
            const struct finding *f = &findings.rows[k];
            text_addf(&found, "%s ", finding_name(f->id));
            seen[f->id] = true;
            if (strchr(f->sentence, '{') || strchr(f->cure, '{') || strstr(f->sentence, "  "))
                fail_msg("%s: not filled in: %s", rows[i].name, f->sentence);
        }
        for (unsigned int k = 0; k < POSE_COUNT; k++)
            if (doctor_would_boot(&facts, (enum pose)k))
                text_addf(&boots, "%s ", pose_row((enum pose)k)->name);
        if (strcmp(names, rows[i].want ? rows[i].want : "") != 0)
            fail_msg("%s: found %s", rows[i].name, names);
        if (strcmp(poses, rows[i].can_boot ? rows[i].can_boot : "") != 0)
            fail_msg("%s: can boot %s", rows[i].name, poses);
    }
    for (unsigned int i = 0; i < FINDS_COUNT; i++)
        if (!seen[i])
            fail_msg("no network shows %s", finding_name((enum finding_id)i));
}

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, "large packets are lost") != 0)
            continue;
        make_facts(&rows[i]);
        doctor_examine(&facts, &findings);
        assert_string_equal(
            findings.rows[0].sentence,
            "192.168.77.1 grants TFTP blocks of 1468 bytes, and they do not arrive");
        assert_int_equal(finding_level(findings.rows[0].id), FINDING_PROBLEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
