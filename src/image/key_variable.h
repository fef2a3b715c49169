/* The variables firmware keeps its Secure Boot keys in, and the bytes to give to SetVariable for
 * one of them: signature lists, and in front of them a time and a signature.    UEFI 2.10 8.2, 32.4
 *
 * This is the writing side only; everything foreign is read elsewhere. */
#ifndef IMAGE_KEY_VARIABLE_H
#define IMAGE_KEY_VARIABLE_H

#include "base/clock.h"
#include "base/writer.h"

#define GUID_BYTES 16

/* A GUID as it is stored: the first three numbers little-endian. */
struct guid {
    uint8_t bytes[GUID_BYTES];
};

extern const struct guid GUID_MICROSOFT; /* the owner of Microsoft's certificates */

enum key_variable {
    KEY_VARIABLE_PK,
    KEY_VARIABLE_KEK,
    KEY_VARIABLE_DB,
    KEY_VARIABLE_DBX,
};

#define KEY_VARIABLES 4

/* "PK", "KEK", "db", "dbx". */
const char *key_variable_name(enum key_variable variable);
/* "8be4df61-93ca-11d2-aa0d-00e098032b8c": the vendor it stands under, as text. 37 bytes. */
void key_variable_vendor(enum key_variable variable, char out[37]);

/* Read "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"; false when it is no GUID. */
bool guid_parse(struct guid *guid, struct span text);
void guid_format(const struct guid *guid, char out[37]);

/* Add one EFI_SIGNATURE_LIST with one certificate in DER. */
void signature_list_add_certificate(struct writer *w, const struct guid *owner, struct span der);
/* Add one EFI_SIGNATURE_LIST of SHA-256 digests, 32 bytes each, one after another in `digests`. */
void signature_list_add_sha256(struct writer *w, const struct guid *owner, struct span digests);

/* What the signature of an update covers: name, vendor, attributes, time, new value. */
void key_update_add_signed_bytes(struct writer *w, enum key_variable variable, struct calendar time,
                                 struct span lists);
/* The whole of an update (the `.auth` file): EFI_VARIABLE_AUTHENTICATION_2 with the bare
 * SignedData `signature`, then the lists. */
void key_update_add(struct writer *w, struct calendar time, struct span signature,
                    struct span lists);

/* The most bytes that either of the two adds to what it is given. */
#define KEY_UPDATE_EXTRA_BYTES 128

#endif
