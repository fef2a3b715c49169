/* Signature lists, bare, as updates and as Linux shows them; and lists whose sizes lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/writer.h"

#include "image/siglist.h"

#include <cmocka.h>

static const uint8_t x509_guid[] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
                                     0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 };
static const uint8_t sha256_guid[] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
                                       0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };
static const uint8_t x509_sha256_guid[] = { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40,
                                            0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed };
static const uint8_t odd_guid[16] = { 1, 2, 3 };

struct file {
    uint8_t data[1024];
    struct writer w;
};

static void begin(struct file *f)
{
    memset(f->data, 0, sizeof f->data);
    f->w = writer_over(f->data, sizeof f->data);
}

static struct span bytes_of(const struct file *f)
{
    return span_of(f->data, f->w.len);
}

/* A list of `count` entries of `data_len` bytes, each filled with its number. */
static void put_list(struct file *f, const uint8_t *guid, unsigned header, unsigned data_len,
                     unsigned count)
{
    writer_bytes(&f->w, span_of(guid, 16));
    writer_le32(&f->w, 28 + header + count * (16 + data_len));
    writer_le32(&f->w, header);
    writer_le32(&f->w, 16 + data_len);
    writer_fill(&f->w, 0xee, header);
    for (unsigned i = 0; i < count; i++) {
        writer_fill(&f->w, 0x77, 16);
        writer_fill(&f->w, (uint8_t)(i + 1), data_len);
    }
}

struct told {
    char text[512];
    size_t len;
    unsigned stop_after;
};

static bool tell(void *context, const struct siglist_entry *entry)
{
    static const char *const kinds[] = { "x509", "digest", "x509digest", "other" };
    struct told *told = context;
    assert_int_equal(entry->owner.len, 16);
    int n = snprintf(told->text + told->len, sizeof told->text - told->len, "%s:%zu:%u%s ",
                     kinds[entry->kind], entry->data.len, entry->data.data[0],
                     entry->has_time ? ":time" : "");
    told->len += (size_t)n;
    return told->stop_after == 0 || --told->stop_after > 0;
}

static void lists_are_read(void **state)
{
    static struct file f;
    struct told told = { 0 };
    (void)state;
    begin(&f);
    put_list(&f, x509_guid, 0, 40, 1);
    put_list(&f, sha256_guid, 4, 32, 2);
    put_list(&f, x509_sha256_guid, 0, 48, 1);
    put_list(&f, odd_guid, 0, 7, 1);
    put_list(&f, sha256_guid, 0, 32, 0);
    assert_int_equal(siglist_each(siglist_of_file(bytes_of(&f)), tell, &told), SIGLIST_SOUND);
    assert_string_equal(told.text,
                        "x509:40:1 digest:32:1 digest:32:2 x509digest:32:1:time other:7:1 ");

    told = (struct told){ .stop_after = 2 };
    assert_int_equal(siglist_each(bytes_of(&f), tell, &told), SIGLIST_SOUND);
    assert_string_equal(told.text, "x509:40:1 digest:32:1 ");

    /* No time: forbidden whenever it was signed. */
    memset(f.data + 28 + 56 + 28 + 4 + 96 + 28 + 16 + 32, 0, 16);
    told = (struct told){ 0 };
    assert_int_equal(siglist_each(bytes_of(&f), tell, &told), SIGLIST_SOUND);
    assert_non_null(strstr(told.text, "x509digest:32:1 "));
}

static void what_stands_before_is_passed_over(void **state)
{
    static const uint8_t pkcs7[] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
                                     0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7 };
    static struct file f, update, shown;
    (void)state;
    begin(&f);
    put_list(&f, sha256_guid, 0, 32, 1);
    assert_true(span_equals(siglist_of_file(bytes_of(&f)), bytes_of(&f)));

    begin(&update);
    writer_fill(&update.w, 0x07, 16);
    writer_le32(&update.w, 8 + 16 + 30);
    writer_le16(&update.w, 0x0200);
    writer_le16(&update.w, 0x0ef1);
    writer_bytes(&update.w, span_of(pkcs7, sizeof pkcs7));
    writer_fill(&update.w, 0x30, 30);
    writer_bytes(&update.w, bytes_of(&f));
    assert_true(span_equals(siglist_of_file(bytes_of(&update)), bytes_of(&f)));
    update.data[16] = 23; /* shorter than its own GUID */
    assert_true(span_equals(siglist_of_file(bytes_of(&update)), bytes_of(&update)));
    update.data[17] = 0x7f; /* longer than the file */
    assert_true(span_equals(siglist_of_file(bytes_of(&update)), bytes_of(&update)));

    begin(&shown);
    writer_le32(&shown.w, 0x27);
    writer_bytes(&shown.w, bytes_of(&f));
    assert_true(span_equals(siglist_of_file(bytes_of(&shown)), bytes_of(&f)));
}

static void lies_are_named(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t value;
        enum siglist_flaw flaw;
    } cases[] = {
        { "sound", 16, 28 + 96, SIGLIST_SOUND },
        { "longer than the file", 16, 28 + 97, SIGLIST_CUT },
        { "shorter than its header", 16, 27, SIGLIST_SIZES },
        { "type's header beyond the list", 20, 97, SIGLIST_SIZES },
        { "type's header eats an entry's part", 20, 1, SIGLIST_SIZES },
        { "entries without data", 24, 16, SIGLIST_SIZES },
        { "entries of no length", 24, 0, SIGLIST_SIZES },
        { "entries that do not divide the list", 24, 47, SIGLIST_SIZES },
        { "digests of 16 bytes", 24, 32, SIGLIST_DATA_SIZE },
        { "list that leaves half a header", 16, 28, SIGLIST_SIZES },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct file f;
        struct told told = { 0 };
        begin(&f);
        put_list(&f, sha256_guid, 0, 32, 2);
        f.data[cases[i].at] = cases[i].value;
        enum siglist_flaw flaw = siglist_each(bytes_of(&f), tell, &told);
        if (flaw != cases[i].flaw)
            fail_msg("%s: %s", cases[i].name, siglist_flaw_text(flaw));
    }
    assert_int_equal(siglist_each((struct span){ 0 }, tell, NULL), SIGLIST_EMPTY);
}

static void cut_lists_are_noticed(void **state)
{
    static struct file f;
    (void)state;
    begin(&f);
    put_list(&f, sha256_guid, 0, 32, 2);
    for (size_t len = 1; len < f.w.len; len++) {
        struct told told = { 0 };
        assert_int_equal(siglist_each(span_of(f.data, len), tell, &told), SIGLIST_CUT);
        assert_int_equal(told.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read),
        cmocka_unit_test(what_stands_before_is_passed_over),
        cmocka_unit_test(lies_are_named),
        cmocka_unit_test(cut_lists_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
