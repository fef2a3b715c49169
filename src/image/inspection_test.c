/* What is told of programs signed in every way and damaged in every way, with db and dbx of keys
 * made on the spot. What Microsoft's own keys come to is seen with real files in tests/peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/writer.h"

#include "crypto/test_signing.h"
#include "image/inspection.h"
#include "image/key_variable.h"
#include "image/test_pe.h"

#include <cmocka.h>

#define YEAR_2001  978307200L
#define YEAR_2011  1293840000L
#define SBAT_FIRST "sbat,1,SBAT Version,sbat,1,https://example.org/\n"
#define TABLE_MAX  0x4000
#define LISTS_MAX  4096

static struct test_key root, leaf, other;

static int make_keys(void **state)
{
    (void)state;
    root = test_key_make("Site Root", NULL, true, YEAR_2001, YEAR_2011);
    leaf = test_key_make("Site Signer", &root, false, YEAR_2001, YEAR_2011);
    other = test_key_make("Other Signer", NULL, true, YEAR_2001, YEAR_2011);
    return 0;
}

static int drop_keys(void **state)
{
    (void)state;
    test_key_done(&root);
    test_key_done(&leaf);
    test_key_done(&other);
    return 0;
}

/* A program under inspection, and what it is signed with. */
struct bench {
    struct test_file file;
    uint8_t table[TABLE_MAX];
    struct writer entries;
    struct trust *trust;
    struct inspection *out;
    const char *sbat;
};

static void begin(struct bench *b, const char *sbat)
{
    memset(b, 0, sizeof *b);
    b->entries = writer_over(b->table, sizeof b->table);
    b->trust = trust_new();
    b->out = malloc(sizeof *b->out);
    b->sbat = sbat;
    assert_non_null(b->trust);
    assert_non_null(b->out);
}

static void end(struct bench *b)
{
    trust_free(b->trust);
    free(b->out);
}

static void build(struct bench *b)
{
    const struct test_pe pe = { .directories = 16,
                                .table = span_of(b->table, b->entries.len),
                                .name = b->sbat ? ".sbat" : NULL,
                                .contents = span_text(b->sbat) };
    memset(&b->file, 0, sizeof b->file);
    (void)test_make_whole_pe(&b->file, &pe);
}

static void look(struct bench *b)
{
    struct span bytes = span_of(b->file.data, b->file.len);
    struct image_source source = image_source_over(&bytes);
    assert_int_equal(inspection_make(&source, "", b->trust, b->out), 0);
}

/* The digest the file has, which its signatures do not change. */
static struct digest digest_now(struct bench *b, enum digest_kind kind)
{
    struct pe pe;
    struct digest digest;
    build(b);
    struct span bytes = span_of(b->file.data, b->file.len);
    struct image_source source = image_source_over(&bytes);
    assert_int_equal(pe_read(&source, "", &pe), PE_SOUND);
    assert_int_equal(authenticode_digest(&source, "", &pe, kind, &digest), 0);
    return digest;
}

static void add_entry(struct bench *b, struct span der, uint16_t type)
{
    writer_le32(&b->entries, (uint32_t)(8 + der.len));
    writer_le16(&b->entries, 0x0200);
    writer_le16(&b->entries, type);
    writer_bytes(&b->entries, der);
    writer_fill(&b->entries, 0, (8 - b->entries.len % 8) % 8);
    assert_false(b->entries.failed);
}

static void sign(struct bench *b, const struct test_key *key, enum digest_kind kind)
{
    struct digest digest = digest_now(b, kind);
    const struct test_key *above[] = { &root };
    struct span der = test_sign(key, &digest, above, key == &leaf ? 1 : 0, false);
    add_entry(b, der, 2);
    test_drop(der);
}

static void trust(struct bench *b, enum trust_side side, const struct test_key *key)
{
    char why[TRUST_PHRASE_MAX] = "";
    struct span der = test_certificate(key);
    assert_int_equal(trust_add(b->trust, side, der, why), 0);
    test_drop(der);
}

static void trust_digest(struct bench *b, enum trust_side side)
{
    static const struct guid owner;
    uint8_t lists[LISTS_MAX];
    char why[TRUST_PHRASE_MAX] = "";
    struct writer w = writer_over(lists, sizeof lists);
    struct digest digest = digest_now(b, DIGEST_SHA256);
    signature_list_add_sha256(&w, &owner, digest_span(&digest));
    assert_int_equal(trust_add(b->trust, side, span_of(lists, w.len), why), 0);
}

static void expect(struct bench *b, enum inspection_verdict verdict, const char *headline)
{
    build(b);
    look(b);
    if (b->out->verdict != verdict || !strstr(b->out->headline, headline))
        fail_msg("%s: %s", inspection_verdict_name(b->out->verdict), b->out->headline);
}

static void unsigned_programs(void **state)
{
    static struct bench b;
    (void)state;
    begin(&b, NULL);
    expect(&b, INSPECTION_UNSIGNED, "unsigned: only with Secure Boot off");
    assert_true(b.out->has_digest);
    assert_false(b.out->facts.is_signed || b.out->facts.is_damaged || b.out->facts.is_revoked);
    assert_string_equal(b.out->facts.refusal, "it is not signed");
    trust_digest(&b, TRUST_DB);
    expect(&b, INSPECTION_BOOTS, "given db");
    trust_digest(&b, TRUST_DBX);
    expect(&b, INSPECTION_REFUSED, "dbx forbids this very file");
    assert_true(b.out->facts.is_revoked);
    end(&b);
}

static void vendors_programs_need_a_shim(void **state)
{
    static struct bench b;
    (void)state;
    begin(&b, SBAT_FIRST "grub,5,,,,\n");
    sign(&b, &leaf, DIGEST_SHA256);
    expect(&b, INSPECTION_NEEDS_SHIM, "a shim that knows the key of Site Root starts it");
    assert_int_equal(b.out->facts.signers, SECURE_VENDOR);
    assert_string_equal(b.out->facts.vendor, "Site Root");
    assert_true(b.out->facts.is_signed);
    for (unsigned i = 0; i < FIRMWARE_KINDS; i++)
        assert_false(b.out->boots[i]);
    end(&b);

    begin(&b, NULL);
    sign(&b, &leaf, DIGEST_SHA256);
    expect(&b, INSPECTION_NEEDS_SHIM, "lets GRUB start it");
    end(&b);
}

static void every_kind_of_digest_is_taken(void **state)
{
    static struct bench b;
    (void)state;
    for (unsigned kind = 0; kind < DIGEST_KINDS; kind++) {
        begin(&b, NULL);
        sign(&b, &leaf, (enum digest_kind)kind);
        trust(&b, TRUST_DB, &root);
        expect(&b, INSPECTION_BOOTS, "given db");
        assert_int_equal(b.out->signatures[0].said.kind, kind);
        assert_int_equal(b.out->facts.signers, SECURE_OWN);
        end(&b);
    }
}

static void one_in_db_is_enough_one_in_dbx_too_much(void **state)
{
    static struct bench b;
    (void)state;
    begin(&b, NULL);
    sign(&b, &other, DIGEST_SHA256);
    sign(&b, &leaf, DIGEST_SHA256);
    trust(&b, TRUST_DB, &root);
    expect(&b, INSPECTION_BOOTS, "given db");
    assert_int_equal(b.out->signature_count, 2);
    assert_int_equal(b.out->facts.signers, SECURE_OWN | SECURE_VENDOR);
    trust(&b, TRUST_DBX, &other);
    expect(&b, INSPECTION_REFUSED, "dbx forbids the certificate Other Signer");
    end(&b);
}

static void a_broken_one_beside_a_good_one(void **state)
{
    static struct bench b;
    (void)state;
    begin(&b, NULL);
    add_entry(&b, span_text("no signature at all"), 2);
    add_entry(&b, span_text("of a kind nobody knows"), 9);
    sign(&b, &leaf, DIGEST_SHA256);
    trust(&b, TRUST_DB, &root);
    expect(&b, INSPECTION_BOOTS, "given db");
    assert_int_equal(b.out->signatures[0].flaw, SIGNATURE_UNREADABLE);
    assert_int_equal(b.out->signatures[1].flaw, SIGNATURE_OTHER_KIND);
    assert_int_equal(b.out->signatures[2].flaw, SIGNATURE_SOUND);
    end(&b);
}

static void damage_has_names(void **state)
{
    static struct bench b;
    struct digest digest;
    (void)state;
    begin(&b, NULL);
    sign(&b, &leaf, DIGEST_SHA256);
    trust(&b, TRUST_DB, &root);
    build(&b);
    b.file.data[TEST_PE_FIRST + 5] ^= 1;
    look(&b);
    assert_int_equal(b.out->verdict, INSPECTION_REFUSED);
    assert_non_null(strstr(b.out->headline, "was changed or damaged after it was signed"));
    assert_int_equal(b.out->signatures[0].flaw, SIGNATURE_DIGEST);
    assert_true(b.out->facts.is_damaged && !b.out->facts.is_signed);

    /* The table's size one entry too long: firmware's walk does not end where it should. */
    b.file.data[TEST_PE_FIRST + 5] ^= 1;
    b.file.data[TEST_PE_END] ^= 8;
    look(&b);
    assert_int_equal(b.out->verdict, INSPECTION_REFUSED);
    assert_non_null(strstr(b.out->headline, "the table of its signatures is damaged"));

    build(&b);
    b.file.len -= 9;
    look(&b);
    assert_int_equal(b.out->verdict, INSPECTION_REFUSED);
    assert_non_null(strstr(b.out->headline, "ends before its signatures do"));
    end(&b);

    begin(&b, NULL);
    digest = digest_now(&b, DIGEST_SHA256);
    struct span der = test_sign(&leaf, &digest, NULL, 0, true);
    add_entry(&b, der, 2);
    test_drop(der);
    expect(&b, INSPECTION_REFUSED, "its signature is broken");
    assert_int_equal(b.out->signatures[0].flaw, SIGNATURE_FALSE);
    end(&b);
}

/* Whoever calls himself Microsoft is not believed by the name. */
static void names_prove_nothing(void **state)
{
    static struct bench b;
    struct test_key forger =
        test_key_make("Microsoft Corporation UEFI CA 2011", NULL, true, YEAR_2001, YEAR_2011);
    (void)state;
    begin(&b, NULL);
    sign(&b, &forger, DIGEST_SHA256);
    build(&b);
    look(&b);
    assert_int_equal(b.out->verdict, INSPECTION_NEEDS_SHIM);
    assert_null(b.out->signatures[0].authority);
    assert_non_null(b.out->signatures[0].pretended);
    assert_int_equal(b.out->facts.signers, SECURE_VENDOR);
    end(&b);
    test_key_done(&forger);
}

static void old_programs_are_told(void **state)
{
    static struct bench b;
    struct sbat level;
    bool self_applied;
    (void)state;
    begin(&b, SBAT_FIRST "grub,4,,,,\n");
    sign(&b, &leaf, DIGEST_SHA256);
    expect(&b, INSPECTION_NEEDS_SHIM, "SBAT asks for grub,5");
    assert_true(b.out->facts.is_revoked);
    assert_string_equal(b.out->sbat.first_level, "2025021800");
    assert_true(sbat_published_level(0, &level, &self_applied));
    trust_set_level(b.trust, &level);
    look(&b);
    assert_false(b.out->facts.is_revoked);
    assert_null(strstr(b.out->headline, "SBAT asks"));
    end(&b);

    begin(&b, SBAT_FIRST "grub,four,,,,\n");
    expect(&b, INSPECTION_UNSIGNED, "unsigned");
    assert_int_equal(b.out->sbat.flaw, SBAT_NUMBER);
    end(&b);
}

static void other_files_are_none_of_its_business(void **state)
{
    static struct bench b;
    (void)state;
    begin(&b, NULL);
    test_put(&b.file, 0, "#!ipxe\n", 7);
    look(&b);
    assert_int_equal(b.out->verdict, INSPECTION_NOT_EFI);
    assert_true(b.out->facts.inspected && !b.out->facts.is_efi);
    end(&b);
}

static void authorities_have_names_and_keys(void **state)
{
    size_t count;
    const struct authority *rows = authority_rows(&count);
    uint8_t seen = 0;
    (void)state;
    assert_int_equal(count, 5);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(strlen(rows[i].fingerprint), 64);
        assert_int_equal(strlen(rows[i].key) % 2, 0);
        assert_true(strlen(rows[i].key) > 500 && strlen(rows[i].ends) == 10);
        assert_int_equal(seen & rows[i].signer, 0);
        seen |= rows[i].signer;
    }
    assert_int_equal(seen, SECURE_MICROSOFT_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsigned_programs),
        cmocka_unit_test(vendors_programs_need_a_shim),
        cmocka_unit_test(every_kind_of_digest_is_taken),
        cmocka_unit_test(one_in_db_is_enough_one_in_dbx_too_much),
        cmocka_unit_test(a_broken_one_beside_a_good_one),
        cmocka_unit_test(damage_has_names),
        cmocka_unit_test(names_prove_nothing),
        cmocka_unit_test(old_programs_are_told),
        cmocka_unit_test(other_files_are_none_of_its_business),
        cmocka_unit_test(authorities_have_names_and_keys),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
