/* Wake-on-LAN's packet, and the names of answer files on the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "model/answer_path.h"
#include "model/wake.h"

#include <cmocka.h>

static void the_packet_is_the_magic_one(void **state)
{
    static const struct mac machine = { { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } };
    static const struct mac password = { { 1, 2, 3, 4, 5, 6 } };
    uint8_t bytes[WAKE_PACKET_MAX];
    (void)state;

    for (int has_password = 0; has_password < 2; has_password++) {
        struct writer w = writer_over(bytes, sizeof bytes);
        wake_packet_write(&w, machine, has_password ? &password : NULL);
        assert_false(w.failed);
        assert_int_equal(w.len, has_password ? 108 : 102);
        for (size_t i = 0; i < 6; i++)
            assert_int_equal(bytes[i], 0xff);
        for (size_t i = 0; i < 16; i++)
            assert_memory_equal(bytes + 6 + 6 * i, machine.bytes, 6);
        if (has_password)
            assert_memory_equal(bytes + 102, password.bytes, 6);
    }
}

static void tokens_are_not_shown(void **state)
{
    static const struct {
        const char *in, *token, *file, *shown; /* token NULL = no name of an answer file */
    } cases[] = {
        { "/answers/0123456789abcdef0123456789abcdef/ks.cfg", "0123456789abcdef0123456789abcdef",
          "ks.cfg", "answers/012345.../ks.cfg" },
        { "Answers//0123456789abcdef/./a/b", "0123456789abcdef", "a/b", "answers/012345.../a/b" },
        { "answers/abc/x", "abc", "x", "answers/abc/x" },
        { "answers/0123456789", "0123456789", "", "answers/012345.../" },
        { "answers/", NULL, NULL, "answers/" },
        { "answers", NULL, NULL, "answers" },
        { "images/answers/0123456789/x", NULL, NULL, "images/answers/0123456789/x" },
        { "answersx/0123456789/x", NULL, NULL, "answersx/0123456789/x" },
        { "../answers/0123456789/x", NULL, NULL, "../answers/0123456789/x" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buffer[128];
        struct text shown = text_over(buffer, sizeof buffer);
        struct safe_path path;
        struct span token, file;
        bool is_answer = safe_path_parse(span_text(cases[i].in), &path) == PATH_SOUND &&
                         answer_path_split(&path, &token, &file);
        assert_int_equal(is_answer, cases[i].token != NULL);
        if (is_answer)
            assert_true(span_is(token, cases[i].token) && span_is(file, cases[i].file));
        answer_path_show(span_text(cases[i].in), &shown);
        assert_string_equal(buffer, cases[i].shown);
    }
}

static void tokens_have_a_form(void **state)
{
    (void)state;
    assert_true(answer_token_is_sound(span_text("0123456789abcdef0123456789abcdef")));
    assert_false(answer_token_is_sound(span_text("0123456789ABCDEF0123456789abcdef")));
    assert_false(answer_token_is_sound(span_text("0123456789abcdef0123456789abcde")));
    assert_false(answer_token_is_sound(span_text("0123456789abcdef0123456789abcdef0")));
    assert_false(answer_token_is_sound(span_text("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_packet_is_the_magic_one),
        cmocka_unit_test(tokens_are_not_shown),
        cmocka_unit_test(tokens_have_a_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
