/* Tests of image/tar and image/gunzip: archives made here, cut and fed in every portion. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include <zlib.h>

#include "base/text.h"

#include "image/gunzip.h"
#include "image/tar.h"

static uint8_t archive[64 * TAR_BLOCK];
static size_t archive_len;

static void set_sum(uint8_t *header)
{
    unsigned sum = 0;
    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
}

static uint8_t *add(const char *name, char type, const char *contents)
{
    uint8_t *header = archive + archive_len;
    size_t len = strlen(contents), blocks = (len + TAR_BLOCK - 1) / TAR_BLOCK;
    assert_true(archive_len + (blocks + 3) * TAR_BLOCK <= sizeof archive);
    memset(header, 0, (blocks + 1) * TAR_BLOCK);
    memcpy(header, name, strlen(name));
    snprintf((char *)header + 124, 12, "%011o", (unsigned)len);
    header[156] = (uint8_t)type;
    memcpy(header + 257, "ustar\00000", 8);
    memcpy(header + TAR_BLOCK, contents, len);
    set_sum(header);
    archive_len += (blocks + 1) * TAR_BLOCK;
    return header;
}

static void add_end(void)
{
    memset(archive + archive_len, 0, 2 * TAR_BLOCK);
    archive_len += 2 * TAR_BLOCK;
}

/* What the sink saw: "name(size)contents;" */
static char seen_buffer[8192];
static struct text seen;
static const char *only;
static bool stop_at_data;

static bool sink_begin(void *context, const char *name, uint64_t size)
{
    (void)context;
    if (only && strcmp(name, only) != 0)
        return false;
    text_addf(&seen, "%s(%u)", name, (unsigned)size);
    return true;
}

static bool sink_data(void *context, struct span bytes)
{
    (void)context;
    text_add_span(&seen, bytes);
    return !stop_at_data;
}

static bool sink_end(void *context)
{
    (void)context;
    text_add_char(&seen, ';');
    return true;
}

static enum tar_flaw feed(size_t portion, size_t length)
{
    const struct tar_sink sink = { sink_begin, sink_data, sink_end, NULL };
    struct tar tar = tar_begin(&sink);
    seen = text_over(seen_buffer, sizeof seen_buffer);
    for (size_t at = 0; at < length; at += portion)
        (void)tar_feed(&tar, span_slice(span_of(archive, length), at, portion));
    return tar_finish(&tar);
}

static void make_usual(void)
{
    char long_name[300], too_long[600];
    memset(long_name, 'x', 150);
    long_name[150] = 0;
    memset(too_long, 'y', 400);
    too_long[400] = 0;
    archive_len = 0;
    add("ipxeboot/", '5', "");
    add("ipxeboot/a.efi", '0', "first");
    add("link", '2', "");
    add("././@LongLink", 'L', long_name);
    add("cut", '0', "second");
    add("././@LongLink", 'L', too_long);
    add("cut", '0', "passed over");
    add("pax", 'x', "20 path=abcdefghij\n");
    add("empty", 0, "");
    memcpy(add("tail", '0', "third") + 345, "folder", 6);
    set_sum(archive + archive_len - 2 * TAR_BLOCK);
    add_end();
}

static void members_are_found_in_any_portion(void **state)
{
    char want[512];
    struct text t = text_over(want, sizeof want);
    (void)state;
    make_usual();
    text_add(&t, "ipxeboot/a.efi(5)first;");
    for (int i = 0; i < 150; i++)
        text_add_char(&t, 'x');
    text_add(&t, "(6)second;empty(0);folder/tail(5)third;");
    for (size_t portion = 1; portion <= archive_len; portion += portion < 1100 ? 7 : 4001) {
        assert_int_equal(feed(portion, archive_len), TAR_SOUND);
        assert_string_equal(seen_buffer, want);
    }
    only = "empty";
    assert_int_equal(feed(512, archive_len), TAR_SOUND);
    assert_string_equal(seen_buffer, "empty(0);");
    only = NULL;
}

static void damage_is_named(void **state)
{
    (void)state;
    make_usual();
    assert_int_equal(feed(100, 3 * TAR_BLOCK - 100), TAR_CUT);
    assert_int_equal(feed(100, archive_len - 2 * TAR_BLOCK), TAR_SOUND); /* without its end */
    archive[3] ^= 1;
    assert_int_equal(feed(100, archive_len), TAR_BAD_HEADER);
    make_usual();
    memcpy(archive + 124, "00000000009", 11);
    set_sum(archive);
    assert_int_equal(feed(100, archive_len), TAR_BAD_NUMBER);
    memcpy(archive + 124, "\x80\0\0\0\0\0\0\0\0\0\0\1", 12); /* GNU's binary numbers */
    set_sum(archive);
    assert_int_equal(feed(100, archive_len), TAR_BAD_NUMBER);
    make_usual();
    stop_at_data = true;
    assert_int_equal(feed(100, archive_len), TAR_STOPPED);
    assert_string_equal(seen_buffer, "ipxeboot/a.efi(5)f"
                                     "irst" /* the portion it came in */);
    stop_at_data = false;
    for (int flaw = TAR_SOUND; flaw <= TAR_STOPPED; flaw++)
        assert_non_null(tar_flaw_text((enum tar_flaw)flaw));
}

static bool collect(void *context, struct span bytes)
{
    (void)context;
    text_add_span(&seen, bytes);
    return !stop_at_data;
}

static size_t compress_text(const char *text, size_t len, uint8_t *out, size_t cap)
{
    z_stream z = { 0 };
    uint8_t *copy = malloc(len);
    assert_non_null(copy);
    memcpy(copy, text, len);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = copy;
    z.avail_in = (unsigned)len;
    z.next_out = out;
    z.avail_out = (unsigned)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    free(copy);
    return cap - z.avail_out;
}

static enum gunzip_flaw gunzip_all(const uint8_t *data, size_t len, size_t portion, uint64_t most)
{
    struct gunzip *g;
    seen = text_over(seen_buffer, sizeof seen_buffer);
    assert_int_equal(gunzip_new(most, collect, NULL, &g), 0);
    for (size_t at = 0; at < len; at += portion)
        (void)gunzip_feed(g, span_slice(span_of(data, len), at, portion));
    enum gunzip_flaw flaw = gunzip_finish(g);
    gunzip_free(g);
    return flaw;
}

static void gzip_is_undone_within_bounds(void **state)
{
    static uint8_t packed[4096];
    static char plain[1 << 20];
    (void)state;
    size_t len = compress_text("hello hello hello", 17, packed, sizeof packed);
    for (size_t portion = 1; portion <= len; portion++) {
        assert_int_equal(gunzip_all(packed, len, portion, 17), GUNZIP_SOUND);
        assert_string_equal(seen_buffer, "hello hello hello");
    }
    packed[len] = 'x'; /* behind its end */
    assert_int_equal(gunzip_all(packed, len + 1, 4096, 17), GUNZIP_SOUND);
    assert_int_equal(gunzip_all(packed, len, 4096, 16), GUNZIP_TOO_LARGE);
    assert_int_equal(gunzip_all(packed, len - 1, 4096, 17), GUNZIP_CUT);
    assert_int_equal(gunzip_all(packed, 0, 4096, 17), GUNZIP_CUT);
    packed[len - 6] ^= 1; /* its checksum */
    assert_int_equal(gunzip_all(packed, len, 4096, 17), GUNZIP_BAD);
    assert_int_equal(gunzip_all((const uint8_t *)"MZ....", 6, 4096, 17), GUNZIP_BAD);

    /* a small file that holds a large one: cut off at the bound, not taken whole */
    len = compress_text(plain, sizeof plain, packed, sizeof packed);
    assert_true(len < 2048);
    assert_int_equal(gunzip_all(packed, len, 4096, 300000), GUNZIP_TOO_LARGE);
    stop_at_data = true;
    assert_int_equal(gunzip_all(packed, len, 4096, sizeof plain), GUNZIP_STOPPED);
    stop_at_data = false;
    for (int flaw = GUNZIP_SOUND; flaw <= GUNZIP_STOPPED; flaw++)
        assert_non_null(gunzip_flaw_text((enum gunzip_flaw)flaw));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_in_any_portion),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(gzip_is_undone_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
