/* An answer file for a machine: where its values come from, which of two counts, and that what a
 * machine says of itself stays a word. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "serve/answer_preview.h"

#include <cmocka.h>

static struct answer_template templates[4];
static const struct image images[] = {
    { .name = "deb", .kind = IMAGE_LINUX, .kernel = "linux", .answer_kind = ANSWER_PRESEED },
    { .name = "ubuntu", .kind = IMAGE_LINUX, .kernel = "k", .answer_kind = ANSWER_AUTOINSTALL },
};
static const struct host_group groups[] = {
    { .name = "lab",
      .answers = "t",
      .boot = "deb",
      .variables = { { "room", "7" }, { "disk", "sda" } },
      .variable_count = 2,
      .secrets = { { "pw", { "of the group" } }, { "only", { "the group's" } } },
      .secret_count = 2 },
};
static const struct host hosts[] = {
    { .name = "node1.lab.example",
      .group = "lab",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 1 } } },
      .address = { 0xc0a83215 },
      .variables = { { "disk", "vda" }, { "serial", "mine" }, { "with-dash", "d" } },
      .variable_count = 3,
      .secrets = { { "pw", { "of the host" } } },
      .secret_count = 1 },
    { .name = "other", .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 2 } } } },
};
static const struct host_secret stored[] = {
    { "other", { "pw", { "of another" } } },
    { "node1.lab.example", { "stored", { "by command" } } },
};

static struct catalog catalog_with(const char *text)
{
    const struct span keys = span_text("ssh-ed25519 AAAA me");
    static struct span kept;

    kept = keys;
    templates[0] = (struct answer_template){ .name = "t",
                                             .file = answer_kind_main_file(ANSWER_PRESEED),
                                             .text = span_text(text) };
    templates[1] = (struct answer_template){ .name = "t",
                                             .file = answer_kind_main_file(ANSWER_AUTOINSTALL),
                                             .text = span_text("own {{ image }}") };
    templates[2] = (struct answer_template){ .name = "part",
                                             .file = answer_kind_main_file(ANSWER_KICKSTART),
                                             .text = span_text("part of {{ name }}") };
    templates[3] = (struct answer_template){ .name = "default",
                                             .file = answer_file_by_wire(span_text("meta-data")),
                                             .text = span_text("meta {{ hostname }}"),
                                             .built_in = true };
    return (struct catalog){ .images = images,
                             .image_count = 2,
                             .hosts = hosts,
                             .host_count = 2,
                             .groups = groups,
                             .group_count = 1,
                             .templates = templates,
                             .template_count = 4,
                             .ssh_keys = &kept,
                             .ssh_key_count = 1,
                             .secrets = stored,
                             .secret_count = 2 };
}

static int make(const char *text, struct answer_preview p, struct answer_made *made)
{
    static struct config *config;
    static struct config_faults faults;
    const struct catalog catalog = catalog_with(text);

    assert_int_equal(
        config_parse(
            span_text("dhcp:\n  mode: server\n  subnets:\n    - network: 192.168.50.0/24\n"
                      "      router: 192.168.50.1\n      dns: [192.168.50.2, 192.168.50.3]\n"
                      "      domain: far.example\n"),
            &config, &faults),
        0);
    p.catalog = &catalog;
    p.config = config;
    p.reach = (struct reach){ .server = { 0xc0a83201 }, .http_port = 80 };
    int r = answer_preview_make(&p, made);
    config_free(config);
    return r;
}

static void values_come_from_the_nearest(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        { "{{ hostname }} {{ name }} {{ domain }}", "node1 node1.lab.example lab.example" },
        { "{{ disk }} {{ room }} {{ with_dash }}", "vda 7 d" },
        { "{{ serial }}", "mine" },
        { "{{ mac }} {{ address }}", "02:00:00:00:00:01 192.168.50.21" },
        { "{{ netmask }} {{ prefix }} {{ gateway }} {{ dns | join }}",
          "255.255.255.0 24 192.168.50.1 192.168.50.2 192.168.50.3" },
        { "{{ secrets.pw }} {{ secrets.only }} {{ secrets.stored }}",
          "of the host the group's by command" },
        { "{{ server }} {{ http }} {{ image }} {{ files }}",
          "192.168.50.1 http://192.168.50.1 deb http://192.168.50.1/images/deb" },
        { "{{ answer }} {{ answer_folder }}", "http://192.168.50.1/answers/preview/preseed.cfg "
                                              "http://192.168.50.1/answers/preview/" },
        { "{{ finished }} {{ failed }}", "http://192.168.50.1/answers/preview/finished "
                                         "http://192.168.50.1/answers/preview/failed" },
        { "{{ ssh_keys | join }}", "ssh-ed25519 AAAA me" },
        { "{% include 'part.kickstart' %}", "part of node1.lab.example" },
        { "{{ vars.uuid or '-' }}{{ vars.product or '-' }}", "--" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer_made made;
        const struct answer_preview p = { .host = "node1.lab.example", .reveal = true };
        int r = make(cases[i].in, p, &made);
        if (r != 0 || strcmp(made.output.text, cases[i].want) != 0)
            fail_msg("%s: %s%s", cases[i].in, made.output.why, r == 0 ? made.output.text : "");
        answer_output_done(&made.output);
    }
}

static void what_a_machine_says_stays_a_word(void **state)
{
    const char *hostile = "x'; rm -rf /\n\"{{ secrets.pw }}";
    const struct client seen = { .mac = { { 2, 0, 0, 0, 0, 9 } },
                                 .hostname = label_of(span_text(hostile)),
                                 .product = label_of(span_text(hostile)),
                                 .serial = label_of(span_text(hostile)) };
    const struct answer_preview p = { .seen = &seen, .image = "deb" };
    struct answer_made made;
    struct host_group everybody = groups[0];
    (void)state;

    everybody.match.has_mac = true;
    everybody.match.mac = seen.mac;
    struct catalog catalog = catalog_with("{{ hostname }}|{{ product }}|{{ serial }}");
    catalog.groups = &everybody;
    struct config *config;
    assert_int_equal(config_defaults(&config), 0);
    struct answer_preview its = p;
    its.catalog = &catalog;
    its.config = config;
    int r = answer_preview_make(&its, &made);
    assert_int_equal(r, 0);
    assert_string_equal(made.output.text, "x---rm--rf-------secrets|x___rm_-rf_______secrets.pw___|"
                                          "x___rm_-rf_______secrets.pw___");
    answer_output_done(&made.output);
    config_free(config);
}

static void orders_that_cannot_be_met_say_why(void **state)
{
    static const struct {
        const char *name, *host, *image, *kind, *file;
        int want;
        const char *why;
    } cases[] = {
        { "no such host", "nobody", NULL, NULL, NULL, -ENOENT, "there is no host nobody" },
        { "no such image", "other", "x", NULL, NULL, -ENOENT, "there is no image x" },
        { "nothing assigned", "other", NULL, NULL, NULL, -ENOENT, "say which with --image" },
        { "no answers", "other", "deb", NULL, NULL, -ENOENT, "no answer file is assigned" },
        { "no such kind", "other", "deb", "x", NULL, -EINVAL, "there is no kind" },
        { "no such file", "node1.lab.example", "deb", NULL, "ks.cfg", -ENOENT, "no such file" },
        { "a fault", "node1.lab.example", "deb", NULL, NULL, -EINVAL, "t.preseed:2: the variable" },
        { "no template for that", "node1.lab.example", "deb", "agama", NULL, -ENOENT,
          "no template t.agama" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer_made made;
        const struct answer_preview p = { .host = cases[i].host,
                                          .image = cases[i].image,
                                          .kind = cases[i].kind,
                                          .file = cases[i].file };
        int r = make("\n{{ nobody }}", p, &made);
        if (r != cases[i].want || !strstr(made.output.why, cases[i].why))
            fail_msg("%s: %d %s", cases[i].name, r, made.output.why);
        answer_output_done(&made.output);
    }
}

static void further_files_fall_back_to_the_defaults(void **state)
{
    static const struct {
        const char *file, *want;
    } cases[] = { { "", "own ubuntu" },
                  { "user-data", "own ubuntu" },
                  { "meta-data", "meta node1" } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer_made made;
        const struct answer_preview p = { .host = "node1.lab.example",
                                          .image = "ubuntu",
                                          .file = cases[i].file };
        int r = make("x", p, &made);
        if (r != 0)
            fail_msg("%s: %s", cases[i].file, made.output.why);
        assert_string_equal(made.output.text, cases[i].want);
        answer_output_done(&made.output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_from_the_nearest),
        cmocka_unit_test(what_a_machine_says_stays_a_word),
        cmocka_unit_test(orders_that_cannot_be_met_say_why),
        cmocka_unit_test(further_files_fall_back_to_the_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
