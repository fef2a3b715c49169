/* Bytes of bodies of several pieces, in one go and read ahead; files that have become shorter. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve/body_read.h"

#include <cmocka.h>

#define FILE_BYTES  20000
#define SLICE_AT    100
#define SLICE_BYTES 15000

static uint8_t content[FILE_BYTES], whole[40000];

static int make_file(void)
{
    int fd = memfd_create("body", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 13 + i / 255);
    assert_int_equal(write(fd, content, sizeof content), sizeof content);
    return fd;
}

static void make_pattern(const void *context, uint64_t at, uint8_t *out, size_t size)
{
    const uint8_t *first = context;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(*first + at + i);
}

#define MADE_BYTES 3000
#define TAIL_AT    (7 + SLICE_BYTES + MADE_BYTES)

/* memory, a slice of a file, nothing, bytes that are made, memory; `whole` is what must come out.
 */
static struct body make_body(int fd)
{
    static const uint8_t head[] = "#!ipxe\n", tail[] = "the end", first = 40;
    static struct body_piece chain[5];
    chain[0] = (struct body_piece){ .fd = -1, .memory = head, .length = 7 };
    chain[1] = (struct body_piece){ .fd = fd, .offset = SLICE_AT, .length = SLICE_BYTES };
    chain[2] = (struct body_piece){ .fd = -1 };
    chain[3] = (struct body_piece){
        .fd = -1, .make = make_pattern, .context = &first, .length = MADE_BYTES
    };
    chain[4] = (struct body_piece){ .fd = -1, .memory = tail, .length = 7 };
    memcpy(whole, head, 7);
    memcpy(whole + 7, content + SLICE_AT, SLICE_BYTES);
    make_pattern(&first, 0, whole + 7 + SLICE_BYTES, MADE_BYTES);
    memcpy(whole + TAIL_AT, tail, 7);
    return (struct body){ .chain = chain, .piece_count = 5, .size = TAIL_AT + 7 };
}

static void ranges_come_out_whole(void **state)
{
    static const struct {
        uint64_t offset;
        size_t first, second;
        int want;
    } cases[] = {
        { 0, 7, 0, 0 },
        { 0, 3, 4, 0 },
        { 5, 10, 0, 0 },
        { 7, 500, 500, 0 },
        { 6, 1, SLICE_BYTES, 0 },
        { 7 + SLICE_BYTES - 1, 1, 7, 0 },
        { 7 + SLICE_BYTES + 11, 100, 200, 0 },
        { TAIL_AT - 1, 1, 7, 0 },
        { TAIL_AT, 7, 0, 0 },
        { 0, 1, TAIL_AT + 6, 0 },
        { 0, 0, 0, 0 },
        { TAIL_AT + 7, 0, 0, 0 },
        { TAIL_AT + 7, 1, 0, -ENODATA },
        { TAIL_AT, 8, 0, -ENODATA },
        { UINT64_MAX, 1, 0, -ENODATA },
    };
    static uint8_t out[sizeof whole];
    int fd = make_file();
    struct body body = make_body(fd);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct iovec vectors[2] = { { out, cases[i].first },
                                    { out + cases[i].first, cases[i].second } };
        size_t total = cases[i].first + cases[i].second;
        memset(out, 0xee, sizeof out);
        assert_int_equal(body_read(&body, cases[i].offset, vectors, 2), cases[i].want);
        if (cases[i].want == 0 && total > 0)
            assert_memory_equal(out, whole + cases[i].offset, total);
        assert_int_equal(out[total], 0xee);
    }
    close(fd);
}

static void small_steps_are_read_ahead(void **state)
{
    static const size_t steps[] = { 8, 512, 1428, 5000, 65000 };
    int fd = make_file();
    struct body body = make_body(fd);
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct body_ahead ahead = { 0 };
        uint8_t *out = malloc(steps[i]);
        assert_non_null(out);
        for (uint64_t at = 0; at < body.size; at += steps[i]) {
            size_t size = body.size - at < steps[i] ? (size_t)(body.size - at) : steps[i];
            assert_int_equal(body_read_ahead(&body, &ahead, at, out, size), 0);
            assert_memory_equal(out, whole + at, size);
            /* the same once more, as a repetition would */
            assert_int_equal(body_read_ahead(&body, &ahead, at, out, size), 0);
            assert_memory_equal(out, whole + at, size);
        }
        assert_int_equal(body_read_ahead(&body, &ahead, body.size, out, 0), 0);
        assert_int_equal(body_read_ahead(&body, &ahead, body.size, out, 1), -ENODATA);
        /* going back */
        assert_int_equal(body_read_ahead(&body, &ahead, 0, out, 7), 0);
        assert_memory_equal(out, whole, 7);
        body_ahead_done(&ahead);
        body_ahead_done(&ahead);
        free(out);
    }
    close(fd);
}

static void a_file_that_shrank_is_never_a_short_answer(void **state)
{
    static uint8_t out[2000];
    int fd = make_file();
    struct body body = make_body(fd);
    struct body_ahead ahead = { 0 };
    struct iovec vector = { out, 1000 };
    (void)state;
    assert_int_equal(ftruncate(fd, SLICE_AT + 1500), 0);
    assert_int_equal(body_read(&body, 7, &vector, 1), 0);
    assert_int_equal(body_read(&body, 1007, &vector, 1), -ENODATA);
    struct iovec two[2] = { { out, 1000 }, { out + 1000, 1000 } };
    assert_int_equal(body_read(&body, 7, two, 2), -ENODATA);
    /* what is still there is delivered, though what lies ahead is gone */
    assert_int_equal(body_read_ahead(&body, &ahead, 7, out, 1000), 0);
    assert_memory_equal(out, whole + 7, 1000);
    assert_int_equal(body_read_ahead(&body, &ahead, 1007, out, 1000), -ENODATA);
    body_ahead_done(&ahead);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_come_out_whole),
        cmocka_unit_test(small_steps_are_read_ahead),
        cmocka_unit_test(a_file_that_shrank_is_never_a_short_answer),
    };
    return cmocka_run_group_tests_name("body read", tests, NULL, NULL);
}
