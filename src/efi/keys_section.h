/* The section ".keys" of the enrol program: what `tugboot keys enroll-media` puts into it and the
 * program reads out of it. The mark, then records, one a variable, in the order in which they are
 * to be enrolled: its name (8 bytes, NUL-padded), the length (4 bytes, little-endian), the bytes to
 * give to SetVariable. A record without a name, or the section's end, ends them. An empty record of
 * the name KEYS_KEEP says that the keys the machine came with are to be kept beside these. */
#ifndef EFI_KEYS_SECTION_H
#define EFI_KEYS_SECTION_H

#define KEYS_SECTION_NAME  ".keys"
#define KEYS_SECTION_BYTES 131072
#define KEYS_SECTION_MARK  "tugboot keys 1\n" /* 16 bytes with its NUL */

#define KEYS_KEEP "keep"

#define KEYS_MARK_BYTES 16
#define KEYS_NAME_BYTES 8
#define KEYS_HEAD_BYTES 12 /* of a record: name and length */

#endif
