/* Foreign words in a GRUB script: whatever the bytes, an independent reader finds the same number
 * of commands and words, and the literal word itself. Kernel arguments that pass the check are read
 * back as the words that the kernel would have taken them for. */
#include <assert.h>
#include <stdlib.h>

#include "boot/script_grub.h"
#include "boot/test_grub_reader.h"

#define INPUT_MAX 4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct grub_script *script;
static char *written, *values;

static void read_back(struct text *text)
{
    assert(!text->failed);
    grub_read(script, text->data, text->len, values, 8 * INPUT_MAX);
    assert(grub_is_sound(script));
}

static void check_word(struct span in)
{
    struct text text = text_over(written, 8 * INPUT_MAX);

    text_add(&text, "if echo ");
    script_grub_add_word(&text, in);
    text_add(&text, "; then\nmenuentry ");
    script_grub_add_text(&text, "", in, 60, "nothing");
    text_add(&text, " { true }\nfi\n");
    read_back(&text);
    assert(script->count == 14);
    assert(strlen(script->tokens[2].value) == in.len && !script->tokens[2].has_variable);
    for (size_t i = 0; i < in.len; i++)
        assert(script->tokens[2].value[i] == (char)in.data[i] || script->tokens[2].value[i] == '?');
    assert(script->tokens[7].value[0] != '-');
}

static void check_arguments(struct span in)
{
    struct text text = text_over(written, 8 * INPUT_MAX);
    int words = 0;
    bool quoted = false, inside = false;

    if (script_grub_check_words(in) != GRUB_SOUND)
        return;
    for (size_t i = 0; i < in.len; i++) {
        bool blank = in.data[i] == ' ' && !quoted;
        words += !blank && !inside;
        inside = !blank;
        if (in.data[i] == '"')
            quoted = !quoted;
    }
    text_add(&text, "linux");
    script_grub_add_words(&text, in);
    text_add(&text, "\n");
    read_back(&text);
    assert(script->count == words + 2);
    for (int i = 0; i < script->count; i++)
        assert(!script->tokens[i].has_variable && !strchr(script->tokens[i].value, '"'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_slice(span_of(data, size), 0, INPUT_MAX);

    script = malloc(sizeof *script);
    written = malloc(8 * INPUT_MAX);
    values = malloc(8 * INPUT_MAX);
    if (script && written && values) {
        check_word(in);
        check_arguments(in);
    }
    free(script);
    free(written);
    free(values);
    return 0;
}
