/* Tokens: whose they are, how long they can be used, how often, and what is left after a restart.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve/answer_book.h"

#include <cmocka.h>

#define MINUTE INT64_C(60)

static struct now at(int64_t seconds)
{
    return (struct now){ .steady = { (seconds + 1000) * 1000000000 },
                         .calendar = { (seconds + 1700000000) * 1000 } };
}

static const struct mac mac_a = { { 2, 0, 0, 0, 0, 1 } }, mac_b = { { 2, 0, 0, 0, 0, 2 } };
static const struct ipv4 address_a = { 0xc0000201 }, address_b = { 0xc0000202 };

static struct answer_book *open_book(void)
{
    struct answer_book *book;
    assert_int_equal(answer_book_new(&book), 0);
    return book;
}

static void give(struct answer_book *book, struct mac mac, struct ipv4 address, const char *image,
                 int64_t seconds, char token[ANSWER_TOKEN_MAX])
{
    assert_true(answer_book_give(book, mac, address, image, duration_seconds(30 * MINUTE),
                                 at(seconds), token));
    assert_true(answer_token_is_sound(span_text(token)));
}

static void tokens_are_for_one_machine_and_time(void **state)
{
    static const struct {
        const char *name;
        bool same_token;
        struct ipv4 address;
        struct mac mac;
        int64_t seconds;
        enum answer_verdict want;
    } cases[] = {
        { "at once", true, { 0xc0000201 }, { { 0 } }, 0, ANSWER_OPEN },
        { "by its own MAC", true, { 0xc0000201 }, { { 2, 0, 0, 0, 0, 1 } }, 60, ANSWER_OPEN },
        { "the machine has another address now",
          true,
          { 0xc0000263 },
          { { 2, 0, 0, 0, 0, 1 } },
          60,
          ANSWER_OPEN },
        { "at the end of its window", true, { 0xc0000201 }, { { 0 } }, 30 * MINUTE, ANSWER_OPEN },
        { "after it", true, { 0xc0000201 }, { { 0 } }, 30 * MINUTE + 1, ANSWER_EXPIRED },
        { "another address", true, { 0xc0000202 }, { { 0 } }, 0, ANSWER_OTHER_MACHINE },
        { "its address, another machine",
          true,
          { 0xc0000201 },
          { { 2, 0, 0, 0, 0, 2 } },
          0,
          ANSWER_OTHER_MACHINE },
        { "another machine, late",
          true,
          { 0xc0000202 },
          { { 0 } },
          31 * MINUTE,
          ANSWER_OTHER_MACHINE },
        { "another token", false, { 0xc0000201 }, { { 0 } }, 0, ANSWER_UNKNOWN },
        { "a day later", true, { 0xc0000201 }, { { 0 } }, 25 * 60 * MINUTE, ANSWER_UNKNOWN },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer_book *book = open_book();
        struct answer_grant grant;
        char token[ANSWER_TOKEN_MAX];
        const struct answer_visitor visitor = { cases[i].address, cases[i].mac };

        give(book, mac_a, address_a, "debian-12", 0, token);
        if (!cases[i].same_token)
            token[5] = token[5] == 'a' ? 'b' : 'a';
        enum answer_verdict verdict =
            answer_book_look(book, span_text(token), &visitor, duration_seconds(30 * MINUTE),
                             at(cases[i].seconds), &grant);
        if (verdict != cases[i].want)
            fail_msg("%s: %s", cases[i].name, answer_verdict_text(verdict));
        if (verdict != ANSWER_UNKNOWN)
            assert_string_equal(grant.image, "debian-12");
        answer_book_free(book);
    }
}

static void words_that_are_no_tokens_are_unknown(void **state)
{
    static const char *const words[] = { "", "preview", "0123456789abcdef0123456789abcde",
                                         "0123456789abcdef0123456789abcdef0" };
    struct answer_book *book = open_book();
    struct answer_grant grant;
    const struct answer_visitor visitor = { address_a, mac_a };
    char token[ANSWER_TOKEN_MAX];
    (void)state;

    give(book, mac_a, address_a, "debian-12", 0, token);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_int_equal(answer_book_look(book, span_text(words[i]), &visitor,
                                          duration_seconds(MINUTE), at(0), &grant),
                         ANSWER_UNKNOWN);
    answer_book_free(book);
}

static void secrets_are_read_once_and_within_the_grace(void **state)
{
    struct answer_book *book = open_book();
    const struct duration grace = duration_seconds(60);
    char token[ANSWER_TOKEN_MAX];
    (void)state;

    give(book, mac_a, address_a, "debian-12", 0, token);
    const struct span t = span_text(token);
    assert_int_equal(answer_book_use(book, t, "ks.cfg", grace, at(0)), ANSWER_OPEN);
    assert_int_equal(answer_book_use(book, t, "ks.cfg", grace, at(59)), ANSWER_OPEN);
    assert_int_equal(answer_book_use(book, t, "ks.cfg", grace, at(60)), ANSWER_USED);
    assert_int_equal(answer_book_use(book, t, "other", grace, at(60)), ANSWER_OPEN);
    assert_int_equal(answer_book_use(book, t, "strict", duration_seconds(0), at(70)), ANSWER_OPEN);
    assert_int_equal(answer_book_use(book, t, "strict", duration_seconds(0), at(70)), ANSWER_USED);
    for (int i = 3; i < ANSWER_READS_MAX; i++) {
        char name[8];
        snprintf(name, sizeof name, "f%d", i);
        assert_int_equal(answer_book_use(book, t, name, grace, at(70)), ANSWER_OPEN);
    }
    assert_int_equal(answer_book_use(book, t, "one more", grace, at(70)), ANSWER_USED);
    token[0] = token[0] == 'a' ? 'b' : 'a';
    assert_int_equal(answer_book_use(book, t, "ks.cfg", grace, at(0)), ANSWER_UNKNOWN);
    answer_book_free(book);
}

/* iPXE fetches its script again after a fault, GRUB asks for each part of it: that is one boot. */
static void one_boot_has_one_token(void **state)
{
    struct answer_book *book = open_book();
    char first[ANSWER_TOKEN_MAX], again[ANSWER_TOKEN_MAX];
    (void)state;

    give(book, mac_a, address_a, "debian-12", 0, first);
    give(book, mac_a, address_a, "debian-12", 60, again);
    assert_string_equal(first, again);
    give(book, mac_a, address_a, "fedora", 60, again);
    assert_string_not_equal(first, again);
    give(book, mac_b, address_a, "debian-12", 60, again);
    assert_string_not_equal(first, again);
    give(book, mac_a, address_b, "debian-12", 60, again);
    assert_string_not_equal(first, again);
    assert_int_equal(answer_book_count(book), 4);
    give(book, mac_a, address_a, "debian-12", 16 * MINUTE, again);
    assert_string_not_equal(first, again);
    assert_int_equal(
        answer_book_use(book, span_text(again), "f", duration_seconds(60), at(16 * MINUTE)),
        ANSWER_OPEN);
    give(book, mac_a, address_a, "debian-12", 16 * MINUTE, first);
    assert_string_not_equal(first, again);
    assert_true(answer_book_finish(book, span_text(first)));
    assert_false(answer_book_finish(book, span_text(first)));
    give(book, mac_a, address_a, "debian-12", 16 * MINUTE, again);
    assert_string_not_equal(first, again);
    answer_book_free(book);
}

static void nobody_takes_all_the_room(void **state)
{
    struct answer_book *book = open_book();
    char token[ANSWER_TOKEN_MAX], victim[ANSWER_TOKEN_MAX], image[16];
    const struct answer_visitor visitor = { address_b, { { 0 } } };
    struct answer_grant grant;
    (void)state;

    give(book, mac_b, address_b, "debian-12", 0, victim);
    for (int i = 0; i < 100; i++) {
        snprintf(image, sizeof image, "image%d", i);
        give(book, mac_a, address_a, image, i, token);
    }
    assert_int_equal(answer_book_count(book), ANSWER_BOOK_PER_OWNER + 1);
    for (uint32_t i = 0; i < 2 * ANSWER_BOOK_MAX; i++)
        give(book, mac_a, (struct ipv4){ 0x0a000000 + i }, "x", 200, token);
    assert_int_equal(answer_book_count(book), ANSWER_BOOK_MAX);
    assert_int_equal(answer_book_look(book, span_text(victim), &visitor,
                                      duration_seconds(30 * MINUTE), at(200), &grant),
                     ANSWER_UNKNOWN);
    give(book, mac_a, address_a, "y", 26 * 60 * MINUTE, token);
    assert_int_equal(answer_book_count(book), 1);
    answer_book_free(book);
}

static int open_folder(char path[])
{
    assert_non_null(mkdtemp(path));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void a_restart_forgets_nothing(void **state)
{
    static const struct {
        const char *name;
        int64_t steady, calendar; /* seconds after it was saved; the steady clock began anew */
        enum answer_verdict look, use;
    } cases[] = {
        { "a moment later", -500, 10, ANSWER_OPEN, ANSWER_OPEN },
        { "after the grace", -500, 61, ANSWER_OPEN, ANSWER_USED },
        { "after the window", -500, 31 * MINUTE, ANSWER_EXPIRED, ANSWER_USED },
        { "days later", -500, 48 * 60 * MINUTE, ANSWER_UNKNOWN, ANSWER_UNKNOWN },
        { "the clock was put back", -500, -100, ANSWER_UNKNOWN, ANSWER_UNKNOWN },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[] = "/tmp/answer-book-XXXXXX", token[ANSWER_TOKEN_MAX];
        int folder = open_folder(path);
        struct answer_book *book = open_book();
        const struct duration grace = duration_seconds(60);
        const struct answer_visitor visitor = { address_a, { { 0 } } };
        struct answer_grant grant;
        struct now later = at(cases[i].calendar);

        later.steady = at(cases[i].steady).steady;
        give(book, mac_a, address_a, "debian-12", 0, token);
        assert_int_equal(answer_book_use(book, span_text(token), "f", grace, at(0)), ANSWER_OPEN);
        assert_int_equal(answer_book_save(book, folder, at(0)), 0);
        answer_book_free(book);
        book = open_book();
        assert_int_equal(answer_book_restore(book, folder, later), 0);
        enum answer_verdict look = answer_book_look(book, span_text(token), &visitor,
                                                    duration_seconds(30 * MINUTE), later, &grant);
        enum answer_verdict used = answer_book_use(book, span_text(token), "f", grace, later);
        if (look != cases[i].look || used != cases[i].use)
            fail_msg("%s: %s; %s", cases[i].name, answer_verdict_text(look),
                     answer_verdict_text(used));
        assert_int_equal(faccessat(folder, "answer-tokens", F_OK, 0), -1);
        answer_book_free(book);
        close(folder);
        assert_int_equal(rmdir(path), 0);
    }
}

/* Cut anywhere and with any byte turned over: some rows or none, and no harm. */
static void a_damaged_file_is_survived(void **state)
{
    char path[] = "/tmp/answer-book-XXXXXX", token[ANSWER_TOKEN_MAX];
    uint8_t whole[512], bytes[512];
    int folder = open_folder(path);
    struct answer_book *book = open_book();
    (void)state;

    give(book, mac_a, address_a, "debian-12", 0, token);
    give(book, mac_b, address_b, "fedora", 0, token);
    assert_int_equal(answer_book_use(book, span_text(token), "ks.cfg", duration_seconds(60), at(0)),
                     ANSWER_OPEN);
    assert_int_equal(answer_book_save(book, folder, at(0)), 0);
    answer_book_free(book);
    int fd = openat(folder, "answer-tokens", O_RDONLY | O_CLOEXEC);
    ssize_t len = read(fd, whole, sizeof whole);
    close(fd);
    assert_in_range(len, 100, sizeof whole - 1);
    for (ssize_t i = 0; i < 2 * len; i++) {
        memcpy(bytes, whole, sizeof whole);
        size_t size = i < len ? (size_t)i : (size_t)len;
        if (i >= len)
            bytes[i - len] ^= 0xff;
        fd = openat(folder, "answer-tokens", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_int_equal(write(fd, bytes, size), (ssize_t)size);
        close(fd);
        book = open_book();
        assert_int_equal(answer_book_restore(book, folder, at(1)), 0);
        assert_in_range(answer_book_count(book), 0, 2);
        answer_book_free(book);
    }
    close(folder);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_for_one_machine_and_time),
        cmocka_unit_test(words_that_are_no_tokens_are_unknown),
        cmocka_unit_test(secrets_are_read_once_and_within_the_grace),
        cmocka_unit_test(one_boot_has_one_token),
        cmocka_unit_test(nobody_takes_all_the_room),
        cmocka_unit_test(a_restart_forgets_nothing),
        cmocka_unit_test(a_damaged_file_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
