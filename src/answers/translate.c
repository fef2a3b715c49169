/* See translate.h. Tags are found by their marks, with quotes respected; what stands between them
 * are literals, known to the chunk by number alone. Blocks are counted here, so that one that is
 * left open is told by the line it was opened in. */
#include "answers/translate.h"

#include <errno.h>
#include <stdlib.h>

/* A literal of one byte beside a tag of five: nothing grows more. */
#define GROWTH_MAX   12
#define CHUNK_SPARE  ((size_t)4096)
#define LITERAL_STEP 64

enum block {
    BLOCK_IF,
    BLOCK_ELSE, /* an if whose else was seen */
    BLOCK_FOR,
};

struct translating {
    struct translation *out;
    struct span source;
    size_t at;
    uint32_t line;
    struct text chunk;
    struct {
        enum block block;
        uint32_t line;
    } open[TRANSLATE_DEPTH_MAX];
    size_t depth;
    size_t literal_cap;
};

static int fault(struct translating *t, const char *text)
{
    struct text to = text_over(t->out->fault, sizeof t->out->fault);
    t->out->line = t->line;
    text_add(&to, text);
    return -EINVAL;
}

static int fault_about(struct translating *t, const char *before, struct span word,
                       const char *after)
{
    char buffer[160];
    struct text to = text_over(buffer, sizeof buffer);
    text_add(&to, before);
    text_add_escaped(&to, span_slice(word, 0, 40));
    text_add(&to, after);
    return fault(t, buffer);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static uint32_t count_lines(struct span s)
{
    uint32_t lines = 0;
    for (size_t i = 0; i < s.len; i++)
        lines += s.data[i] == '\n';
    return lines;
}

/* Keep the chunk's lines those of the template. */
static void add_lines(struct translating *t, struct span s)
{
    for (uint32_t i = count_lines(s); i > 0; i--) {
        text_add_char(&t->chunk, '\n');
        t->line++;
    }
}

static int add_literal(struct translating *t, struct span literal)
{
    struct translation *out = t->out;

    if (literal.len == 0)
        return 0;
    if (out->literal_count == t->literal_cap) {
        size_t cap = t->literal_cap * 2 + LITERAL_STEP;
        struct span *grown = realloc(out->literals, cap * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        out->literals = grown;
        t->literal_cap = cap;
    }
    out->literals[out->literal_count++] = literal;
    text_addf(&t->chunk, "__text(%zu) ", out->literal_count);
    add_lines(t, literal);
    return 0;
}

/* The byte after the quoted text that begins at `at`; the end when it does not end. */
static size_t skip_quoted(struct span s, size_t at)
{
    uint8_t quote = s.data[at];
    for (at++; at < s.len; at++) {
        if (s.data[at] == '\\')
            at++;
        else if (s.data[at] == quote)
            return at + 1;
    }
    return s.len;
}

/* Where `mark` stands outside of quotes, or s.len. */
static size_t find_mark(struct span s, const char *mark, bool quotes)
{
    for (size_t at = 0; at < s.len;) {
        if (span_starts_with(span_from(s, at), mark))
            return at;
        if (quotes && (s.data[at] == '"' || s.data[at] == '\''))
            at = skip_quoted(s, at);
        else
            at++;
    }
    return s.len;
}

/* An expression as it goes into the chunk: Lua's, with != for ~=. Lua's own comments would swallow
 * what follows. */
static int add_expression(struct translating *t, struct span e)
{
    if (span_trim(e, is_blank).len == 0)
        return fault(t, "there is no expression in this tag");
    for (size_t at = 0; at < e.len;) {
        struct span here = span_from(e, at);
        size_t end = at + 1;
        if (e.data[at] == '"' || e.data[at] == '\'')
            end = skip_quoted(e, at);
        if (span_starts_with(here, "--"))
            return fault(t, "-- begins no comment here: {# #} does");
        if (span_starts_with(here, "!=")) {
            text_add(&t->chunk, "~=");
            end = at + 2;
        } else {
            text_add_span(&t->chunk, span_slice(e, at, end - at));
        }
        at = end;
    }
    return 0;
}

/* Add the line ends of a tag that its code, from `from` on in the chunk, does not have. */
static void keep_lines(struct translating *t, size_t from, struct span tag)
{
    struct span added = span_from(text_span(&t->chunk), from);
    for (uint32_t seen = count_lines(added); seen < count_lines(tag); seen++)
        text_add_char(&t->chunk, '\n');
    t->line += count_lines(tag);
}

static int add_value(struct translating *t, struct span e)
{
    text_add(&t->chunk, "__emit((");
    int r = add_expression(t, e);
    text_add(&t->chunk, ")) ");
    return r;
}

/* The word at the front; *rest is what follows it. */
static struct span take_word(struct span *rest)
{
    size_t end = 0;
    *rest = span_trim(*rest, is_blank);
    while (end < rest->len && !is_blank(rest->data[end]) && rest->data[end] != '(')
        end++;
    struct span word = span_slice(*rest, 0, end);
    *rest = span_trim(span_from(*rest, end), is_blank);
    return word;
}

static bool is_name(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = ascii_lower(s.data[i]);
        if (!(c >= 'a' && c <= 'z') && !(c == '_' && i > 0) && !(c >= '0' && c <= '9' && i > 0))
            return false;
    }
    return s.len > 0 && s.len <= 32;
}

static int begin_block(struct translating *t, enum block block)
{
    if (t->depth == TRANSLATE_DEPTH_MAX)
        return fault(t, "more than 64 blocks lie in each other");
    t->open[t->depth].block = block;
    t->open[t->depth++].line = t->line;
    return 0;
}

static int add_if(struct translating *t, struct span e, const char *word)
{
    text_addf(&t->chunk, "%s __truth(", word);
    int r = add_expression(t, e);
    text_add(&t->chunk, ") then ");
    return r;
}

static int add_else(struct translating *t, struct span e, bool is_elif)
{
    if (t->depth == 0 || t->open[t->depth - 1].block != BLOCK_IF)
        return fault(t, is_elif ? "this elif belongs to no if" : "this else belongs to no if");
    if (is_elif)
        return add_if(t, e, "elseif");
    t->open[t->depth - 1].block = BLOCK_ELSE;
    text_add(&t->chunk, "else ");
    return 0;
}

static int end_block(struct translating *t, bool is_for)
{
    if (t->depth == 0 || (t->open[t->depth - 1].block == BLOCK_FOR) != is_for)
        return fault(t, is_for ? "this endfor ends no for" : "this endif ends no if");
    t->depth--;
    text_add(&t->chunk, "end ");
    return 0;
}

static int add_for(struct translating *t, struct span rest)
{
    struct span name = take_word(&rest);
    struct span in = take_word(&rest);

    if (!is_name(name) || !span_is(in, "in"))
        return fault(t, "a loop is written {% for name in list %}");
    text_add(&t->chunk, "for _, ");
    text_add_span(&t->chunk, name);
    text_add(&t->chunk, " in __each(");
    int r = add_expression(t, rest);
    text_add(&t->chunk, ") do ");
    return r < 0 ? r : begin_block(t, BLOCK_FOR);
}

static int add_set(struct translating *t, struct span rest)
{
    size_t equals = span_find(rest, '=');
    struct span name = span_trim(span_slice(rest, 0, equals), is_blank);

    if (!is_name(name) || equals == rest.len)
        return fault(t, "a variable is set by {% set name = value %}");
    text_add_span(&t->chunk, name);
    text_add(&t->chunk, " = (");
    int r = add_expression(t, span_from(rest, equals + 1));
    text_add(&t->chunk, ") ");
    return r;
}

/* A statement that is a call with one value. */
static int add_call(struct translating *t, const char *function, struct span rest)
{
    text_addf(&t->chunk, "%s((", function);
    int r = add_expression(t, rest);
    text_add(&t->chunk, ")) ");
    return r;
}

/* Text up to {% endraw %} as it stands. */
static int add_raw(struct translating *t)
{
    struct span rest = span_from(t->source, t->at);
    for (size_t at = 0; at < rest.len; at++) {
        struct span tag = span_from(rest, at);
        if (!span_starts_with(tag, "{%"))
            continue;
        size_t end = find_mark(span_from(tag, 2), "%}", false);
        if (end == span_from(tag, 2).len)
            break;
        if (!span_is(span_trim(span_slice(tag, 2, end), is_blank), "endraw"))
            continue;
        t->at += at + end + 4;
        return add_literal(t, span_slice(rest, 0, at));
    }
    return fault(t, "this raw has no endraw");
}

static int add_statement(struct translating *t, struct span tag)
{
    struct span rest = tag;
    struct span word = take_word(&rest);

    if (span_is(word, "if")) {
        int r = begin_block(t, BLOCK_IF);
        return r < 0 ? r : add_if(t, rest, "if");
    }
    if (span_is(word, "elif") || span_is(word, "else"))
        return add_else(t, rest, span_is(word, "elif"));
    if (span_is(word, "endif") || span_is(word, "endfor"))
        return end_block(t, span_is(word, "endfor"));
    if (span_is(word, "for"))
        return add_for(t, rest);
    if (span_is(word, "set"))
        return add_set(t, rest);
    if (span_is(word, "include"))
        return add_call(t, "__include", rest);
    if (span_is(word, "fail"))
        return add_call(t, "__fail", rest);
    if (span_is(word, "raw"))
        return add_raw(t);
    return fault_about(t, "there is no statement \"", word,
                       "\": if, elif, else, endif, for, endfor, set, include, fail, raw, endraw");
}

/* A tag alone on its line takes the line with it: the blanks before it, and the line end behind.
 * `at_start`: the literal begins a line. */
static bool stands_alone(struct span literal, bool at_start, struct span behind, size_t *ret_keep,
                         size_t *ret_skip)
{
    size_t keep = literal.len, skip = 0;

    while (keep > 0 && (literal.data[keep - 1] == ' ' || literal.data[keep - 1] == '\t'))
        keep--;
    if (keep > 0 ? literal.data[keep - 1] != '\n' : !at_start)
        return false;
    while (skip < behind.len && is_blank(behind.data[skip]) && behind.data[skip] != '\n')
        skip++;
    if (skip < behind.len && behind.data[skip] != '\n')
        return false;
    *ret_keep = keep;
    *ret_skip = skip < behind.len ? skip + 1 : skip;
    return true;
}

/* The next tag: where it begins in the rest, or its length. */
static size_t find_tag(struct span rest)
{
    for (size_t i = 0; i + 1 < rest.len; i++) {
        uint8_t c = rest.data[i + 1];
        if (rest.data[i] == '{' && (c == '{' || c == '%' || c == '#'))
            return i;
    }
    return rest.len;
}

static int translate_tag(struct translating *t, struct span literal, struct span tag)
{
    uint8_t mark = tag.data[1];
    const char *end_mark = mark == '{' ? "}}" : mark == '%' ? "%}" : "#}";
    size_t end = find_mark(span_from(tag, 2), end_mark, mark != '#');
    struct span inner = span_slice(tag, 2, end), behind = span_from(tag, end + 4);
    size_t keep = literal.len, skip = 0;
    bool at_start = t->at == 0 || t->source.data[t->at - 1] == '\n';

    if (end == span_from(tag, 2).len) {
        t->line += count_lines(literal);
        return fault(t, mark == '{'   ? "this {{ has no }}"
                        : mark == '%' ? "this {% has no %}"
                                      : "this {# has no #}");
    }
    if (mark == '{' || !stands_alone(literal, at_start, behind, &keep, &skip)) {
        keep = literal.len;
        skip = 0;
    }
    int r = add_literal(t, span_slice(literal, 0, keep));
    if (r < 0)
        return r;
    t->at += literal.len + end + 4 + skip;
    size_t from = t->chunk.len;
    if (mark == '{')
        r = add_value(t, inner);
    else if (mark == '%')
        r = add_statement(t, inner);
    if (r < 0)
        return r;
    keep_lines(t, from, inner);
    add_lines(t, span_slice(behind, 0, skip));
    return 0;
}

static int translate_all(struct translating *t)
{
    text_add(&t->chunk, "local " TRANSLATE_PARAMETERS " = ... ");
    while (t->at < t->source.len) {
        struct span rest = span_from(t->source, t->at);
        size_t tag = find_tag(rest);
        int r;
        if (tag < rest.len) {
            r = translate_tag(t, span_slice(rest, 0, tag), span_from(rest, tag));
        } else {
            t->at = t->source.len;
            r = add_literal(t, rest);
        }
        if (r < 0)
            return r;
    }
    if (t->depth == 0)
        return 0;
    t->line = t->open[t->depth - 1].line;
    return fault(t, t->open[t->depth - 1].block == BLOCK_FOR ? "this for has no endfor"
                                                             : "this if has no endif");
}

int translate(struct span source, struct translation *out)
{
    struct translating t = { .out = out, .source = source, .line = 1 };
    size_t cap = source.len * GROWTH_MAX + CHUNK_SPARE;

    *out = (struct translation){ 0 };
    out->chunk = malloc(cap);
    if (!out->chunk)
        return -ENOMEM;
    t.chunk = text_over(out->chunk, cap);
    int r = translate_all(&t);
    if (r == 0 && t.chunk.failed)
        r = fault(&t, "the template is too long");
    out->len = t.chunk.len;
    if (r < 0) {
        free(out->chunk);
        free(out->literals);
        out->chunk = NULL;
        out->literals = NULL;
    }
    return r;
}

void translation_done(struct translation *t)
{
    free(t->chunk);
    free(t->literals);
    *t = (struct translation){ 0 };
}
