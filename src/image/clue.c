/* See clue.h. Reads a bounded beginning of each file, through the source alone. */
#include "image/clue.h"

#include "image/pattern.h"

#define GLOB_MATCHES_MAX 4096
#define GLOB_NAMES_MAX   65536 /* looked at: what lies behind them is not found */

struct glob {
    const struct image_source *source;
    const char *folder;
    struct span name, behind; /* the part with the `*`; what follows it, "" or "/..." */
    unsigned matches, names;
    char path[CAPTURE_VALUE_MAX], part[CAPTURE_VALUE_MAX];
};

static int any_name(void *context, const char *name, bool is_folder)
{
    (void)context;
    (void)name;
    (void)is_folder;
    return 1;
}

static bool is_there(const struct image_source *source, const char *path)
{
    size_t len = strlen(path);
    if (len == 0 || len >= CAPTURE_VALUE_MAX)
        return false;
    if (path[len - 1] != '/')
        return source->size(source->context, path) >= 0;
    char folder[CAPTURE_VALUE_MAX];
    span_to_text(span_of(path, len - 1), folder, sizeof folder);
    return source->list && source->list(source->context, folder, any_name, NULL);
}

static int try_name(void *context, const char *name, bool is_folder)
{
    struct glob *glob = context;
    char path[CAPTURE_VALUE_MAX];
    struct text t = text_over(path, sizeof path);
    struct span part;

    if (++glob->names > GLOB_NAMES_MAX)
        return 1;
    if (!pattern_fits_name(glob->name, span_text(name), &part) || part.len >= CAPTURE_VALUE_MAX ||
        (glob->behind.len > 0) != is_folder)
        return 0;
    text_addf(&t, "%s%s%s", glob->folder, glob->folder[0] ? "/" : "", name);
    text_add_span(&t, glob->behind);
    if (!t.failed && is_there(glob->source, path)) {
        span_to_text(text_span(&t), glob->path, sizeof glob->path);
        span_to_text(part, glob->part, sizeof glob->part);
    }
    return ++glob->matches < GLOB_MATCHES_MAX ? 0 : 1;
}

bool clue_find_file(const struct image_source *source, const char *path,
                    char ret_path[CAPTURE_VALUE_MAX], char ret_part[CAPTURE_VALUE_MAX])
{
    struct span all = span_text(path);
    size_t star = span_find(all, '*'), from = 0;
    char folder[CAPTURE_VALUE_MAX];

    if (star == all.len) {
        if (ret_path)
            span_to_text(all, ret_path, CAPTURE_VALUE_MAX);
        if (ret_part)
            ret_part[0] = 0;
        return is_there(source, path);
    }
    for (size_t i = 0; i < star; i++)
        if (all.data[i] == '/')
            from = i + 1;
    struct span rest = span_from(all, from);
    size_t to = span_find(rest, '/');
    span_to_text(span_slice(all, 0, from > 0 ? from - 1 : 0), folder, sizeof folder);
    struct glob glob = { .source = source,
                         .folder = folder,
                         .name = span_slice(rest, 0, to),
                         .behind = span_from(rest, to) };
    if (!source->list || !source->list(source->context, folder, try_name, &glob) || !glob.path[0])
        return false;
    if (ret_path)
        span_to_text(span_text(glob.path), ret_path, CAPTURE_VALUE_MAX);
    if (ret_part)
        span_to_text(span_text(glob.part), ret_part, CAPTURE_VALUE_MAX);
    return true;
}

/* The clue's path number i with captures put in; false when one of them is not known. */
static bool path_of(const struct clue *clue, unsigned i, const struct captures *captures,
                    char out[CAPTURE_VALUE_MAX])
{
    struct text t = text_over(out, CAPTURE_VALUE_MAX);
    return captures_expand(captures, clue->paths[i], false, &t);
}

static bool holds_file(const struct clue *clue, const struct image_source *source,
                       struct captures *captures)
{
    char path[CAPTURE_VALUE_MAX], found[CAPTURE_VALUE_MAX], part[CAPTURE_VALUE_MAX];
    const unsigned before = captures->count;

    for (unsigned i = 0; i < clue->path_count; i++) {
        captures->count = before;
        if (!path_of(clue, i, captures, path) || !clue_find_file(source, path, found, part))
            continue;
        if (clue->as && !captures_add(captures, span_text(clue->as), span_text(found)))
            continue;
        if (!clue->part || captures_add(captures, span_text(clue->part), span_text(part)))
            return true;
    }
    return false;
}

static bool holds_absent(const struct clue *clue, const struct image_source *source,
                         const struct captures *captures)
{
    char path[CAPTURE_VALUE_MAX];
    for (unsigned i = 0; i < clue->path_count; i++)
        if (path_of(clue, i, captures, path) && clue_find_file(source, path, NULL, NULL))
            return false;
    return true;
}

static bool is_blank(uint8_t c)
{
    return c <= ' ';
}

/* The value of the clue's key in an ini text; data NULL when it is not there. */
static struct span ini_value(const struct clue *clue, struct span text)
{
    bool inside = clue->section == NULL;
    while (text.len > 0) {
        size_t end = span_find(text, '\n');
        struct span line = span_trim(span_slice(text, 0, end), is_blank);
        size_t equals = span_find(line, '=');
        text = span_from(text, end + 1);
        if (span_starts_with(line, "[")) {
            struct span name = span_slice(line, 1, span_find(line, ']') - 1);
            inside = !clue->section || span_is_nocase(name, clue->section);
        } else if (inside && equals < line.len &&
                   span_is_nocase(span_trim(span_slice(line, 0, equals), is_blank), clue->key)) {
            struct span value = span_trim(span_from(line, equals + 1), is_blank);
            return span_of(value.data ? value.data : line.data, value.len);
        }
    }
    return (struct span){ 0 };
}

static bool holds_value(const struct clue *clue, struct span value, struct captures *captures)
{
    if (!value.data || (clue->pattern && !pattern_match_line(clue->pattern, value, captures)))
        return false;
    return !clue->as || captures_add(captures, span_text(clue->as), value);
}

static bool holds_text(const struct clue *clue, const struct image_source *source,
                       struct captures *captures)
{
    char path[CAPTURE_VALUE_MAX];
    text_buffer(data, CLUE_TEXT_MAX);

    for (unsigned i = 0; i < clue->path_count; i++) {
        if (!path_of(clue, i, captures, path))
            continue;
        int64_t n = source->read(source->context, path, 0, data, CLUE_TEXT_MAX);
        if (n < 0 || n > CLUE_TEXT_MAX)
            continue;
        struct span text = span_of(data, (size_t)n);
        if (clue->kind == CLUE_TEXT ? pattern_match_text(clue->pattern, text, captures)
                                    : holds_value(clue, ini_value(clue, text), captures))
            return true;
    }
    return false;
}

static bool has_part(const char *path, const char *part)
{
    struct span rest = span_text(path);
    while (rest.len > 0) {
        size_t slash = span_find(rest, '/');
        if (span_is(span_slice(rest, 0, slash), part))
            return true;
        rest = span_from(rest, slash + 1);
    }
    return false;
}

static bool holds_itself(const struct clue *clue, const struct image_source *source,
                         struct captures *captures)
{
    const char *name = source->file ? source->file : source->container;
    switch (clue->kind) {
    case CLUE_FILE:
        return holds_file(clue, source, captures);
    case CLUE_ABSENT:
        return holds_absent(clue, source, captures);
    case CLUE_TEXT:
    case CLUE_INI:
        return holds_text(clue, source, captures);
    case CLUE_LABEL:
        return source->label &&
               pattern_match_line(clue->pattern, span_text(source->label), captures);
    case CLUE_NAME:
        return name && pattern_match_line(clue->pattern, span_text(name), captures);
    case CLUE_PATH:
        return source->path && has_part(source->path, clue->pattern);
    case CLUE_ANY:
        break;
    }
    return false;
}

bool clue_holds(const struct clue *clue, const struct image_source *source,
                struct captures *captures)
{
    const unsigned before = captures->count;
    bool holds = holds_itself(clue, source, captures);

    for (unsigned i = 0; i < clue->set_count && holds; i++) {
        char value[CAPTURE_VALUE_MAX];
        struct text t = text_over(value, sizeof value);
        holds = captures_expand(captures, clue->sets[i].value, false, &t) &&
                captures_add(captures, span_text(clue->sets[i].name), text_span(&t));
    }
    if (!holds)
        captures->count = before;
    return holds;
}

void clue_describe(const struct clue *clue, struct text *out)
{
    static const char *const begin[] = {
        [CLUE_FILE] = "the file ", [CLUE_ABSENT] = "no file ",      [CLUE_TEXT] = "words in ",
        [CLUE_INI] = "a key in ",  [CLUE_LABEL] = "a volume label", [CLUE_NAME] = "a file name",
        [CLUE_PATH] = "a path",    [CLUE_ANY] = "one of ",
    };
    text_add(out, begin[clue->kind]);
    for (unsigned i = 0; i < clue->path_count; i++)
        text_addf(out, "%s%s", i > 0 ? " or " : "", clue->paths[i]);
    if (clue->kind == CLUE_INI)
        text_addf(out, ", %s%s%s", clue->section ? clue->section : "", clue->section ? "." : "",
                  clue->key);
    if (clue->pattern)
        text_addf(out, clue->kind == CLUE_PATH ? " with the part \"%s\"" : " like \"%s\"",
                  clue->pattern);
}
