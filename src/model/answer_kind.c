/* The rows of answer_kind.def, by number and by name. */
#include "model/answer_kind.h"

static const struct {
    const char *name, *text;
} rows[] = {
    [ANSWER_NONE] = { "none", "" },
#define ANSWER_KIND(id, name, text) [ANSWER_##id] = { name, text },
#include "model/answer_kind.def"
#undef ANSWER_KIND
};

const char *answer_kind_name(enum answer_kind kind)
{
    return rows[kind].name;
}

const char *answer_kind_text(enum answer_kind kind)
{
    return rows[kind].text;
}

bool answer_kind_parse(struct span name, enum answer_kind *ret_kind)
{
    for (unsigned i = 0; i < ANSWER_KIND_COUNT; i++) {
        if (!span_is(name, rows[i].name))
            continue;
        *ret_kind = (enum answer_kind)i;
        return true;
    }
    return false;
}
