/* Boot disks of any names and sizes: what is laid out can be read back file by file by a FAT reader
 * of another hand, and what cannot be a FAT disk is refused. The input is a list of files: a size
 * (three bytes, the third a shift) and a name up to a zero byte. */
#include <stdlib.h>

#include "boot/bootdisk.h"
#include "boot/test_fat_reader.h"

#define FILES_MAX    64
#define MEMORY_BYTES 400000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct expected {
    const struct bootdisk_file *files;
    size_t count, met;
};

static void meet(void *context, const char *path, uint32_t cluster, uint32_t size)
{
    struct expected *e = context;

    for (size_t i = 0; i < e->count; i++) {
        if (!span_equals_nocase(span_text(e->files[i].path), span_text(path)))
            continue;
        assert(e->files[i].source.length == size && (cluster == 0) == (size == 0));
        e->met++;
        return;
    }
    assert(!"a file nobody put there");
}

static size_t read_files(struct reader *r, char *names, struct bootdisk_file *files)
{
    size_t count = 0;

    while (reader_left(r) > 3 && count < FILES_MAX) {
        uint64_t length = (uint64_t)reader_le16(r) << (reader_u8(r) & 7);
        struct span rest = span_of(r->at, reader_left(r));
        struct span name = reader_take(r, span_find(rest, 0));
        reader_skip(r, reader_left(r) > 0 ? 1 : 0);
        unsigned depth = 0;
        for (size_t i = 0; i < name.len; i++)
            depth += name.data[i] == '/';
        if (name.len > 1000 || depth > 20)
            continue; /* the reader that checks walks down by calling itself */
        if (name.len > 0)
            memcpy(names, name.data, name.len);
        names[name.len] = 0;
        files[count++] =
            (struct bootdisk_file){ .path = names, .identity = "", .source = body_zeros(length) };
        names += name.len + 1;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bootdisk_file files[FILES_MAX];
    struct reader r = reader_over(span_of(data, size));
    char *names = malloc(size + 1);
    uint8_t *memory = malloc(MEMORY_BYTES);
    struct body body, again;

    assert(names && memory);
    size_t count = read_files(&r, names, files);
    struct arena arena = arena_over(memory, MEMORY_BYTES);
    if (bootdisk_lay_out(files, count, &arena, &body) == BOOTDISK_SOUND) {
        struct expected expected = { .files = files, .count = count };
        struct test_fat fat;
        test_fat_read(&fat, &body, meet, &expected);
        assert(expected.met == count);
        struct arena other = arena_over(memory + arena.used, MEMORY_BYTES - arena.used);
        if (bootdisk_lay_out(files, count, &other, &again) == BOOTDISK_SOUND)
            assert(strcmp(body.etag, again.etag) == 0 && body.size == again.size);
    }
    free(memory);
    free(names);
    return 0;
}
