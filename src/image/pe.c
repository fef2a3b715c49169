/* The DOS stub's pointer, the COFF header, the optional header in both widths and the section
 * table. The checks of sizes are those with which UEFI firmware (EDK2's PE loader) turns a file
 * away before it looks at any signature, so a file that is sound here is one that firmware would
 * consider. What the sections contain is not looked at. */
#include "image/pe.h"

#include <assert.h>

#include "base/checked.h"
#include "base/reader.h"

#define DOS_BYTES      64
#define COFF_BYTES     24 /* with the mark "PE\0\0" */
#define SECTION_BYTES  40
#define SYMBOL_BYTES   18
#define OPTIONAL_MAX   240 /* PE32+ with all its 16 directory entries */
#define MAGIC_PE32     0x10b
#define MAGIC_PE32PLUS 0x20b
#define FIXED_PE32     96 /* optional header up to the directory entries */
#define FIXED_PE32PLUS 112
#define DIRECTORIES    16
#define DIRECTORY_SIGN 4
#define NX_COMPATIBLE  0x0100

/* PE machine numbers; the UEFI specification, 2.1.1. */
static const struct {
    uint16_t machine;
    enum arch arch;
} machines[] = {
    { 0x014c, ARCH_EFI_IA32 },    { 0x8664, ARCH_EFI_X64 },     { 0x01c2, ARCH_EFI_ARM32 },
    { 0x01c4, ARCH_EFI_ARM32 },   { 0xaa64, ARCH_EFI_ARM64 },   { 0x5032, ARCH_EFI_RISCV32 },
    { 0x5064, ARCH_EFI_RISCV64 }, { 0x6232, ARCH_EFI_LOONG32 }, { 0x6264, ARCH_EFI_LOONG64 },
};

const char *pe_flaw_text(enum pe_flaw flaw)
{
    static const char *const texts[] = {
        [PE_SOUND] = "its headers are sound",
        [PE_UNREADABLE] = "it cannot be read",
        [PE_NOT_PE] = "it is no EFI program",
        [PE_CUT] = "it ends within its own headers",
        [PE_MAGIC] = "it is neither PE32 nor PE32+",
        [PE_MACHINE] = "it is for a machine UEFI does not know",
        [PE_TOO_MANY_SECTIONS] = "it has more sections than any program of this kind",
        [PE_DIRECTORIES] = "its headers contradict each other",
        [PE_HEADERS_SIZE] = "it gives a wrong size of its headers",
        [PE_SECTION_OUTSIDE] = "it ends before its last section does: cut off or broken",
        [PE_SIGNATURES_OUTSIDE] = "it ends before its signatures do: cut off or broken",
    };
    static_assert(sizeof texts / sizeof texts[0] == PE_FLAWS, "a phrase for each flaw");
    return texts[flaw];
}

uint32_t pe_arches(const struct pe *pe)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (machines[i].machine == pe->machine)
            return arch_bit(machines[i].arch);
    return 0;
}

const struct pe_section *pe_find_section(const struct pe *pe, const char *name)
{
    for (unsigned i = 0; i < pe->section_count; i++)
        if (strcmp(pe->sections[i].name, name) == 0)
            return &pe->sections[i];
    return NULL;
}

bool pe_is_nx_compatible(const struct pe *pe)
{
    return (pe->dll_flags & NX_COMPATIBLE) != 0;
}

const struct pe_section *pe_find_writable_code(const struct pe *pe)
{
    const uint32_t both = PE_SECTION_WRITE | PE_SECTION_EXECUTE;
    for (unsigned i = 0; i < pe->section_count; i++)
        if ((pe->sections[i].flags & both) == both)
            return &pe->sections[i];
    return NULL;
}

/* The optional header: the same fields up to SizeOfImage, then wider ones in PE32+. */
static enum pe_flaw read_optional(struct span optional, uint32_t at, struct pe *out)
{
    struct reader r = reader_over(optional);
    uint16_t magic = reader_le16(&r);
    out->is_pe32_plus = magic == MAGIC_PE32PLUS;
    if (magic != MAGIC_PE32 && magic != MAGIC_PE32PLUS)
        return r.failed ? PE_CUT : PE_MAGIC;
    reader_skip(&r, 30);
    out->section_alignment = reader_le32(&r);
    reader_skip(&r, 20);
    out->image_bytes = reader_le32(&r);
    out->headers_bytes = reader_le32(&r);
    out->checksum_at = at + 64;
    out->checksum = reader_le32(&r);
    out->subsystem = reader_le16(&r);
    out->dll_flags = reader_le16(&r);
    reader_skip(&r, out->is_pe32_plus ? 36 : 20); /* stack and heap sizes, loader flags */
    out->directory_count = reader_le32(&r);
    if (out->directory_count > DIRECTORY_SIGN) {
        reader_skip(&r, 8 * DIRECTORY_SIGN);
        out->security_at =
            at + (out->is_pe32_plus ? FIXED_PE32PLUS : FIXED_PE32) + 8 * DIRECTORY_SIGN;
        out->certificates_at = reader_le32(&r);
        out->certificate_bytes = reader_le32(&r);
    }
    return r.failed ? PE_CUT : PE_SOUND;
}

/* A name longer than eight bytes stands in the string table behind the symbols, which files for
 * firmware do not always have; its place is written as "/123". */
static void read_long_name(const struct image_source *source, const char *path, uint64_t strings_at,
                           struct pe_section *section)
{
    uint8_t name[PE_NAME_MAX - 1];
    uint32_t offset = 0;
    const char *digits = section->name + 1;
    if (section->name[0] != '/' || *digits == 0 || strings_at == 0)
        return;
    for (; *digits >= '0' && *digits <= '9'; digits++)
        offset = offset * 10 + (uint32_t)(*digits - '0');
    int64_t n =
        *digits ? 0 : source->read(source->context, path, strings_at + offset, name, sizeof name);
    struct span text = span_of(name, n > 0 ? (size_t)n : 0);
    text.len = span_find(text, 0);
    if (text.len > 0)
        span_to_text(text, section->name, sizeof section->name);
}

static enum pe_flaw read_sections(const struct image_source *source, const char *path,
                                  uint64_t strings_at, struct pe *out)
{
    uint8_t table[PE_SECTIONS_MAX * SECTION_BYTES];
    size_t len = (size_t)out->section_count * SECTION_BYTES;

    if (!image_source_read_all(source, path, out->sections_at, table, len))
        return PE_CUT;
    struct reader r = reader_over(span_of(table, len));
    for (unsigned i = 0; i < out->section_count; i++) {
        struct pe_section *s = &out->sections[i];
        span_to_text(reader_take(&r, 8), s->name, sizeof s->name);
        s->virtual_size = reader_le32(&r);
        s->virtual_at = reader_le32(&r);
        s->raw_size = reader_le32(&r);
        s->raw_at = reader_le32(&r);
        reader_skip(&r, 12); /* relocations and line numbers: object files alone have them */
        s->flags = reader_le32(&r);
        read_long_name(source, path, strings_at, s);
    }
    return PE_SOUND;
}

/* What EDK2's loader compares before anything else (PeCoffLoaderGetPeHeader). */
static enum pe_flaw check_sizes(const struct pe *pe, uint16_t optional_len)
{
    size_t fixed = pe->is_pe32_plus ? FIXED_PE32PLUS : FIXED_PE32;
    size_t table_end = pe->sections_at + (size_t)pe->section_count * SECTION_BYTES;

    if (pe->directory_count > DIRECTORIES ||
        optional_len != fixed + 8 * (size_t)pe->directory_count)
        return PE_DIRECTORIES;
    if (pe->headers_bytes < table_end || pe->headers_bytes > pe->file_bytes)
        return PE_HEADERS_SIZE;
    for (unsigned i = 0; i < pe->section_count; i++) {
        const struct pe_section *s = &pe->sections[i];
        if (s->raw_size > 0 && (uint64_t)s->raw_at + s->raw_size > pe->file_bytes)
            return PE_SECTION_OUTSIDE;
    }
    if (pe->certificate_bytes > 0 &&
        (uint64_t)pe->certificates_at + pe->certificate_bytes > pe->file_bytes)
        return PE_SIGNATURES_OUTSIDE;
    return PE_SOUND;
}

/* "MZ", and at 0x3c the offset of the COFF header. */
static enum pe_flaw find_header(const struct image_source *source, const char *path, struct pe *out)
{
    uint8_t dos[DOS_BYTES];
    int64_t n = source->read(source->context, path, 0, dos, sizeof dos);
    if (n < 0)
        return PE_UNREADABLE;
    struct reader r = reader_over(span_of(dos, (size_t)n));
    bool is_dos = span_is(reader_take(&r, 2), "MZ");
    reader_skip(&r, 0x3a);
    out->header_at = reader_le32(&r);
    return !is_dos || r.failed ? PE_NOT_PE : PE_SOUND;
}

enum pe_flaw pe_read(const struct image_source *source, const char *path, struct pe *out)
{
    uint8_t buffer[COFF_BYTES + OPTIONAL_MAX];
    int64_t size = source->size(source->context, path);
    uint64_t sections_at;

    *out = (struct pe){ 0 };
    if (size < 0)
        return PE_UNREADABLE;
    out->file_bytes = (uint64_t)size;
    enum pe_flaw flaw = find_header(source, path, out);
    if (flaw != PE_SOUND)
        return flaw;
    int64_t n = source->read(source->context, path, out->header_at, buffer, sizeof buffer);
    struct reader r = reader_over(span_of(buffer, n > 0 ? (size_t)n : 0));
    if (!span_equals(reader_take(&r, 4), BYTES('P', 'E', 0, 0)))
        return PE_NOT_PE;
    out->machine = reader_le16(&r);
    out->section_count = reader_le16(&r);
    reader_skip(&r, 4);
    uint64_t symbols_at = reader_le32(&r);
    uint64_t symbol_count = reader_le32(&r);
    uint16_t optional_len = reader_le16(&r);
    reader_skip(&r, 2);
    if (r.failed)
        return PE_CUT;
    uint64_t optional_at = (uint64_t)out->header_at + COFF_BYTES;
    if (!checked_add_u64(optional_at, optional_len, &sections_at) ||
        !narrow_u32(sections_at, &out->sections_at))
        return PE_CUT;
    struct span optional = span_slice(reader_rest(&r), 0, optional_len);
    flaw = read_optional(optional, (uint32_t)optional_at, out);
    if (flaw != PE_SOUND)
        return flaw;
    if (pe_arches(out) == 0)
        return PE_MACHINE;
    if (out->section_count > PE_SECTIONS_MAX) {
        out->section_count = 0;
        return PE_TOO_MANY_SECTIONS;
    }
    uint64_t strings_at = symbols_at > 0 ? symbols_at + symbol_count * SYMBOL_BYTES : 0;
    flaw = read_sections(source, path, strings_at, out);
    if (flaw != PE_SOUND)
        out->section_count = 0;
    return flaw != PE_SOUND ? flaw : check_sizes(out, optional_len);
}
