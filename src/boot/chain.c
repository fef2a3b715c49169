/* See chain.h. Only the table and how it is searched. */
#include "boot/chain.h"

static const struct chain_row rows[] = {
#define CHAIN(name_, arch_, first_, second_, asked_, next_, via_, beside_, secure_, use_, text_)   \
    { .name = name_,                                                                               \
      .arch = ARCH_##arch_,                                                                        \
      .first = first_,                                                                             \
      .second = second_,                                                                           \
      .asked = asked_,                                                                             \
      .next = CHAIN_NEXT_##next_,                                                                  \
      .via = CHAIN_VIA_##via_,                                                                     \
      .beside = beside_,                                                                           \
      .secure = CHAIN_SECURE_##secure_,                                                            \
      .use = CHAIN_USE_##use_,                                                                     \
      .text = text_ },
#include "boot/chain.def"
#undef CHAIN
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

const struct chain_row *chain_rows(size_t *ret_count)
{
    *ret_count = ROW_COUNT;
    return rows;
}

const struct chain_row *chain_find(const char *name, enum arch arch, const struct chain_row *after)
{
    for (size_t i = after ? (size_t)(after - rows) + 1 : 0; i < ROW_COUNT; i++)
        if (rows[i].arch == arch && strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const char *chain_name_find(struct span name)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (span_is(name, rows[i].name))
            return rows[i].name;
    return NULL;
}

static struct span base_of(struct span path)
{
    for (size_t slash = span_find(path, '/'); slash < path.len; slash = span_find(path, '/'))
        path = span_from(path, slash + 1);
    return path;
}

enum chain_part chain_part_of(const char *name, enum arch arch, const char *base)
{
    for (const struct chain_row *row = NULL; (row = chain_find(name, arch, row));) {
        if (row->first[0] && span_is(base_of(span_text(row->first)), base))
            return CHAIN_PART_FIRST;
        if (row->second[0] && span_is(base_of(span_text(row->second)), base))
            return CHAIN_PART_SECOND;
    }
    return CHAIN_PART_NONE;
}

bool chain_asks_as(const struct chain_row *row, struct span base)
{
    struct span rest = span_text(row->asked);

    if (row->second[0] && span_equals_nocase(base, base_of(span_text(row->second))))
        return true;
    while (rest.len > 0) {
        size_t space = span_find(rest, ' ');
        if (span_equals_nocase(base, span_slice(rest, 0, space)))
            return true;
        rest = span_from(rest, space + 1);
    }
    return false;
}
