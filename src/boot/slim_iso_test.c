/* A disc with a part of a container's files: its tree is read back by a reader of the test's own,
 * which follows records and Rock Ridge names only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"

#include "boot/slim_iso.h"
#include "boot/test_catalog.h"

#include <cmocka.h>

#define SECTOR 2048U

static uint8_t memory[262144];

/* "path=first byte's place in the container+size\n" of all files, "path/\n" of folders. */
struct reading {
    const struct part_plan *plan;
    struct span head; /* from sector 16 on */
    struct text out;
    char path[512];
};

/* The entry whose bytes begin at that sector of the disc. */
static const struct image_index_entry *entry_at(const struct reading *r, uint64_t sector)
{
    uint64_t at = 0;
    for (uint16_t i = 0; i < r->plan->count; i++) {
        const struct part *part = &r->plan->parts[i];
        uint64_t length = part->kind == PART_ZEROS  ? part->length
                          : part->kind == PART_TEXT ? part->text.len
                                                    : part->entry->size;
        if (part->align > 0)
            at = (at + part->align - 1) / part->align * part->align;
        if (part->kind == PART_INSIDE && at == sector * SECTOR)
            return part->entry;
        at += length;
    }
    return NULL;
}

static uint32_t le32_at(struct span s, size_t at)
{
    struct reader r = reader_over(span_slice(s, at, 4));
    return reader_le32(&r);
}

static void read_folder(struct reading *r, uint32_t sector, uint32_t size, unsigned depth);

static void read_record(struct reading *r, struct span record, unsigned index, unsigned depth)
{
    uint32_t sector = le32_at(record, 2), size = le32_at(record, 10);
    uint8_t flags = record.data[25];
    size_t name_len = record.data[32], at = 33 + name_len + (name_len % 2 == 0);
    char name[256] = "";

    assert_int_equal(record.len % 2, 0);
    if (index == 0 && depth == 0) {
        assert_memory_equal(record.data + at, "SP\7\1\xbe\xef\0", 7);
        at += 7;
    }
    assert_memory_equal(record.data + at, "PX", 2);
    assert_int_equal(le32_at(record, at + 4), flags & 2 ? 0040555 : 0100444);
    at += record.data[at + 2];
    if (index < 2) {
        assert_int_equal(name_len, 1);
        assert_int_equal(record.data[33], index);
        return;
    }
    assert_memory_equal(record.data + at, "NM", 2);
    span_to_text(span_slice(record, at + 5, record.data[at + 2] - 5U), name, sizeof name);
    size_t before = strlen(r->path);
    snprintf(r->path + before, sizeof r->path - before, "%s%s", before > 0 ? "/" : "", name);
    if (flags & 2) {
        text_addf(&r->out, "%s/\n", r->path);
        read_folder(r, sector, size, depth + 1);
    } else {
        const struct image_index_entry *entry = entry_at(r, sector);
        assert_true(size == 0 || (entry && entry->size == size));
        text_addf(&r->out, "%s=%llu+%u\n", r->path,
                  entry && size > 0 ? (unsigned long long)test_index.extents[entry->extents].offset
                                    : 0ULL,
                  size);
    }
    r->path[before] = 0;
}

static void read_folder(struct reading *r, uint32_t sector, uint32_t size, unsigned depth)
{
    struct span folder = span_slice(r->head, (size_t)(sector - 16) * SECTOR, size);
    unsigned index = 0;
    assert_true(depth < 8 && folder.len == size && size % SECTOR == 0);
    for (size_t at = 0; at < folder.len;) {
        size_t length = folder.data[at];
        if (length == 0) {
            at += SECTOR - at % SECTOR;
            continue;
        }
        assert_true(at / SECTOR == (at + length - 1) / SECTOR);
        read_record(r, span_slice(folder, at, length), index++, depth);
        at += length;
    }
    assert_true(index >= 2);
}

static const char *read_disc(const struct part_plan *plan)
{
    static char out[8192];
    struct reading r = { .plan = plan, .out = text_over(out, sizeof out) };
    assert_int_equal(plan->parts[0].length, 16 * SECTOR);
    r.head = plan->parts[1].text;
    assert_memory_equal(r.head.data, "\1CD001\1", 7);
    assert_memory_equal(r.head.data + SECTOR, "\377CD001\1", 7);
    read_folder(&r, le32_at(r.head, 156 + 2), le32_at(r.head, 156 + 10), 0);
    return out;
}

static void what_is_wanted_is_there(void **state)
{
    static const struct {
        const char *paths[3];
        enum slim_iso_flaw flaw;
        const char *want;
    } rows[] = {
        { { "BOOT" }, SLIM_ISO_SOUND, "boot/\nboot/initrd=4096+150\nboot/Linux=8192+2000\n" },
        { { "boot/linux", "boot.cfg", "gone" },
          SLIM_ISO_SOUND,
          "boot/\nboot/Linux=8192+2000\nboot.cfg=2048+30\n" },
        { { "boot/linux", "boot", "boot/linux" },
          SLIM_ISO_SOUND,
          "boot/\nboot/Linux=8192+2000\nboot/initrd=4096+150\n" },
        { { "empty" }, SLIM_ISO_SOUND, "empty=0+0\n" },
        { { "gone" }, SLIM_ISO_EMPTY, "" },
        { { NULL }, SLIM_ISO_EMPTY, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena = arena_over(memory, sizeof memory);
        struct part_plan plan;
        uint8_t count = 0;
        while (count < 3 && rows[i].paths[count])
            count++;
        enum slim_iso_flaw flaw =
            slim_iso_plan(&test_container, rows[i].paths, count, &arena, &plan);
        assert_int_equal(flaw, rows[i].flaw);
        assert_true(slim_iso_flaw_text(flaw)[0] != 0);
        if (flaw == SLIM_ISO_SOUND && strcmp(read_disc(&plan), rows[i].want) != 0)
            fail_msg("row %zu: got\n%s", i, read_disc(&plan));
    }
}

/* An index of many files, to pass sectors and limits. */
struct many {
    struct image_index_entry entries[400];
    struct image_extent extents[400];
    char texts[400 * 32];
    struct image_index index;
};

static void make_many(struct many *m, unsigned count, uint64_t size)
{
    struct text text = text_over(m->texts, sizeof m->texts);
    memset(m->entries, 0, sizeof m->entries);
    m->entries[0] = (struct image_index_entry){ .path = 0, .path_len = 1, .is_folder = 1 };
    text_add(&text, "d");
    text_add_char(&text, 0);
    for (unsigned i = 1; i < count; i++) {
        size_t at = text.len;
        text_addf(&text, "d/file-with-a-name-%04u", i);
        m->entries[i] = (struct image_index_entry){ .path = (uint32_t)at,
                                                    .path_len = (uint16_t)(text.len - at),
                                                    .size = size,
                                                    .extents = i,
                                                    .extent_count = 1 };
        m->extents[i] = (struct image_extent){ i * SECTOR, size };
        text_add_char(&text, 0);
    }
    m->index = (struct image_index){ .entries = m->entries,
                                     .extents = m->extents,
                                     .texts = m->texts,
                                     .entry_count = count,
                                     .extent_count = count,
                                     .texts_len = (uint32_t)text.len,
                                     .volume = "MANY",
                                     .system = "",
                                     .note = "" };
}

static void records_stay_in_their_sectors(void **state)
{
    static const char *const paths[] = { "d" };
    struct many *m = malloc(sizeof *m);
    const struct image_container container = { .index = &m->index, .file = "x.iso" };
    struct part_plan plan;
    (void)state;
    make_many(m, SLIM_ISO_FILES_MAX - 1, 5);
    struct arena arena = arena_over(memory, sizeof memory);
    assert_int_equal(slim_iso_plan(&container, paths, 1, &arena, &plan), SLIM_ISO_SOUND);
    /* zeros, head, files, the last border */
    assert_int_equal(plan.count, 2 + SLIM_ISO_FILES_MAX - 2 + 1);
    make_many(m, SLIM_ISO_FILES_MAX, 5);
    arena = arena_over(memory, sizeof memory);
    assert_int_equal(slim_iso_plan(&container, paths, 1, &arena, &plan), SLIM_ISO_TOO_MANY);
    make_many(m, 200, (uint64_t)1 << 40);
    arena = arena_over(memory, sizeof memory);
    assert_int_equal(slim_iso_plan(&container, paths, 1, &arena, &plan), SLIM_ISO_TOO_LARGE);
    make_many(m, 2, UINT64_MAX);
    arena = arena_over(memory, sizeof memory);
    assert_int_equal(slim_iso_plan(&container, paths, 1, &arena, &plan), SLIM_ISO_TOO_LARGE);
    make_many(m, 100, 5);
    for (size_t cap = 0; cap < 60000; cap += 501) {
        arena = arena_over(memory, cap);
        enum slim_iso_flaw flaw = slim_iso_plan(&container, paths, 1, &arena, &plan);
        assert_true(flaw == SLIM_ISO_SOUND || flaw == SLIM_ISO_NO_MEMORY);
    }
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wanted_is_there),
        cmocka_unit_test(records_stay_in_their_sectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
