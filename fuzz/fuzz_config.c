/* Configurations of any bytes: either a configuration that, printed, is read back and prints the
 * same, or at least one fault with a place in the text; never both, never neither. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PRINTED_MAX (1U << 20)

static void check_print(const struct config *config)
{
    static char first[PRINTED_MAX], second[PRINTED_MAX];
    static struct config_faults faults;
    struct text a = text_over(first, sizeof first), b = text_over(second, sizeof second);
    struct config *again = NULL;

    config_print(config, &a);
    if (a.failed)
        return; /* more hosts than this buffer holds */
    int r = config_parse(text_span(&a), &again, &faults);
    assert(r == 0 && faults.count == 0);
    config_print(again, &b);
    assert(span_equals(text_span(&a), text_span(&b)));
    config_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config_faults faults;
    struct config *config = NULL;
    int r = config_parse(span_of(data, size), &config, &faults);

    assert((r == 0) == (config != NULL));
    assert(r == 0 ? faults.count == 0 : r != -EINVAL || faults.count > 0);
    for (uint16_t i = 0; i < faults.count; i++)
        assert(faults.rows[i].text[0] != 0);
    if (config)
        check_print(config);
    config_free(config);
    return 0;
}
