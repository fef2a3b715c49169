/* See enroll_program.h. The section is found by its name in the program's headers; its room was set
 * aside when the program was built, so nothing moves and no header changes. */
#include "efi/enroll_program.h"

#include <errno.h>

#include "efi/keys_section.h"
#include "image/pe.h"

/* The program's section of keys, as a writer over these bytes; failed when there is none. */
static struct writer find_section(uint8_t *data, size_t len)
{
    const struct span file = span_of(data, len);
    const struct image_source source = image_source_over(&file);
    struct writer none = { .failed = true };
    struct pe pe;

    if (pe_read(&source, "", &pe) != PE_SOUND)
        return none;
    const struct pe_section *section = pe_find_section(&pe, KEYS_SECTION_NAME);
    if (!section || section->raw_size < KEYS_MARK_BYTES)
        return none;
    struct span bytes = span_slice(file, section->raw_at, section->raw_size);
    if (!span_equals(span_slice(bytes, 0, KEYS_MARK_BYTES),
                     span_of(KEYS_SECTION_MARK, KEYS_MARK_BYTES)))
        return none;
    struct writer w = writer_over(data + section->raw_at, bytes.len);
    w.len = KEYS_MARK_BYTES;
    return w;
}

int enroll_program_fill(struct span program, const struct enroll_update *updates, size_t count,
                        struct writer *out)
{
    size_t begin = out->len;
    writer_bytes(out, program);
    if (out->failed)
        return -ENOSPC;
    struct writer section = find_section(out->data + begin, program.len);
    int r = section.failed ? -EINVAL : 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        struct span name = span_text(updates[i].variable);
        uint32_t length;
        if (name.len == 0 || name.len > KEYS_NAME_BYTES)
            r = -EINVAL;
        else if (!narrow_u32(updates[i].bytes.len, &length))
            r = -EFBIG;
        else {
            writer_bytes(&section, name);
            writer_fill(&section, 0, KEYS_NAME_BYTES - name.len);
            writer_le32(&section, length);
            writer_bytes(&section, updates[i].bytes);
            r = section.failed ? -EFBIG : 0;
        }
    }
    if (r == 0)
        writer_fill(&section, 0, writer_left(&section));
    if (r < 0)
        out->len = begin;
    return r;
}
