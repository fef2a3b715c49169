/* A grub.cfg of a disc. Only what stands at the beginning of a command is looked at; words are cut
 * as GRUB cuts them as far as quotes go, and whole paths among them are those that begin with "/"
 * or
 * "($root)/". */
#include "boot/edit.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_any(struct span word, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_is(word, names[i]))
            return true;
    return false;
}

/* The length of the next word, quotes and what is escaped in it included. */
static size_t word_length(struct span s)
{
    uint8_t quote = 0;
    size_t i = 0;
    for (; i < s.len; i++) {
        uint8_t c = s.data[i];
        if (c == '\\' && quote != '\'') {
            i++;
        } else if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (is_blank(c) || c == ';') {
            break;
        }
    }
    return i < s.len ? i : s.len;
}

static size_t blank_length(struct span s)
{
    size_t i = 0;
    while (i < s.len && is_blank(s.data[i]))
        i++;
    return i;
}

/* A word with the image's path before its own, where it has a whole one. */
static void add_path(const struct edit *edit, struct span word, struct text *out)
{
    static const char *const starts[] = { "($root)/", "(${root})/", "/", "\"/", "'/" };
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        if (!span_starts_with(word, starts[i]))
            continue;
        size_t before = strlen(starts[i]) - 1;
        text_add_span(out, span_slice(word, 0, before));
        text_add_span(out, edit->files);
        text_add_span(out, span_from(word, before));
        return;
    }
    text_add_span(out, word);
}

/* The words after linux or initrd, up to the end of the command; returns what follows. */
static struct span add_arguments(const struct edit *edit, struct span rest, bool is_kernel,
                                 struct text *out)
{
    bool is_first = true;
    for (;;) {
        size_t blanks = blank_length(rest);
        text_add_span(out, span_slice(rest, 0, blanks));
        rest = span_from(rest, blanks);
        size_t len = word_length(rest);
        if (len == 0)
            break;
        struct span word = span_slice(rest, 0, len);
        if (is_first || !is_kernel)
            add_path(edit, word, out);
        else
            text_add_span(out, word);
        is_first = false;
        rest = span_from(rest, len);
    }
    if (is_kernel && !is_first && edit->add.len > 0) {
        text_add_char(out, ' ');
        text_add_span(out, edit->add);
    }
    return rest;
}

void edit_grub(const struct edit *edit, struct span source, struct text *out)
{
    static const char *const kernels[] = { "linux", "linuxefi", "linux16" };
    static const char *const others[] = { "initrd", "initrdefi", "initrd16", "chainloader" };
    struct span line;

    while (edit_next_line(&source, &line)) {
        size_t blanks = blank_length(line);
        struct span rest = span_from(line, blanks);
        struct span command = span_slice(rest, 0, word_length(rest));
        bool is_kernel = is_any(command, kernels, sizeof kernels / sizeof kernels[0]);

        text_add_span(out, span_slice(line, 0, blanks));
        if (is_kernel || is_any(command, others, sizeof others / sizeof others[0])) {
            text_add_span(out, command);
            rest = add_arguments(edit, span_from(rest, command.len), is_kernel, out);
        }
        text_add_span(out, rest);
        text_add_char(out, '\n');
    }
}
