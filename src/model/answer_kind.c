/* See answer_kind.h: lookups in the rows. */
#include "model/answer_kind.h"

#include "model/name.h"

static const struct {
    const char *name, *arguments, *inside, *text;
} kinds[ANSWER_KIND_COUNT] = {
    [ANSWER_NONE] = { "none", "", "", "no answers are taken" },
#define ANSWER_KIND(id, name, arguments, inside, text)                                             \
    [ANSWER_##id] = { name, arguments, inside, text },
#define ANSWER_FILE(kind, wire, suffix, media_type, format)
#include "model/answer_kind.def"
#undef ANSWER_KIND
#undef ANSWER_FILE
};

static const struct answer_file files[] = {
#define ANSWER_KIND(id, name, arguments, inside, text)
#define ANSWER_FILE(kind, wire, suffix, media_type, format)                                        \
    { ANSWER_##kind, wire, suffix, media_type, ANSWER_FORMAT_##format },
#include "model/answer_kind.def"
#undef ANSWER_KIND
#undef ANSWER_FILE
};

#define FILE_COUNT (sizeof files / sizeof files[0])

const char *answer_kind_name(enum answer_kind kind)
{
    return kinds[kind].name;
}

bool answer_kind_parse(struct span name, enum answer_kind *ret_kind)
{
    for (unsigned i = 0; i < ANSWER_KIND_COUNT; i++) {
        if (!span_is(name, kinds[i].name))
            continue;
        *ret_kind = (enum answer_kind)i;
        return true;
    }
    return false;
}

const char *answer_kind_arguments(enum answer_kind kind)
{
    return kinds[kind].arguments;
}

const char *answer_kind_inside_arguments(enum answer_kind kind)
{
    return kinds[kind].inside;
}

const char *answer_kind_text(enum answer_kind kind)
{
    return kinds[kind].text;
}

const struct answer_file *answer_files(size_t *ret_count)
{
    *ret_count = FILE_COUNT;
    return files;
}

const struct answer_file *answer_kind_main_file(enum answer_kind kind)
{
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (files[i].kind == kind)
            return &files[i];
    return NULL;
}

const struct answer_file *answer_file_by_suffix(struct span suffix)
{
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (span_is(suffix, files[i].suffix))
            return &files[i];
    return NULL;
}

const struct answer_file *answer_file_by_wire(struct span wire)
{
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (span_is(wire, files[i].wire))
            return &files[i];
    return NULL;
}

bool answer_template_name_is_sound(struct span name)
{
    return name_is_sound(name, ANSWER_TEMPLATE_NAME_MAX);
}
