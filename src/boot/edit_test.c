/* Texts before and after, for ESXi and GRUB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "boot/edit.h"

#include <cmocka.h>

#define FILES "http://192.0.2.1/images/esxi"

static const struct {
    const char *name;
    enum image_edit_kind kind;
    const char *add, *in, *want;
} rows[] = {
    { "a whole boot.cfg", IMAGE_EDIT_ESXI, "ks=http://192.0.2.1/a",
      "bootstate=0\ntitle=Loading ESXi installer\ntimeout=5\nprefix=\nkernel=/b.b00\n"
      "kernelopt=runweasel cdromBoot\nmodules=/jumpstrt.gz --- /useropts.gz --- /s.v00\nbuild=8\n",
      "bootstate=0\ntitle=Loading ESXi installer\ntimeout=5\nprefix=" FILES "\nkernel=b.b00\n"
      "kernelopt=runweasel ks=http://192.0.2.1/a\n"
      "modules=jumpstrt.gz --- useropts.gz --- s.v00\nbuild=8\n" },
    { "no prefix, no options, no line end", IMAGE_EDIT_ESXI, "ks=x", "kernel=/k",
      "kernel=k\nprefix=" FILES "\nkernelopt=ks=x\n" },
    { "nothing to add", IMAGE_EDIT_ESXI, "", "kernelopt=a  b\r\nPREFIX = /x\r\nprefix=/y\n",
      "kernelopt=a b\nprefix=" FILES "\n" },
    { "lines that are none of these", IMAGE_EDIT_ESXI, "", "\n=\nprefixed=/x\n# kernel\nprefix=1",
      "\n=\nprefixed=/x\n# kernel\nprefix=" FILES "\n" },
    { "empty", IMAGE_EDIT_ESXI, "", "", "prefix=" FILES "\n" },
    { "a menu", IMAGE_EDIT_GRUB, "quiet url=x",
      "set timeout=5\nmenuentry 'A /b' {\n\tlinux /casper/vmlinuz file=/cdrom/x ---\n"
      "\tinitrd /casper/initrd \"/b c\" ($root)/d e\n}\n",
      "set timeout=5\nmenuentry 'A /b' {\n\tlinux " FILES "/casper/vmlinuz file=/cdrom/x --- quiet "
      "url=x\n\tinitrd " FILES "/casper/initrd \"" FILES "/b c\" ($root)" FILES "/d e\n}\n" },
    { "on one line", IMAGE_EDIT_GRUB, "q", "linuxefi /k a;initrdefi /i",
      "linuxefi " FILES "/k a q;initrdefi /i\n" },
    { "words alone", IMAGE_EDIT_GRUB, "q", "linux\nlinuxx /k\n chainloader /efi/b.efi\n",
      "linux\nlinuxx /k\n chainloader " FILES "/efi/b.efi\n" },
    { "open quotes and a last backslash", IMAGE_EDIT_GRUB, "", "linux \"/a b\nlinux /a\\",
      "linux \"" FILES "/a b\nlinux " FILES "/a\\\n" },
};

static void texts_are_changed(void **state)
{
    static char out[4096];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct edit edit = { .kind = rows[i].kind,
                                   .files = span_text(FILES),
                                   .add = span_text(rows[i].add) };
        struct text text = text_over(out, sizeof out);
        edit_apply(&edit, span_text(rows[i].in), &text);
        assert_false(text.failed);
        if (strcmp(out, rows[i].want) != 0)
            fail_msg("%s: got\n%s\nwant\n%s", rows[i].name, out, rows[i].want);
    }
}

static void want_of_room_is_told(void **state)
{
    char out[16];
    const struct edit edit = { .kind = IMAGE_EDIT_ESXI, .files = span_text(FILES) };
    struct text text = text_over(out, sizeof out);
    (void)state;
    edit_apply(&edit, span_text(""), &text);
    assert_true(text.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_changed),
        cmocka_unit_test(want_of_room_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
