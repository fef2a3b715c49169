/* WIMs as wimlib makes them (fuzz/corpus/fuzz_wim, the folder is the first argument): what is in
 * them comes out again, and of damaged copies nothing false does. Each holds "Windows 11 Pro" with
 * Windows/Boot/EFI/bootmgfw.efi ("MZ small"), Windows/System32/text.txt (40,000 bytes) and an empty
 * file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "image/wim_inspection.h"
#include "image/wim_tree.h"

#include <cmocka.h>

#define FILE_MAX   4096
#define TEXT_BYTES 40000

static const char *corpus;
static const char *const seeds[] = { "xpress", "lzx", "lzms", "solid" };

struct copy {
    uint8_t data[FILE_MAX];
    size_t len;
};

static void load(const char *name, struct copy *out)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", corpus, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be read", path);
    out->len = fread(out->data, 1, sizeof out->data, file);
    fclose(file);
    assert_in_range(out->len, 208, FILE_MAX - 1);
}

static bool is_the_text(const uint8_t *data, size_t len)
{
    static const char line[] = "a text that packs well\n";
    if (len != TEXT_BYTES)
        return false;
    for (size_t i = 0; i < len; i++)
        if (data[i] != (uint8_t)line[i % (sizeof line - 1)])
            return false;
    return true;
}

/* Take a file of image 1 out; the flaw, or WIM_SOUND. */
static enum wim_flaw extract(const struct copy *copy, const char *path, size_t cap, uint8_t **data,
                             size_t *len)
{
    struct span bytes = span_of(copy->data, copy->len);
    struct image_source source = image_source_over(&bytes);
    struct wim wim;
    struct wim_tree *tree = NULL;

    *data = NULL;
    int r = wim_open(&source, "", &wim);
    if (r == 0)
        r = wim_tree_open(&wim, 1, &tree);
    if (r == 0)
        r = wim_tree_extract(tree, path, cap, data, len);
    wim_tree_free(tree);
    assert_true(r == 0 || r == -EBADMSG);
    assert_true((r == 0) == (wim.flaw == WIM_SOUND));
    return wim.flaw;
}

static void files_come_out(void **state)
{
    static const struct {
        const char *path;
        size_t cap;
        enum wim_flaw flaw;
        size_t len;
    } cases[] = {
        { "Windows/System32/text.txt", TEXT_BYTES, WIM_SOUND, TEXT_BYTES },
        { "windows/SYSTEM32/Text.TXT", TEXT_BYTES, WIM_SOUND, TEXT_BYTES },
        { "Windows/System32/text.txt", TEXT_BYTES - 1, WIM_TOO_LARGE, 0 },
        { "Windows/Boot/EFI/bootmgfw.efi", 8, WIM_SOUND, 8 },
        { "Windows/System32/empty", 0, WIM_SOUND, 0 },
        { "Windows/System32/absent", 100, WIM_NO_FILE, 0 },
        { "Windows/System32/text.txt/x", 100, WIM_NO_FILE, 0 },
        { "Windows/System32", 100, WIM_NO_FILE, 0 },
        { "", 100, WIM_NO_FILE, 0 },
        { "Windows//System32/text.txt", TEXT_BYTES, WIM_NO_FILE, 0 },
    };
    (void)state;
    for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++) {
        struct copy copy;
        load(seeds[s], &copy);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            uint8_t *data;
            size_t len = 0;
            enum wim_flaw flaw = extract(&copy, cases[i].path, cases[i].cap, &data, &len);
            if (flaw != cases[i].flaw || (flaw == WIM_SOUND && len != cases[i].len))
                fail_msg("%s %s: it %s, %zu bytes", seeds[s], cases[i].path, wim_flaw_text(flaw),
                         len);
            if (len == TEXT_BYTES)
                assert_true(is_the_text(data, len));
            if (len == 8)
                assert_memory_equal(data, "MZ small", 8);
            free(data);
        }
    }
}

static int add_name(void *context, struct span name, bool is_folder)
{
    char *all = context;
    size_t len = strlen(all);
    for (size_t i = 0; i < name.len; i += 2)
        all[len++] = (char)name.data[i];
    all[len++] = is_folder ? '/' : ' ';
    all[len] = 0;
    return 0;
}

static void names_are_listed(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++) {
        struct copy copy;
        load(seeds[s], &copy);
        struct span bytes = span_of(copy.data, copy.len);
        struct image_source source = image_source_over(&bytes);
        struct wim wim;
        struct wim_tree *tree;
        char names[200] = "";
        assert_int_equal(wim_open(&source, "", &wim), 0);
        assert_int_equal(wim_tree_open(&wim, 2, &tree), -EBADMSG);
        assert_int_equal(wim.flaw, WIM_NO_IMAGE);
        assert_int_equal(wim_tree_open(&wim, 1, &tree), 0);
        assert_int_equal(wim_tree_list(tree, "", add_name, names), 0);
        assert_string_equal(names, "Windows/");
        names[0] = 0;
        assert_int_equal(wim_tree_list(tree, "Windows", add_name, names), 0);
        assert_string_equal(names, "Boot/System32/");
        names[0] = 0;
        assert_int_equal(wim_tree_list(tree, "WINDOWS/system32", add_name, names), 0);
        assert_string_equal(names, "empty text.txt ");
        assert_int_equal(wim_tree_list(tree, "Windows/System32/empty", add_name, names), -EBADMSG);
        wim_tree_free(tree);
    }
}

/* A bit of every fifth byte, and many a length: what comes out is right, or nothing does. */
static void damage_is_seen(void **state)
{
    (void)state;
    for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++) {
        struct copy whole;
        size_t sound = 0, count = 0;
        load(seeds[s], &whole);
        for (size_t i = s; i < 2 * whole.len; i += i < whole.len ? 5 : 23, count++) {
            static struct copy damaged;
            uint8_t *data;
            size_t len = 0;
            damaged = whole;
            if (i < whole.len)
                damaged.data[i] ^= (uint8_t)(1u << (i % 8));
            else
                damaged.len = i - whole.len;
            enum wim_flaw flaw =
                extract(&damaged, "Windows/System32/text.txt", TEXT_BYTES, &data, &len);
            assert_string_not_equal(wim_flaw_text(flaw), "");
            if (flaw == WIM_SOUND && !is_the_text(data, len))
                fail_msg("%s: with damage at %zu another file came out", seeds[s], i);
            sound += flaw == WIM_SOUND;
            free(data);
        }
        /* The description, dates and checksums of nothing that is looked at may be damaged. */
        assert_in_range(sound, 1, count * 2 / 3);
    }
}

static void headers_are_refused_by_name(void **state)
{
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
        enum wim_flaw flaw;
    } cases[] = {
        { "another mark", 0, 'N', WIM_NOT_WIM },
        { "header size", 8, 0xd1, WIM_HEADER },
        { "part 0", 40, 0, WIM_HEADER },
        { "part 2 of 1", 40, 2, WIM_HEADER },
        { "being written", 16, 0x40, WIM_UNFINISHED },
        { "boot index 9", 120, 9, WIM_HEADER },
        { "many images", 45, 1, WIM_TOO_MANY },
        { "table behind the end", 48 + 13, 1, WIM_OUTSIDE },
        { "huge XML", 72 + 6, 1, WIM_OUTSIDE },
    };
    struct copy whole;
    (void)state;
    load("lzx", &whole);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct copy copy = whole;
        struct span bytes = span_of(copy.data, copy.len);
        struct image_source source = image_source_over(&bytes);
        struct wim wim;
        copy.data[cases[i].at] = cases[i].value;
        assert_int_equal(wim_open(&source, "", &wim), -EBADMSG);
        if (wim.flaw != cases[i].flaw)
            fail_msg("%s: it %s", cases[i].what, wim_flaw_text(wim.flaw));
    }
    memcpy(whole.data, "WLPWM", 5);
    struct span bytes = span_of(whole.data, whole.len);
    struct image_source source = image_source_over(&bytes);
    struct wim wim;
    assert_int_equal(wim_open(&source, "", &wim), -EBADMSG);
    assert_int_equal(wim.flaw, WIM_PIPABLE);
    assert_true(wim_is(&source, ""));
    whole.data[4] = 'X';
    assert_false(wim_is(&source, ""));
}

static void descriptions_are_read(void **state)
{
    static const char text[] =
        "<WIM><TOTALBYTES>9</TOTALBYTES><IMAGE INDEX=\"2\"><NAME>A &amp; B\xc3\xa4\x7f</NAME>"
        "<DESCRIPTION>old</DESCRIPTION><TOTALBYTES>77</TOTALBYTES><WINDOWS><ARCH>12</ARCH>"
        "<EDITIONID>Core</EDITIONID><LANGUAGES><LANGUAGE>de-DE</LANGUAGE><LANGUAGE>en-US</LANGUAGE>"
        "<DEFAULT>de-DE</DEFAULT></LANGUAGES><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR>"
        "<BUILD>26100</BUILD><SPBUILD>x</SPBUILD></VERSION></WINDOWS>"
        "<DISPLAYDESCRIPTION>new</DISPLAYDESCRIPTION></IMAGE><IMAGE INDEX=\"x\"/></WIM>";
    static const char *const refused[] = {
        "",
        "<WIM>",
        "<IMAGES><IMAGE/></IMAGES>",
        "<!DOCTYPE WIM [<!ENTITY a \"b\">]><WIM>&a;</WIM>",
        "<WIM><a><b><c><d><e><f><g><h><i><j><k><l><m><n><o><p/></o></n></m></l></k></j></i></h></g>"
        "</f></e></d></c></b></a></WIM>",
    };
    struct wim_image images[2];
    size_t count;
    bool no_memory;
    (void)state;
    assert_true(wim_xml_parse(span_text(text), images, 2, &count, &no_memory));
    assert_int_equal(count, 2);
    assert_int_equal(images[0].index, 2);
    assert_string_equal(images[0].name, "A & B\xc3\xa4");
    assert_string_equal(images[0].description, "new");
    assert_string_equal(images[0].edition, "Core");
    assert_string_equal(images[0].languages, "de-DE, en-US");
    assert_string_equal(images[0].language, "de-DE");
    assert_int_equal(images[0].arch, WIM_ARCH_ARM64);
    assert_int_equal(images[0].build, 26100);
    assert_int_equal(images[0].revision, 0);
    assert_int_equal(images[0].total_bytes, 77);
    assert_int_equal(images[1].index, 0);
    assert_int_equal(images[1].arch, WIM_ARCH_UNKNOWN);
    assert_true(wim_xml_parse(span_text(text), images, 1, &count, &no_memory));
    assert_int_equal(count, 1);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(wim_xml_parse(span_text(refused[i]), images, 2, &count, &no_memory));
}

static void a_wim_is_inspected(void **state)
{
    struct copy copy;
    struct trust *trust = trust_new();
    struct wim_inspection *in = malloc(sizeof *in);
    (void)state;
    assert_true(trust && in);
    load("lzx", &copy);
    struct span bytes = span_of(copy.data, copy.len);
    struct image_source source = image_source_over(&bytes);
    assert_int_equal(wim_inspection_make(&source, "", 0, trust, in), 0);
    assert_true(in->is_read && in->image_count == 1 && in->booted == 1);
    assert_string_equal(wim_inspection_find(in, 1)->name, "Windows 11 Pro");
    assert_null(wim_inspection_find(in, 2));
    assert_true(in->managers[WIM_MANAGER_2011].is_there);
    assert_false(in->managers[WIM_MANAGER_2023].is_there || in->parts[WIM_PART_BOOT_SDI].is_there);
    assert_true(in->facts.inspected);
    assert_int_equal(secure_facts_answer(&in->facts), SECURE_ANSWER_NO);
    copy.data[0] = 'X';
    assert_int_equal(wim_inspection_make(&source, "", 0, trust, in), 0);
    assert_int_equal(in->verdict, INSPECTION_UNREADABLE);
    assert_string_equal(in->headline, "it is no WIM");
    trust_free(trust);
    free(in);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_out),        cmocka_unit_test(names_are_listed),
        cmocka_unit_test(damage_is_seen),        cmocka_unit_test(headers_are_refused_by_name),
        cmocka_unit_test(descriptions_are_read), cmocka_unit_test(a_wim_is_inspected),
    };
    if (argc < 2)
        return 1;
    corpus = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
