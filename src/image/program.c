/* Readers of a few headers: the Linux x86 boot protocol (Documentation/arch/x86/boot.rst), the
 * arm64 and RISC-V Image headers (Documentation/arch/arm64/booting.rst), ISO 9660 volume
 * descriptors and partition marks; what PE/COFF headers say, pe.c knows. */
#include "image/program.h"

#include "base/reader.h"

#include "image/pe.h"

#define HEAD_BYTES 4096
const char *program_kind_text(enum program_kind kind)
{
    static const char *const texts[] = {
        [PROGRAM_UNREADABLE] = "not a readable file",
        [PROGRAM_UNKNOWN] = "nothing tugboot knows",
        [PROGRAM_LINUX] = "a Linux kernel",
        [PROGRAM_EFI] = "an EFI program",
        [PROGRAM_UKI] = "a unified kernel image",
        [PROGRAM_CDROM] = "an ISO 9660 image",
        [PROGRAM_DISK] = "a disk image",
        [PROGRAM_WIM] = "a WIM of Windows",
        [PROGRAM_GZIP] = "a gzip file, which no firmware starts: unpack it",
        [PROGRAM_BAD_EFI] = "a broken or cut EFI program",
    };
    return texts[kind];
}

static uint16_t le16_at(struct span s, size_t at)
{
    struct reader r = reader_over(span_slice(s, at, 2));
    return reader_le16(&r);
}

static bool has_at(struct span s, size_t at, const char *mark, size_t len)
{
    return span_equals(span_slice(s, at, len), span_of(mark, len));
}

/* The first word of the version text, if it is printable. */
static void take_version(struct span text, char *out, size_t cap)
{
    size_t len = 0;
    while (len < text.len && text.data[len] > ' ' && text.data[len] < 0x7f && text.data[len] != '"')
        len++;
    span_to_text(span_slice(text, 0, len), out, cap);
}

/* x86 boot protocol: "HdrS" at 0x202, the mark 0xaa55 at 0x1fe; 0x20e points to the version. */
static bool read_bzimage(const struct image_source *source, const char *path, struct span head,
                         struct program *out)
{
    uint8_t version[sizeof out->version];

    if (!has_at(head, 0x202, "HdrS", 4) || le16_at(head, 0x1fe) != 0xaa55)
        return false;
    out->kind = PROGRAM_LINUX;
    out->arches = arch_bit(ARCH_BIOS_X86);
    uint16_t at = le16_at(head, 0x20e);
    int64_t n =
        at ? source->read(source->context, path, at + UINT64_C(0x200), version, sizeof version - 1)
           : 0;
    if (n > 0)
        take_version(span_of(version, (size_t)n), out->version, sizeof out->version);
    return true;
}

static bool is_cdrom(const struct image_source *source, const char *path)
{
    uint8_t mark[5];
    return source->read(source->context, path, 0x8001, mark, sizeof mark) == sizeof mark &&
           memcmp(mark, "CD001", sizeof mark) == 0;
}

static enum program_kind kind_of_program(const struct pe *pe)
{
    if (pe->subsystem != PE_SUBSYSTEM_APPLICATION)
        return PROGRAM_UNKNOWN;
    return pe_find_section(pe, ".linux") ? PROGRAM_UKI : PROGRAM_EFI;
}

void program_probe(const struct image_source *source, const char *path, struct program *out)
{
    uint8_t buffer[HEAD_BYTES];
    int64_t n = source->read(source->context, path, 0, buffer, sizeof buffer);
    struct span head = span_of(buffer, n > 0 ? (size_t)n : 0);
    struct pe pe;

    *out = (struct program){ .kind = n < 0 ? PROGRAM_UNREADABLE : PROGRAM_UNKNOWN };
    if (n <= 0)
        return;
    enum pe_flaw flaw = pe_read(source, path, &pe);
    uint32_t efi_arches = flaw == PE_SOUND ? pe_arches(&pe) : 0;
    if (read_bzimage(source, path, head, out)) {
        /* Under UEFI iPXE starts the kernel's own EFI stub, so the stub says which UEFI. */
        out->arches |= efi_arches;
    } else if (has_at(head, 0x38, "ARM\x64", 4) || has_at(head, 0x38, "RSC\x05", 4)) {
        out->kind = PROGRAM_LINUX;
        out->arches = efi_arches;
    } else if (flaw != PE_NOT_PE && flaw != PE_UNREADABLE) {
        out->kind = flaw != PE_SOUND ? PROGRAM_BAD_EFI : kind_of_program(&pe);
        out->arches = pe_arches(&pe);
    } else if (is_cdrom(source, path)) {
        out->kind = PROGRAM_CDROM;
        out->arches = arch_bit(ARCH_BIOS_X86) | arch_bit(ARCH_EFI_X64);
    } else if (has_at(head, 0, "MSWIM\0\0\0", 8)) {
        out->kind = PROGRAM_WIM;
    } else if (has_at(head, 0, "\x1f\x8b", 2)) {
        out->kind = PROGRAM_GZIP;
    } else if (le16_at(head, 510) == 0xaa55) {
        out->kind = PROGRAM_DISK;
        out->arches = arch_bit(ARCH_BIOS_X86);
        if (has_at(head, 512, "EFI PART", 8))
            out->arches |= arch_bit(ARCH_EFI_X64);
    }
}
