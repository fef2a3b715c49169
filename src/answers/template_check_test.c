/* Templates that can be read, and those whose line with the fault is named. */

#include <errno.h>

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "answers/template_check.h"

static const struct {
    const char *name, *source;
    int result;
    const char *why;
} cases[] = {
    { "nothing", "", 0, "" },
    { "words", "d-i time/zone string UTC\n", 0, "" },
    { "variables nobody has defined yet", "{{ hostname | shell }}\n{% if vars.x %}y{% endif %}\n",
      0, "" },
    { "a mark that is not closed", "a\nb {{ x\n", -EINVAL, "web.preseed:2:" },
    { "an if without its end", "{% if x %}\n", -EINVAL, "web.preseed:" },
    { "an expression that is none", "a\n\n{{ x + }}\n", -EINVAL, "web.preseed:3:" },
    { "a word that is no mark", "{% loop %}\n", -EINVAL, "web.preseed:1:" },
};

static void templates_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char data[256] = "";
        struct text why = text_over(data, sizeof data);
        int r = answer_template_check("web.preseed", span_text(cases[i].source), &why);
        if (r != cases[i].result || !strstr(data, cases[i].why) || (r < 0) != (data[0] != 0))
            fail_msg("%s: %d %s", cases[i].name, r, data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(templates_are_read) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
