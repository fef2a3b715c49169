/* The template language: what comes out, which faults are told and where, and that no value,
 * however hostile, is anything but a value. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "answers/render.h"

#include <cmocka.h>

#define T(s)                                                                                       \
    {                                                                                              \
        .data = (const uint8_t *)(s), .len = sizeof(s) - 1                                         \
    }

static const struct span keys[] = { T("ssh-ed25519 AAAA one"), T("ssh-rsa BBBB 'two'") };
static const struct answer_value values[] = {
    { .name = "name", .text = T("node1") },
    { .name = "hostile", .text = T("x'; rm -rf / #\"<&>\n{{ secrets.pw }} ${IFS}") },
    { .name = "empty", .text = T("") },
    { .name = "with-dash", .text = T("dashed") },
    { .name = "name", .text = T("the second of a name") },
    { .name = "keys", .is_list = true, .items = keys, .item_count = 2 },
    { .name = "none_here", .is_list = true },
};
static const struct answer_value secrets[] = { { .name = "pw", .text = T("s3cret") } };

/* A text of 256 KiB, and what is said of one that works on it without an end. */
#define GROW                                                                                       \
    "{% set a = 'xxxxxxxxxxxxxxxx' %}{{ (function() for _ = 1, 14 do a = a .. a end end)() or '' }}"
#define TOO_MUCH "the template makes more than 64 MiB of text on its way"

static bool find(void *context, struct span name, struct span *ret_source)
{
    static const struct span part = T("[{{ name }}]\n"), again = T("{% include \"again\" %}");
    (void)context;
    *ret_source = span_is(name, "again") ? again : part;
    return span_is(name, "part") || span_is(name, "again");
}

static struct answer_scope scope_of(bool hide)
{
    return (struct answer_scope){ .values = values,
                                  .value_count = sizeof values / sizeof values[0],
                                  .secrets = secrets,
                                  .secret_count = 1,
                                  .hide_secrets = hide,
                                  .salt = { 1, 2, 3 },
                                  .find = find };
}

static void templates_become_texts(void **state)
{
    static const struct {
        const char *name, *in, *want;
    } cases[] = {
        { "plain", "no tags at all\n", "no tags at all\n" },
        { "nothing", "", "" },
        { "braces that are no tags", "{ a } {x} }} %}", "{ a } {x} }} %}" },
        { "a value", "host {{ name }}.", "host node1." },
        { "the first of a name", "{{name}}", "node1" },
        { "a dash is an underscore", "{{ with_dash }}", "dashed" },
        { "an expression", "{{ 1 + 2 }} {{ name .. '-x' }} {{ name:upper() }}", "3 node1-x NODE1" },
        { "marks inside quotes", "{{ '}}' .. \"%}\" }}", "}}%}" },
        { "unequal", "{% if name != 'a' %}yes{% endif %}", "yes" },
        { "unequal in quotes stays", "{{ 'a != b' }}", "a != b" },
        { "if", "{% if name == 'node1' %}a{% else %}b{% endif %}", "a" },
        { "elif", "{% if name == 'x' %}a{% elif name == 'node1' %}b{% else %}c{% endif %}", "b" },
        { "empty is no", "{% if empty %}a{% else %}b{% endif %}", "b" },
        { "an empty list is no", "{% if none_here %}a{% else %}b{% endif %}", "b" },
        { "optional", "{% if vars.nobody %}a{% endif %}{{ vars.nobody or 'd' }}", "d" },
        { "loop", "{% for k in keys %}<{{ k }}>{% endfor %}",
          "<ssh-ed25519 AAAA one><ssh-rsa BBBB 'two'>" },
        { "loop over none", "{% for k in none_here %}x{% endfor %}.", "." },
        { "set", "{% set a = name .. '!' %}{{ a }}", "node1!" },
        { "set within a block", "{% set a = 1 %}{% if true %}{% set a = 2 %}{% endif %}{{ a }}",
          "2" },
        { "comment", "a{# {{ nobody }} #}b", "ab" },
        { "raw", "{% raw %}{{ name }}{% endraw %}", "{{ name }}" },
        { "include", "a\n{% include 'part' %}b\n", "a\n[node1]\nb\n" },
        { "a tag's own line goes", "a\n  {% if true %}  \nb\n  {% endif %}\nc\n", "a\nb\nc\n" },
        { "a comment's own line goes", "{# x #}\na\n", "a\n" },
        { "a value's line stays", "a\n{{ name }}\nb\n", "a\nnode1\nb\n" },
        { "two tags on a line stay", "a {% if true %} {% endif %}\nb", "a  \nb" },
        { "carriage returns", "{% if true %}\r\na\r\n{% endif %}\r\n", "a\r\n" },
        { "filter", "{{ name | upper }}", "NODE1" },
        { "filters in a row", "{{ name | upper | lower | json }}", "\"node1\"" },
        { "shell", "{{ hostile | shell }}", "'x'\\''; rm -rf / #\"<&>\n{{ secrets.pw }} ${IFS}'" },
        { "json", "{{ hostile | json }}",
          "\"x'; rm -rf / #\\\"<&>\\u000a{{ secrets.pw }} ${IFS}\"" },
        { "xml", "{{ hostile | xml }}",
          "x&apos;; rm -rf / #&quot;&lt;&amp;&gt;\n{{ secrets.pw }} ${IFS}" },
        { "a list as yaml", "{{ keys | yaml }}",
          "[\"ssh-ed25519 AAAA one\", \"ssh-rsa BBBB 'two'\"]" },
        { "no list as yaml", "{{ none_here | yaml }}", "[]" },
        { "numbers as json", "{{ 3 | json }} {{ true | json }}", "3 true" },
        { "b64", "{{ name | b64 }}{{ '' | b64 }}", "bm9kZTE=" },
        { "default", "{{ vars.nobody | default('x') }}{{ empty | default(name) }}", "xnode1" },
        { "bare join", "{{ keys | join | lower }}", "ssh-ed25519 aaaa one ssh-rsa bbbb 'two'" },
        { "join", "{{ keys | join(', ') | upper }}", "SSH-ED25519 AAAA ONE, SSH-RSA BBBB 'TWO'" },
        { "indent", "{{ 'a\\nb\\n' | indent(2) }}", "a\n  b\n" },
        { "replace", "{{ 'a.b.c' | replace('.', '::') }}", "a::b::c" },
        { "replace with nothing", "{{ 'aaab' | replace('aa', '') }}", "ab" },
        { "join by nothing", "{{ keys | join('') | lower }}",
          "ssh-ed25519 aaaa onessh-rsa bbbb 'two'" },
        { "format", "{{ ('%s-%03d%%p %5.1f %x %s'):format(name, 7, 1.25, 255, true) }}",
          "node1-007%p   1.2 ff true" },
        { "byte", "{{ name:byte() }} {{ name:byte(-1) }} {{ name:byte(9) or '-' }}", "110 49 -" },
        { "a value that looks like a template", "{{ hostile:sub(20, 35) }}", "{{ secrets.pw }}" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer_scope scope = scope_of(false);
        struct answer_output out;
        int r = answer_render("t", span_text(cases[i].in), &scope, &out);
        if (r != 0 || strcmp(out.text, cases[i].want) != 0)
            fail_msg("%s: %s\n got <%s>\nwant <%s>", cases[i].name, out.why, r == 0 ? out.text : "",
                     cases[i].want);
        assert_false(out.has_secrets);
        answer_output_done(&out);
    }
}

static void faults_are_told_with_their_line(void **state)
{
    static const struct {
        const char *name, *in, *want;
    } cases[] = {
        { "undefined", "a\nb {{ nobody }}", "t:2: the variable 'nobody' is not defined here" },
        { "undefined after a block", "{% if true %}\n\n{% endif %}\n{{ nobody }}", "t:4: the var" },
        { "undefined after a long tag", "{{ name\n..\n'x' }}\n{{ nobody }}", "t:4: the variable" },
        { "undefined after a comment", "{# a\nb #}\n{{ nobody }}", "t:3: the variable" },
        { "undefined after raw", "{% raw %}\n\n{% endraw %}{{ nobody }}", "t:3: the variable" },
        { "undefined in a condition", "{% if nobody %}{% endif %}", "t:1: the variable 'nobody'" },
        { "undefined in a filter", "\n{{ nobody | shell }}", "t:2: the variable 'nobody'" },
        { "a secret that is not there", "{{ secrets.x }}", "t:1: the secret 'x' is not defined" },
        { "nil", "\n{{ vars.nobody }}", "t:2: there is no value here" },
        { "nil in a filter", "\n{{ vars.nobody | shell }}", "t:2: there is no value here" },
        { "a list as text", "{{ keys }}", "t:1: a list is no text" },
        { "a function as text", "{{ secret }}", "t:1: a function is no text" },
        { "no loop over text", "{% for x in name %}{% endfor %}",
          "t:1: a loop goes through a list" },
        { "open value", "a\n{{ name", "t:2: this {{ has no }}" },
        { "open statement", "{% if true", "t:1: this {% has no %}" },
        { "open comment", "\n\n{# x", "t:3: this {# has no #}" },
        { "open quote", "{{ 'a }}", "t:1: this {{ has no }}" },
        { "open if", "a\n{% if true %}\nb", "t:2: this if has no endif" },
        { "open for", "{% for x in keys %}", "t:1: this for has no endfor" },
        { "open raw", "{% raw %} {% {% %}", "t:1: this raw has no endraw" },
        { "else without if", "{% else %}", "t:1: this else belongs to no if" },
        { "second else", "{% if true %}{% else %}{% else %}{% endif %}", "t:1: this else belongs" },
        { "endif of a for", "{% for x in keys %}{% endif %}", "t:1: this endif ends no if" },
        { "unknown statement", "\n{% while true %}", "t:2: there is no statement \"while\"" },
        { "empty value", "{{ }}", "t:1: there is no expression in this tag" },
        { "syntax", "a\n{{ 1 + }}", "t:2: unexpected symbol" },
        { "Lua's comment", "{{ name -- x }}", "t:1: -- begins no comment here" },
        { "a bad loop", "{% for 1 in keys %}{% endfor %}", "t:1: a loop is written" },
        { "line", "{{ hostile | line }}", "t:1: a line end or control character" },
        { "no such filter", "{{ name | nobody }}", "t:1: the variable 'nobody' is not defined" },
        { "bare replace", "\n{{ name | replace }}", "t:2: this filter takes texts" },
        { "bare default", "{{ vars.nobody | default }}", "t:1: there is no value here" },
        { "wide indent", "{{ name | indent(65) }}", "t:1: indent takes 1 to 64" },
        { "own fault", "\n{% fail 'no key' %}", "t:2: no key" },
        { "no files", "{{ io.open('/etc/passwd') }}", "t:1: the variable 'io' is not defined" },
        { "no modules", "{{ require('os') }}", "t:1: the variable 'require' is not defined" },
        { "no code", "{{ load('return 1')() }}", "t:1: the variable 'load' is not defined" },
        { "no metatables", "{{ getmetatable('') }}", "t:1: the variable 'getmetatable' is not" },
        { "no patterns", "{{ name:find('.') }}", "t:1: attempt to call a nil value" },
        { "no rep", "{{ name:rep(99999999) }}", "t:1: attempt to call a nil value" },
        { "unknown include", "{% include '../../etc/passwd' %}", "t:1: there is no template" },
        { "includes in a circle", "{% include 'again' %}", "templates include each other" },
        { "works for ever",
          "{% for a in keys %}{{ (function() while true do end end)() }}{% endfor %}",
          "t:1: the template works for too long" },
        { "grows for ever",
          "{% set a = 'xxxxxxxxxxxxxxxx' %}{{ (function() while true do a = a .. a end end)() }}",
          "a text within the template becomes longer than 256 KiB" },
        { "keeps for ever",
          "{% set a = {} %}{{ (function() while true do a[#a + 1] = {} end end)() }}",
          "needs more than 12 MiB" },
        { "makes for ever",
          GROW "{{ (function() while true do local b = (a .. 'x'):sub(2) end end)() }}", TOO_MUCH },
        { "reads for ever", GROW "{{ (function() while true do local b = a | line end end)() }}",
          TOO_MUCH },
        { "replaces for ever",
          GROW
          "{{ (function() while true do local b = a | replace(a:sub(1, 256), '') end end)() }}",
          TOO_MUCH },
        { "an address", "{{ ('%p'):format(name) }}", "t:1: format: %p is not for templates" },
        { "an address with a width", "{{ ('%%%s %-18p'):format(name, name) }}",
          "t:1: format: %p is not for templates" },
        { "a function's address", "{{ ('%s'):format(tostring) }}",
          "t:1: format takes texts and numbers, and no function" },
        { "a list's address", "{{ ('%s'):format(keys) }}",
          "t:1: format takes texts and numbers, and no table" },
        { "what format refuses", "\n{{ ('%d'):format('x') }}", "t:2: bad argument #1 to 'format'" },
        { "long old text", GROW "{{ a | replace(a:sub(1, 257), '') }}",
          "t:1: replace takes an old text of at most 256 bytes" },
        { "long number", GROW "{{ tonumber(a) }}", "t:1: this is no number" },
        { "long output", GROW "{{ a }}{{ a }}{{ a }}{{ a }}{{ a }}",
          "the text becomes longer than 1 MiB" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer_scope scope = scope_of(false);
        struct answer_output out;
        int r = answer_render("t", span_text(cases[i].in), &scope, &out);
        if (r != -EINVAL || !strstr(out.why, cases[i].want))
            fail_msg("%s: got %d \"%s\", want \"%s\"", cases[i].name, r, out.why, cases[i].want);
        assert_null(out.text);
        answer_output_done(&out);
    }
}

static void secrets_show_only_where_they_may(void **state)
{
    static const struct {
        const char *name, *in, *open, *hidden;
    } cases[] = {
        { "plain", "{{ secrets.pw }}", "s3cret", "(secret)" },
        { "optional", "{{ secret('pw') }}{{ secret('x') or '-' }}", "s3cret-", "(secret)-" },
        { "quoted", "{{ secrets.pw | shell }}", "'s3cret'", "'(secret)'" },
        { "coded", "{{ secrets.pw | b64 }}", "czNjcmV0", "(secret)" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int hide = 0; hide < 2; hide++) {
            struct answer_scope scope = scope_of(hide);
            struct answer_output out;
            assert_int_equal(answer_render("t", span_text(cases[i].in), &scope, &out), 0);
            assert_string_equal(out.text, hide ? cases[i].hidden : cases[i].open);
            assert_true(out.has_secrets);
            answer_output_done(&out);
        }
    }
}

static void passwords_are_hashed_the_same_for_one_salt(void **state)
{
    const char *in = "{{ secrets.pw | sha512crypt }}\n{{ secrets.pw | sha512crypt }}";
    struct answer_output first, second, third;
    struct answer_scope scope = scope_of(false);
    (void)state;

    assert_int_equal(answer_render("t", span_text(in), &scope, &first), 0);
    assert_int_equal(answer_render("t", span_text(in), &scope, &second), 0);
    assert_string_equal(first.text, second.text);
    scope.salt[0]++;
    assert_int_equal(answer_render("t", span_text(in), &scope, &third), 0);
    assert_string_not_equal(first.text, third.text);
    char *end = strchr(first.text, '\n');
    assert_non_null(end);
    *end = 0;
    assert_memory_equal(first.text, "$6$", 3);
    assert_string_not_equal(first.text, end + 1);
    assert_int_equal(strlen(first.text), 3 + 16 + 1 + 86);
    answer_output_done(&first);
    answer_output_done(&second);
    answer_output_done(&third);
}

/* Cut at every place: a text or a sentence, and nothing else. */
static void cut_templates_are_survived(void **state)
{
    static const char whole[] =
        "{# c #}\n{% for k in keys %}{% if k != '' %}{{ k | json }}{% elif 1 %}{% else %}\n{% endif "
        "%}{% endfor %}{% set a = 1 %}{% raw %}{{{% endraw %}{% include 'part' %}{{ secrets.pw }}";
    (void)state;
    for (size_t len = 0; len < sizeof whole; len++) {
        struct answer_scope scope = scope_of(false);
        struct answer_output out;
        int r = answer_render("t", span_of(whole, len), &scope, &out);
        assert_true(r == 0 ? out.text != NULL : out.why[0] != 0);
        answer_output_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_become_texts),
        cmocka_unit_test(faults_are_told_with_their_line),
        cmocka_unit_test(secrets_show_only_where_they_may),
        cmocka_unit_test(passwords_are_hashed_the_same_for_one_salt),
        cmocka_unit_test(cut_templates_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
