/* A table of any bytes: the walk ends, no field is longer than the text, and what was read can be
 * written and read again as it was. */
#include <assert.h>
#include <stdlib.h>

#include "base/csv.h"

#define FIELDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare_again(const struct span *fields, size_t count)
{
    static char written[1 << 17];
    static uint8_t memory[1 << 17];
    struct arena arena = arena_over(memory, sizeof memory);
    struct text out = text_over(written, sizeof written);
    struct span again[FIELDS_MAX];
    size_t again_count;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_add_char(&out, ',');
        csv_write(&out, fields[i]);
    }
    text_add_char(&out, '\n');
    if (out.failed)
        return;
    struct csv_reader reader = csv_over(text_span(&out));
    reader.separator = ',';
    enum csv_flaw flaw = csv_next(&reader, &arena, again, FIELDS_MAX, &again_count);
    if (flaw == CSV_END) { /* one empty field is an empty line */
        assert(count == 1 && fields[0].len == 0);
        return;
    }
    assert(flaw == CSV_SOUND && again_count == count);
    for (size_t i = 0; i < count; i++)
        assert(span_equals(fields[i], again[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *memory = malloc(size + 1);
    struct arena arena = arena_over(memory, size + 1);
    struct csv_reader reader = csv_over(span_of(data, size));
    struct span fields[FIELDS_MAX];
    uint32_t line = 0;
    size_t count;

    while (memory && csv_next(&reader, &arena, fields, FIELDS_MAX, &count) == CSV_SOUND) {
        size_t sum = 0;
        assert(count > 0 && reader.line > line && reader.line <= size + 1);
        line = reader.line;
        for (size_t i = 0; i < count; i++)
            sum += fields[i].len;
        assert(sum <= size);
        compare_again(fields, count);
    }
    free(memory);
    return 0;
}
