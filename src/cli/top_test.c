/* Tests of what `tugboot top` shows, without a terminal. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>

#include "cli/top_screen.h"

#define FIRST UINT64_C(0x525400000001)

static void note_at(struct top_model *model, uint64_t mac, enum event_id id, int64_t ms,
                    const char *key, const char *value, const char *said)
{
    static uint64_t sequence;
    struct event e = event_make(id, (struct now){ .calendar = { ms } }, mac);

    e.sequence = ++sequence;
    if (key)
        event_add_text(&e, key, value);
    top_model_note(model, &e, said);
}

static void transfer_at(struct top_model *model, uint64_t mac, int64_t ms, uint64_t bytes,
                        uint64_t total)
{
    struct event e = event_make(EVENT_FILE_PROGRESS, (struct now){ .calendar = { ms } }, mac);
    event_add_bytes(&e, "bytes", bytes);
    event_add_bytes(&e, "total", total);
    event_add_text(&e, "file", "images/debian/initrd.gz");
    top_model_note(model, &e, "has some of it");
}

/* 1 fetches, 2 has stalled, 3 is at a menu, 4 is done. */
static struct top_model *some_machines(void)
{
    struct top_model *model = top_model_new();

    assert_non_null(model);
    for (uint64_t i = 0; i < 4; i++)
        note_at(model, FIRST + i, EVENT_DHCP_DISCOVER, 1000 + (int64_t)i, "kind", "pxe", "asks");
    note_at(model, FIRST, EVENT_SCRIPT_SENT, 2000, "what", "debian", "got its script: debian");
    transfer_at(model, FIRST, 3000, 1 << 20, 4 << 20);
    transfer_at(model, FIRST, 4000, 3 << 20, 4 << 20);
    note_at(model, FIRST + 1, EVENT_BOOT_STALLED, 2001, "verdict", "v", "it fell silent: look");
    note_at(model, FIRST + 2, EVENT_SCRIPT_SENT, 2002, "what", "menu", "got its script: menu");
    note_at(model, FIRST + 3, EVENT_BOOT_DONE, 2003, "image", "debian", "debian is on its way");
    top_model_name(model, FIRST + 2, "b-host");
    top_model_name(model, FIRST + 1, "a-host\x1b[2J");
    top_model_name(model, FIRST + 77, "nobody");
    return model;
}

static void machines_are_followed(void **state)
{
    struct top_model *model = some_machines();
    struct top_sums sums = top_model_sums(model, 4500);

    (void)state;
    assert_int_equal(sums.machines, 4);
    assert_int_equal(sums.booting, 1);
    assert_int_equal(sums.stalled, 1);
    assert_int_equal(sums.waiting, 1);
    assert_int_equal(sums.done, 1);
    assert_int_equal(sums.rate, 2 << 20);
    assert_int_equal(top_model_sums(model, 14500).rate, 0); /* nothing was told for long */
    top_model_arrange(model, TOP_BY_STEP, "", 4500);
    assert_string_equal(top_machine_state(top_model_at(model, 0)), "STALLED");
    assert_string_equal(top_machine_state(top_model_at(model, 1)), "script");
    assert_string_equal(top_model_at(model, 0)->name, "a-host\\x1b[2J");
    assert_string_equal(top_model_at(model, 0)->said, "it fell silent: look");
    /* It goes on. */
    note_at(model, FIRST + 1, EVENT_DHCP_DISCOVER, 5000, "kind", "pxe", "asks again");
    assert_int_equal(top_model_sums(model, 5000).stalled, 0);
    top_model_free(model);
}

static void machines_are_sorted_and_chosen(void **state)
{
    static const struct {
        enum top_sort sort;
        const char *filter, *want; /* the last digit of each address, in order */
    } rows[] = {
        { TOP_BY_TIME, "", "1432" },     { TOP_BY_NAME, "", "2314" },
        { TOP_BY_STEP, "", "2134" },     { TOP_BY_RATE, "", "1432" },
        { TOP_BY_TIME, "B-HOST", "3" },  { TOP_BY_TIME, "00:04", "4" },
        { TOP_BY_TIME, "stalled", "2" }, { TOP_BY_TIME, "is on its way", "4" },
        { TOP_BY_TIME, "no such", "" },
    };
    struct top_model *model = some_machines();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char got[8] = "";
        top_model_arrange(model, rows[i].sort, rows[i].filter, 4500);
        for (size_t k = 0; k < top_model_count(model); k++)
            got[k] = (char)('0' + (top_model_at(model, k)->mac & 15));
        assert_string_equal(got, rows[i].want);
        assert_null(top_model_at(model, top_model_count(model)));
    }
    top_model_free(model);
}

static void the_silent_make_place(void **state)
{
    struct top_model *model = top_model_new();

    (void)state;
    assert_non_null(model);
    for (uint64_t i = 0; i < TOP_MACHINES_MAX + 5; i++)
        note_at(model, FIRST + i, EVENT_DHCP_DISCOVER, (int64_t)i, "kind", "pxe", "asks");
    top_model_arrange(model, TOP_BY_TIME, "", 0);
    assert_int_equal(top_model_count(model), TOP_MACHINES_MAX);
    assert_int_equal(top_model_at(model, 0)->mac, FIRST + TOP_MACHINES_MAX + 4);
    assert_int_equal(top_model_at(model, TOP_MACHINES_MAX - 1)->mac, FIRST + 5);
    top_model_free(model);
}

#define ROWS_MOST 100

struct paper {
    int rows, columns;
    char lines[ROWS_MOST][TOP_COLUMNS_MAX + 1];
};

static void put(void *context, int row, int column, enum top_style style, const char *text)
{
    struct paper *p = context;

    (void)style;
    assert_in_range(row, 0, p->rows - 1);
    assert_int_equal(column, 0);
    assert_true(strlen(text) <= (size_t)p->columns);
    for (const char *c = text; *c; c++)
        assert_in_range(*c, ' ', '~');
    snprintf(p->lines[row], sizeof p->lines[row], "%s", text);
}

static bool stands(const struct paper *p, int row, const char *part)
{
    return strstr(p->lines[row], part) != NULL;
}

static void a_screen_of_any_size_is_kept_to(void **state)
{
    static const int sizes[][2] = { { 0, 0 },   { 1, 1 },    { 3, 20 },   { 7, 10 },
                                    { 24, 80 }, { 50, 200 }, { 100, 700 } };
    static struct top_detail detail = { .mac = FIRST, .count = TOP_DETAIL_MAX };
    struct top_model *model = some_machines();

    (void)state;
    top_model_arrange(model, TOP_BY_TIME, "", 4500);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int kind = 0; kind < 4; kind++) {
            static struct paper paper;
            paper = (struct paper){ .rows = sizes[i][0], .columns = sizes[i][1] };
            struct top_view view = { .model = model,
                                     .rows = sizes[i][0],
                                     .columns = sizes[i][1],
                                     .server = "tugboot",
                                     .notice = kind == 3 ? "a\x1b[2Jb" : "",
                                     .detail = kind == 1 ? &detail : NULL,
                                     .shows_help = kind == 2,
                                     .selected = 99,
                                     .now_ms = 4500 };
            top_screen_scroll(&view);
            top_screen_draw(&view, put, &paper);
        }
    }
    top_model_free(model);
}

static void what_a_person_sees(void **state)
{
    static struct paper paper;
    struct top_model *model = some_machines();
    struct top_view view = { .model = model,
                             .rows = 24,
                             .columns = 110,
                             .server = "tugboot 1 on eth0",
                             .notice = "",
                             .sort = TOP_BY_STEP,
                             .now_ms = 4500 };

    (void)state;
    paper = (struct paper){ .rows = 24, .columns = 110 };
    top_model_arrange(model, view.sort, "", view.now_ms);
    top_screen_draw(&view, put, &paper);
    assert_true(
        stands(&paper, 0, "tugboot 1 on eth0   4 machines: 1 booting, 1 stalled, 1 at a menu"));
    assert_true(stands(&paper, 0, "2.0 MiB/s"));
    assert_true(stands(&paper, 2, ">a-host"));
    assert_true(stands(&paper, 2, "STALLED"));
    assert_true(stands(&paper, 3, " 52:54:00:00:00:01"));
    assert_true(stands(&paper, 3, "[#########   ]  75 %  2.0 MiB/s"));
    assert_true(stands(&paper, 20, "52:54:00:00:00:02  it fell silent: look"));
    assert_true(stands(&paper, 23, "(by state)"));
    top_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_are_followed), cmocka_unit_test(machines_are_sorted_and_chosen),
        cmocka_unit_test(the_silent_make_place), cmocka_unit_test(a_screen_of_any_size_is_kept_to),
        cmocka_unit_test(what_a_person_sees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
