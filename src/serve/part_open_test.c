/* Bodies over a container that the test writes: files in pieces, archives, a smaller disc; and what
 * is refused, with nothing left open. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "boot/answer_parts.h"
#include "boot/cpio_parts.h"
#include "boot/slim_iso.h"
#include "image/container.h"
#include "image/index_builder.h"
#include "net/memory_file.h"
#include "serve/body_read.h"
#include "serve/composed_open.h"
#include "serve/part_open.h"

#include <cmocka.h>

#define CONTAINER_BYTES 65536U

static char folder[] = "/tmp/part-open-test.XXXXXX";
static int root = -1;
static uint8_t container[CONTAINER_BYTES], memory[262144], whole[262144];
static struct held_container *held;
static struct image_container image = { .file = "c.iso" };

static const struct part_places places = { .root_fds = &root, .containers = &held };

/* Two files and a folder; the second file lies in two pieces with a hole between. */
static struct span make_block(void)
{
    struct index_builder *b = index_builder_new(CONTAINER_BYTES);
    const struct index_facts facts = { .tree = IMAGE_TREE_ROCK_RIDGE, .volume = span_text("V") };
    struct index_result result = { 0 };
    uint32_t top, number;
    bool fits = index_builder_add_folder(b, INDEX_TOP, span_text("live"), 0, &top) &&
                index_builder_add_file(b, top, span_text("one"), 0, &number) &&
                index_builder_add_extent(b, 3000, 5000) &&
                index_builder_add_file(b, top, span_text("pieces"), 0, &number) &&
                index_builder_add_extent(b, 20000, 1001) &&
                index_builder_add_extent(b, IMAGE_EXTENT_HOLE, 77) &&
                index_builder_add_extent(b, 10000, 2002) &&
                index_builder_add_file(b, INDEX_TOP, span_text("empty"), 0, &number) &&
                index_builder_add_file(b, INDEX_TOP, span_text("boot.cfg"), 0, &number) &&
                index_builder_add_extent(b, 0, 18);
    assert_true(fits);
    assert_int_equal(index_builder_finish(b, &facts, &result), 0);
    assert_int_equal(result.verdict, INDEX_SOUND);
    index_builder_free(b);
    return span_of(result.block, result.block_len);
}

static void write_file(const char *name, const void *data, size_t size)
{
    int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
}

static int set_up(void **state)
{
    struct file_facts facts;
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    root = open(folder, O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < sizeof container; i++)
        container[i] = (uint8_t)(i * 2654435761U >> 13);
    memcpy(container, "kernel=/k\nprefix=\n", 18);
    write_file("c.iso", container, sizeof container);
    write_file("plain", "0123456789", 10);
    struct span block = make_block();
    int fd = openat(root, "c.iso", O_RDONLY);
    assert_int_equal(file_facts_of(fd, &facts), 0);
    int r = held_container_new(fd, &facts, memory_file_make(block), &held);
    free((void *)(uintptr_t)block.data);
    image.index = &held->index;
    return r;
}

static int tear_down(void **state)
{
    (void)state;
    held_container_unref(held);
    unlinkat(root, "c.iso", 0);
    unlinkat(root, "plain", 0);
    close(root);
    return rmdir(folder);
}

static const struct image_index_entry *entry_of(const char *path)
{
    const struct image_index_entry *entry = image_index_find(&held->index, span_text(path), false);
    assert_non_null(entry);
    return entry;
}

/* What a client gets. */
static struct span read_body(const struct body *body)
{
    struct iovec all = { .iov_base = whole, .iov_len = (size_t)body->size };
    assert_true(body->size <= sizeof whole);
    assert_int_equal(body_read(body, 0, &all, 1), 0);
    return span_of(whole, (size_t)body->size);
}

static void close_body(const struct body *body)
{
    for (uint32_t i = 0; i < body->piece_count; i++)
        if (body_piece_at(body, i)->fd >= 0 && !body_piece_at(body, i)->is_lent)
            close(body_piece_at(body, i)->fd);
}

static unsigned open_files(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void files_inside_come_out(void **state)
{
    struct arena arena = arena_over(memory, sizeof memory);
    char buffer[200], tags[4][BODY_ETAG_MAX];
    struct text why = text_over(buffer, sizeof buffer);
    struct body body;
    (void)state;

    assert_int_equal(part_open_inside(held, entry_of("live/one"), &arena, &body, &why), 0);
    assert_true(span_equals(read_body(&body), span_of(container + 3000, 5000)));
    memcpy(tags[0], body.etag, sizeof tags[0]);
    assert_int_equal(part_open_inside(held, entry_of("live/pieces"), &arena, &body, &why), 0);
    struct span got = read_body(&body);
    assert_int_equal(got.len, 1001 + 77 + 2002);
    assert_memory_equal(got.data, container + 20000, 1001);
    assert_true(got.data[1001] == 0 && got.data[1001 + 76] == 0);
    assert_memory_equal(got.data + 1078, container + 10000, 2002);
    memcpy(tags[1], body.etag, sizeof tags[1]);
    assert_int_equal(part_open_inside(held, entry_of("empty"), &arena, &body, &why), 0);
    assert_int_equal(body.size, 0);
    memcpy(tags[2], body.etag, sizeof tags[2]);
    assert_int_equal(part_open_inside(held, NULL, &arena, &body, &why), 0);
    assert_true(span_equals(read_body(&body), span_of(container, sizeof container)));
    memcpy(tags[3], body.etag, sizeof tags[3]);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(tags[i], tags[k]);
    assert_int_equal(body.modified_s, held->facts.modified_s);
}

static void parts_follow_each_other(void **state)
{
    static const char wanted_name[] = "etc/answer";
    const struct part parts[] = {
        { .kind = PART_FILE, .path = "plain" },
        { .kind = PART_INSIDE,
          .entry = entry_of("live/pieces"),
          .container = &image,
          .cpio_name = "/live.iso",
          .align = CPIO_ALIGN },
        { .kind = PART_TEXT, .text = span_text("yes"), .cpio_name = wanted_name },
        { .kind = PART_ZEROS, .length = 5 },
    };
    const struct part_plan plan = { .parts = parts, .count = 4 };
    struct arena arena = arena_over(memory, sizeof memory);
    char buffer[200];
    struct text why = text_over(buffer, sizeof buffer);
    struct body body;
    unsigned before = open_files();
    (void)state;

    assert_int_equal(composed_open(&plan, &places, &arena, &body, &why), 0);
    struct span got = read_body(&body);
    assert_memory_equal(got.data, "0123456789\0\0", 12);
    /* 110 + "live.iso" + NUL = 119, to 120; 3080 bytes are at a border */
    struct span archive = span_from(got, 12);
    assert_memory_equal(archive.data, "070701", 6);
    assert_memory_equal(archive.data + 54, "00000c08", 8);
    assert_memory_equal(archive.data + 110, "live.iso\0", 9);
    assert_memory_equal(archive.data + 120, container + 20000, 1001);
    struct span second = span_from(archive, 120 + 3080);
    assert_memory_equal(second.data + 110, "etc\0", 4);
    struct span third = span_from(second, 116);
    assert_memory_equal(third.data + 54, "00000003", 8);
    assert_memory_equal(third.data + 110, wanted_name, sizeof wanted_name);
    assert_memory_equal(third.data + 124,
                        "yes\0"
                        "070701",
                        10);
    assert_memory_equal(third.data + 128 + 110, "TRAILER!!!", 11);
    assert_int_equal(third.len, 128 + 124 + 5);
    assert_int_equal(body.modified_s, 0);
    close_body(&body);
    assert_int_equal(open_files(), before);
}

/* The initrds where they lie, each at a border, and the answer in an archive behind them. */
static void an_answer_lies_behind_the_initrds(void **state)
{
    static const char answer[] = "d-i x/y string z\n";
    const struct image debian = { .kind = IMAGE_LINUX,
                                  .folder = "",
                                  .container = &image,
                                  .initrds = { "live/pieces", "live/one" },
                                  .initrd_names = { NULL, NULL },
                                  .initrd_count = 2,
                                  .answer_inside = "/preseed.cfg" };
    struct arena arena = arena_over(memory, sizeof memory);
    struct text why = text_over((char[200]){ 0 }, 200);
    char tag[BODY_ETAG_MAX];
    uint8_t middle[300];
    struct part_plan plan;
    struct body alone, body;
    unsigned before = open_files();
    (void)state;

    assert_true(answer_parts_plan(&debian, false, span_text(answer), &arena, &plan));
    assert_int_equal(composed_open(&plan, &places, &arena, &alone, &why), 0);
    struct span got = read_body(&alone);
    /* 110 + "preseed.cfg" + NUL = 122, to 124; 17 bytes to 20; the end is 124 long. */
    assert_int_equal(got.len, 124 + 20 + 124);
    assert_memory_equal(got.data + 54, "00000011", 8);
    assert_memory_equal(got.data + 110, "preseed.cfg\0", 12);
    assert_memory_equal(got.data + 124, answer, 17);
    assert_memory_equal(got.data + 144 + 110, "TRAILER!!!", 11);
    memcpy(tag, alone.etag, sizeof tag);

    assert_true(answer_parts_plan(&debian, true, span_text(answer), &arena, &plan));
    assert_int_equal(composed_open(&plan, &places, &arena, &body, &why), 0);
    assert_int_equal(body.size, 3080 + 5000 + 268);
    got = read_body(&body);
    assert_memory_equal(got.data, container + 20000, 1001);
    assert_memory_equal(got.data + 3080, container + 3000, 5000);
    assert_memory_equal(got.data + 8080, "070701", 6);
    assert_memory_equal(got.data + 8080 + 124, answer, 17);
    assert_string_not_equal(body.etag, tag);
    for (uint32_t i = 0; i < 3; i++) /* a view of the container, no copy */
        assert_int_equal(body_piece_at(&body, i)->memory == NULL, 1);
    struct iovec range = { .iov_base = middle, .iov_len = sizeof middle };
    assert_int_equal(body_read(&body, 7990, &range, 1), 0);
    assert_memory_equal(middle, got.data + 7990, sizeof middle);
    memcpy(tag, body.etag, sizeof tag);

    assert_true(answer_parts_plan(&debian, true, span_text("another\n"), &arena, &plan));
    assert_int_equal(composed_open(&plan, &places, &arena, &body, &why), 0);
    assert_string_not_equal(body.etag, tag);
    assert_int_equal(open_files(), before);
    for (size_t cap = 0; cap < 400; cap += 16) {
        struct arena small = arena_over(memory, cap);
        assert_true(!answer_parts_plan(&debian, true, span_text(answer), &small, &plan) ||
                    cap >= 3 * sizeof(struct part));
    }
}

static void want_of_memory_leaves_nothing_open(void **state)
{
    const struct part parts[] = {
        { .kind = PART_FILE, .path = "plain", .cpio_name = "a" },
        { .kind = PART_FILE, .path = "plain", .cpio_name = "b" },
    };
    const struct part_plan plan = { .parts = parts, .count = 2 };
    unsigned before = open_files();
    int r = -ENOMEM;
    (void)state;
    for (size_t cap = 0; r < 0; cap += 13) {
        struct arena arena = arena_over(memory, cap);
        char buffer[200];
        struct text why = text_over(buffer, sizeof buffer);
        struct body body;
        r = composed_open(&plan, &places, &arena, &body, &why);
        assert_true(r == 0 || (r == -ENOMEM && strstr(buffer, "memory")));
        if (r == 0)
            close_body(&body);
        assert_int_equal(open_files(), before);
    }
}

static void what_is_not_there_is_told(void **state)
{
    static const struct part rows[] = {
        { .kind = PART_FILE, .path = "gone" },
        { .kind = PART_FILE, .path = "PLAIN" },
        { .kind = PART_FILE, .path = "../plain" },
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct arena arena = arena_over(memory, sizeof memory);
        char buffer[200];
        struct text why = text_over(buffer, sizeof buffer);
        struct part_opened opened;
        assert_int_equal(part_open(&rows[i], 1, &places, &arena, &opened, &why), -ENOENT);
        assert_non_null(strstr(buffer, "no such file"));
    }
    struct part hidden = {
        .kind = PART_INSIDE, .container = &image, .entry = entry_of("boot.cfg"), .path = "plain"
    };
    struct arena arena = arena_over(memory, sizeof memory);
    struct text why = text_over((char[200]){ 0 }, 200);
    const struct part_plan plan = { .parts = &hidden, .count = 1 };
    struct body body;
    assert_int_equal(composed_open(&plan, &places, &arena, &body, &why), 0);
    assert_true(span_is(read_body(&body), "0123456789"));
    close_body(&body);
    hidden.path = "gone";
    assert_int_equal(composed_open(&plan, &places, &arena, &body, &why), 0);
    assert_int_equal(body.size, 18);
    assert_string_equal(why.data, "");
}

static void texts_are_changed(void **state)
{
    const struct part part = { .kind = PART_INSIDE,
                               .container = &image,
                               .entry = entry_of("boot.cfg") };
    const struct part large = { .kind = PART_ZEROS, .length = EDIT_SOURCE_MAX + 1 };
    struct edit edit = { .kind = IMAGE_EDIT_ESXI, .files = span_text("http://a/images/x") };
    struct arena arena = arena_over(memory, sizeof memory);
    char buffer[200], tag[BODY_ETAG_MAX];
    struct text why = text_over(buffer, sizeof buffer);
    struct body body;
    (void)state;
    assert_int_equal(edited_open(&edit, &part, &places, &arena, &body, &why), 0);
    assert_true(span_is(read_body(&body), "kernel=k\nprefix=http://a/images/x\n"));
    memcpy(tag, body.etag, sizeof tag);
    edit.add = span_text("ks=1");
    assert_int_equal(edited_open(&edit, &part, &places, &arena, &body, &why), 0);
    assert_true(body.etag[0] == '"' && strcmp(body.etag, tag) != 0);
    assert_int_equal(edited_open(&edit, &large, &places, &arena, &body, &why), -EFBIG);
    arena = arena_over(memory, 100);
    assert_int_equal(edited_open(&edit, &part, &places, &arena, &body, &why), -EFBIG);
}

/* The smaller disc, read by the parser that reads everybody's discs. */
static void a_smaller_disc_is_a_disc(void **state)
{
    static const char *const paths[] = { "live", "empty" };
    struct arena arena = arena_over(memory, sizeof memory);
    char buffer[200];
    struct text why = text_over(buffer, sizeof buffer);
    struct part_plan plan;
    struct body body;
    struct container read;
    struct image_index index;
    (void)state;
    assert_int_equal(slim_iso_plan(&image, paths, 2, &arena, &plan), SLIM_ISO_SOUND);
    assert_int_equal(composed_open(&plan, &places, &arena, &body, &why), 0);
    assert_int_equal(body.size % 2048, 0);
    struct span disc = read_body(&body);
    const struct image_source source = image_source_over(&disc);
    assert_int_equal(container_read(&source, "", &read), 0);
    if (read.verdict != CONTAINER_SOUND)
        fail_msg("%s", read.why);
    assert_true(image_index_open(span_of(read.block, read.block_len), disc.len, &index));
    assert_int_equal(index.tree, IMAGE_TREE_ROCK_RIDGE);
    assert_string_equal(index.volume, "V");
    assert_int_equal(index.entry_count, 4);
    const struct image_index_entry *one = image_index_find(&index, span_text("live/one"), false);
    const struct image_index_entry *two = image_index_find(&index, span_text("live/pieces"), false);
    assert_true(one && two && image_index_find(&index, span_text("empty"), false));
    assert_int_equal(one->size, 5000);
    assert_memory_equal(disc.data + index.extents[one->extents].offset, container + 3000, 5000);
    assert_int_equal(two->size, 3080);
    assert_memory_equal(disc.data + index.extents[two->extents].offset + 1078, container + 10000,
                        2002);
    container_done(&read);
}

static void a_changed_container_is_not_served(void **state)
{
    struct arena arena = arena_over(memory, sizeof memory);
    char buffer[200];
    struct text why = text_over(buffer, sizeof buffer);
    struct body body;
    (void)state;
    write_file("c.iso", container, sizeof container - 1);
    assert_int_equal(part_open_inside(held, entry_of("live/one"), &arena, &body, &why), -ENOENT);
    assert_non_null(strstr(buffer, "it has just changed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_inside_come_out),
        cmocka_unit_test(parts_follow_each_other),
        cmocka_unit_test(an_answer_lies_behind_the_initrds),
        cmocka_unit_test(want_of_memory_leaves_nothing_open),
        cmocka_unit_test(what_is_not_there_is_told),
        cmocka_unit_test(texts_are_changed),
        cmocka_unit_test(a_smaller_disc_is_a_disc),
        cmocka_unit_test(a_changed_container_is_not_served),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
