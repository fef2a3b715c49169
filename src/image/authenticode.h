/* Where the signatures of a PE file lie, and the digest they are about. The rules are the
 * Authenticode ones as UEFI firmware (EDK2's image verification) applies them, with its strictness,
 * since firmware is who decides. What is inside a signature, image/signature knows. */
#ifndef IMAGE_AUTHENTICODE_H
#define IMAGE_AUTHENTICODE_H

#include "crypto/digest.h"
#include "image/pe.h"

#define AUTHENTICODE_RANGES_MAX  (PE_SECTIONS_MAX + 4)
#define AUTHENTICODE_ENTRIES_MAX 8
#define AUTHENTICODE_BYTES_MAX   65535 /* of one signature: firmware reads no longer ones */

/* Bytes of the file that a digest covers, in the order they are hashed; they may repeat and need
 * not touch. */
struct authenticode_range {
    uint64_t at, len;
};

struct authenticode_ranges {
    struct authenticode_range items[AUTHENTICODE_RANGES_MAX];
    size_t count;
};

/* What the digest of a sound file covers: all but CheckSum, directory entry 4 and the certificate
 * table. False when the file is shorter than its sections and certificates say together: firmware
 * refuses to hash it. Also for a file that is about to be signed, once it is padded with zeros to a
 * multiple of 8 bytes: the table behind it changes nothing. */
bool authenticode_ranges_of(const struct pe *pe, struct authenticode_ranges *out);

/* The digest of file `path`, whose headers `pe` are sound. 0; -EBADMSG when
 * authenticode_ranges_of() is false; -EIO when the file cannot be read or became shorter; -ENOMEM,
 * -ENOTSUP from the digest. Reads all of the file, 64 KiB at a time. */
must_check int authenticode_digest(const struct image_source *source, const char *path,
                                   const struct pe *pe, enum digest_kind kind, struct digest *ret);

enum authenticode_entry_kind {
    AUTHENTICODE_PKCS7, /* WIN_CERT_TYPE_PKCS_SIGNED_DATA, or EFI_GUID with the PKCS#7 GUID */
    AUTHENTICODE_OTHER, /* a kind firmware passes over */
};

/* One WIN_CERTIFICATE of the table. */
struct authenticode_entry {
    enum authenticode_entry_kind kind;
    uint16_t revision, type;
    uint64_t at; /* file offset of the signature, behind the header */
    uint32_t len;
};

struct authenticode_table {
    struct authenticode_entry items[AUTHENTICODE_ENTRIES_MAX];
    size_t count;
    bool is_whole; /* the walk ends exactly at the table's end, as firmware demands */
    bool is_last;  /* nothing of the file follows the table */
    bool has_more; /* more than AUTHENTICODE_ENTRIES_MAX: the rest was not looked at */
};

/* The entries of the certificate table; none when the file is not signed. A table that cannot be
 * read to its end has is_whole false and the entries up to there. */
void authenticode_table_read(const struct image_source *source, const char *path,
                             const struct pe *pe, struct authenticode_table *out);

#endif
