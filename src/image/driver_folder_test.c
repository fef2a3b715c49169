/* Folders of drivers: which are taken, and what is said of those that are not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#include "image/driver_folder.h"
#include "image/test_tree.h"
#include "image/wim_xml.h"

#include <cmocka.h>

#define INF(class, files)                                                                          \
    "[Version]\nSignature=\"$Windows NT$\"\nClass=" class                                          \
        "\nDriverVer=01/02/2024,3.4\n[Manufacturer]\nM=M,NTamd64\n[M.NTamd64]\n"                   \
        "x=I,PCI\\VEN_8086&DEV_15B8\ny=I,PCI\\VEN_8086&DEV_15B9\n[I.NTamd64]\nCopyFiles=C\n[C]\n" files

static const struct inf_target windows_11 = { WIM_ARCH_X64, 10, 0, 22000 };
static uint8_t memory[1 << 20];
static char told[4096];

static void refused(void *context, const char *path, const char *why)
{
    size_t used = strlen(told);
    struct text t = text_over(told + used, sizeof told - used);
    (void)context;
    text_addf(&t, "%s %s\n", path, why);
}

static int read_tree(struct test_tree *tree, const char *folder, size_t room,
                     struct windows_start *out)
{
    const struct driver_folder_sink sink = { refused, NULL };
    struct image_source source = test_tree_source(tree);
    struct arena arena = arena_over(memory, room);
    told[0] = 0;
    *out = (struct windows_start){ 0 };
    return driver_folder_read(&source, folder, &windows_11, &arena, &sink, out);
}

static void drivers_are_taken(void **state)
{
    struct test_tree tree = { .count = 0 };
    struct windows_start w;
    (void)state;
    test_tree_add(&tree, "drivers/readme.txt", span_text("x"));
    test_tree_add(&tree, "drivers/net/E1D.INF", span_text(INF("Net", "e1d.sys\nE1D.SYS\n")));
    test_tree_add(&tree, "drivers/net/E1d.Sys", span_text("x"));
    test_tree_add(&tree, "drivers/deep/er/vmd.inf", span_text(INF("SCSIAdapter", "vmd.sys\n")));
    test_tree_add(&tree, "drivers/deep/er/vmd.sys", span_text("x"));
    test_tree_add(&tree, "drivers/gpu.inf", span_text(INF("Display", "gpu.sys\n")));
    test_tree_add(&tree, "other/net.inf", span_text(INF("Net", "")));
    assert_int_equal(read_tree(&tree, "drivers", sizeof memory, &w), 0);
    assert_string_equal(told, "");
    assert_int_equal(w.driver_count, 2);
    assert_int_equal(w.pattern_count, 4);
    assert_string_equal(w.drivers[0].folder, "drivers/deep/er");
    assert_string_equal(w.drivers[1].folder, "drivers/net");
    assert_string_equal(w.drivers[1].inf, "E1D.INF");
    assert_int_equal(w.drivers[1].file_count, 1);
    assert_string_equal(w.drivers[1].files[0], "E1d.Sys");
    assert_string_equal(w.drivers[1].version, "3.4");
    assert_int_equal(w.drivers[1].day, 20240102);
    assert_int_equal(w.patterns[3].driver, 1);
    assert_int_equal(w.patterns[3].pattern.device, 0x15b9);
    assert_int_equal(read_tree(&tree, "", sizeof memory, &w), 0);
    assert_int_equal(w.driver_count, 3);
    assert_int_equal(read_tree(&tree, "absent", sizeof memory, &w), -ENOENT);
    assert_int_equal(w.driver_count, 0);
}

static void others_are_told_of(void **state)
{
    static const struct {
        const char *name, *text, *why;
    } cases[] = {
        { "a.inf", "[autorun]\nopen=x\n", "a.inf is no setup file of Windows" },
        { "b.inf", INF("Net", "gone.sys\n"), "b.inf needs a file that is not there" },
        { "c.inf", INF("Net", "\"a & b.sys\"\n"), "c.inf needs a file with a character" },
        { "d & calc.inf", INF("Net", "x.sys\n"), "d & calc.inf has a character" },
        { "e\".inf", INF("Net", "x.sys\n"), "e\".inf has a character" },
        { "f.inf",
          INF("Net", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n21\n"
                     "22\n23\n24\n25\n26\n27\n28\n29\n30\n31\n32\n33\n34\n35\n36\n37\n38\n39\n"),
          "f.inf needs more files than wimboot" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_tree tree = { .count = 0 };
        struct windows_start w;
        test_tree_add(&tree, cases[i].name, span_text(cases[i].text));
        test_tree_add(&tree, "good.inf", span_text(INF("Net", "x.sys\n")));
        test_tree_add(&tree, "x.sys", span_text("x"));
        assert_int_equal(read_tree(&tree, "", sizeof memory, &w), 0);
        if (!strstr(told, cases[i].why))
            fail_msg("%s: told %s", cases[i].name, told);
        assert_int_equal(w.driver_count, 1);
        assert_int_equal(w.pattern_count, 2);
        assert_string_equal(w.drivers[0].inf, "good.inf");
    }
}

/* With less and less memory, what was taken is whole. */
static void want_of_memory_is_told(void **state)
{
    struct test_tree tree = { .count = 0 };
    (void)state;
    test_tree_add(&tree, "a/net.inf", span_text(INF("Net", "x.sys\n")));
    test_tree_add(&tree, "a/x.sys", span_text("x"));
    test_tree_add(&tree, "b/net.inf", span_text(INF("Net", "y.sys\n")));
    test_tree_add(&tree, "b/y.sys", span_text("x"));
    size_t all = WINDOWS_DRIVERS_MAX * sizeof(struct windows_driver) + 1024, worked = 0;
    for (size_t room = 0; room <= all; room += 48) {
        struct windows_start w;
        int r = read_tree(&tree, "", room, &w);
        assert_true(r == 0 || r == -ENOMEM);
        assert_true(r < 0 || w.driver_count == 2);
        worked += r == 0;
        for (size_t i = 0; i < w.driver_count; i++)
            assert_true(w.drivers[i].inf[0] && w.drivers[i].files[0][0]);
        for (size_t i = 0; i < w.pattern_count; i++)
            assert_true(w.patterns[i].driver < w.driver_count);
    }
    assert_true(worked > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_are_taken),
        cmocka_unit_test(others_are_told_of),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
