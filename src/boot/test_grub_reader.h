/* An independent reader of GRUB scripts for tests: it cuts a script into tokens as GRUB's lexer
 * does (script/yylex.l there): blanks, comments, line ends, the special characters, '...' with
 * nothing special in it, "..." and bare words with \ and $. It shares nothing with the writer. */
#ifndef BOOT_TEST_GRUB_READER_H
#define BOOT_TEST_GRUB_READER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRUB_TOKENS_MAX 8192

enum grub_token_kind { GRUB_WORD, GRUB_END, GRUB_OPEN, GRUB_CLOSE, GRUB_BAD };

struct grub_token {
    enum grub_token_kind kind;
    bool has_variable;
    const char *value; /* a word with its quotes taken away; "$" stays before a variable's name */
};

struct grub_script {
    struct grub_token tokens[GRUB_TOKENS_MAX];
    int count;
    char *values;
    size_t used, cap;
};

static inline void grub_put(struct grub_script *s, char c)
{
    if (s->used + 1 >= s->cap)
        abort();
    s->values[s->used++] = c;
}

static inline void grub_token(struct grub_script *s, enum grub_token_kind kind)
{
    if (s->count == GRUB_TOKENS_MAX)
        abort();
    s->tokens[s->count++] = (struct grub_token){ .kind = kind, .value = "" };
}

/* One word from text[at]; where it ends. */
static inline size_t grub_read_word(struct grub_script *s, const char *text, size_t len, size_t at)
{
    struct grub_token word = { .kind = GRUB_WORD, .value = s->values + s->used };
    char quote = 0;

    for (; at < len; at++) {
        char c = text[at];
        if (quote == '\'') {
            if (c == '\'')
                quote = 0;
            else
                grub_put(s, c);
        } else if (c == '\\') {
            if (++at >= len || text[at] == '\n')
                break;
            if (quote == '"' && text[at] != '$' && text[at] != '\\' && text[at] != '"')
                grub_put(s, '\\');
            grub_put(s, text[at]);
        } else if (c == '"' || (c == '\'' && !quote)) {
            quote = quote == c ? 0 : c;
        } else if (c == '$') {
            word.has_variable = true;
            grub_put(s, c);
        } else if (!quote && strchr(" \t\n;{}|&<>", c) &&
                   !((c == '{' || c == '}') && s->used > 0 && word.has_variable)) {
            break;
        } else {
            grub_put(s, c);
        }
    }
    grub_put(s, 0);
    if (quote)
        word.kind = GRUB_BAD;
    if (s->count == GRUB_TOKENS_MAX)
        abort();
    s->tokens[s->count++] = word;
    return at;
}

/* Read a script; `values` is `cap` bytes for what the tokens say. */
static inline void grub_read(struct grub_script *s, const char *text, size_t len, char *values,
                             size_t cap)
{
    size_t at = 0;

    s->count = 0;
    s->values = values;
    s->used = 0;
    s->cap = cap;
    while (at < len) {
        char c = text[at];
        if (c == ' ' || c == '\t') {
            at++;
        } else if (c == '#') {
            while (at < len && text[at] != '\n')
                at++;
        } else if (c == '\n' || c == ';') {
            grub_token(s, GRUB_END);
            at++;
        } else if (c == '{' || c == '}') {
            grub_token(s, c == '{' ? GRUB_OPEN : GRUB_CLOSE);
            at++;
        } else if (c == 0 || strchr("|&<>", c)) {
            grub_token(s, GRUB_BAD);
            at++;
        } else {
            at = grub_read_word(s, text, len, at);
        }
    }
}

/* Does a command begin at token i? */
static inline bool grub_is_first(const struct grub_script *s, int i)
{
    static const char *const openers[] = { "if", "then", "else", "elif", "do" };

    if (i == 0 || s->tokens[i - 1].kind != GRUB_WORD)
        return true;
    for (size_t k = 0; k < sizeof openers / sizeof openers[0]; k++)
        if (strcmp(s->tokens[i - 1].value, openers[k]) == 0 && grub_is_first(s, i - 1))
            return true;
    return false;
}

/* How many commands of this name. */
static inline int grub_count(const struct grub_script *s, const char *name)
{
    int n = 0;

    for (int i = 0; i < s->count; i++)
        n += s->tokens[i].kind == GRUB_WORD && grub_is_first(s, i) &&
             strcmp(s->tokens[i].value, name) == 0;
    return n;
}

/* No bad token, every block and every if and for closed. */
static inline bool grub_is_sound(const struct grub_script *s)
{
    int depth = 0;

    for (int i = 0; i < s->count; i++) {
        if (s->tokens[i].kind == GRUB_BAD)
            return false;
        depth += (s->tokens[i].kind == GRUB_OPEN) - (s->tokens[i].kind == GRUB_CLOSE);
        if (depth < 0)
            return false;
    }
    return depth == 0 && grub_count(s, "if") == grub_count(s, "fi") &&
           grub_count(s, "for") == grub_count(s, "done");
}

#endif
