/* The CSV of SBAT, as shim reads it: only the first two fields decide, the others must be there.
 * A generation that is no number counts as an error here, where shim would take it for 0: either
 * way the program is refused. */
#include "image/sbat.h"

#include <assert.h>

#include "base/reader.h"

#define SECTION_FIELDS 6
#define LEVEL_FIELDS   2

static const struct {
    const char *date;
    bool self_applied;
    const char *components;
} levels[] = {
#define SBAT_LEVEL(date, self_applied, components) { date, self_applied, components },
#include "image/sbat_levels.def"
#undef SBAT_LEVEL
};

const char *sbat_flaw_text(enum sbat_flaw flaw)
{
    static const char *const texts[] = {
        [SBAT_SOUND] = "it is sound",
        [SBAT_EMPTY] = "it is empty",
        [SBAT_FIRST_LINE] = "it does not begin with the line of SBAT itself",
        [SBAT_FIELDS] = "a line of it has too few fields",
        [SBAT_NAME] = "a component's name in it is not one",
        [SBAT_NUMBER] = "a generation in it is no number",
        [SBAT_TOO_LONG] = "it is longer than any of its kind",
    };
    static_assert(sizeof texts / sizeof texts[0] == SBAT_FLAWS, "a phrase for each flaw");
    return texts[flaw];
}

static bool take_number(struct span text, uint32_t *ret)
{
    uint32_t n = 0;
    if (text.len == 0 || text.len > 9)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        n = n * 10 + (uint32_t)(text.data[i] - '0');
    }
    *ret = n;
    return n > 0;
}

static bool take_name(struct span text, char *out, size_t cap)
{
    if (text.len == 0 || text.len >= cap)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f)
            return false;
    span_to_text(text, out, cap);
    return true;
}

/* The next field of a line; the last one is what is left. */
static struct span next_field(struct reader *line)
{
    struct span rest = span_of(line->at, reader_left(line));
    size_t len = span_find(rest, ',');
    struct span field = reader_take(line, len);
    if (reader_left(line) > 0)
        reader_skip(line, 1);
    return field;
}

static size_t count_fields(struct span line)
{
    size_t n = 1;
    for (size_t i = 0; i < line.len; i++)
        n += line.data[i] == ',';
    return n;
}

/* The next line without its end; "\r\n" as well. */
static struct span next_line(struct reader *text)
{
    struct span rest = span_of(text->at, reader_left(text));
    size_t len = span_find(rest, '\n');
    struct span line = reader_take(text, len);
    if (reader_left(text) > 0)
        reader_skip(text, 1);
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    return line;
}

static enum sbat_flaw read_line(struct span line, size_t fields, struct sbat_entry *out)
{
    struct reader r = reader_over(line);
    if (count_fields(line) < fields)
        return SBAT_FIELDS;
    if (!take_name(next_field(&r), out->component, sizeof out->component))
        return SBAT_NAME;
    return take_number(next_field(&r), &out->generation) ? SBAT_SOUND : SBAT_NUMBER;
}

/* Lines of at least `fields` fields behind the first one, which is returned in `*ret_first`. */
static enum sbat_flaw read_lines(struct span text, size_t fields, struct sbat *out,
                                 struct span *ret_first)
{
    *out = (struct sbat){ 0 };
    *ret_first = (struct span){ 0 };
    text = span_slice(text, 0, span_find(text, 0));
    if (text.len > SBAT_BYTES_MAX)
        return SBAT_TOO_LONG;
    struct reader r = reader_over(text);
    while (reader_left(&r) > 0) {
        struct span line = next_line(&r);
        struct sbat_entry entry;
        if (line.len == 0)
            continue;
        if (ret_first->len == 0) {
            *ret_first = line;
            if (!span_starts_with(line, "sbat,"))
                return SBAT_FIRST_LINE;
        }
        enum sbat_flaw flaw = read_line(line, fields, &entry);
        if (flaw != SBAT_SOUND)
            return flaw;
        if (ret_first->data == line.data)
            continue;
        if (out->count == SBAT_ENTRIES_MAX)
            return SBAT_TOO_LONG;
        out->entries[out->count++] = entry;
    }
    return ret_first->len == 0 ? SBAT_EMPTY : SBAT_SOUND;
}

enum sbat_flaw sbat_read_section(struct span section, struct sbat *out)
{
    struct span first;
    return read_lines(section, SECTION_FIELDS, out, &first);
}

enum sbat_flaw sbat_read_level(struct span text, struct sbat *out)
{
    struct span first;
    enum sbat_flaw flaw = read_lines(text, LEVEL_FIELDS, out, &first);
    if (flaw != SBAT_SOUND)
        return flaw;
    struct reader r = reader_over(first);
    (void)next_field(&r);
    (void)next_field(&r);
    struct span date = next_field(&r);
    return take_name(date, out->date, sizeof out->date) ? SBAT_SOUND : SBAT_FIELDS;
}

const struct sbat_entry *sbat_find_too_old(const struct sbat *program, const struct sbat *level)
{
    for (size_t i = 0; i < program->count; i++)
        for (size_t k = 0; k < level->count; k++)
            if (strcmp(program->entries[i].component, level->entries[k].component) == 0 &&
                program->entries[i].generation < level->entries[k].generation)
                return &level->entries[k];
    return NULL;
}

bool sbat_published_level(size_t index, struct sbat *out, bool *ret_self_applied)
{
    char data[256];
    struct text text = text_over(data, sizeof data);
    if (index >= sizeof levels / sizeof levels[0])
        return false;
    text_addf(&text, "sbat,1,%s\n%s\n", levels[index].date, levels[index].components);
    enum sbat_flaw flaw = sbat_read_level(text_span(&text), out);
    assert(flaw == SBAT_SOUND);
    *ret_self_applied = levels[index].self_applied;
    return true;
}

void sbat_usual_level(struct sbat *out)
{
    struct sbat level;
    bool self_applied;
    *out = (struct sbat){ 0 };
    for (size_t i = 0; sbat_published_level(i, &level, &self_applied); i++)
        if (self_applied)
            *out = level;
}
