/* image.yaml: which faults, in which line; and folders without one, from files to a recipe. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "image/memdisk.h"
#include "image/recipe_book.h"
#include "image/test_files.h"

#include <cmocka.h>

static void faults_have_their_line(void **state)
{
    static const struct {
        const char *yaml, *says; /* NULL: nothing is wrong */
    } cases[] = {
        { "", NULL },
        { "title: x\n", NULL },
        { "kernel: a\ninitrds: []\norder: -5\nmemory: 2048\n", NULL },
        { "- a\n", "line 1: it takes keys and values" },
        { "title: x\nkernal: a\n",
          "line 2: there is no key \"kernal\" here: did you mean \"kernel\"?" },
        { "kernel:\n", "line 1: the key has no value" },
        { "kernel: ../../etc/shadow\n", "line 1: a file takes a path inside" },
        { "kernel: \"\"\n", "line 1: a file takes a path inside" },
        { "initrds:\n  - a\n  - b/../../c\n", "line 3: a file takes a path inside" },
        { "initrds: {a: b}\n", "line 1: initrds takes a list" },
        { "initrds: [{path: a}]\n", "line 1: an initrd is a path, or" },
        { "initrds: [{path: a, as: b}]\n", "line 1: an initrd is a path, or" },
        { "initrds: [{path: ../a, as: /b}]\n", "line 1: a file takes a path inside" },
        { "initrds: [{path: a, as: /b}]\n", NULL },
        { "answer-kind: jumpstart\n", "line 1: answer-kind takes" },
        { "answer-arguments: [a]\n", "line 1: answer-arguments takes a text" },
        { "answer-inside: ks.cfg\n", "line 1: answer-inside takes the answer file's place" },
        { "answer-inside: /a/../b\n", "line 1: answer-inside takes the answer file's place" },
        { "answer-inside: none\nanswer-inside-arguments: a=b\n", NULL },
        { "answer-inside: /ks.cfg\nmemdisk: x.img\n", NULL },
        { "answer-inside-arguments: [a]\n", "line 1: answer-inside-arguments takes a text" },
        { "slim: casper\n", "line 1: slim takes a list" },
        { "slim: [../x]\n", "line 1: a file takes a path inside" },
        { "slim: [a,b,c,d,e,f,g,h,i]\n", "line 1: slim takes at most 8" },
        { "variants: some\n", "line 1: variants takes all or none" },
        { "initrds: [a,b,c,d,e,f,g,h,i]\n", "line 1: at most 8" },
        { "kernel: a\nefi: b\n", "line 2: only one of kernel, efi, disk, wim and memdisk" },
        { "kernel: a\nkind: disk\n", "line 2: kind does not agree" },
        { "kind: floppy\n", "line 1: kind takes" },
        { "architectures: [efi-x64, vax]\n", "line 1: an architecture is" },
        { "title: \"a\\nb\"\n", "line 1: title takes a text on one line" },
        { "arguments: [a]\n", "line 1: arguments takes a text" },
        { "memory: 2GiB\n", "line 1: memory takes" },
        { "order: first\n", "line 1: order takes" },
        { "hidden: maybe\n", "line 1: hidden takes true or false" },
        { "hidden: false\n", NULL },
        { "order: 1\nmemory: x\nkind: y\n", "line 3: kind takes" },
        { "title: *x\n", "line 1:" },
        { "title: [\n", "line" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recipe recipe;
        char why[RECIPE_WHY_MAX] = "";
        int r = recipe_parse(span_text(cases[i].yaml), &recipe, why);
        if (r != (cases[i].says ? -EINVAL : 0) || (cases[i].says && !strstr(why, cases[i].says)))
            fail_msg("%s: %d '%s'", cases[i].yaml, r, why);
    }
}

static void what_is_written_is_read(void **state)
{
    struct recipe recipe = { .title = "A \"b\" \\ c",
                             .group = "G",
                             .has_kind = true,
                             .kind = IMAGE_LINUX,
                             .arches = arch_bit(ARCH_BIOS_X86) | arch_bit(ARCH_EFI_ARM64),
                             .kernel = "boot/vmlinuz",
                             .has_initrds = true,
                             .initrds = { "a b", "c" },
                             .initrd_names = { "", "/in/side" },
                             .initrd_count = 2,
                             .has_arguments = true,
                             .arguments = "x=\"y\" host=${name}",
                             .answer_kind = ANSWER_PRESEED,
                             .answer_arguments = "url=${answer}",
                             .has_answer_inside = true,
                             .answer_inside = "/in/preseed.cfg",
                             .answer_inside_arguments = "priority=critical",
                             .is_alone = true,
                             .slim = { "casper", ".disk" },
                             .slim_count = 2,
                             .has_shim = true,
                             .shim = "boot/shimx64.efi",
                             .memory_mib = 512,
                             .order = -7,
                             .is_hidden = true };
    struct recipe again;
    char buffer[4096], why[RECIPE_WHY_MAX] = "";
    struct text t = text_over(buffer, sizeof buffer);
    (void)state;
    recipe_write(&recipe, &t);
    if (recipe_parse(text_span(&t), &again, why) != 0)
        fail_msg("%s in\n%s", why, buffer);
    assert_memory_equal(&recipe, &again, sizeof recipe);
}

static struct test_folder folder;

static void fresh(void)
{
    folder.count = 0;
}

static struct recipe_book *book;

/* The first entry of what is found. */
static int load(const char *file, struct recipe *recipe, char *why)
{
    static struct recipe_set set;
    struct image_source source = test_source(&folder);
    source.file = file;
    why[0] = 0;
    int r = recipe_load(&source, book, NULL, "fallback", &set, why);
    *recipe = set.entries[0];
    return r;
}

static void folders_are_recognised(void **state)
{
    struct recipe r;
    char why[RECIPE_WHY_MAX];
    (void)state;

    fresh();
    test_make_bzimage(test_add(&folder, "vmlinuz-6.0"));
    test_make_bzimage(test_add(&folder, "vmlinuz-6.1"));
    test_add_text(&folder, "initrd.img-6.0", "x");
    assert_int_equal(load(NULL, &r, why), 0);
    assert_string_equal(r.kernel, "vmlinuz-6.0"); /* the one that has its initrd */
    assert_string_equal(r.initrds[0], "initrd.img-6.0");
    assert_string_equal(r.title, "Linux 6.1.0-18-amd64");

    fresh();
    test_make_bzimage(test_add(&folder, "boot/vmlinuz"));
    test_add_text(&folder, "boot/initrd.img", "x");
    assert_int_equal(load(NULL, &r, why), 0);
    assert_string_equal(r.kernel, "boot/vmlinuz");
    assert_string_equal(r.initrds[0], "boot/initrd.img");

    fresh();
    test_make_pe(test_add(&folder, "tool.efi"), 0x8664, 10, ".data");
    assert_int_equal(load(NULL, &r, why), 0);
    assert_int_equal(r.kind, IMAGE_EFI);
    assert_string_equal(r.title, "fallback");

    /* Two programs: nobody can tell which. */
    test_make_pe(test_add(&folder, "other.efi"), 0x8664, 10, ".data");
    assert_int_equal(load(NULL, &r, why), -ENOENT);
    assert_non_null(strstr(why, "write an image.yaml"));

    fresh();
    test_put(test_add(&folder, "x.iso"), 0x8001, "CD001", 5);
    assert_int_equal(load(NULL, &r, why), 0);
    assert_int_equal(r.kind, IMAGE_SANBOOT);
}

static void debian_is_recognised(void **state)
{
    struct recipe r;
    char why[RECIPE_WHY_MAX];
    (void)state;
    fresh();
    test_make_bzimage(test_add(&folder, "debian-installer/amd64/linux"));
    test_add_text(&folder, "debian-installer/amd64/initrd.gz", "x");
    test_add_text(&folder, "version.info", "Debian version:  12 (bookworm)\nInstaller build: 2\n");
    assert_int_equal(load(NULL, &r, why), 0);
    assert_string_equal(r.title, "Debian 12 installer (amd64)");
    assert_string_equal(r.arguments, "--- quiet");
    assert_string_equal(r.group, "Debian");
    assert_string_equal(r.answer_inside, "/preseed.cfg");

    test_add_text(&folder, "image.yaml",
                  "answer-kind: preseed\nanswer-arguments: auto=true url=${answer}\n");
    assert_int_equal(load(NULL, &r, why), 0);
    assert_string_equal(r.arguments, "--- quiet");
    assert_string_equal(r.answer_arguments, "auto=true url=${answer}");
    assert_string_equal(r.answer_inside, "");
}

static void image_yaml_comes_first(void **state)
{
    static const struct {
        const char *yaml;
        int want;
        const char *says, *kernel;
    } cases[] = {
        { "title: Mine\n", 0, "", "vmlinuz" },
        { "kernel: other\n", 0, "", "other" },
        { "kernel: gone\n", -ENOENT, "the file gone is not there", "" },
        { "initrds: [gone]\n", -ENOENT, "the initrd gone is not there", "" },
        { "disk: notes\n", -EINVAL, "add architectures: to image.yaml", "" },
        { "disk: notes\narchitectures: efi-x64\n", 0, "", "notes" },
        { "titel: x\n", -EINVAL, "did you mean \"title\"?", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recipe r;
        char why[RECIPE_WHY_MAX];
        fresh();
        test_add_text(&folder, "image.yaml", cases[i].yaml);
        test_add_text(&folder, "initrd.img", "x");
        test_add_text(&folder, "notes", "nothing to start");
        test_make_bzimage(test_add(&folder, "other"));
        test_make_bzimage(test_add(&folder, "vmlinuz"));
        int got = load(NULL, &r, why);
        if (got != cases[i].want || !strstr(why, cases[i].says) ||
            (got == 0 && strcmp(r.kernel, cases[i].kernel) != 0))
            fail_msg("%s: %d '%s' %s", cases[i].yaml, got, why, r.kernel);
    }
}

static void a_large_image_yaml_is_refused(void **state)
{
    struct recipe r;
    char why[RECIPE_WHY_MAX];
    (void)state;
    fresh();
    struct test_file *f = test_add(&folder, "image.yaml");
    memset(f->data, '#', 9000);
    f->len = 9000;
    assert_int_equal(load(NULL, &r, why), -EINVAL);
    assert_non_null(strstr(why, "larger than"));
}

static void a_file_alone_is_an_image(void **state)
{
    struct recipe r;
    char why[RECIPE_WHY_MAX];
    (void)state;
    fresh();
    test_put(test_add(&folder, "x.iso"), 0x8001, "CD001", 5);
    test_put(test_add(&folder, "kernel.gz"), 0, "\x1f\x8b\x08", 3);
    assert_int_equal(load("x.iso", &r, why), 0);
    assert_string_equal(r.kernel, "x.iso");
    assert_int_equal(load("kernel.gz", &r, why), -ENOENT);
    assert_non_null(strstr(why, "gzip"));
}

static void names_are_checked_and_made(void **state)
{
    static const char *const paths[] = { "/srv/x/12/amd64/text", "Rescue Disk (1).iso", "../..", "",
                                         "\xff\xfe" };
    (void)state;
    assert_true(recipe_is_name(span_text("debian-12.1_x")));
    static const char *const bad[] = {
        "", ".a", "-a", "A", "a/b", "menu", "local", "shell", "a b"
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(recipe_is_name(span_text(bad[i])));
    /* Whatever the path: the suggestion is a name, or nothing that could pass for one. */
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char name[64];
        struct text t = text_over(name, sizeof name);
        recipe_suggest_name(NULL, paths[i], &t);
        if (t.len > 0 && !recipe_is_name(text_span(&t)))
            fail_msg("'%s' gives '%s'", paths[i], name);
    }
}

/* A kernel with an EFI stub. */
static void add_x64_kernel(const char *path)
{
    struct test_file *kernel = test_add(&folder, path);
    test_make_pe(kernel, 0x8664, 10, ".data");
    test_make_bzimage(kernel);
}

static void a_kernels_shim_is_found(void **state)
{
    static const char mark[] = "UEFI SHIM\n$Version: 16.1 $";
    struct test_file *shim;
    struct recipe r;
    char why[RECIPE_WHY_MAX];
    (void)state;

    fresh();
    add_x64_kernel("vmlinuz");
    shim = test_add(&folder, "bootnetx64.efi");
    test_make_pe(shim, 0x8664, 10, ".data");
    assert_int_equal(load(NULL, &r, why), 0);
    assert_string_equal(r.shim, ""); /* any EFI program, for all its name */
    test_put(shim, 3000, mark, sizeof mark - 1);
    assert_int_equal(load(NULL, &r, why), 0);
    assert_string_equal(r.shim, "bootnetx64.efi");

    /* a name at another place of an ISO, the mark across the edge of two reads */
    fresh();
    add_x64_kernel("vmlinuz");
    shim = test_add(&folder, "EFI/BOOT/BOOTX64.EFI");
    test_make_pe(shim, 0x8664, 10, ".data");
    test_put(shim, 16384 - 9, mark, sizeof mark - 1);
    assert_int_equal(load(NULL, &r, why), 0);
    assert_string_equal(r.shim, "EFI/BOOT/BOOTX64.EFI");

    /* what is written counts: another file, or none */
    test_add_text(&folder, "image.yaml", "shim: none\n");
    assert_int_equal(load(NULL, &r, why), 0);
    assert_string_equal(r.shim, "");
    fresh();
    add_x64_kernel("vmlinuz");
    test_add_text(&folder, "image.yaml", "shim: vmlinuz\n");
    assert_int_equal(load(NULL, &r, why), -ENOENT);
    assert_string_equal(why, "vmlinuz is not there, or is no shim");
}

static int open_book(void **state)
{
    (void)state;
    return recipe_book_new(&book);
}

static int close_book(void **state)
{
    (void)state;
    recipe_book_free(book);
    return 0;
}

static uint64_t told_size;

static int64_t tell_size(void *context, const char *path)
{
    return test_size(context, path) < 0 ? -1 : (int64_t)told_size;
}

/* What nobody knows has one more way under BIOS, and a floppy no other. */
static void unknown_disks_go_into_memory(void **state)
{
    static const struct {
        const char *name, *file, *arguments;
        uint32_t memory;
        bool has_table, is_cdrom, is_memdisk_alone;
        uint64_t size; /* 0 = as long as what is in it */
    } cases[] = {
        { "a floppy", "dos.img", "floppy raw", 66, false, false, true, 1474560 },
        { "a small disk", "dos.img", "harddisk raw", 66, true, false, false, 1474560 },
        { "a disk without a table", "dos.img", "harddisk raw", 69, false, false, false, 5 << 20 },
        { "a CD", "old.iso", "iso raw", 65, false, true, false, 0 },
        { "too large", "dos.img", NULL, 0, true, false, false, MEMDISK_IMAGE_MAX + 1 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct recipe_set set;
        char why[RECIPE_WHY_MAX] = "";
        fresh();
        struct test_file *f = test_add(&folder, cases[i].file);
        if (cases[i].is_cdrom)
            test_put(f, 0x8001, "CD001", 5);
        else
            test_put16(f, 510, 0xaa55);
        if (cases[i].has_table)
            test_put(f, 446, "\x80\1\1\0\x0c\xf\x3f\0\x3f\0\0\0\1\1\0\0", 16);
        else if (!cases[i].is_cdrom)
            test_put(f, 446, "code", 4);
        told_size = cases[i].size;
        struct image_source source = test_source(&folder);
        source.file = cases[i].file;
        source.size = told_size > 0 ? tell_size : source.size;
        if (recipe_load(&source, book, NULL, "x", &set, why) != 0)
            fail_msg("%s: %s", cases[i].name, why);
        const struct recipe *last = &set.entries[set.count - 1];
        bool found = last->kind == IMAGE_MEMDISK;
        if (found != (cases[i].arguments != NULL) ||
            set.count != (cases[i].is_memdisk_alone || !found ? 1 : 2))
            fail_msg("%s: %u entries", cases[i].name, set.count);
        if (!found)
            continue;
        assert_string_equal(last->arguments, cases[i].arguments);
        assert_string_equal(last->kernel, cases[i].file);
        assert_string_equal(last->variant, cases[i].is_memdisk_alone ? "" : "memdisk");
        assert_int_equal(last->memory_mib, cases[i].memory);
        assert_int_equal(last->arches, arch_bit(ARCH_BIOS_X86));
        assert_true(last->is_untested);
        assert_non_null(strstr(last->title, " in memory (memdisk, untested here)"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_have_their_line),   cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(folders_are_recognised),   cmocka_unit_test(debian_is_recognised),
        cmocka_unit_test(image_yaml_comes_first),   cmocka_unit_test(a_large_image_yaml_is_refused),
        cmocka_unit_test(a_file_alone_is_an_image), cmocka_unit_test(names_are_checked_and_made),
        cmocka_unit_test(a_kernels_shim_is_found),  cmocka_unit_test(unknown_disks_go_into_memory),
    };
    return cmocka_run_group_tests(tests, open_book, close_book);
}
