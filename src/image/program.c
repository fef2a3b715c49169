/* Readers of a few headers: the Linux x86 boot protocol (Documentation/arch/x86/boot.rst), the
 * arm64 and RISC-V Image headers (Documentation/arch/arm64/booting.rst), PE/COFF (Microsoft's
 * specification, sections 3 and 4), ISO 9660 volume descriptors and partition marks. */
#include "image/program.h"

#include "base/reader.h"

#define HEAD_BYTES   4096
#define MACHINE_X86  0x014c
#define SECTIONS_MAX 96

/* PE machine numbers; the UEFI specification, 2.1.1. */
static const struct {
    uint16_t machine;
    enum arch arch;
} machines[] = {
    { MACHINE_X86, ARCH_EFI_IA32 }, { 0x8664, ARCH_EFI_X64 },     { 0x01c2, ARCH_EFI_ARM32 },
    { 0x01c4, ARCH_EFI_ARM32 },     { 0xaa64, ARCH_EFI_ARM64 },   { 0x5032, ARCH_EFI_RISCV32 },
    { 0x5064, ARCH_EFI_RISCV64 },   { 0x6232, ARCH_EFI_LOONG32 }, { 0x6264, ARCH_EFI_LOONG64 },
};

struct pe {
    bool is_pe;
    bool sound;
    bool is_application; /* subsystem 10 */
    bool has_linux;      /* a section .linux: a unified kernel image */
    uint32_t arches;
};

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
        [PROGRAM_GZIP] = "a gzip file, which no firmware starts: unpack it",
        [PROGRAM_BAD_EFI] = "a broken or cut EFI program",
    };
    return texts[kind];
}

static uint32_t arch_of_machine(uint16_t machine)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (machines[i].machine == machine)
            return arch_bit(machines[i].arch);
    return 0;
}

static uint32_t le32_at(struct span s, size_t at)
{
    struct reader r = reader_over(span_slice(s, at, 4));
    return reader_le32(&r);
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

/* PE/COFF 3.3 and 3.4: file header, then the optional header, then 40 bytes a section. */
static void read_pe_headers(struct span headers, struct pe *out)
{
    struct reader r = reader_over(headers);
    reader_skip(&r, 4);
    uint16_t machine = reader_le16(&r);
    uint16_t sections = reader_le16(&r);
    reader_skip(&r, 12);
    uint16_t optional_len = reader_le16(&r);
    reader_skip(&r, 2);
    struct span optional = reader_take(&r, optional_len);
    uint16_t magic = le16_at(optional, 0);

    out->arches = arch_of_machine(machine);
    out->is_application = le16_at(optional, 68) == 10;
    for (unsigned i = 0; i < sections && i < SECTIONS_MAX && !r.failed; i++) {
        struct span section = reader_take(&r, 40);
        if (has_at(section, 0, ".linux\0\0", 8))
            out->has_linux = true;
    }
    out->sound = !r.failed && (magic == 0x10b || magic == 0x20b) && out->arches != 0;
}

static void read_pe(const struct image_source *source, const char *path, struct span head,
                    struct pe *out)
{
    uint8_t buffer[HEAD_BYTES];
    uint32_t at = le32_at(head, 0x3c);

    *out = (struct pe){ 0 };
    if (!has_at(head, 0, "MZ", 2) || head.len < 0x40)
        return;
    int64_t n = source->read(source->context, path, at, buffer, sizeof buffer);
    struct span headers = span_of(buffer, n > 0 ? (size_t)n : 0);
    out->is_pe = has_at(headers, 0, "PE\0\0", 4);
    if (out->is_pe)
        read_pe_headers(headers, out);
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

void program_probe(const struct image_source *source, const char *path, struct program *out)
{
    uint8_t buffer[HEAD_BYTES];
    int64_t n = source->read(source->context, path, 0, buffer, sizeof buffer);
    struct span head = span_of(buffer, n > 0 ? (size_t)n : 0);
    struct pe pe;

    *out = (struct program){ .kind = n < 0 ? PROGRAM_UNREADABLE : PROGRAM_UNKNOWN };
    if (n <= 0)
        return;
    read_pe(source, path, head, &pe);
    if (read_bzimage(source, path, head, out)) {
        /* Under UEFI iPXE starts the kernel's own EFI stub, so the stub says which UEFI. */
        out->arches |= pe.sound ? pe.arches : 0;
    } else if (has_at(head, 0x38, "ARM\x64", 4) || has_at(head, 0x38, "RSC\x05", 4)) {
        out->kind = PROGRAM_LINUX;
        out->arches = pe.sound ? pe.arches : 0;
    } else if (pe.is_pe) {
        out->kind = !pe.sound ? PROGRAM_BAD_EFI
                              : (!pe.is_application ? PROGRAM_UNKNOWN
                                                    : (pe.has_linux ? PROGRAM_UKI : PROGRAM_EFI));
        out->arches = pe.arches;
    } else if (is_cdrom(source, path)) {
        out->kind = PROGRAM_CDROM;
        out->arches = arch_bit(ARCH_BIOS_X86) | arch_bit(ARCH_EFI_X64);
    } else if (has_at(head, 0, "\x1f\x8b", 2)) {
        out->kind = PROGRAM_GZIP;
    } else if (le16_at(head, 510) == 0xaa55) {
        out->kind = PROGRAM_DISK;
        out->arches = arch_bit(ARCH_BIOS_X86);
        if (has_at(head, 512, "EFI PART", 8))
            out->arches |= arch_bit(ARCH_EFI_X64);
    }
}
