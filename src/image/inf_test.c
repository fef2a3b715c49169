/* Setup files of drivers: what a line means, which models count for which Windows, which files
 * belong to them; in all encodings, and broken. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#include "image/inf.h"
#include "image/wim_xml.h"

#include <cmocka.h>

/* As a vendor's, shortened. */
static const char net_inf[] =
    "; a comment\r\n"
    "[Version]\r\nSignature = \"$Windows NT$\" ; trailing\r\nClass=Net\r\n"
    "Provider=%Maker%\r\nDriverVer=10/18/2023,12.19.2.55\r\n"
    "CatalogFile=plain.cat\r\nCatalogFile.NTamd64 = e1d.cat\r\n"
    "[Manufacturer]\r\n"
    "%Maker% = Maker, NTamd64.10.0, NTamd64.10.0...16299, NTamd64.10.0...30000, NTarm64.10.0, \\\r\n"
    "    NTamd64.6.1\r\n"
    "[Maker]\r\n%Old% = Old, PCI\\VEN_8086&DEV_0001\r\n"
    "[Maker.NTamd64.6.1]\r\n%Old% = Old, PCI\\VEN_8086&DEV_0002\r\n"
    "[Maker.NTamd64.10.0]\r\n%Old% = Old, PCI\\VEN_8086&DEV_0003\r\n"
    "[Maker.NTamd64.10.0...16299]\r\n"
    "%New% = New.ndi, PCI\\VEN_8086&DEV_15B8\r\n"
    "%New% = New.ndi, PCI\\VEN_8086&DEV_15B8&SUBSYS_86721043&REV_31, \"pci\\ven_8086&dev_15b9\", USB\\x\r\n"
    "%New% = New.ndi, PCI\\VEN_8086&CC_0200\r\n"
    "[Maker.NTamd64.10.0...30000]\r\n%New% = New.ndi, PCI\\VEN_8086&DEV_FFFF\r\n"
    "[Maker.NTarm64.10.0]\r\n%New% = New.ndi, PCI\\VEN_8086&DEV_00A6\r\n"
    "[New.ndi]\r\nCopyFiles=Wrong\r\n"
    "[New.ndi.NTamd64]\r\nCopyFiles = New.Copy, @more.dll\r\nNeeds=Deep.section, netinf.inbox\r\n"
    "[Deep.section]\r\nCopyFiles=Deep.Copy\r\nNeeds=New.ndi.NTamd64\r\n"
    "[New.ndi.NTamd64.CoInstallers]\r\nCopyFiles=Co.Copy\r\n"
    "[Wrong]\r\nwrong.sys\r\n"
    "[New.Copy]\r\ne1d.sys,,,2\r\nrenamed.bin,original.bin\r\n"
    "[Deep.Copy]\r\n\"deep one.sys\"\r\n..\\climbs.sys\r\n"
    "[Co.Copy]\r\nco.dll\r\n"
    "[SourceDisksNames]\r\n1=%Maker%,,,\r\n2=%Maker%,,,sub\\dir\r\n"
    "[SourceDisksFiles]\r\ne1d.sys=1\r\nmore.dll=2,,\r\nco.dll=1,co\r\n"
    "[SourceDisksFiles.amd64]\r\ne1d.sys = 2,x64\r\n"
    "[Strings]\r\nMaker = \"Maker \"\"&\"\" Sons\"\r\nOld=\"Old\"\r\nNew=\"New\"\r\n";

struct told {
    char text[1024];
    size_t stop_after, count;
};

static int tell_device(void *context, const struct pci_pattern *p)
{
    struct told *told = context;
    size_t used = strlen(told->text);
    struct text t = text_over(told->text + used, sizeof told->text - used);
    text_addf(&t, "%04x:%04x", p->vendor, p->device);
    if (p->has_subsystem)
        text_addf(&t, ":%08x", p->subsystem);
    if (p->has_revision)
        text_addf(&t, ":%02x", p->revision);
    text_add_char(&t, ' ');
    return ++told->count == told->stop_after;
}

static int tell_file(void *context, const char *path)
{
    struct told *told = context;
    size_t used = strlen(told->text);
    struct text t = text_over(told->text + used, sizeof told->text - used);
    text_addf(&t, "%s|", path);
    return ++told->count == told->stop_after;
}

static struct inf *read_text(struct span bytes)
{
    struct inf *inf;
    enum inf_flaw flaw;
    if (inf_read(bytes, &inf, &flaw) != 0)
        fail_msg("it %s", inf_flaw_text(flaw));
    return inf;
}

static const struct inf_target windows_11 = { WIM_ARCH_X64, 10, 0, 22000 };

static void models_are_of_this_windows(void **state)
{
    static const struct {
        struct inf_target target;
        const char *devices;
    } cases[] = {
        { { WIM_ARCH_X64, 10, 0, 22000 }, "8086:15b8 8086:15b8:86721043:31 8086:15b9 " },
        { { WIM_ARCH_X64, 10, 0, 14393 }, "8086:0003 " },
        { { WIM_ARCH_X64, 6, 3, 9600 }, "8086:0002 " },
        { { WIM_ARCH_X64, 6, 0, 6000 }, "" },
        { { WIM_ARCH_X64, 10, 0, 40000 }, "8086:ffff " },
        { { WIM_ARCH_ARM64, 10, 0, 22000 }, "8086:00a6 " },
        { { WIM_ARCH_X86, 10, 0, 19041 }, "8086:0001 " },
        { { WIM_ARCH_UNKNOWN, 10, 0, 19041 }, "" },
    };
    struct inf *inf = read_text(span_text(net_inf));
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct told told = { 0 };
        inf_each_device(inf, &cases[i].target, tell_device, &told);
        assert_string_equal(told.text, cases[i].devices);
    }
    struct told told = { .stop_after = 2 };
    inf_each_device(inf, &windows_11, tell_device, &told);
    assert_int_equal(told.count, 2);
    inf_free(inf);
}

static void files_are_found(void **state)
{
    static const char want[] = "e1d.cat|sub/dir/x64/e1d.sys|original.bin|sub/dir/more.dll|"
                               "deep one.sys|co/co.dll|";
    struct inf *inf = read_text(span_text(net_inf));
    struct told told = { 0 }, first = { .stop_after = 1 };
    (void)state;
    assert_int_equal(inf_each_file(inf, &windows_11, tell_file, &told), 0);
    assert_string_equal(told.text, want);
    assert_int_equal(inf_each_file(inf, &windows_11, tell_file, &first), 0);
    assert_string_equal(first.text, "e1d.cat|");
    inf_free(inf);
}

static void version_is_described(void **state)
{
    struct inf *inf = read_text(span_text(net_inf));
    struct inf_facts facts;
    (void)state;
    inf_describe(inf, &facts);
    assert_string_equal(facts.class_name, "Net");
    assert_string_equal(facts.provider, "Maker \"&\" Sons");
    assert_string_equal(facts.version, "12.19.2.55");
    assert_int_equal(facts.day, 20231018);
    assert_true(facts.rank == (UINT64_C(12) << 48 | UINT64_C(19) << 32 | 2u << 16 | 55u));
    inf_free(inf);
}

/* The same file in other encodings tells the same. */
static void encodings_are_understood(void **state)
{
    static const struct {
        const char *name, *mark;
        size_t mark_len;
        unsigned low, width;
    } cases[] = {
        { "UTF-16LE", "\xff\xfe", 2, 0, 2 },      { "UTF-16BE", "\xfe\xff", 2, 1, 2 },
        { "UTF-16LE without mark", "", 0, 0, 2 }, { "UTF-16BE without mark", "", 0, 1, 2 },
        { "UTF-8", "\xef\xbb\xbf", 3, 0, 1 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = cases[i].mark_len + cases[i].width * strlen(net_inf);
        uint8_t *data = calloc(1, len + 1);
        assert_non_null(data);
        memcpy(data, cases[i].mark, cases[i].mark_len);
        for (size_t c = 0; net_inf[c]; c++)
            data[cases[i].mark_len + c * cases[i].width + cases[i].low] = (uint8_t)net_inf[c];
        struct inf *inf = read_text(span_of(data, len));
        struct told told = { 0 };
        inf_each_device(inf, &windows_11, tell_device, &told);
        if (told.count != 3)
            fail_msg("%s: %s", cases[i].name, told.text);
        inf_free(inf);
        free(data);
    }
}

static void what_is_none_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        enum inf_flaw flaw;
    } cases[] = {
        { "", 0, INF_SIGNATURE },
        { "[Version]\nSignature=\"$Linux$\"\n", 0, INF_SIGNATURE },
        { "[Version\nSignature=\"$Windows NT$\"\n", 0, INF_SOUND },
        { "[Version]\nsignature=$CHICAGO$", 0, INF_SOUND },
        { "[Version]\nSignature\\\n=\"$Windows NT$\"\\", 0, INF_SOUND },
        { "[autorun]\nopen=setup.exe\n", 0, INF_SIGNATURE },
        { "MZ\x90\0\3\0\0\0", 8, INF_TEXT },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);
        struct inf *inf = NULL;
        enum inf_flaw flaw;
        int r = inf_read(span_of(cases[i].text, len), &inf, &flaw);
        if (flaw != cases[i].flaw || (r == 0) != (flaw == INF_SOUND))
            fail_msg("row %zu: it %s", i, inf_flaw_text(flaw));
        inf_free(inf);
    }
    size_t len = INF_BYTES_MAX + 1;
    uint8_t *large = malloc(len);
    assert_non_null(large);
    memset(large, '\n', len);
    struct inf *inf = NULL;
    enum inf_flaw flaw;
    assert_int_equal(inf_read(span_of(large, len), &inf, &flaw), -EBADMSG);
    assert_int_equal(flaw, INF_TOO_LARGE);
    /* As many lines as bytes. */
    static const char line[] = "x\n";
    for (size_t i = 0; i < INF_BYTES_MAX; i++)
        large[i] = (uint8_t)line[i % 2];
    memcpy(large, "[a]\n", 4);
    assert_int_equal(inf_read(span_of(large, INF_BYTES_MAX), &inf, &flaw), -EBADMSG);
    assert_int_equal(flaw, INF_TOO_LARGE);
    free(large);
}

/* Cut anywhere, it tells no more than the whole. */
static void cut_files_are_borne(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof net_inf; len++) {
        struct inf *inf = NULL;
        enum inf_flaw flaw;
        struct told told = { 0 }, files = { 0 };
        uint8_t *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy, net_inf, len);
        if (inf_read(span_of(copy, len), &inf, &flaw) == 0) {
            inf_each_device(inf, &windows_11, tell_device, &told);
            assert_int_equal(inf_each_file(inf, &windows_11, tell_file, &files), 0);
            assert_true(told.count <= 3 && files.count <= 6);
        }
        inf_free(inf);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_are_of_this_windows), cmocka_unit_test(files_are_found),
        cmocka_unit_test(version_is_described),       cmocka_unit_test(encodings_are_understood),
        cmocka_unit_test(what_is_none_is_refused),    cmocka_unit_test(cut_files_are_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
