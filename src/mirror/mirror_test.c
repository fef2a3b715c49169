/* The mirror's names, its files' first block, and what is let go of when it is full. */
#include <stdlib.h>

#include "mirror/mirror_index.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

static void names_are_split(void **state)
{
    static const struct {
        const char *asked, *upstream, *path; /* NULL = refused */
    } cases[] = {
        { "mirror/debian/dists/stable/InRelease", "debian", "dists/stable/InRelease" },
        { "/mirror/debian/pool/a_1.deb", "debian", "pool/a_1.deb" },
        { "mirror/debian/", NULL, NULL },
        { "mirror/debian", NULL, NULL },
        { "mirror/debian/dists/", NULL, NULL },
        { "mirror//x", NULL, NULL },
        { "mirror/debian/../etc", NULL, NULL },
        { "mirror/../x/y", NULL, NULL },
        { "mirror/debian/a//b", NULL, NULL },
        { "mirror/debian/./b", NULL, NULL },
        { "mirror/debian/a\\b", NULL, NULL },
        { "mirror/debian/a\nb", NULL, NULL },
        { "images/debian/linux", NULL, NULL },
        { "", NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span key, upstream, path;
        bool is_one = mirror_name_split(span_text(cases[i].asked), &key, &upstream, &path);
        if (is_one != (cases[i].upstream != NULL) ||
            (is_one && (!span_is(upstream, cases[i].upstream) || !span_is(path, cases[i].path))))
            fail_msg("%s", cases[i].asked);
    }
}

static void kinds_are_told(void **state)
{
    static const struct {
        const char *path;
        enum mirror_kind want;
    } cases[] = {
        { "pool/main/h/hello/hello_2.10-3_amd64.deb", MIRROR_LASTING },
        { "pool/main/h/hello/hello_2.10.orig.tar.gz", MIRROR_LASTING },
        { "dists/bookworm/main/binary-amd64/by-hash/SHA256/0123", MIRROR_LASTING },
        { "releases/43/os/Packages/b/bash-5.3-1.fc43.x86_64.rpm", MIRROR_LASTING },
        { "repodata/0123456789abcdef0123456789abcdef-primary.xml.gz", MIRROR_LASTING },
        { "v3.22/main/x86_64/busybox-1.37.0-r18.apk", MIRROR_LASTING },
        { "dists/bookworm/InRelease", MIRROR_INDEX },
        { "dists/bookworm/main/binary-amd64/Packages.xz", MIRROR_INDEX },
        { "repodata/repomd.xml", MIRROR_INDEX },
        { "v3.22/main/x86_64/APKINDEX.tar.gz", MIRROR_INDEX },
        { "repodata/abc-primary.xml.gz", MIRROR_INDEX },
        { ".deb", MIRROR_INDEX },
        { "dists/bookworm/main/installer-amd64/current/images/netboot/linux", MIRROR_INDEX },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (mirror_kind_of(span_text(cases[i].path)) != cases[i].want)
            fail_msg("%s", cases[i].path);
}

static void addresses_are_coded(void **state)
{
    char data[128];
    struct text t = text_over(data, sizeof data);
    (void)state;
    mirror_add_coded(&t, span_text("pool/a b/g++_1:2~3%.deb?#\xc3"));
    assert_string_equal(data, "pool/a%20b/g++_1:2~3%25.deb%3F%23%C3");
}

static void headers_come_back(void **state)
{
    uint8_t block[MIRROR_HEADER_BYTES];
    struct mirror_header in = { .key = "debian/dists/x/InRelease",
                                .etag = "\"a b\"",
                                .modified = "Sun, 06 Nov 1994 08:49:37 GMT",
                                .size = UINT64_C(5000000000) },
                         out;
    (void)state;
    mirror_header_encode(&in, block);
    assert_true(mirror_header_decode(span_of(block, sizeof block), &out));
    assert_string_equal(out.key, in.key);
    assert_string_equal(out.etag, in.etag);
    assert_string_equal(out.modified, in.modified);
    assert_int_equal(out.size, in.size);
    assert_false(mirror_header_decode(span_of(block, sizeof block - 1), &out));
    block[0] = 'T';
    assert_false(mirror_header_decode(span_of(block, sizeof block), &out));
    memcpy(in.key, "debian/../x", 12);
    mirror_header_encode(&in, block);
    assert_false(mirror_header_decode(span_of(block, sizeof block), &out));
}

static struct mirror_file *put(struct mirror_index *index, const char *key, uint64_t size)
{
    struct mirror_header header = { .size = size };
    span_to_text(span_text(key), header.key, sizeof header.key);
    struct mirror_file *file = mirror_index_put(index, &header, 7);
    assert_non_null(file);
    return file;
}

static void the_oldest_goes_first(void **state)
{
    struct mirror_index *index;
    (void)state;
    assert_int_equal(mirror_index_new(5 * 108192, (struct hash_key){ 0 }, &index), 0);
    put(index, "d/a", 100000);
    put(index, "d/b", 100000);
    put(index, "d/c", 100000);
    assert_null(mirror_index_to_drop(index, 100000));
    mirror_index_use(index, mirror_index_find(index, span_text("d/a")));
    put(index, "d/d", 100000);
    assert_int_equal(mirror_index_count(index), 4);
    struct mirror_file *file = mirror_index_to_drop(index, 300000);
    assert_string_equal(file->key, "d/b");
    mirror_index_drop(index, file);
    assert_null(mirror_index_find(index, span_text("d/b")));
    assert_string_equal(mirror_index_to_drop(index, 300000)->key, "d/c");
    /* The same name anew takes the place of its bytes. */
    uint64_t before = mirror_index_bytes(index);
    put(index, "d/a", 1);
    assert_true(mirror_index_bytes(index) < before - 90000);
    assert_int_equal(mirror_index_count(index), 3);
    for (struct mirror_file *f; (f = mirror_index_to_drop(index, 532000)) != NULL;)
        mirror_index_drop(index, f);
    assert_int_equal(mirror_index_count(index), 0);
    assert_int_equal(mirror_index_bytes(index), 0);
    mirror_index_free(index);
}

/* What never fits costs nothing of what is there, whatever size an upstream says. */
static void what_never_fits_drops_nothing(void **state)
{
    static const uint64_t sizes[] = { 1 << 20,           UINT64_MAX / 2,    UINT64_MAX - 8192,
                                      UINT64_MAX - 4096, UINT64_MAX - 4095, UINT64_MAX };
    struct mirror_index *index;
    (void)state;
    assert_int_equal(mirror_index_new(1 << 20, (struct hash_key){ 0 }, &index), 0);
    put(index, "d/a", 1000);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (mirror_index_fits(index, sizes[i]) || mirror_index_to_drop(index, sizes[i]))
            fail_msg("row %zu", i);
    mirror_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_split),       cmocka_unit_test(kinds_are_told),
        cmocka_unit_test(addresses_are_coded),   cmocka_unit_test(headers_come_back),
        cmocka_unit_test(the_oldest_goes_first), cmocka_unit_test(what_never_fits_drops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
