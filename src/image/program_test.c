/* What a file is taken for, by its header; and headers that lie or end too soon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "image/program.h"
#include "image/test_files.h"

#include <cmocka.h>

#define ARCH(name) (UINT32_C(1) << ARCH_##name)
#define X64        ARCH(EFI_X64)
#define BIOS       ARCH(BIOS_X86)

static void make_app(struct test_file *f)
{
    test_make_pe(f, 0x8664, 10, ".data");
}

static void make_driver(struct test_file *f)
{
    test_make_pe(f, 0x8664, 11, ".data");
}

static void make_ia32_app(struct test_file *f)
{
    test_make_pe(f, 0x014c, 10, ".data");
}

static void make_uki(struct test_file *f)
{
    test_make_pe(f, 0xaa64, 10, ".linux");
}

static void make_odd_machine(struct test_file *f)
{
    test_make_pe(f, 0x1234, 10, ".data");
}

static void make_cut_pe(struct test_file *f)
{
    test_make_pe(f, 0x8664, 10, ".data");
    f->len = 0xa0;
}

static void make_many_sections(struct test_file *f)
{
    test_make_pe(f, 0x8664, 10, ".linux");
    test_put16(f, 0x86, 0xffff);
}

static void make_far_pe(struct test_file *f)
{
    test_make_pe(f, 0x8664, 10, ".data");
    test_put(f, 0x3c, "\xf0\xff\xff\xff", 4);
}

static void make_far_version(struct test_file *f)
{
    test_make_bzimage(f);
    test_put16(f, 0x20e, 0xffff);
}

static void make_stub(struct test_file *f)
{
    test_make_bzimage(f);
    test_make_pe(f, 0x8664, 10, ".data");
}

static void make_arm64(struct test_file *f)
{
    test_make_pe(f, 0xaa64, 10, ".data");
    test_put(f, 0x38, "ARM\x64", 4);
}

static void make_riscv(struct test_file *f)
{
    test_make_pe(f, 0x5064, 10, ".data");
    test_put(f, 0x38, "RSC\x05", 4);
}

static void make_iso(struct test_file *f)
{
    test_put16(f, 510, 0xaa55);
    test_put(f, 0x8001, "CD001", 5);
}

static void make_disk(struct test_file *f)
{
    test_put16(f, 510, 0xaa55);
}

static void make_gpt_disk(struct test_file *f)
{
    make_disk(f);
    test_put(f, 512, "EFI PART", 8);
}

static void make_gzip(struct test_file *f)
{
    test_put(f, 0, "\x1f\x8b\x08", 3);
}

static void make_two_letters(struct test_file *f)
{
    test_put(f, 0, "MZ", 2);
}

static void make_nothing(struct test_file *f)
{
    (void)f;
}

static void files_are_known_by_their_headers(void **state)
{
    static const struct {
        const char *name;
        void (*make)(struct test_file *f);
        enum program_kind kind;
        uint32_t arches;
        const char *version;
    } cases[] = {
        { "EFI program", make_app, PROGRAM_EFI, X64, "" },
        { "the same for ia32", make_ia32_app, PROGRAM_EFI, ARCH(EFI_IA32), "" },
        { "EFI driver", make_driver, PROGRAM_UNKNOWN, X64, "" },
        { "unified kernel", make_uki, PROGRAM_UKI, ARCH(EFI_ARM64), "" },
        { "unknown machine", make_odd_machine, PROGRAM_BAD_EFI, 0, "" },
        { "cut in its headers", make_cut_pe, PROGRAM_BAD_EFI, X64, "" },
        { "more sections than bytes", make_many_sections, PROGRAM_BAD_EFI, X64, "" },
        { "header beyond the end", make_far_pe, PROGRAM_UNKNOWN, 0, "" },
        { "bzImage", test_make_bzimage, PROGRAM_LINUX, BIOS, "6.1.0-18-amd64" },
        { "bzImage with stub", make_stub, PROGRAM_LINUX, BIOS | X64, "6.1.0-18-amd64" },
        { "version beyond the end", make_far_version, PROGRAM_LINUX, BIOS, "" },
        { "arm64 Image", make_arm64, PROGRAM_LINUX, ARCH(EFI_ARM64), "" },
        { "RISC-V Image", make_riscv, PROGRAM_LINUX, ARCH(EFI_RISCV64), "" },
        { "ISO", make_iso, PROGRAM_CDROM, BIOS | X64, "" },
        { "disk", make_disk, PROGRAM_DISK, BIOS, "" },
        { "GPT disk", make_gpt_disk, PROGRAM_DISK, BIOS | X64, "" },
        { "gzip", make_gzip, PROGRAM_GZIP, 0, "" },
        { "two letters", make_two_letters, PROGRAM_UNKNOWN, 0, "" },
        { "empty", make_nothing, PROGRAM_UNKNOWN, 0, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct test_folder folder;
        struct image_source source = test_source(&folder);
        struct program p;
        folder.count = 0;
        cases[i].make(test_add(&folder, "x"));
        program_probe(&source, "x", &p);
        if (p.kind != cases[i].kind || p.arches != cases[i].arches ||
            strcmp(p.version, cases[i].version) != 0)
            fail_msg("%s: %s, architectures %x, version '%s'", cases[i].name,
                     program_kind_text(p.kind), p.arches, p.version);
        program_probe(&source, "y", &p);
        assert_int_equal(p.kind, PROGRAM_UNREADABLE);
    }
}

/* Every header cut at every byte is looked at without harm. */
static void cut_files_do_no_harm(void **state)
{
    static void (*const makers[])(struct test_file *) = { make_stub, make_uki, make_riscv,
                                                          make_gpt_disk };
    (void)state;
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        static struct test_folder folder;
        struct image_source source = test_source(&folder);
        struct program p;
        folder.count = 0;
        struct test_file *f = test_add(&folder, "x");
        makers[i](f);
        while (f->len-- > 0) {
            program_probe(&source, "x", &p);
            assert_true(p.kind != PROGRAM_UNREADABLE && program_kind_text(p.kind)[0]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_known_by_their_headers),
        cmocka_unit_test(cut_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
