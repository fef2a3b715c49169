/* Which answer file applies, what it adds to the kernel's arguments, and when a token is asked for.
 */

#include <stdio.h>

#include "boot/answer.h"
#include "boot/script.h"
#include "boot/test_catalog.h"

static const struct reach reach = { .server = { 0xc0000201 }, .http_port = 80 };

static struct answer_template templates[4];

static struct catalog catalog_with(const struct image *image, const struct host *host)
{
    struct catalog c = { .images = image, .image_count = 1, .hosts = host, .host_count = 1 };

    templates[0] =
        (struct answer_template){ .name = "web", .file = answer_kind_main_file(ANSWER_KICKSTART) };
    templates[1] =
        (struct answer_template){ .name = "web", .file = answer_kind_main_file(ANSWER_PRESEED) };
    templates[2] =
        (struct answer_template){ .name = "db.v2", .file = answer_kind_main_file(ANSWER_PRESEED) };
    templates[3] = (struct answer_template){ .name = "default",
                                             .file = answer_kind_main_file(ANSWER_PRESEED),
                                             .built_in = true };
    c.templates = templates;
    c.template_count = 4;
    return c;
}

static void the_nearest_word_chooses(void **state)
{
    static const struct {
        const char *name, *host, *image;
        enum answer_kind kind;
        const char *want, *source, *why; /* want NULL = no answer */
    } cases[] = {
        { "nobody says anything", NULL, NULL, ANSWER_PRESEED, NULL, "", "" },
        { "the image", NULL, "web", ANSWER_PRESEED, "web.preseed", "image", "" },
        { "the host before it", "default", "web", ANSWER_PRESEED, "default.preseed", "host", "" },
        { "the image's kind", "web", NULL, ANSWER_KICKSTART, "web.kickstart", "host", "" },
        { "with its suffix", "web.preseed", NULL, ANSWER_PRESEED, "web.preseed", "host", "" },
        { "a dot in the name", "db.v2", NULL, ANSWER_PRESEED, "db.v2.preseed", "host", "" },
        { "a dot and a suffix", "db.v2.preseed", NULL, ANSWER_NONE, "db.v2.preseed", "host", "" },
        { "for another installer", "web.kickstart", NULL, ANSWER_PRESEED, NULL, "", "" },
        { "an unknown installer takes what is there", "db.v2", NULL, ANSWER_NONE, "db.v2.preseed",
          "host", "" },
        { "the default tells no kind", "default", NULL, ANSWER_NONE, NULL, "", "" },
        { "not there", "nobody", NULL, ANSWER_PRESEED, NULL, "", "no template nobody.preseed" },
        { "not there for this kind", "db.v2", NULL, ANSWER_KICKSTART, NULL, "",
          "no template db.v2.kickstart" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct image image = test_images[0];
        struct host host = { .name = "h", .match = { .has_arch = true, .arch = ARCH_EFI_X64 } };
        struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 9);
        struct rule_settings settings;
        struct answer answer;
        char buffer[200] = "", got[80] = "";
        struct text why = text_over(buffer, sizeof buffer);

        image.answers = cases[i].image;
        image.answer_kind = cases[i].kind;
        host.answers = cases[i].host;
        const struct catalog c = catalog_with(&image, &host);
        rule_settings_of(&c, &client, &settings);
        bool found = answer_choose(&c, &settings, &image, &answer, &why);
        if (found)
            snprintf(got, sizeof got, "%s.%s", answer.template->name,
                     answer.template->file->suffix);
        if (found != (cases[i].want != NULL) || (found && strcmp(got, cases[i].want) != 0) ||
            !strstr(buffer, cases[i].why) || (cases[i].why[0] == 0 && buffer[0]))
            fail_msg("%s: got '%s', why '%s'", cases[i].name, got, buffer);
        if (found)
            assert_string_equal(answer.source.kind, cases[i].source);
    }
}

static bool give(void *context, const struct client *client, const struct image *image,
                 char token[ANSWER_TOKEN_MAX])
{
    unsigned *given = context;
    (void)client;
    assert_string_equal(image->name, "debian-12");
    if (*given == 0)
        return false;
    (*given)++;
    memset(token, 'a', ANSWER_TOKEN_LEN);
    token[ANSWER_TOKEN_LEN] = 0;
    return true;
}

static const char *script_of(const struct image *image, const struct answer_source *source)
{
    static uint8_t memory[2 * SCRIPT_BYTES_MAX];
    static char text[SCRIPT_BYTES_MAX];
    struct host host = { .name = "h",
                         .match = { .has_arch = true, .arch = ARCH_EFI_X64 },
                         .boot = "debian-12",
                         .answers = "web" };
    const struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 9);
    const struct catalog c = catalog_with(image, &host);
    struct arena arena = arena_over(memory, sizeof memory);
    struct reach its = reach;
    struct candidate candidate;

    its.answers = source;
    assert_true(script_for_machine(&c, &client, &its, (struct span){ 0 }, &arena, &candidate));
    span_to_text(candidate.text, text, sizeof text);
    return text;
}

#define URL "http://192.0.2.1/answers/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"

static void arguments_are_added_once(void **state)
{
    static const struct {
        const char *name, *arguments;
        enum answer_kind kind;
        const char *want;
    } cases[] = {
        { "preseed", "quiet", ANSWER_PRESEED,
          " auto=true priority=critical preseed/url=" URL "preseed.cfg quiet || goto" },
        { "kickstart", "", ANSWER_KICKSTART, " inst.ks=" URL "ks.cfg || goto" },
        { "the image's own place", "a=${answer} b", ANSWER_PRESEED,
          " a=" URL "preseed.cfg b || goto" },
        { "the image's own folder", "s=${answer-folder}", ANSWER_PRESEED, " s=" URL " || goto" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct image image = test_images[0];
        unsigned given = 1;
        const struct answer_source source = { give, &given };
        image.arguments = cases[i].arguments;
        image.answer_kind = cases[i].kind;
        const char *script = script_of(&image, &source);
        if (!strstr(script, cases[i].want))
            fail_msg("%s: '%s' is not in:\n%s", cases[i].name, cases[i].want, script);
        assert_true(given > 1);
    }
}

/* Behind the image's own initrds, and named on the kernel's line as they are. */
static void answers_inside_are_an_initrd_more(void **state)
{
    static const struct {
        const char *name, *arguments, *inside_arguments, *want;
        enum answer_kind kind;
        bool inside;
    } cases[] = {
        { "preseed", "quiet", NULL, " priority=critical quiet || goto", ANSWER_PRESEED, true },
        { "kickstart", "", NULL, " inst.ks=file:/ks.cfg || goto", ANSWER_KICKSTART, true },
        { "told its own words", "", "a=b", " a=b || goto", ANSWER_PRESEED, true },
        { "the image names the URL", "a=${answer}", NULL, " a=" URL "preseed.cfg || goto",
          ANSWER_PRESEED, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct image image = test_images[0];
        unsigned given = 1;
        const struct answer_source source = { give, &given };
        image.arguments = cases[i].arguments;
        image.answer_kind = cases[i].kind;
        image.answer_inside = "/place";
        image.answer_inside_arguments = cases[i].inside_arguments;
        const char *script = script_of(&image, &source);
        bool has = strstr(script, " initrd=initrd.gz initrd=tugboot-answers.cpio ") &&
                   strstr(script, "/initrd.gz || goto failed\n"
                                  "initrd --name tugboot-answers.cpio " URL
                                  "answers.cpio || goto failed\n");
        if (!strstr(script, cases[i].want) || has != cases[i].inside)
            fail_msg("%s: '%s' is not in:\n%s", cases[i].name, cases[i].want, script);
        assert_int_equal(given, 2);
    }
}

static const char *grub_config_of(const struct image *image, enum grub_place_kind kind,
                                  const struct answer_source *source)
{
    static uint8_t memory[2 * SCRIPT_BYTES_MAX];
    static char text[SCRIPT_BYTES_MAX];
    struct host host = { .name = "h",
                         .match = { .has_arch = true, .arch = ARCH_EFI_X64 },
                         .boot = "debian-12",
                         .answers = "web" };
    const struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    const struct catalog c = catalog_with(image, &host);
    const struct grub_place place = { .kind = kind };
    struct arena arena = arena_over(memory, sizeof memory);
    struct reach its = reach;
    struct candidate candidate;

    its.answers = source;
    assert_true(script_for_grub(&c, &client, &its, &place, (struct span){ 0 }, &arena, &candidate));
    span_to_text(candidate.text, text, sizeof text);
    return text;
}

static void grub_gets_them_where_it_has_a_network(void **state)
{
    struct image image = test_images[0];
    unsigned given = 1;
    const struct answer_source source = { give, &given };
    (void)state;
    image.arguments = "";
    image.answer_kind = ANSWER_PRESEED;
    image.answer_inside = "/preseed.cfg";
    const char *config = grub_config_of(&image, GRUB_NET, &source);
    assert_non_null(strstr(config, "initrd '/images/debian-12/initrd.gz' "
                                   "'/answers/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/answers.cpio'; "));
    assert_null(strstr(config, "preseed/url"));
    config = grub_config_of(&image, GRUB_DISK, &source);
    assert_non_null(strstr(config, "preseed/url=http://192.0.2.1/answers/"));
    assert_null(strstr(config, "answers.cpio"));
    given = 0;
    config = grub_config_of(&image, GRUB_NET, &source);
    assert_non_null(strstr(config, "debian-12 cannot be started: its answer file is given to"));
    assert_null(strstr(config, "linux "));
}

static void without_a_token_nothing_is_started(void **state)
{
    struct image image = test_images[0];
    unsigned given = 0;
    const struct answer_source source = { give, &given };
    (void)state;

    image.answer_kind = ANSWER_PRESEED;
    image.arguments = "";
    const char *script = script_of(&image, &source);
    assert_non_null(strstr(script, "debian-12 cannot be started"));
    assert_null(strstr(script, "kernel "));
    image.answer_inside = "/preseed.cfg";
    script = script_of(&image, &source);
    assert_non_null(strstr(script, "debian-12 cannot be started: its answer file is given to"));
    assert_null(strstr(script, "kernel "));
}

static void a_preview_has_no_token(void **state)
{
    struct image image = test_images[0];
    (void)state;

    image.answer_kind = ANSWER_PRESEED;
    image.arguments = "";
    assert_non_null(strstr(script_of(&image, NULL), "/answers/preview/preseed.cfg"));
}

static void a_missing_template_is_told_on_the_screen(void **state)
{
    struct image image = test_images[0];
    (void)state;

    image.answer_kind = ANSWER_AUTOYAST;
    image.arguments = "";
    const char *script = script_of(&image, NULL);
    assert_non_null(strstr(script, "there is no template web.autoyast"));
    assert_null(strstr(script, "kernel "));
}

/* An installer that was assigned for good does not start again once it has said it is done. */
static void installed_machines_boot_their_disk(void **state)
{
    static const struct {
        const char *name, *boot, *next, *installed;
        uint8_t mac;
        enum entry_kind want;
    } cases[] = {
        { "not yet", "debian-12", NULL, NULL, 9, ENTRY_IMAGE },
        { "done", "debian-12", NULL, "debian-12", 9, ENTRY_LOCAL },
        { "done with another", "debian-12", NULL, "memtest", 9, ENTRY_IMAGE },
        { "another machine", "debian-12", NULL, "debian-12", 8, ENTRY_IMAGE },
        { "asked for once more", "debian-12", "debian-12", "debian-12", 9, ENTRY_IMAGE },
        { "the menu stays the menu", "menu", NULL, "debian-12", 9, ENTRY_MENU },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct host host = { .name = "h",
                             .match = { .has_arch = true, .arch = ARCH_EFI_X64 },
                             .boot = cases[i].boot,
                             .next_boot = cases[i].next };
        const struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 9);
        const struct client other = test_client(CLIENT_IPXE, ARCH_EFI_X64, cases[i].mac);
        const struct installed installed = { .mac = other.mac, .image = cases[i].installed };
        struct catalog c = catalog_with(&test_images[0], &host);
        struct entry entry;

        c.image_count = 2;
        c.installed = &installed;
        c.installed_count = cases[i].installed ? 1 : 0;
        choose_entry(&c, &client, &entry);
        if (entry.kind != cases[i].want)
            fail_msg("%s: %d", cases[i].name, (int)entry.kind);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_word_chooses),
        cmocka_unit_test(arguments_are_added_once),
        cmocka_unit_test(answers_inside_are_an_initrd_more),
        cmocka_unit_test(grub_gets_them_where_it_has_a_network),
        cmocka_unit_test(without_a_token_nothing_is_started),
        cmocka_unit_test(a_preview_has_no_token),
        cmocka_unit_test(a_missing_template_is_told_on_the_screen),
        cmocka_unit_test(installed_machines_boot_their_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
