/* Files for the tests of this floor, made in memory: programs by their headers, and a folder of
 * such files to read from. */
#ifndef IMAGE_TEST_FILES_H
#define IMAGE_TEST_FILES_H

#include <assert.h>
#include <string.h>

#include "image/source.h"

#define TEST_FILE_MAX  0x8800
#define TEST_FILES_MAX 8

struct test_file {
    const char *path;
    size_t len;
    uint8_t data[TEST_FILE_MAX];
};

struct test_folder {
    struct test_file files[TEST_FILES_MAX];
    size_t count;
};

static inline void test_put(struct test_file *f, size_t at, const void *bytes, size_t len)
{
    assert(at + len <= sizeof f->data);
    memcpy(f->data + at, bytes, len);
    f->len = at + len > f->len ? at + len : f->len;
}

static inline void test_put16(struct test_file *f, size_t at, unsigned value)
{
    test_put(f, at, (const uint8_t[]){ (uint8_t)value, (uint8_t)(value >> 8) }, 2);
}

/* A PE32+ of two sections; the second is called `section`. */
static inline void test_make_pe(struct test_file *f, unsigned machine, unsigned subsystem,
                                const char *section)
{
    test_put(f, 0, "MZ", 2);
    test_put16(f, 0x3c, 0x80);
    test_put(f, 0x80, "PE\0\0", 4);
    test_put16(f, 0x84, machine);
    test_put16(f, 0x86, 2);
    test_put16(f, 0x94, 112);
    test_put16(f, 0x98, 0x20b);
    test_put16(f, 0x98 + 60, 0x200); /* headers end before the first section would begin */
    test_put16(f, 0x98 + 68, subsystem);
    test_put(f, 0x98 + 112, ".text", 5);
    test_put(f, 0x98 + 152, section, strlen(section));
    test_put(f, 0x3ff, "", 1);
}

static inline void test_make_bzimage(struct test_file *f)
{
    test_put16(f, 0x1fe, 0xaa55);
    test_put(f, 0x202, "HdrS", 4);
    test_put16(f, 0x20e, 0x300);
    test_put(f, 0x500, "6.1.0-18-amd64 (x@y)", 21);
}

static inline int64_t test_size(void *context, const char *path)
{
    const struct test_folder *folder = context;
    for (size_t i = 0; i < folder->count; i++)
        if (strcmp(folder->files[i].path, path) == 0)
            return (int64_t)folder->files[i].len;
    return -1;
}

static inline int64_t test_read(void *context, const char *path, uint64_t offset, void *data,
                                size_t len)
{
    const struct test_folder *folder = context;
    for (size_t i = 0; i < folder->count; i++) {
        if (strcmp(folder->files[i].path, path) != 0)
            continue;
        struct span all = span_of(folder->files[i].data, folder->files[i].len);
        struct span part = offset < all.len ? span_slice(all, offset, len) : (struct span){ 0 };
        if (part.len > 0)
            memcpy(data, part.data, part.len);
        return (int64_t)part.len;
    }
    return -1;
}

/* Files whose path is `folder`/name, and the folders of deeper ones: once for each file in them. */
static inline bool test_list(void *context, const char *folder,
                             int (*entry)(void *entry_context, const char *name, bool is_folder),
                             void *entry_context)
{
    const struct test_folder *all = context;
    size_t skip = *folder ? strlen(folder) + 1 : 0;
    bool any = skip == 0;
    for (size_t i = 0; i < all->count; i++) {
        const char *path = all->files[i].path;
        if (skip > 0 && (strlen(path) <= skip || strncmp(path, folder, skip - 1) != 0))
            continue;
        any = true;
        char name[128];
        size_t len = strcspn(path + skip, "/");
        span_to_text(span_of(path + skip, len), name, sizeof name);
        if (entry(entry_context, name, path[skip + len] == '/') != 0)
            break;
    }
    return any;
}

static inline struct image_source test_source(struct test_folder *folder)
{
    return (struct image_source){
        .list = test_list, .read = test_read, .size = test_size, .context = folder
    };
}

static inline struct test_file *test_add(struct test_folder *folder, const char *path)
{
    assert(folder->count < TEST_FILES_MAX);
    struct test_file *f = &folder->files[folder->count++];
    memset(f, 0, sizeof *f);
    f->path = path;
    return f;
}

static inline void test_add_text(struct test_folder *folder, const char *path, const char *text)
{
    test_put(test_add(folder, path), 0, text, strlen(text));
}

#endif
