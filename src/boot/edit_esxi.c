/* boot.cfg, which mboot reads: a key, "=", a value on each line. With a prefix, names that begin
 * with a slash are still whole paths on the server, hence the slashes go ("Boot the ESXi installer
 * by native UEFI HTTP", VMware). */
#include "boot/edit.h"

/* Words of kernelopt= that say the installer is on a disc. */
static const char *const disc_words[] = { "cdromBoot" };

static bool is_disc_word(struct span word)
{
    for (size_t i = 0; i < sizeof disc_words / sizeof disc_words[0]; i++)
        if (span_is_nocase(word, disc_words[i]))
            return true;
    return false;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static size_t word_length(struct span s)
{
    size_t len = 0;
    while (len < s.len && !is_blank(s.data[len]))
        len++;
    return len;
}

/* Append the words of a value: paths without leading slashes, others but for those of the disc. */
static void add_words(struct span value, bool is_paths, struct text *out)
{
    bool is_first = true;
    while (value.len > 0) {
        size_t end = word_length(value);
        struct span word = span_slice(value, 0, end);
        value = span_from(value, end + 1);
        while (is_paths && span_starts_with(word, "/"))
            word = span_from(word, 1);
        if (word.len == 0 || (!is_paths && is_disc_word(word)))
            continue;
        if (!is_first)
            text_add_char(out, ' ');
        text_add_span(out, word);
        is_first = false;
    }
}

static void add_options(const struct edit *edit, struct span value, struct text *out)
{
    size_t before;
    text_add(out, "kernelopt=");
    before = out->len;
    add_words(value, false, out);
    if (edit->add.len > 0 && out->len > before)
        text_add_char(out, ' ');
    text_add_span(out, edit->add);
    text_add_char(out, '\n');
}

static void add_prefix(const struct edit *edit, struct text *out)
{
    text_add(out, "prefix=");
    text_add_span(out, edit->files);
    text_add_char(out, '\n');
}

void edit_esxi(const struct edit *edit, struct span source, struct text *out)
{
    bool has_prefix = false, has_options = false;
    struct span line;

    while (edit_next_line(&source, &line)) {
        size_t equals = span_find(line, '=');
        struct span key = span_trim(span_slice(line, 0, equals), is_blank);
        struct span value = span_trim(span_from(line, equals + 1), is_blank);
        if (span_is_nocase(key, "prefix")) {
            if (!has_prefix)
                add_prefix(edit, out);
            has_prefix = true;
        } else if (span_is_nocase(key, "kernel") || span_is_nocase(key, "modules")) {
            text_add_span(out, key);
            text_add_char(out, '=');
            add_words(value, true, out);
            text_add_char(out, '\n');
        } else if (span_is_nocase(key, "kernelopt")) {
            add_options(edit, value, out);
            has_options = true;
        } else {
            text_add_span(out, line);
            text_add_char(out, '\n');
        }
    }
    if (!has_prefix)
        add_prefix(edit, out);
    if (!has_options && edit->add.len > 0)
        add_options(edit, (struct span){ 0 }, out);
}
