/* SBAT text of any bytes, as a section and as a level: names are printable, numbers from 1. */
#include <assert.h>

#include "image/sbat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entries(const struct sbat *sbat)
{
    assert(sbat->count <= SBAT_ENTRIES_MAX);
    for (size_t i = 0; i < sbat->count; i++) {
        const struct sbat_entry *e = &sbat->entries[i];
        assert(e->generation > 0 && e->component[0] != 0);
        for (const char *c = e->component; *c; c++)
            assert(*c > ' ' && *c < 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sbat section, level, usual;

    sbat_usual_level(&usual);
    if (sbat_read_section(span_of(data, size), &section) == SBAT_SOUND) {
        check_entries(&section);
        (void)sbat_find_too_old(&section, &usual);
    }
    if (sbat_read_level(span_of(data, size), &level) == SBAT_SOUND) {
        check_entries(&level);
        assert(level.date[0] != 0);
    }
    return 0;
}
