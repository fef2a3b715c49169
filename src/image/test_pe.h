/* A small PE file for tests, sound to firmware: two sections with a gap between them, data behind
 * them, and a certificate table when asked for. */
#ifndef IMAGE_TEST_PE_H
#define IMAGE_TEST_PE_H

#include "image/test_files.h"

struct test_pe {
    bool is_pe32;           /* PE32 instead of PE32+ */
    unsigned directories;   /* 16 is usual */
    unsigned machine;       /* 0: x86-64 (PE32: i386) */
    struct span table;      /* certificate table; may be empty */
    const char *name;       /* of the second section; NULL: ".data" */
    struct span contents;   /* of the second section; at most 0x200 bytes */
    unsigned section_flags; /* of the second section, the high 16 bits */
};

#define TEST_PE_AT      0x80
#define TEST_PE_HEADERS 0x200
#define TEST_PE_FIRST   0x400 /* first section, 0x200 bytes; before it a gap of as many */
#define TEST_PE_SECOND  0x600 /* 0x200 bytes */
#define TEST_PE_END     0xa00 /* behind the last section 0x200 bytes follow */

static inline void test_put32(struct test_file *f, size_t at, unsigned value)
{
    test_put16(f, at, value & 0xffff);
    test_put16(f, at + 2, value >> 16);
}

static inline void test_put_section(struct test_file *f, size_t at, const char *name, unsigned raw,
                                    unsigned flags)
{
    assert(strlen(name) <= 8);
    test_put(f, at, name, strlen(name));
    test_put32(f, at + 8, 0x200);
    test_put32(f, at + 12, raw + 0x1000);
    test_put32(f, at + 16, 0x200);
    test_put32(f, at + 20, raw);
    test_put16(f, at + 38, flags);
}

/* Returns the file offset of the optional header. */
static inline size_t test_make_whole_pe(struct test_file *f, const struct test_pe *pe)
{
    size_t fixed = pe->is_pe32 ? 96 : 112, optional = TEST_PE_AT + 24;
    size_t sections = optional + fixed + 8 * (size_t)pe->directories;

    for (size_t i = TEST_PE_FIRST; i < TEST_PE_END; i++)
        test_put(f, i, (const uint8_t[]){ (uint8_t)(i * 7 + i / 256) }, 1);
    test_put(f, 0, "MZ", 2);
    test_put16(f, 0x3c, TEST_PE_AT);
    test_put(f, TEST_PE_AT, "PE\0\0", 4);
    test_put16(f, TEST_PE_AT + 4, pe->machine ? pe->machine : pe->is_pe32 ? 0x014c : 0x8664);
    test_put16(f, TEST_PE_AT + 6, 2);
    test_put16(f, TEST_PE_AT + 20, (unsigned)(sections - optional));
    test_put16(f, optional, pe->is_pe32 ? 0x10b : 0x20b);
    test_put32(f, optional + 32, 0x1000);
    test_put32(f, optional + 56, 0x3000);
    test_put32(f, optional + 60, TEST_PE_HEADERS);
    test_put32(f, optional + 64, 0x11223344);
    test_put16(f, optional + 68, 10);
    test_put16(f, optional + 70, 0x0100);
    test_put32(f, optional + fixed - 4, pe->directories);
    test_put_section(f, sections, ".text", TEST_PE_FIRST, 0x6000);
    test_put_section(f, sections + 40, pe->name ? pe->name : ".data", TEST_PE_SECOND,
                     pe->section_flags ? pe->section_flags : 0xc000);
    if (pe->contents.len > 0) {
        assert(pe->contents.len <= 0x200);
        test_put(f, TEST_PE_SECOND, pe->contents.data, pe->contents.len);
        test_put32(f, sections + 48, (unsigned)pe->contents.len);
    }
    if (pe->table.len > 0) {
        assert(pe->directories > 4);
        test_put32(f, optional + fixed + 32, TEST_PE_END);
        test_put32(f, optional + fixed + 36, (unsigned)pe->table.len);
        test_put(f, TEST_PE_END, pe->table.data, pe->table.len);
    }
    return optional;
}

#endif
