/* In which form an installer takes the answers to its questions; rows in answer_kind.def. */
#ifndef MODEL_ANSWER_KIND_H
#define MODEL_ANSWER_KIND_H

#include "base/span.h"

enum answer_kind {
    ANSWER_NONE, /* it takes none */
#define ANSWER_KIND(id, name, text) ANSWER_##id,
#include "model/answer_kind.def"
#undef ANSWER_KIND
    ANSWER_KIND_COUNT
};

/* "preseed", ...; "none". */
const char *answer_kind_name(enum answer_kind kind);
bool answer_kind_parse(struct span name, enum answer_kind *ret_kind);

/* What it is, a phrase; "" for none. */
const char *answer_kind_text(enum answer_kind kind);

#endif
