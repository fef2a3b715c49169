/* Numbers of machines that wait: who gets one, who may ask by it, when it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "serve/pick_book.h"

#include <cmocka.h>

static struct pick_book *book;

static struct now at(int64_t seconds)
{
    return (struct now){ .steady = { seconds * 1000000000 }, .calendar = { seconds * 1000 } };
}

static struct client machine(uint8_t last)
{
    return (struct client){ .mac = { { 0x52, 0x54, 0, 0, 0, last } },
                            .address = { 0xc0000200u + last } };
}

static int begin(void **state)
{
    (void)state;
    return pick_book_new(&book);
}

static int end(void **state)
{
    (void)state;
    pick_book_free(book);
    return 0;
}

static void give(uint8_t last, int64_t when, char number[PICK_NUMBER_MAX])
{
    const struct client client = machine(last);
    assert_true(pick_book_give(book, &client, false, at(when), number));
}

static void a_choice_reaches_the_machine(void **state)
{
    const struct mac none = { 0 };
    const struct client client = machine(1);
    struct pick_waiting row;
    char number[PICK_NUMBER_MAX];
    (void)state;

    give(1, 0, number);
    assert_int_equal(strlen(number), PICK_DIGITS);
    assert_true(number[0] != '0');
    assert_true(pick_book_at(book, 0, at(1), &row));
    assert_string_equal(row.number, number);
    assert_false(pick_book_at(book, 1, at(1), &row));
    assert_int_equal(pick_book_ask(book, span_text(number), client.address, none, at(2), &row),
                     PICK_WAITS);
    assert_int_equal(pick_book_choose(book, span_text(number), "debian", at(3), &row), PICK_WAITS);
    assert_int_equal(pick_book_choose(book, span_text(number), "other", at(3), &row), PICK_CHOSEN);
    assert_false(pick_book_at(book, 0, at(3), &row));
    /* The answer may be lost on the way: it is given again. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pick_book_ask(book, span_text(number), client.address, none, at(4), &row),
                         PICK_CHOSEN);
        assert_string_equal(row.entry, "debian");
    }
}

static void only_the_machine_itself_asks(void **state)
{
    const struct mac none = { 0 }, other = machine(2).mac, own = machine(1).mac;
    const struct ipv4 here = machine(1).address, there = machine(2).address;
    const struct {
        const char *name;
        struct ipv4 address;
        struct mac mac;
        enum pick_verdict want;
    } cases[] = {
        { "its address, no link tells", here, none, PICK_WAITS },
        { "another address, no link tells", there, none, PICK_UNKNOWN },
        { "its address, the link tells of another", here, other, PICK_UNKNOWN },
        { "another address, the link tells it is the machine", there, own, PICK_WAITS },
    };
    char number[PICK_NUMBER_MAX];
    struct pick_waiting row;
    (void)state;

    give(1, 0, number);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (pick_book_ask(book, span_text(number), cases[i].address, cases[i].mac, at(1), &row) !=
            cases[i].want)
            fail_msg("%s", cases[i].name);
}

static void a_number_ends(void **state)
{
    const struct mac none = { 0 };
    const struct client client = machine(1);
    char number[PICK_NUMBER_MAX], second[PICK_NUMBER_MAX];
    struct pick_waiting row;
    (void)state;

    give(1, 0, number);
    assert_int_equal(pick_book_look(book, span_text(number), at(120), &row), PICK_WAITS);
    assert_int_equal(pick_book_look(book, span_text(number), at(121), &row), PICK_UNKNOWN);
    give(1, 140, number);
    for (int64_t t = 140; t <= 1940; t += 20)
        assert_int_equal(pick_book_ask(book, span_text(number), client.address, none, at(t), &row),
                         PICK_WAITS);
    assert_int_equal(pick_book_ask(book, span_text(number), client.address, none, at(1941), &row),
                     PICK_UNKNOWN);
    /* A machine that begins anew has one number. */
    give(1, 2000, number);
    give(1, 2001, second);
    assert_true(pick_book_at(book, 0, at(2002), &row));
    assert_string_equal(row.number, second);
    assert_false(pick_book_at(book, 1, at(2002), &row));
}

static void the_book_has_a_bound(void **state)
{
    char number[PICK_NUMBER_MAX];
    struct pick_waiting row;
    size_t count = 0;
    (void)state;

    for (uint32_t i = 0; i < PICK_BOOK_MAX; i++) {
        struct client client = machine(0);
        client.mac.bytes[4] = (uint8_t)(i >> 4);
        client.mac.bytes[5] = (uint8_t)(i + 1);
        assert_true(pick_book_give(book, &client, false, at(0), number));
    }
    const struct client late = { .mac = { { 2, 2, 2, 2, 2, 2 } } };
    assert_false(pick_book_give(book, &late, false, at(1), number));
    while (pick_book_at(book, count, at(1), &row))
        count++;
    assert_int_equal(count, PICK_BOOK_MAX);
    assert_true(pick_book_give(book, &late, false, at(200), number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_choice_reaches_the_machine, begin, end),
        cmocka_unit_test_setup_teardown(only_the_machine_itself_asks, begin, end),
        cmocka_unit_test_setup_teardown(a_number_ends, begin, end),
        cmocka_unit_test_setup_teardown(the_book_has_a_bound, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
