/* Tests of image/view: a file in pieces inside another, at all edges, and what is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "image/test_disc.h"
#include "image/view.h"

#include <cmocka.h>

#define FILE_BYTES 300000

static uint8_t file[FILE_BYTES];
static uint64_t reads, bytes;
static uint64_t readable; /* bytes of the file that can be read */

static int64_t read_file(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    struct span part = span_slice(span_of(file, sizeof file), (size_t)offset, len);
    (void)context;
    (void)path;
    reads++;
    bytes += part.len;
    if (offset + part.len > readable)
        return -1;
    memcpy(data, part.data, part.len);
    return (int64_t)part.len;
}

static int64_t size_of_file(void *context, const char *path)
{
    (void)context;
    (void)path;
    return sizeof file;
}

static const struct image_source source = { .read = read_file, .size = size_of_file, .file = "" };

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof file; i++)
        file[i] = (uint8_t)(i * 7 + i / 251);
    reads = bytes = 0;
    readable = sizeof file;
    return 0;
}

static void small_reads_are_few(void **state)
{
    struct view *view = view_open(&source, "");
    uint8_t data[100];
    (void)state;
    for (size_t at = 0; at + sizeof data <= sizeof file; at += 50) {
        assert_true(view_read(view, at, data, sizeof data));
        assert_memory_equal(data, file + at, sizeof data);
    }
    assert_true(reads <= 6);
    assert_int_equal(bytes, view_bytes_read(view));
    /* four places by turns are kept */
    reads = 0;
    for (size_t i = 0; i < 400; i++)
        assert_true(view_read(view, i % 4 * 70000 + i, data, sizeof data));
    assert_true(reads <= 8);
    assert_int_equal(view_needed(view), 0);
    view_free(view);
}

static void pieces_are_one_file(void **state)
{
    static const struct image_extent pieces[] = {
        { 1000, 10 }, { 500, 1 }, { IMAGE_EXTENT_HOLE, 300 }, { 2000, 70000 }, { 0, 5 },
    };
    struct view *outer = view_open(&source, "");
    struct view *view = view_new_inside(outer, pieces, sizeof pieces / sizeof pieces[0]);
    static uint8_t want[70316], got[70316];
    (void)state;
    memcpy(want, file + 1000, 10);
    memcpy(want + 10, file + 500, 1);
    memcpy(want + 311, file + 2000, 70000);
    memcpy(want + 70311, file, 5);
    assert_int_equal(view_size(view), sizeof want);
    assert_true(view_read(view, 0, got, sizeof got));
    assert_memory_equal(got, want, sizeof want);
    for (size_t at = 0; at < 400; at++)
        for (size_t len = 0; len < 20; len++) {
            assert_true(view_read(view, at, got, len));
            assert_memory_equal(got, want + at, len);
        }

    struct index_builder *b = index_builder_new(sizeof file);
    uint32_t number;
    char data[256];
    struct text t = text_over(data, sizeof data);
    assert_true(index_builder_add_file(b, INDEX_TOP, span_text("a"), 0, &number));
    assert_true(view_add_extent(view, b, 5, 8));
    assert_true(view_add_extent(view, b, 300, 20));
    assert_true(index_builder_add_file(b, INDEX_TOP, span_text("b"), 0, &number));
    assert_true(view_add_extent(view, b, 0, 5));
    assert_true(view_add_extent(view, b, 70315, 2)); /* one byte behind its end */
    assert_int_equal(view_needed(view), 70317);
    assert_int_equal(view_needed(outer), 0);
    test_list(b, sizeof file, &t);
    assert_string_equal(data, "a(5@1005+1@500+13+9@2000) ");
    index_builder_free(b);
    view_free(view);
    view_free(outer);
}

static void what_is_missing_is_remembered(void **state)
{
    struct view *view = view_open(&source, "");
    uint8_t data[100];
    (void)state;
    assert_false(view_read(view, FILE_BYTES - 50, data, sizeof data));
    assert_int_equal(view_needed(view), FILE_BYTES + 50);
    assert_false(view_read(view, UINT64_MAX - 5, data, sizeof data));
    assert_int_equal(view_needed(view), UINT64_MAX);
    assert_false(view_is_unreadable(view));
    readable = 200000;
    assert_true(view_read(view, 0, data, sizeof data));
    assert_false(view_read(view, 250000, data, sizeof data));
    assert_true(view_is_unreadable(view));
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(small_reads_are_few, set_up),
        cmocka_unit_test_setup(pieces_are_one_file, set_up),
        cmocka_unit_test_setup(what_is_missing_is_remembered, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
