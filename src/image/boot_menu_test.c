/* Boot menus that images bring along: what their files say, and what is offered of it. */
#include <stdio.h>
#include <stdlib.h>

#include "image/boot_menu.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include "image/menu_item.h"
#include "image/test_files.h"

#include <cmocka.h>

static void add_item(void *context, const struct menu_item *item)
{
    struct text *out = context;
    text_addf(out, "[%s|%s%s|", item->title, item->is_efi ? "efi " : "", item->kernel);
    for (unsigned i = 0; i < item->initrd_count; i++)
        text_addf(out, "%s%s", i > 0 ? " " : "", item->initrds[i]);
    text_addf(out, "|%s]", item->arguments);
}

static void add_include(void *context, struct span path)
{
    struct text *out = context;
    text_add(out, "<");
    text_add_span(out, path);
    text_add(out, ">");
}

static const struct {
    const char *name, *text, *want;
} grub_cases[] = {
    { "empty", "", "" },
    { "one", "menuentry 'A b' --class x {\n  linux /k a=b c\n  initrd /i /j\n}\n",
      "[A b|/k|/i /j|a=b c]" },
    { "variables",
      "set d=/boot\nmenuentry \"A\" {\n set k=$d/vmlinuz\n linuxefi ${k} x=\"$d y\" z='$d'\n}\n",
      "[A|/boot/vmlinuz||\"x=/boot y\" z=$d]" },
    { "a device in front", "menuentry A {\nlinux ($root)/k\ninitrd (hd0,1)/i\n}\n", "[A|/k|/i|]" },
    { "submenu and condition",
      "if [ x = y ]; then\n set v=1\nfi\nsubmenu 'More' {\n menuentry 'B' { linux /k$v; initrd /i; }\n"
      " menuentry 'C' {\n  linux /l\n }\n}\n",
      "[B|/k1|/i|][C|/l||]" },
    { "no kernel", "menuentry 'Firmware' { fwsetup }\nmenuentry 'X' {\nchainloader /x.efi\n}\n",
      "" },
    { "comments and line ends", "# menuentry x {\nmenuentry A { # it\n linux /k a \\\n  b\r\n}\n",
      "[A|/k||a b]" },
    { "includes", "source /boot/grub/more.cfg\nconfigfile ${prefix}/x.cfg\n",
      "</boot/grub/more.cfg></x.cfg>" },
    { "not closed", "menuentry 'A' {\n linux /k 'a b", "" },
    { "outside", "linux /k\ninitrd /i\n", "" },
    { "braces alone", "}}}{{{{{{{{{{{{{{{{{{{{{}}}}}}}\nmenuentry A {\nlinux /k\n}\n", "[A|/k||]" },
    { "control bytes", "menuentry A {\nlinux /k a\001b\n}\n", "" },
};

static const struct {
    const char *name, *text, *want;
} syslinux_cases[] = {
    { "empty", "", "" },
    { "one", "LABEL a\n  MENU LABEL ^Install it\n  KERNEL vmlinuz\n  APPEND initrd=i.gz,j.gz a b\n",
      "[Install it|vmlinuz|i.gz j.gz|a b]" },
    { "lower case and INITRD", "label a\nlinux /k\ninitrd /i,/j\nappend x\n", "[a|/k|/i /j|x]" },
    { "common append",
      "append c=1\nlabel a\nkernel k\nlabel b\nkernel k\nappend d\nlabel e\n"
      "kernel k\nappend -\n",
      "[a|k||c=1][b|k||d][e|k||]" },
    { "modules are none", "label a\nkernel vesamenu.c32\nlabel b\nkernel memdisk\nappend iso\n",
      "" },
    { "help text", "label a\ntext help\nkernel no\nendtext\nkernel k\n", "[a|k||]" },
    { "includes", "include a.cfg\nmenu include b.cfg x\n", "<a.cfg><b.cfg>" },
    { "no label", "kernel k\nappend x\n", "" },
};

static const struct {
    const char *name, *text, *want;
} bls_cases[] = {
    { "empty", "", "" },
    { "one",
      "# x\ntitle  Arch Linux\nlinux /arch/vmlinuz\ninitrd /u.img\ninitrd /i.img\n"
      "options a=1  b\noptions c\n",
      "[Arch Linux|/arch/vmlinuz|/u.img /i.img|a=1 b c]" },
    { "its version for a title", "version 6.1\nlinux /k\n", "[6.1|/k||]" },
    { "an EFI program", "title Shell\nefi /shell.efi\n", "[Shell|efi /shell.efi||]" },
    { "no program", "title x\noptions y\n", "" },
};

#define CHECK(cases, read)                                                                         \
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {                                  \
        char got[1024];                                                                            \
        struct text t = text_over(got, sizeof got);                                                \
        const struct menu_sink sink = { .item = add_item, .include = add_include, .context = &t }; \
        read(span_text(cases[i].text), &sink);                                                     \
        if (strcmp(got, cases[i].want) != 0)                                                       \
            fail_msg("%s: %s", cases[i].name, got);                                                \
    }

static void files_are_read(void **state)
{
    (void)state;
    CHECK(grub_cases, menu_grub_cfg_read)
    CHECK(syslinux_cases, menu_syslinux_read)
    CHECK(bls_cases, menu_bls_read)
}

static void long_files_are_bounded(void **state)
{
    static char text[200000], got[65536];
    struct text t = text_over(text, sizeof text), out = text_over(got, sizeof got);
    const struct menu_sink sink = { .item = add_item, .include = add_include, .context = &out };
    unsigned items = 0;
    (void)state;
    while (t.len < 190000)
        text_add(&t, "menuentry a { linux /k x; }\n");
    menu_grub_cfg_read(text_span(&t), &sink);
    for (size_t i = 0; i < out.len; i++)
        items += got[i] == '[' ? 1 : 0;
    assert_int_equal(items, MENU_ITEMS_MAX);
    /* A word that has no end, and many words. */
    memset(text, 'a', sizeof text);
    menu_grub_cfg_read(span_of(text, sizeof text), &sink);
    menu_syslinux_read(span_of(text, sizeof text), &sink);
    for (size_t i = 0; i < sizeof text; i += 2)
        text[i] = ' ';
    menu_grub_cfg_read(span_of(text, sizeof text), &sink);
    menu_bls_read(span_of(text, sizeof text), &sink);
}

static struct test_folder folder;

static void offers_what_is_there(void **state)
{
    static struct recipe_set set;
    struct image_source source = test_source(&folder);
    (void)state;

    folder.count = 0;
    test_make_bzimage(test_add(&folder, "boot/vmlinuz"));
    test_add_text(&folder, "boot/initrd", "x");
    test_add_text(&folder, "boot/grub/more.cfg",
                  "menuentry 'More' {\n linux /boot/vmlinuz more\n initrd /boot/initrd\n}\n"
                  "source /boot/grub/more.cfg\n");
    test_add_text(&folder, "boot/grub/grub.cfg",
                  "menuentry 'Some OS' {\n linux /boot/vmlinuz root=${x}$y cost=5$\n"
                  " initrd /boot/initrd\n}\n"
                  "menuentry 'Gone' {\n linux /boot/gone\n}\n"
                  "menuentry 'No initrd' {\n linux /boot/vmlinuz\n initrd /boot/gone\n}\n"
                  "menuentry 'No kernel' {\n linux /boot/initrd\n}\n"
                  "menuentry 'Again' {\n linux /boot/vmlinuz root= cost=5$\n"
                  " initrd /boot/initrd\n}\n"
                  "source /boot/grub/more.cfg\n");
    assert_true(boot_menu_find(&source, &set));
    assert_int_equal(set.count, 2);
    assert_string_equal(set.entries[0].title, "Some OS (untested here)");
    assert_string_equal(set.entries[0].kernel, "boot/vmlinuz");
    assert_string_equal(set.entries[0].initrds[0], "boot/initrd");
    assert_string_equal(set.entries[0].arguments, "root= cost=5$$");
    assert_true(set.entries[0].is_untested);
    assert_string_equal(set.entries[1].title, "More (untested here)");
    assert_string_equal(set.entries[1].variant, "2");

    folder.count = 0;
    test_make_bzimage(test_add(&folder, "isolinux/vmlinuz"));
    test_add_text(&folder, "isolinux/txt.cfg", "label a\nkernel vmlinuz\nappend x\n");
    test_add_text(&folder, "isolinux/isolinux.cfg", "include txt.cfg\n");
    assert_true(boot_menu_find(&source, &set));
    assert_string_equal(set.entries[0].kernel, "isolinux/vmlinuz");

    folder.count = 0;
    test_make_pe(test_add(&folder, "x.efi"), 0x8664, 10, ".data");
    test_add_text(&folder, "loader/entries/a.conf", "title X\nefi /x.efi\noptions a\n");
    assert_true(boot_menu_find(&source, &set));
    assert_int_equal(set.entries[0].kind, IMAGE_EFI);

    folder.count = 0;
    test_add_text(&folder, "boot/grub/grub.cfg", "menuentry a { linux /../../etc/passwd; }\n");
    assert_false(boot_menu_find(&source, &set));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(long_files_are_bounded),
        cmocka_unit_test(offers_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
