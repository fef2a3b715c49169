/* A file of the catalog, one of digests, a listing and a key in armour, all of the same bytes: a
 * family is refused with a fault, or what it offers hangs together; digests are 64 digits; what is
 * captured leads nowhere. */
#include <assert.h>
#include <stdlib.h>

#include "catalog/armor.h"
#include "catalog/newest.h"
#include "catalog/offer.h"
#include "catalog/sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    unsigned *count = context;
    assert(line > 0 && column > 0 && text[0] != 0);
    (*count)++;
}

static int check_line(void *context, const struct sums_line *line)
{
    (void)context;
    assert(strlen(line->sha256) == SUMS_DIGITS);
    assert(strspn(line->sha256, "0123456789abcdef") == SUMS_DIGITS);
    return 0;
}

static void read_family(struct span bytes)
{
    struct offer_family *family = NULL;
    unsigned faults = 0;
    const struct yaml_fault_sink sink = { .add = count_fault, .context = &faults };
    int r = offer_family_read(bytes, "x", &sink, &family);
    assert((r == 0) == (family != NULL));
    assert(r == 0 ? faults == 0 : faults > 0);
    for (uint8_t i = 0; family && i < family->count; i++) {
        const struct offer *offer = &family->offers[i];
        assert(offer->name && offer->title && offer->arch_count > 0 && offer->file_count > 0);
        assert(offer->packaged || (offer->base && offer->sum_count > 0));
    }
    offer_family_free(family);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    struct captures captures = { 0 };
    const struct newest_wish wish = { .pattern = "x-${release}.iso", .is_word = true, .asked = "" };
    char digest[SUMS_DIGITS + 1];
    uint8_t *key = NULL;
    size_t len = 0;

    read_family(bytes);
    (void)sums_each(bytes, check_line, NULL);
    (void)sums_find(bytes, span_text("x"), digest);
    if (newest_find(bytes, &wish, &captures))
        assert(!strchr(captures_find(&captures, span_text("release")), '/'));
    if (armor_strip(bytes, &key, &len) == 0)
        assert(len > 0 && len <= size);
    free(key);
    return 0;
}
