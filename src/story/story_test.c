/* The reading of stories, fault by fault, and the runner's verdicts: a story that expects what does
 * not happen must fail, and say so. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "story/runner.h"

#define CONFIG                                                                                     \
    "config\n dhcp:\n  mode: server\n  probe: false\n  subnets:\n"                                 \
    "   - {network: 192.0.2.0/24, pool: [192.0.2.50-192.0.2.50], lease: 1h}\nend\n"

static char said[8192];

static struct story_result run(const char *text, struct story_options options)
{
    uint8_t *block = malloc(STORY_MEMORY);
    struct arena memory = arena_over(block, STORY_MEMORY);
    struct text out = text_over(said, sizeof said);
    struct story_input input = { .label = "t", .text = span_text(text) };
    struct story_result result;

    assert_non_null(block);
    story_run(&input, &options, &memory, &out, &result);
    free(block);
    return result;
}

static void test_faults_have_line_and_remedy(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        { "no name", "", "line 0: the story has no name" },
        { "heading twice", "story a\nstory b\n", "line 2: 'story ' stands here twice" },
        { "unknown first word", "story a\nfoo bar\n", "line 2: 'foo' is no machine" },
        { "unknown client", "story a\nmachine c is toaster\n", "line 2: no client is called" },
        { "machine twice", "story a\nmachine c\nmachine c\n", "line 3: a machine needs a name" },
        { "unknown key", "story a\nmachine c colour=red\n", "line 2: 'colour' is nothing" },
        { "bad mac", "story a\nmachine c mac=1\n", "line 2: 'mac' wants a hardware address" },
        { "bad number", "story a\nmachine c arch=70000\n", "wants a number up to 65535" },
        { "bad address", "story a\nmachine c from=1.2.3\n", "'from' wants an IPv4 address" },
        { "bad hex", "story a\nmachine c uuid=hex:0g\n", "'uuid' wants a \"text\" or hex" },
        { "odd hex", "story a\nmachine c uuid=hex:012\n", "'uuid' wants a \"text\" or hex" },
        { "bad codes", "story a\nmachine c asks=1,x\n", "'asks' wants option numbers" },
        { "no value", "story a\nmachine c arch\n", "'arch' wants a value" },
        { "quote open", "story a\nmachine c user=\"x\n", "line 2: the quotes do not close" },
        { "quote glued", "story a\nmachine c user=\"x\"y\n", "a blank must follow" },
        { "option 0", "story a\nmachine c option0=1.2.3.4\n", "'option0' is nothing" },
        { "option 255", "story a\nmachine c option255=\"x\"\n", "'option255' is nothing" },
        { "bad time", "story a\nat soon\n", "line 2: a time is written" },
        { "time backwards", "story a\nat 2s\nat 1s\n", "line 3: time goes forward only" },
        { "bad deed", "story a\nmachine c\nc eats\n", "line 3: a machine sends, fetches" },
        { "bad type", "story a\nmachine c\nc sends love\n", "line 3: a machine sends discover" },
        { "bad fetch", "story a\nmachine c\nc fetches x by pigeon\n", "line 3: written: c1" },
        { "bad expectation", "story a\nexpect wonders\n", "line 2: one expects offer" },
        { "bad change", "story a\nexpect change\n", "line 2: written: expect change" },
        { "expected discover", "story a\nexpect discover\n", "line 2: one expects offer" },
        { "bad jump", "story a\nclock jumps 1h\n", "line 2: written: clock jumps +1h" },
        { "bad interface", "story a\ninterface eth0 192.0.2.1\n", "line 2: an interface" },
        { "bad prefix", "story a\ninterface e 192.0.2.1/99\n", "line 2: the prefix length" },
        { "bad image", "story a\nimage x toaster\n", "line 2: 'toaster' is no architecture" },
        { "config open", "story a\nconfig\n dhcp:\n", "the configuration is not closed" },
        { "config fault", "story a\nconfig\n dhcp: {mode: x}\nend\n", "line 3: configuration" },
        { "config absent", "story a\nconfig nowhere.yaml\n", "nowhere.yaml cannot be read" },
        { "all at once", "story a\nfoo\nbar\n", "line 3: 'bar'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story_result result = run(cases[i].text, (struct story_options){ 0 });
        if (!result.unreadable || result.passed || !strstr(said, cases[i].want))
            fail_msg("%s: %s", cases[i].name, said);
    }
}

static void test_bounds(void **state)
{
    static char text[STORY_TEXT_MAX + 100];
    struct text t;

    (void)state;
    memset(text, '#', sizeof text - 1);
    assert_true(run(text, (struct story_options){ 0 }).unreadable);
    t = text_over(text, sizeof text);
    text_add(&t, "story a\n" CONFIG);
    for (int i = 0; i < STORY_STEPS_MAX + 1; i++)
        text_add(&t, "store works\n");
    assert_true(run(text, (struct story_options){ 0 }).unreadable);
    assert_non_null(strstr(said, "too many steps"));
    t = text_over(text, sizeof text);
    text_add(&t, "story a\n");
    for (int i = 0; i < STORY_MACHINES_MAX + 1; i++)
        text_addf(&t, "machine c%d\n", i);
    assert_true(run(text, (struct story_options){ 0 }).unreadable);
    t = text_over(text, sizeof text);
    text_add(&t, "story a\nmachine c");
    for (int i = 0; i < STORY_WORDS_MAX + 1; i++)
        text_add(&t, " secs=1");
    assert_true(run(text, (struct story_options){ 0 }).unreadable);
    /* More faults than are kept. */
    t = text_over(text, sizeof text);
    for (int i = 0; i < STORY_FAULTS_MAX + 5; i++)
        text_add(&t, "x\n");
    assert_true(run(text, (struct story_options){ 0 }).unreadable);
    assert_non_null(strstr(said, "and more"));
}

static void test_wrong_expectations_fail(void **state)
{
#define BEGIN                                                                                      \
    "story a\n" CONFIG "image i\nmachine c is edk2-pxe\nmachine d\nat 0s c sends discover\n"
    static const struct {
        const char *name, *rest, *want;
    } cases[] = {
        { "reply type", "expect nak\n", "expected nak, saw offer" },
        { "silence", "expect silence\n", "expected silence, saw offer" },
        { "address", "expect offer address=192.0.2.51\n", "address should be 192.0.2.51" },
        { "absent", "expect offer router=192.0.2.1\n", "router should be 192.0.2.1, is none" },
        { "there", "expect offer boot=none\n", "boot should be none, is \"ipxe.efi\"" },
        { "part", "expect offer boot~\"grub\"\n", "boot should be grub" },
        { "destination", "expect offer to=hardware\n", "to should be hardware" },
        { "probe", "expect probe any\n", "expected a probe" },
        { "change", "expect change active\n", "expected the change active" },
        { "event", "expect event DHCP_NAK_SENT\n", "expected DHCP_NAK_SENT" },
        { "untold", "expect untold DHCP_OFFER_SENT\n", "DHCP_OFFER_SENT was told" },
        { "lease", "expect lease 192.0.2.50 is d\n", "should be d" },
        { "served", "expect served script\n", "nothing fetched" },
        { "kind", "c fetches ipxe.efi by tftp\nexpect served script\n", "saw loader" },
        { "path", "c fetches ipxe.efi by tftp\nexpect served loader path=x\n", "should be so" },
        { "nothing", "c fetches ipxe.efi by tftp\nexpect nothing\n", "saw loader" },
        { "reply after silence", "d sends request\nexpect ack\n", "expected ack, saw nothing" },
        { "no probe", "probe free\n", "no probe is under way" },
        { "no host", "next-boot h i\n", "no host of this name" },
        { "no image", "next-boot h j\n", "no image of this name" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024];
        struct text t = text_over(text, sizeof text);
        text_add(&t, BEGIN);
        text_add(&t, cases[i].rest);
        struct story_result result = run(text, (struct story_options){ 0 });
        if (result.passed || result.unreadable || result.failures != 1 ||
            !strstr(said, cases[i].want))
            fail_msg("%s: %s", cases[i].name, said);
    }
}

static void test_options(void **state)
{
    static const char *const text = "story a\n" CONFIG "machine c\nat 0s c sends discover\n"
                                    "c sends request server=ours wants=offered\n"
                                    "expect ack\nexpect lease 192.0.2.50 is c\n";
    struct story_result result = run(text, (struct story_options){ .trace = true });

    (void)state;
    assert_true(result.passed);
    assert_int_equal(result.expectations, 2);
    assert_int_equal(result.store_operations, 1);
    assert_non_null(strstr(said, "DHCP_ACK_SENT"));
    /* With a failure injected only what must hold always is looked at. */
    result = run(text, (struct story_options){ .failing_store_op = 1 });
    assert_true(result.passed);
    assert_int_equal(result.expectations, 0);
    uint8_t small[4096];
    struct arena memory = arena_over(small, sizeof small);
    struct text out = text_over(said, sizeof said);
    story_run(&(struct story_input){ .label = "t", .text = span_text(text) },
              &(struct story_options){ 0 }, &memory, &out, &result);
    assert_true(result.unreadable);
}

static void test_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        { "0s", 0 },   { "1h30m", 5400000 }, { "500ms", 500 }, { "2d", 172800000 },
        { "", -1 },    { "1", -1 },          { "s", -1 },      { "1x", -1 },
        { "-1s", -1 }, { "9999999s", -1 },   { "1 s", -1 },    { "999999d", -1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct duration d;
        bool sound = story_duration_parse(span_text(cases[i].text), &d);
        if (sound != (cases[i].ms >= 0) || (sound && d.ns != cases[i].ms * 1000000))
            fail_msg("'%s'", cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_have_line_and_remedy),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_wrong_expectations_fail),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
