/* A template of any bytes, rendered with values that are hostile themselves: a text within its
 * bound or a sentence, the same each time, and no hidden secret in either. */
#include <assert.h>
#include <string.h>

#include "answers/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char part[] = "{{ name }}{% if list %}{{ list | join }}{% endif %}";

static bool find(void *context, struct span name, struct span *ret_source)
{
    const struct span *whole = context;
    *ret_source = span_is(name, "self") ? *whole : span_of(part, sizeof part - 1);
    return span_is(name, "self") || span_is(name, "part");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char secret[] = "wHaT-nObOdY-mAy-SeE";
    static const char hostile[] = "'\"<&>\n{{ secrets.pw }}{% %}\\$(x)`y`";
    struct span whole = span_of(data, size);
    const struct span items[] = { span_of(hostile, sizeof hostile - 1), span_text("b") };
    const struct answer_value values[] = {
        { .name = "name", .text = span_of(hostile, sizeof hostile - 1) },
        { .name = "list", .is_list = true, .items = items, .item_count = 2 },
        { .name = "empty" },
    };
    const struct answer_value secrets[] = { { .name = "pw", .text = span_text(secret) } };
    const struct answer_scope scope = { .values = values,
                                        .value_count = 3,
                                        .secrets = secrets,
                                        .secret_count = 1,
                                        .hide_secrets = true,
                                        .find = find,
                                        .context = &whole };
    struct answer_output first, second;

    /* A template that has the secret's text itself shows what it holds anyhow. */
    if (size > 65536 || memmem(data, size, secret, sizeof secret - 1))
        return 0;
    int r = answer_render("t", whole, &scope, &first);
    int again = answer_render("t", whole, &scope, &second);
    assert(r == again);
    if (r == 0) {
        assert(first.len <= ANSWER_OUTPUT_MAX && first.len == second.len);
        assert(memcmp(first.text, second.text, first.len) == 0);
        assert(!memmem(first.text, first.len, secret, sizeof secret - 1));
    } else {
        assert(first.why[0] != 0 && !strstr(first.why, secret));
    }
    answer_output_done(&first);
    answer_output_done(&second);
    return 0;
}
