/* The checks of an API request before a handler sees it: query, conditions and body. The first byte
 * chooses the route; the rest is cut at NUL bytes into query, condition and body. Whatever is
 * refused is refused with a sentence, and what the faults become is JSON again. */
#include <assert.h>
#include <stdlib.h>

#include "base/json_write.h"

#include "api/body_check.h"
#include "api/conditions.h"
#include "api/query_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_body(struct span body, const struct contract *contract)
{
    static char written[32768];
    struct body_faults faults;
    const struct shape *shape = shape_find(contract->terms->takes);

    if (!shape || body_check(body, shape, strcmp(contract->method, "PATCH") == 0, &faults))
        return;
    assert(faults.count > 0);
    struct text text = text_over(written, sizeof written);
    struct json_writer j = json_over(&text);
    json_write_object_begin(&j, NULL);
    body_faults_write(&faults, &j, "errors");
    json_write_object_end(&j);
    assert(!text.failed);
    static const struct shape_field field = { "errors", SHAPE_LIST, "fault", NEED_SHOWN, "x" };
    static const struct shape shape_of_faults = { "faults", "x", &field, 1 };
    assert(body_check_reply(text_span(&text), &shape_of_faults, &faults));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t routes = 0;
    char sentence[1024] = "";
    struct text why = text_over(sentence, sizeof sentence);

    if (size == 0)
        return 0;
    while (contract_at(routes))
        routes++;
    const struct contract *contract = contract_at(data[0] % routes);
    struct span rest = span_from(span_of(data, size), 1);
    struct span query = contract_next_word(&rest, 0), field = contract_next_word(&rest, 0);

    if (!query_check(query, contract, &why))
        assert(why.len > 0);
    char etag[ETAG_MAX];
    etag_write(rest, etag);
    if (etag_is_named(field, etag, false))
        assert(etag_is_named(field, etag, true));
    check_body(rest, contract);
    return 0;
}
