/* Texts before and after one edit, byte for byte; comments above all. */

#include <errno.h>
#include <stdio.h>

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "yaml/yaml_edit.h"

static const struct {
    const char *name, *in, *path, *value;
    int result;
    const char *out; /* NULL: refused */
} cases[] = {
    { "an empty file gets a key", "", "user", "root", 0, "user: root\n" },
    { "a file of comments keeps them", "# mine\n", "tftp.port", "70", 0,
      "# mine\ntftp:\n  port: 70\n" },
    { "a last line without its end", "user: x", "state", "/s", 0, "user: x\nstate: /s\n" },
    { "a value with a comment behind", "tftp:\n  port: 69  # as ever\nuser: x\n", "tftp.port", "70",
      0, "tftp:\n  port: 70  # as ever\nuser: x\n" },
    { "a quoted value", "menu: {title: \"a # b\", timeout: 3s} # m\n", "menu.title", "\"c\"", 0,
      "menu: {title: \"c\", timeout: 3s} # m\n" },
    { "a key in brackets", "menu: {title: a}\n", "menu.timeout", "5s", 0,
      "menu: {title: a, timeout: 5s}\n" },
    { "a key in empty brackets", "menu: {}\n", "menu.timeout", "5s", 0, "menu: {timeout: 5s}\n" },
    { "a section that has nothing", "dhcp:   # later\nuser: x\n", "dhcp.mode", "off", 0,
      "dhcp:   # later\n  mode: off\nuser: x\n" },
    { "a value that is not there yet", "user:\nstate: /s\n", "user", "root", 0,
      "user: root\nstate: /s\n" },
    { "the same with a comment", "user: # who\nstate: /s\n", "user", "root", 0,
      "user: root # who\nstate: /s\n" },
    { "a new key goes behind the last of its section",
      "dhcp:\n  mode: server # m\n\n# the rest\nuser: x\n", "dhcp.probe", "false", 0,
      "dhcp:\n  mode: server # m\n  probe: false\n\n# the rest\nuser: x\n" },
    { "a deeper indent is kept", "dhcp:\n      mode: off\n", "dhcp.probe", "false", 0,
      "dhcp:\n      mode: off\n      probe: false\n" },
    { "a list becomes another", "loaders: # where\n  - /a # first\n  - /b\nuser: x\n", "loaders",
      "[/c]", 0, "loaders: [/c] # where\nuser: x\n" },
    { "a list at its key's own indent", "loaders:\n- /a\n- /b # two\nuser: x\n", "loaders.1", "/c",
      0, "loaders:\n- /a\n- /c # two\nuser: x\n" },
    { "a list on lines grows", "loaders:\n  - /a # one\nuser: x\n", "loaders.1", "/b", 0,
      "loaders:\n  - /a # one\n  - /b\nuser: x\n" },
    { "a list in brackets grows", "loaders: [/a] # l\n", "loaders.1", "/b", 0,
      "loaders: [/a, /b] # l\n" },
    { "a list is made", "user: x\n", "loaders.0", "/b", 0, "user: x\nloaders:\n  - /b\n" },
    { "a list cannot grow by two", "loaders: [/a]\n", "loaders.2", "/b", -EINVAL, NULL },
    { "deep inside",
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/8 # n\n      router: 10.0.0.1 # gate\n",
      "dhcp.subnets.0.router", "10.0.0.2", 0,
      "dhcp:\n  subnets:\n    - network: 10.0.0.0/8 # n\n      router: 10.0.0.2 # gate\n" },
    { "a new key of an entry", "hosts:\n  - name: a\n  - name: b\n", "hosts.0.boot", "local", 0,
      "hosts:\n  - name: a\n    boot: local\n  - name: b\n" },
    { "a key is taken away with its line", "# k\nuser: x # u\nstate: /s\n", "user", "", 0,
      "# k\nstate: /s\n" },
    { "the last key of a section", "tftp:\n  port: 1\nuser: x\n", "tftp.port", "", 0,
      "tftp:\nuser: x\n" },
    { "a whole section", "tftp:\n  port: 1\n  # inside\n  enabled: true\nuser: x\n", "tftp", "", 0,
      "user: x\n" },
    { "a key in brackets goes", "a: {b: 1, c: 2, d: 3}\n", "a.c", "", 0, "a: {b: 1, d: 3}\n" },
    { "the last in brackets goes", "a: {b: 1, d: 3}\n", "a.d", "", 0, "a: {b: 1}\n" },
    { "the only one in brackets goes", "a: {b: 1}\n", "a.b", "", 0, "a: {}\n" },
    { "an entry of a list goes", "l:\n  - a # x\n  - b\n  - c\n", "l.1", "", 0,
      "l:\n  - a # x\n  - c\n" },
    { "an entry of several lines goes", "l:\n  - a: 1\n    b: 2\n  - a: 3\n", "l.0", "", 0,
      "l:\n  - a: 3\n" },
    { "the first key of an entry goes", "l:\n  - a: 1\n    b: 2\n", "l.0.a", "", 0,
      "l:\n  - b: 2\n" },
    { "the only key of an entry stays", "l:\n  - a: 1\n", "l.0.a", "", -EBADMSG, NULL },
    { "a block of text becomes a line", "t: |\n  one\n  two\nu: x\n", "t", "three", 0,
      "t: three\nu: x\n" },
    { "letters of several bytes before it", "t: \"gr\xc3\xbc\xc3\x9f\" # \xc3\xa4\nu: x\n", "u",
      "y", 0, "t: \"gr\xc3\xbc\xc3\x9f\" # \xc3\xa4\nu: y\n" },
    { "lines that end in CR LF", "a: 1 # x\r\nb: 2\r\n", "a", "3", 0, "a: 3 # x\r\nb: 2\r\n" },
    { "what is not there cannot go", "a: 1\n", "b", "", -ENOENT, NULL },
    { "a value is no map", "a: 1\n", "a.b", "2", -EINVAL, NULL },
    { "a value of two lines", "a: 1\n", "a", "1\nb: 2", -EINVAL, NULL },
    { "a value that is two", "a: {c: 1}\n", "a.c", "1, d: 2", -EBADMSG, NULL },
    { "a value that is a comment", "a: 1\n", "a", "2 # x", 0, "a: 2 # x\n" },
    { "a value that is no YAML", "a: 1\n", "a", "\"b", -EBADMSG, NULL },
    { "a text that is no YAML", "a: [1\n", "a", "2", -EBADMSG, NULL },
    { "anchors are not followed", "a: &x 1\nb: 2\n", "b", "3", -EBADMSG, NULL },
    { "no path", "a: 1\n", "", "3", -EINVAL, NULL },
    { "a path with a hole", "a: 1\n", "a..b", "3", -EINVAL, NULL },
    { "a path that is too deep", "a: 1\n", "a.b.c.d.e.f.g.h.i", "3", -EINVAL, NULL },
};

static void edits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char data[512], why[YAML_EDIT_WHY_MAX] = "";
        struct text out = text_over(data, sizeof data);
        int r =
            yaml_edit(span_text(cases[i].in), cases[i].path, span_text(cases[i].value), &out, why);
        if (r != cases[i].result || (cases[i].out && strcmp(data, cases[i].out) != 0))
            fail_msg("%s: %d (%s)\n%s", cases[i].name, r, why, data);
        assert_int_equal(why[0] != 0, r < 0);
    }
}

static void no_room_is_told(void **state)
{
    char data[8], why[YAML_EDIT_WHY_MAX] = "";
    struct text out = text_over(data, sizeof data);

    (void)state;
    assert_int_equal(yaml_edit(span_text("a: 1\n"), "b", span_text("2"), &out, why), -EINVAL);
    assert_non_null(strstr(why, "too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(edits),
                                        cmocka_unit_test(no_room_is_told) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
