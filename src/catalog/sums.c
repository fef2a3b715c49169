/* See sums.h. A line is one of
 *     HEX  NAME            sha256sum; "*" before the name in binary mode
 *     SHA256 (NAME) = HEX  BSD, Fedora
 *      HEX SIZE NAME       Debian's Release, below "SHA256:"
 *     HEX                  alone
 * Which of them tells itself by its words. Names have no blanks. */
#include "catalog/sums.h"

#define WORDS_MAX 4

/* Split at blanks; the number of words, WORDS_MAX + 1 when there are more. */
static size_t split(struct span line, struct span words[WORDS_MAX])
{
    size_t count = 0;
    while (line.len > 0) {
        size_t len = 0;
        while (len < line.len && line.data[len] != ' ' && line.data[len] != '\t' &&
               line.data[len] != '\r')
            len++;
        if (len > 0 && count == WORDS_MAX)
            return WORDS_MAX + 1;
        if (len > 0)
            words[count++] = span_slice(line, 0, len);
        line = span_from(line, len + 1);
    }
    return count;
}

static bool take_hex(struct span word, char out[SUMS_DIGITS + 1])
{
    if (word.len != SUMS_DIGITS)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = ascii_lower(word.data[i]);
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        out[i] = (char)c;
    }
    out[SUMS_DIGITS] = 0;
    return true;
}

static bool is_number(struct span word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
    return word.len > 0;
}

static struct span plain_name(struct span name)
{
    if (span_starts_with(name, "*"))
        name = span_from(name, 1);
    return span_starts_with(name, "./") ? span_from(name, 2) : name;
}

static bool read_line(struct span text, struct sums_line *out)
{
    struct span words[WORDS_MAX];
    size_t count = split(text, words);

    out->name = (struct span){ 0 };
    if (count == 4 && span_is_nocase(words[0], "SHA256") && span_is(words[2], "=") &&
        words[1].len > 2 && words[1].data[0] == '(' && words[1].data[words[1].len - 1] == ')') {
        out->name = plain_name(span_slice(words[1], 1, words[1].len - 2));
        return take_hex(words[3], out->sha256);
    }
    if (count == 0 || count > 3 || !take_hex(words[0], out->sha256) ||
        (count == 3 && !is_number(words[1])))
        return false;
    if (count > 1)
        out->name = plain_name(words[count - 1]);
    return true;
}

int sums_each(struct span text, int (*line)(void *context, const struct sums_line *line),
              void *context)
{
    struct sums_line read;
    int r = 0;
    while (text.len > 0 && r == 0) {
        size_t end = span_find(text, '\n');
        if (read_line(span_slice(text, 0, end), &read))
            r = line(context, &read);
        text = span_from(text, end + 1);
    }
    return r;
}

struct finding {
    struct span name;
    char *out;
    unsigned lines, found;
    bool differs;
    char alone[SUMS_DIGITS + 1];
};

static int find_line(void *context, const struct sums_line *line)
{
    struct finding *f = context;
    f->lines++;
    if (line->name.len == 0)
        memcpy(f->alone, line->sha256, sizeof f->alone);
    if (line->name.len == 0 || !span_equals(line->name, f->name))
        return 0;
    f->differs = f->differs || (f->found > 0 && strcmp(f->out, line->sha256) != 0);
    memcpy(f->out, line->sha256, sizeof line->sha256);
    f->found++;
    return 0;
}

bool sums_find(struct span text, struct span name, char out[SUMS_DIGITS + 1])
{
    char digest[SUMS_DIGITS + 1] = "";
    struct finding f = { .name = name, .out = digest };
    (void)sums_each(text, find_line, &f);
    if (f.found == 0 && f.lines == 1 && f.alone[0])
        memcpy(digest, f.alone, sizeof digest);
    if (!digest[0] || f.differs)
        return false;
    memcpy(out, digest, sizeof digest);
    return true;
}
