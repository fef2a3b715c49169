/* What the commands of `tugboot keys` share. */
#ifndef CLI_KEYS_COMMON_H
#define CLI_KEYS_COMMON_H

#include "base/checked.h"

#include "cli/session.h"
#include "serve/key_folder.h"

#define KEYS_IMAGE       "enroll-keys" /* the enrol program for x64 as an image, ... */
#define KEYS_IMAGE_ARM64 "enroll-keys-arm64"

/* The folder of keys: --folder, or `keys` in the state folder. EXIT_OK, or the code to end with. */
enum exit_code keys_folder(const struct session *session, const struct arguments *args,
                           char path[CONFIG_PATH_MAX + 8]);

/* The code for an error of the key folder, after its sentence was told. */
enum exit_code keys_refused(int error, const char *why);

/* Write a file for a person to take away, over one of that name. 0, or a negative errno after a
 * sentence was told. */
must_check int keys_write_file(const char *path, struct span data);

/* "12:34:...": a digest for people. */
void keys_format_fingerprint(const struct digest *digest, char out[96]);

/* What enrolled machines trust besides the own keys. */
enum keys_trust {
    KEYS_TRUST_OWN,     /* nothing */
    KEYS_TRUST_GIVEN,   /* what was added */
    KEYS_TRUST_FACTORY, /* what they came with, and what was added */
};

/* README.txt of the enrol media, with the steps per vendor of firmware. Lines end with CR LF, for
 * those who read a stick on Windows. */
void keys_add_readme(struct text *out, bool has_programs, enum keys_trust trust);

#endif
