/* An independent reader of iPXE scripts for tests: it cuts a script into commands as iPXE's own
 * code does (src/image/script.c, src/core/exec.c): lines, labels, white space, comments,
 * terminators; then it expands settings by a function of the test. It shares nothing with the
 * writer. */
#ifndef BOOT_TEST_IPXE_READER_H
#define BOOT_TEST_IPXE_READER_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define READER_COMMANDS_MAX 512
#define READER_WORDS_MAX    64

struct reader_command {
    char words[READER_WORDS_MAX][160];
    int count;
    char end[3]; /* "||", "&&", ";" or "" */
    char label[64];
};

struct reader_script {
    struct reader_command commands[READER_COMMANDS_MAX];
    int count;
    bool is_sound; /* began with #!ipxe, every line ended, nothing too long, no setting unclosed */
};

static inline bool reader_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline void reader_line(struct reader_script *s, const char *line, size_t len)
{
    char label[64] = "";
    size_t at = 0;
    if (len > 0 && line[0] == ':') {
        while (at < len && !reader_is_space(line[at]))
            at++;
        snprintf(label, sizeof label, "%.*s", (int)(at - 1), line + 1);
    }
    struct reader_command *c = &s->commands[s->count];
    *c = (struct reader_command){ 0 };
    snprintf(c->label, sizeof c->label, "%s", label);
    bool is_comment = false;
    while (at < len && !is_comment) {
        while (at < len && reader_is_space(line[at]))
            at++;
        size_t start = at;
        while (at < len && !reader_is_space(line[at]))
            at++;
        size_t n = at - start;
        if (n == 0)
            break;
        if (line[start] == '#') {
            is_comment = true;
        } else if ((n == 2 &&
                    (memcmp(line + start, "||", 2) == 0 || memcmp(line + start, "&&", 2) == 0)) ||
                   (n == 1 && line[start] == ';')) {
            snprintf(c->end, sizeof c->end, "%.*s", (int)n, line + start);
            if (s->count + 2 >= READER_COMMANDS_MAX) {
                s->is_sound = false;
                return;
            }
            c = &s->commands[++s->count];
            *c = (struct reader_command){ 0 };
        } else if (c->count < READER_WORDS_MAX) {
            if (n >= sizeof c->words[0])
                n = sizeof c->words[0] - 1; /* long URLs: their beginning is compared */
            snprintf(c->words[c->count++], sizeof c->words[0], "%.*s", (int)n, line + start);
        } else {
            s->is_sound = false;
        }
    }
    if (c->count > 0 || c->label[0])
        s->count++;
}

static inline void reader_read(struct reader_script *s, const char *text, size_t len)
{
    s->count = 0;
    s->is_sound = len > 7 && memcmp(text, "#!ipxe\n", 7) == 0 && text[len - 1] == '\n';
    size_t at = 0;
    while (at < len && s->count + 2 < READER_COMMANDS_MAX) {
        size_t end = at;
        while (end < len && text[end] != '\n')
            end++;
        size_t stop = end;
        if (stop > at && text[stop - 1] == '\r')
            stop--;
        if (stop > at && text[stop - 1] == '\\')
            s->is_sound = false; /* would join the next line: the writer never does that */
        if (at > 0)
            reader_line(s, text + at, stop - at);
        at = end + 1;
    }
}

/* The name of the n-th setting used anywhere in the text, or false. */
static inline bool reader_setting(const char *text, size_t len, int n, char out[64])
{
    for (size_t i = 0; i + 1 < len; i++) {
        if (text[i] != '$' || text[i + 1] != '{')
            continue;
        size_t end = i + 2;
        while (end < len && text[end] != '}')
            end++;
        if (n-- == 0) {
            snprintf(out, 64, "%.*s", (int)(end - i - 2), text + i + 2);
            return true;
        }
    }
    return false;
}

/* Do the command's words, joined by one blank, begin with `want`? */
static inline bool reader_command_begins(const struct reader_command *c, const char *want)
{
    char joined[READER_WORDS_MAX * 24] = "";
    size_t used = 0;
    for (int i = 0; i < c->count; i++) {
        int n = snprintf(joined + used, sizeof joined - used, "%s%s", i ? " " : "", c->words[i]);
        if (n < 0 || (size_t)n >= sizeof joined - used)
            break;
        used += (size_t)n;
    }
    return strncmp(joined, want, strlen(want)) == 0;
}

#endif
