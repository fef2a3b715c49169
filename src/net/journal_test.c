/* Only the very stream that is named is the journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/journal.h"

#include <cmocka.h>

static void only_the_named_stream_is_the_journal(void **state)
{
    int ends[2];
    struct stat facts;
    char good[64], name[4][64];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fstat(ends[1], &facts), 0);
    unsigned long long dev = facts.st_dev, ino = facts.st_ino;
    (void)snprintf(good, sizeof good, "%llu:%llu", dev, ino);
    (void)snprintf(name[0], sizeof name[0], "%llu:%llu", dev, ino + 1);
    (void)snprintf(name[1], sizeof name[1], "%llu:%llu", dev + 1, ino);
    (void)snprintf(name[2], sizeof name[2], "%llu:%llu ", dev, ino);
    (void)snprintf(name[3], sizeof name[3], "%llu", dev);

    unsetenv("JOURNAL_STREAM");
    assert_false(journal_hears(ends[1]));
    setenv("JOURNAL_STREAM", good, 1);
    assert_true(journal_hears(ends[1]));
    assert_false(journal_hears(-1));
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        setenv("JOURNAL_STREAM", name[i], 1);
        assert_false(journal_hears(ends[1]));
    }
    unsetenv("JOURNAL_STREAM");
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_named_stream_is_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
