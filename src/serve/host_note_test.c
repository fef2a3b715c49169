/* Which note goes with a host that is put. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "serve/host_note.h"

#define NO_HOST                                                                                    \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define HOST(last, text)                                                                           \
    {                                                                                              \
        .name = "h", .match = { .has_mac = last != 0, .mac = { { 2, 0, 0, 0, 0, last } } },        \
        .note = text                                                                               \
    }

static const struct {
    const char *name;
    struct host known, host;
    const char *written; /* NULL = nothing changes */
} cases[] = {
    { "a new host without a note leaves the machine's alone", NO_HOST, HOST(1, NULL), NULL },
    { "a new host with one", NO_HOST, HOST(1, "a"), "a" },
    { "the same", HOST(1, "a"), HOST(1, "a"), NULL },
    { "another", HOST(1, "a"), HOST(1, "b"), "b" },
    { "taken back", HOST(1, "a"), HOST(1, NULL), "" },
    { "taken back by an empty one", HOST(1, "a"), HOST(1, ""), "" },
    { "another machine, which keeps its own", HOST(1, "a"), HOST(2, NULL), NULL },
    { "another machine, with a note for it", HOST(1, "a"), HOST(2, "a"), "a" },
    { "no machine any more", HOST(1, "a"), HOST(0, NULL), NULL },
};

static void notes_go_with_hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct host_note note;
        bool changes =
            host_note_changes(cases[i].known.name ? &cases[i].known : NULL, &cases[i].host, &note);
        if (changes != (cases[i].written != NULL))
            fail_msg("%s: %s", cases[i].name, changes ? "is written" : "is not written");
        if (!changes)
            continue;
        assert_int_equal(note.record.kind, RECORD_NOTE);
        assert_string_equal(note.record.text, cases[i].written);
        assert_string_equal(note.record.name, cases[i].host.match.mac.bytes[5] == 2
                                                  ? "02:00:00:00:00:02"
                                                  : "02:00:00:00:00:01");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_go_with_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
