/* Signature lists and updates of key variables, byte for byte as the UEFI specification draws
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "image/key_variable.h"
#include "image/siglist.h"

#include <cmocka.h>

static const struct guid owner = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };

#define X509_TYPE                                                                                  \
    0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72
#define SHA256_TYPE                                                                                \
    0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28
#define OWNER 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16

static void guids_are_read_and_shown(void **state)
{
    static const struct {
        const char *name, *text, *shown; /* shown NULL: refused */
    } cases[] = {
        { "Microsoft", "77fa9abd-0359-4d32-bd60-28f4e78f784b",
          "77fa9abd-0359-4d32-bd60-28f4e78f784b" },
        { "capitals", "77FA9ABD-0359-4D32-BD60-28F4E78F784B",
          "77fa9abd-0359-4d32-bd60-28f4e78f784b" },
        { "empty", "", NULL },
        { "one short", "77fa9abd-0359-4d32-bd60-28f4e78f784", NULL },
        { "one long", "77fa9abd-0359-4d32-bd60-28f4e78f784b0", NULL },
        { "no digit", "77fa9abg-0359-4d32-bd60-28f4e78f784b", NULL },
        { "dash elsewhere", "77fa9ab-d0359-4d32-bd60-28f4e78f784b", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct guid guid = owner;
        char shown[37] = "";
        if (guid_parse(&guid, span_text(cases[i].text)) != (cases[i].shown != NULL))
            fail_msg("%s", cases[i].name);
        if (!cases[i].shown) {
            assert_memory_equal(&guid, &owner, sizeof guid);
            continue;
        }
        assert_memory_equal(&guid, &GUID_MICROSOFT, sizeof guid);
        guid_format(&guid, shown);
        assert_string_equal(shown, cases[i].shown);
    }
}

static void variables_have_names_and_vendors(void **state)
{
    static const char *const want[KEY_VARIABLES][2] = {
        { "PK", "8be4df61-93ca-11d2-aa0d-00e098032b8c" },
        { "KEK", "8be4df61-93ca-11d2-aa0d-00e098032b8c" },
        { "db", "d719b2cb-3d3a-4596-a3bc-dad00e67656f" },
        { "dbx", "d719b2cb-3d3a-4596-a3bc-dad00e67656f" },
    };
    char vendor[37];
    (void)state;
    for (unsigned i = 0; i < KEY_VARIABLES; i++) {
        key_variable_vendor((enum key_variable)i, vendor);
        assert_string_equal(key_variable_name((enum key_variable)i), want[i][0]);
        assert_string_equal(vendor, want[i][1]);
    }
}

static void lists_are_as_drawn(void **state)
{
    uint8_t digests[64], data[160];
    static const uint8_t certificate[] = { X509_TYPE, 47, 0, 0, 0,     0,    0,    0,   0,
                                           19,        0,  0, 0, OWNER, 0x30, 0x01, 0x00 };
    static const uint8_t head[] = { SHA256_TYPE, 124, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0, OWNER };
    struct writer w = writer_over(data, sizeof data);
    (void)state;

    signature_list_add_certificate(&w, &owner, BYTES(0x30, 0x01, 0x00));
    assert_false(w.failed);
    assert_int_equal(w.len, sizeof certificate);
    assert_memory_equal(data, certificate, sizeof certificate);

    memset(digests, 0xaa, 32);
    memset(digests + 32, 0xbb, 32);
    w = writer_over(data, sizeof data);
    signature_list_add_sha256(&w, &owner, span_of(digests, sizeof digests));
    assert_false(w.failed);
    assert_int_equal(w.len, 124);
    assert_memory_equal(data, head, sizeof head);
    assert_memory_equal(data + 44, digests, 32);
    assert_memory_equal(data + 76, owner.bytes, 16);
    assert_memory_equal(data + 92, digests + 32, 32);
}

static void what_does_not_fit_fails(void **state)
{
    uint8_t data[64];
    struct writer w = writer_over(data, 46);
    (void)state;
    signature_list_add_certificate(&w, &owner, BYTES(0x30, 0x01, 0x00));
    assert_true(w.failed);
    w = writer_over(data, sizeof data);
    signature_list_add_sha256(&w, &owner, span_of(data, 31));
    assert_true(w.failed);
    w = writer_over(data, sizeof data);
    signature_list_add_sha256(&w, &owner, (struct span){ 0 });
    assert_true(w.failed);
}

static void times_are_civil(void **state)
{
    static const struct {
        const char *name;
        int64_t seconds;
        uint8_t want[8];
    } cases[] = {
        { "epoch", 0, { 0xb2, 0x07, 1, 1, 0, 0, 0, 0 } },
        { "leap day", 1709164800, { 0xe8, 0x07, 2, 29, 0, 0, 0, 0 } },
        { "its last second", 1709251199, { 0xe8, 0x07, 2, 29, 23, 59, 59, 0 } },
        { "March", 1709251200, { 0xe8, 0x07, 3, 1, 0, 0, 0, 0 } },
        { "year's end", 1798761599, { 0xea, 0x07, 12, 31, 23, 59, 59, 0 } },
        { "2000", 951782400, { 0xd0, 0x07, 2, 29, 0, 0, 0, 0 } },
        { "2100 has none", 4107542400, { 0x34, 0x08, 3, 1, 0, 0, 0, 0 } },
        { "before 1970", -1, { 0xb1, 0x07, 12, 31, 23, 59, 59, 0 } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t data[64];
        struct writer w = writer_over(data, sizeof data);
        key_update_add(&w, (struct calendar){ cases[i].seconds * 1000 }, (struct span){ 0 },
                       (struct span){ 0 });
        if (w.failed || memcmp(data, cases[i].want, 8) != 0)
            fail_msg("%s: %u-%u-%u %u:%u:%u", cases[i].name, data[0] | data[1] << 8, data[2],
                     data[3], data[4], data[5], data[6]);
        for (size_t k = 8; k < 16; k++)
            assert_int_equal(data[k], 0);
    }
}

static void update_is_as_drawn(void **state)
{
    /* 2026-11-25 14:30:05 */
    static const struct calendar time = { INT64_C(1795617005000) };
    static const uint8_t stamp[] = { 0xea, 0x07, 11, 25, 14, 30, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    static const uint8_t head[] = { 28,   0,    0,    0,    0x00, 0x02, 0xf1, 0x0e,
                                    0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
                                    0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7,
                                    'S',  'I',  'G',  'N',  'l',  'i',  's',  't' };
    static const uint8_t covered[] = { 'd',  0,    'b',  0,    'x',  0,    0xcb, 0xb2, 0x19,
                                       0xd7, 0x3a, 0x3d, 0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0,
                                       0x0e, 0x67, 0x65, 0x6f, 0x27, 0,    0,    0 };
    uint8_t data[128];
    struct writer w = writer_over(data, sizeof data);
    (void)state;

    key_update_add(&w, time, span_text("SIGN"), span_text("list"));
    assert_int_equal(w.len, sizeof stamp + sizeof head);
    assert_memory_equal(data, stamp, sizeof stamp);
    assert_memory_equal(data + sizeof stamp, head, sizeof head);
    assert_true(w.len <= KEY_UPDATE_EXTRA_BYTES + 8);

    w = writer_over(data, sizeof data);
    key_update_add_signed_bytes(&w, KEY_VARIABLE_DBX, time, span_text("list"));
    assert_int_equal(w.len, sizeof covered + sizeof stamp + 4);
    assert_memory_equal(data, covered, sizeof covered);
    assert_memory_equal(data + sizeof covered, stamp, sizeof stamp);
    assert_memory_equal(data + sizeof covered + sizeof stamp, "list", 4);
}

struct told {
    size_t count, owned;
    enum siglist_kind kinds[4];
    struct span data[4];
};

static bool remember(void *context, const struct siglist_entry *entry)
{
    struct told *told = context;
    assert_in_range(told->count, 0, 3);
    told->owned += span_equals(entry->owner, span_of(owner.bytes, sizeof owner.bytes));
    told->kinds[told->count] = entry->kind;
    told->data[told->count++] = entry->data;
    return true;
}

/* What is written here is read by image/siglist, with and without what stands before it. */
static void lists_are_read_back(void **state)
{
    uint8_t digests[64], lists[256], update[512];
    struct writer w = writer_over(lists, sizeof lists), u = writer_over(update, sizeof update);
    (void)state;

    memset(digests, 0x11, 32);
    memset(digests + 32, 0x22, 32);
    signature_list_add_certificate(&w, &owner, BYTES(0x30, 0x01, 0x00));
    signature_list_add_sha256(&w, &owner, span_of(digests, sizeof digests));
    key_update_add(&u, (struct calendar){ 0 }, span_text("signature"), writer_span(&w));
    assert_false(w.failed || u.failed);
    struct span files[] = { writer_span(&w), writer_span(&u) };
    for (size_t i = 0; i < 2; i++) {
        struct told told = { 0 };
        struct span read = siglist_of_file(files[i]);
        assert_true(span_equals(read, writer_span(&w)));
        assert_int_equal(siglist_each(read, remember, &told), SIGLIST_SOUND);
        assert_int_equal(told.count, 3);
        assert_int_equal(told.owned, 3);
        assert_int_equal(told.kinds[0], SIGLIST_X509);
        assert_true(span_equals(told.data[0], BYTES(0x30, 0x01, 0x00)));
        assert_int_equal(told.kinds[2], SIGLIST_DIGEST);
        assert_true(span_equals(told.data[2], span_of(digests + 32, 32)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guids_are_read_and_shown),
        cmocka_unit_test(variables_have_names_and_vendors),
        cmocka_unit_test(lists_are_as_drawn),
        cmocka_unit_test(what_does_not_fit_fails),
        cmocka_unit_test(times_are_civil),
        cmocka_unit_test(update_is_as_drawn),
        cmocka_unit_test(lists_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
