/* A path, a value and a text of any bytes: an edit is refused with a sentence, or its result is a
 * text that can be edited again in the same way, to the same end. */
#include <assert.h>
#include <stdlib.h>

#include "yaml/yaml_edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_MAX (1U << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char first[OUT_MAX], second[OUT_MAX];
    char path[64], why[YAML_EDIT_WHY_MAX] = "";
    struct span in = span_of(data, size);
    struct text a = text_over(first, sizeof first), b = text_over(second, sizeof second);
    size_t end = span_find(in, '\n');
    struct span head = span_slice(in, 0, end), text = span_from(in, end + 1);
    size_t equals = span_find(head, '=');
    struct span value = span_from(head, equals + 1);

    span_to_text(span_slice(head, 0, equals), path, sizeof path);
    if (text.len > OUT_MAX / 2)
        return 0;
    if (yaml_edit(text, path, value, &a, why) < 0) {
        assert(why[0] != 0);
        return 0;
    }
    if (value.len > 0)
        assert(yaml_edit(text_span(&a), path, value, &b, why) == 0);
    return 0;
}
