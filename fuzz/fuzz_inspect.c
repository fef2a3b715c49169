/* A file of any bytes, inspected as a daemon would: headers, certificate table, PKCS#7 by OpenSSL,
 * SBAT. What is concluded hangs together. */
#include <assert.h>
#include <stdlib.h>

#include "image/inspection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void check_ranges(const struct inspection *in)
{
    struct authenticode_ranges ranges;
    if (in->flaw != PE_SOUND || !authenticode_ranges_of(&in->pe, &ranges))
        return;
    assert(ranges.count <= AUTHENTICODE_RANGES_MAX);
    for (size_t i = 0; i < ranges.count; i++)
        assert(ranges.items[i].len > 0 &&
               ranges.items[i].at + ranges.items[i].len <= in->pe.file_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span file = span_of(data, size);
    struct image_source source = image_source_over(&file);
    struct trust *trust = trust_new();
    struct inspection *in = malloc(sizeof *in);

    assert(trust && in);
    assert(inspection_make(&source, "", trust, in) == 0);
    assert(in->verdict != INSPECTION_UNREADABLE && in->headline[0] != 0);
    assert(is_printable(in->headline) && is_printable(in->facts.refusal) &&
           is_printable(in->facts.vendor));
    assert(in->facts.inspected && in->facts.is_efi == (in->verdict != INSPECTION_NOT_EFI));
    assert(in->verdict != INSPECTION_BOOTS || (in->facts.is_signed && !in->facts.is_damaged));
    for (size_t i = 0; i < in->signature_count; i++)
        assert(in->signatures[i].entry.at + in->signatures[i].entry.len <= size);
    check_ranges(in);
    free(in);
    trust_free(trust);
    return 0;
}
