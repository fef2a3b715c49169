/* Programs of others: what they get, what comes back, and that they can do nothing else. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/memory_file.h"
#include "net/tool.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

static struct tool_result run(const char *script, int fd)
{
    const char *const words[] = { "sh", "-c", script, NULL };
    const struct tool tool = { .arguments = words,
                               .user = "",
                               .files = { fd },
                               .file_count = fd >= 0 ? 1 : 0,
                               .seconds = 60 };
    struct tool_result result = { 0 };
    assert_int_equal(tool_run(&tool, &result), 0);
    return result;
}

static void it_reads_and_answers(void **state)
{
    int fd = memory_file_make(span_text("what it reads\n"));
    (void)state;
    struct tool_result result =
        run("cat /proc/self/fd/10 /proc/self/fd/10; echo said >&3; exit 7", fd);
    assert_int_equal(result.status, 7);
    assert_string_equal((char *)result.out, "what it reads\nwhat it reads\n");
    assert_string_equal((char *)result.said, "said\n");
    tool_result_free(&result);
    close(fd);
}

/* Each of these would say "yes". */
static void it_can_do_nothing_else(void **state)
{
    static const char *const tries[] = {
        "echo x > /tmp/tugboot-tool-test && echo yes",  "cat /etc/shadow > /dev/null && echo yes",
        "[ \"$(cat /etc/hostname)\" ] && echo yes",     "[ -n \"$SECRET\" ] && echo yes",
        "[ -e /proc/self/fd/4 ] && echo yes",           "[ \"$(id -u)\" = 0 ] && echo yes",
        "mkdir /var/tmp/tugboot-tool-test && echo yes",
    };
    (void)state;
    assert_int_equal(setenv("SECRET", "x", 1), 0);
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        struct tool_result result = run(tries[i], -1);
        if (result.out_len > 0)
            fail_msg("%s", tries[i]);
        tool_result_free(&result);
    }
}

static void it_comes_to_an_end(void **state)
{
    const char *const words[] = { "sleep", "1000", NULL };
    const struct tool tool = { .arguments = words, .user = "", .seconds = 1 };
    const char *const absent[] = { "tugboot-no-such-program", NULL };
    const struct tool none = { .arguments = absent, .user = "", .seconds = 1 };
    struct tool_result result = { 0 };
    (void)state;
    assert_int_equal(tool_run(&tool, &result), -ETIMEDOUT);
    assert_int_equal(tool_run(&none, &result), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_and_answers),
        cmocka_unit_test(it_can_do_nothing_else),
        cmocka_unit_test(it_comes_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
