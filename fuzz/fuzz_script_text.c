/* Foreign text in an iPXE line: whatever the bytes, an independent reader finds one command that
 * ends where the writer ended it, and no setting. */
#include <assert.h>
#include <stdlib.h>

#include "boot/script_ipxe.h"
#include "boot/test_ipxe_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char buffer[512], name[64];
    struct text text = text_over(buffer, sizeof buffer);
    struct reader_script *script = malloc(sizeof *script);

    if (!script)
        return 0;
    text_add(&text, "#!ipxe\necho a ");
    script_add_foreign(&text, span_of(data, size), 60, "-");
    text_add(&text, " z\n");
    assert(!text.failed);
    reader_read(script, text.data, text.len);
    assert(script->is_sound && script->count == 1);
    assert(strcmp(script->commands[0].words[script->commands[0].count - 1], "z") == 0);
    assert(script->commands[0].end[0] == 0);
    assert(!reader_setting(text.data, text.len, 0, name));

    /* Words that pass the check are read back as one command too. */
    text = text_over(buffer, sizeof buffer);
    text_add(&text, "#!ipxe\necho a ");
    text_add_span(&text, span_of(data, size));
    text_add(&text, " z\n");
    if (!text.failed && script_check_words(span_of(data, size)) == SCRIPT_SOUND) {
        reader_read(script, text.data, text.len);
        assert(script->count == 1 && script->commands[0].end[0] == 0);
        assert(!reader_setting(text.data, text.len, 0, name));
    }
    free(script);
    return 0;
}
