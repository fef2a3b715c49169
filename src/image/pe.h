/* The headers of a PE/COFF file, as UEFI firmware reads them: which machine, which sections, where
 * the signatures lie. One reader for all who need them; every number in it is the file's own word
 * and is checked against the file's length here. Microsoft PE/COFF specification 3 and 4. */
#ifndef IMAGE_PE_H
#define IMAGE_PE_H

#include "image/source.h"
#include "model/arch.h"

#define PE_SECTIONS_MAX 96
#define PE_NAME_MAX     16

/* What is wrong with the headers; the first that was seen. */
enum pe_flaw {
    PE_SOUND,
    PE_UNREADABLE,         /* no such file, or the disk failed */
    PE_NOT_PE,             /* no "MZ" and "PE": some other kind of file */
    PE_CUT,                /* ends within its own headers */
    PE_MAGIC,              /* neither PE32 nor PE32+ */
    PE_MACHINE,            /* for a machine UEFI does not know */
    PE_TOO_MANY_SECTIONS,  /* more than PE_SECTIONS_MAX */
    PE_DIRECTORIES,        /* the number of directory entries is not the optional header's */
    PE_HEADERS_SIZE,       /* SizeOfHeaders does not cover the headers, or lies past the end */
    PE_SECTION_OUTSIDE,    /* a section's bytes lie past the end: mostly a cut download */
    PE_SIGNATURES_OUTSIDE, /* the certificate table lies past the end: likewise */
    PE_FLAWS,
};

struct pe_section {
    char name[PE_NAME_MAX]; /* NUL-terminated; long ones from the string table, cut */
    uint32_t virtual_size, virtual_at;
    uint32_t raw_size, raw_at; /* in the file */
    uint32_t flags;            /* IMAGE_SCN_* */
};

#define PE_SECTION_EXECUTE UINT32_C(0x20000000)
#define PE_SECTION_WRITE   UINT32_C(0x80000000)

#define PE_SUBSYSTEM_APPLICATION 10 /* EFI application */
#define PE_SUBSYSTEM_BOOT_DRIVER 11
#define PE_SUBSYSTEM_RUN_DRIVER  12

/* Meaningful as far as the flaw lets it: all of it for PE_SOUND and the flaws of sizes (from
 * PE_DIRECTORIES on); only `file_bytes` for PE_NOT_PE and PE_CUT. A plain value, about 4 KiB. */
struct pe {
    uint64_t file_bytes;
    uint32_t header_at; /* of "PE\0\0" */
    uint16_t machine;   /* IMAGE_FILE_MACHINE_* */
    bool is_pe32_plus;
    uint16_t subsystem;
    uint16_t dll_flags; /* DllCharacteristics */
    uint32_t section_alignment;
    uint32_t image_bytes;       /* SizeOfImage: in memory */
    uint32_t headers_bytes;     /* SizeOfHeaders */
    uint32_t checksum;          /* as written in the header */
    uint32_t checksum_at;       /* file offset of its 4 bytes */
    uint32_t directory_count;   /* NumberOfRvaAndSizes */
    uint32_t security_at;       /* file offset of directory entry 4 (8 bytes); 0 = there is none */
    uint32_t certificates_at;   /* the entry: file offset of the certificate table, ... */
    uint32_t certificate_bytes; /* ... and its length; 0 = not signed */
    uint32_t sections_at;       /* file offset of the section headers */
    uint16_t section_count;
    struct pe_section sections[PE_SECTIONS_MAX];
};

/* Read the headers of file `path` of the source. A flaw of sizes (from PE_DIRECTORIES on) means
 * that firmware refuses the file whatever its signature says. */
enum pe_flaw pe_read(const struct image_source *source, const char *path, struct pe *out);

/* A phrase: "it ends within its own headers". */
const char *pe_flaw_text(enum pe_flaw flaw);

/* arch_bit() of the machine; 0 when UEFI has none such. UEFI 2.10 2.1.1. */
uint32_t pe_arches(const struct pe *pe);

/* The first section of that name, or NULL. */
const struct pe_section *pe_find_section(const struct pe *pe, const char *name);

/* It says of itself that it can do without memory that is both writable and executable, ... */
bool pe_is_nx_compatible(const struct pe *pe);

/* ... and this section contradicts it: writable and executable at once; NULL when none does. */
const struct pe_section *pe_find_writable_code(const struct pe *pe);

#endif
