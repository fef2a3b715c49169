/* The catalog's files: each of ours reads, and what is wrong with one is told with its place. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/offer_book.h"
#include "catalog/offer_texts.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

struct told {
    unsigned count;
    uint32_t line;
    char text[512];
};

static void keep(void *context, uint32_t line, uint32_t column, const char *text)
{
    struct told *told = context;
    (void)column;
    if (told->count++ > 0)
        return;
    told->line = line;
    snprintf(told->text, sizeof told->text, "%s", text);
}

static void ours_read(void **state)
{
    struct offer_book *book;
    (void)state;
    for (size_t i = 0; i < offer_text_count; i++) {
        struct told told = { 0 };
        const struct yaml_fault_sink sink = { .add = keep, .context = &told };
        struct offer_family *family = NULL;
        int r =
            offer_family_read(span_text(offer_texts[i].text), offer_texts[i].name, &sink, &family);
        if (r < 0)
            fail_msg("catalog/%s.yaml:%u: %s", offer_texts[i].name, told.line, told.text);
        offer_family_free(family);
    }
    assert_int_equal(offer_book_new(&book), 0);
    const struct offer_family *family;
    const struct offer *offer = offer_book_find(book, "debian-netboot", &family);
    assert_non_null(offer);
    assert_string_equal(family->file_name, "debian");
    assert_int_equal(offer->sum_count, 2);
    assert_int_equal(offer->sums[0].signature, OFFER_INLINE);
    assert_int_equal(offer->sums[1].signature, OFFER_BY_FORMER);
    assert_int_equal(offer->trust.key_count, 0);
    offer = offer_book_find(book, "fedora-server", &family);
    assert_non_null(offer);
    assert_string_equal(offer_find_arch(offer, "amd64")->value, "x86_64");
    assert_string_equal(offer_find_arch(offer, "aarch64")->name, "arm64");
    assert_string_equal(offer_find_arch(offer, NULL)->name, "amd64");
    assert_null(offer_find_arch(offer, "mips"));
    assert_null(offer_book_find(book, "absent", &family));
    offer_book_free(book);
}

/* No name twice: the second could not be asked for. */
static void names_are_unique(void **state)
{
    struct offer_book *book;
    (void)state;
    assert_int_equal(offer_book_new(&book), 0);
    for (size_t i = 0; i < offer_book_count(book); i++)
        for (uint8_t k = 0; k < offer_book_at(book, i)->count; k++) {
            const struct offer *offer = &offer_book_at(book, i)->offers[k];
            const struct offer_family *family;
            assert_ptr_equal(offer_book_find(book, offer->name, &family), offer);
        }
    offer_book_free(book);
}

#define HEAD                                                                                       \
    "title: T\nbase: https://a.example\nkeyrings: [/k.gpg]\noffers:\n  - name: n\n    title: t\n"
#define SUMS "    sums: {get: S, signed: inline}\n"

static void faults_are_told(void **state)
{
    static const struct {
        const char *name, *yaml, *says;
        uint32_t line;
    } cases[] = {
        { "nothing at all", "", "has a title and offers", 1 },
        { "no offers", "title: T\n", "has a title and offers", 1 },
        { "no file", HEAD SUMS, "has file", 5 },
        { "no sums", HEAD "    file: f\n", "has a base and sums", 5 },
        { "two files without below", HEAD SUMS "    file: [f, g]\n", "only with below", 5 },
        { "a signature of several files",
          HEAD "    sums: {get: S, unsigned: true}\n    file: [f, g]\n    below: d\n"
               "    signature: s\n",
          "signature is of one file", 5 },
        { "a signature of a folder with one file",
          HEAD SUMS "    file: f\n    below: \"\"\n    signature: s\n", "signature is of one file",
          5 },
        { "a signature of what is packaged",
          HEAD "    packaged: p\n    file: /boot/f\n    signature: s\n", "verified by apt", 5 },
        { "an unknown key", HEAD SUMS "    fil: f\n", "did you mean \"file\"?", 8 },
        { "a name with blanks",
          "title: T\nbase: https://a.example\nkeyrings: [/k.gpg]\noffers:\n  - name: a b\n    title: t\n" SUMS
          "    file: f\n",
          "a-z, 0-9", 5 },
        { "a base that is no address", "title: T\nbase: /srv\noffers: []\n", "is an address", 2 },
        { "signed, and no keys",
          "title: T\nbase: https://a.example\noffers:\n  - name: n\n    title: t\n" SUMS
          "    file: f\n",
          "needs keyrings", 4 },
        { "keys that are fetched and not known",
          "title: T\nbase: https://a.example\nkeyrings: [/k.gpg]\nkey-at: k\noffers:\n  - name: n\n    title: t\n" SUMS
          "    file: f\n",
          "are known by keys", 6 },
        { "half a fingerprint", "title: T\nkeys: [\"6294BE9B\"]\noffers: []\n",
          "whole fingerprints", 2 },
        { "a first file of digests nobody speaks for", HEAD "    sums: {get: S}\n    file: f\n",
          "sums takes", 7 },
        { "a pattern with nothing between", HEAD SUMS "    file: \"${a}${b}\"\n", "patterns", 8 },
        { "a look without a pattern", HEAD SUMS "    file: f\n    find: {in: \"\"}\n", "find takes",
          9 },
        { "a minisign key that is none", "title: T\nminisign: RW\noffers: []\n", "56 characters",
          2 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct told told = { 0 };
        const struct yaml_fault_sink sink = { .add = keep, .context = &told };
        struct offer_family *family = NULL;
        if (offer_family_read(span_text(cases[i].yaml), "x", &sink, &family) == 0)
            fail_msg("%s: it was taken", cases[i].name);
        if (!strstr(told.text, cases[i].says) || told.line != cases[i].line)
            fail_msg("%s: line %u: %s", cases[i].name, told.line, told.text);
    }
}

static void own_ones_go_first(void **state)
{
    struct offer_book *book;
    struct told told = { 0 };
    const struct yaml_fault_sink sink = { .add = keep, .context = &told };
    const struct offer_family *family;
    static const char own[] = "title: Mine\nbase: https://a.example\nkeyrings: [/k.gpg]\noffers:\n"
                              "  - {name: debian-netboot, title: mine, sums: {get: S, signed: "
                              "inline}, file: f}\n";
    (void)state;
    assert_int_equal(offer_book_new(&book), 0);
    size_t before = offer_book_count(book);
    assert_int_equal(offer_book_add(book, span_text(own), "house", &sink), 0);
    assert_int_equal(offer_book_count(book), before + 1);
    assert_string_equal(offer_book_find(book, "debian-netboot", &family)->title, "mine");
    assert_int_equal(offer_book_add(book, span_text(own), "debian", &sink), 0);
    assert_int_equal(offer_book_count(book), before + 1);
    assert_null(offer_book_find(book, "debian-netinst", &family));
    assert_true(offer_book_add(book, span_text("title: T\n"), "fedora", &sink) < 0);
    assert_non_null(offer_book_find(book, "fedora-server", &family));
    offer_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_read),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(own_ones_go_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
