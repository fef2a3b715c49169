/* What a person needs to enrol own keys: lists, signed updates, certificates and the programs that
 * enrol by themselves, made in memory from the folder of keys. For the command line. */
#ifndef SERVE_ENROLL_MEDIA_H
#define SERVE_ENROLL_MEDIA_H

#include "crypto/pkcs7_sign.h"
#include "model/arch.h"
#include "serve/key_folder.h"

#define ENROLL_EXTRAS_MAX 32
#define ENROLL_PROGRAMS   2 /* x64, arm64 */
#define ENROLL_LISTS_MAX  ((size_t)128 * 1024)
#define ENROLL_UPDATE_MAX (ENROLL_LISTS_MAX + PKCS7_SIGNATURE_MAX + KEY_UPDATE_EXTRA_BYTES)

/* One file to be trusted (db, KEK) or refused (dbx) besides the own keys: a certificate, signature
 * lists (.esl, .auth, or a variable as Linux shows it), or a program, which is meant by its
 * digest. */
struct enroll_extra {
    enum key_variable variable;
    const char *path;
};

struct enroll_wish {
    const char *keys;    /* the folder of keys */
    struct calendar now; /* the time of the updates: firmware takes only later ones than it has */
    struct enroll_extra extras[ENROLL_EXTRAS_MAX];
    size_t extra_count;
    bool keep_factory; /* have the programs keep what the machine came with */
};

struct enroll_variable {
    struct writer lists, update; /* .esl and .auth; empty when there is nothing to enrol */
    struct span certificate;     /* the own one as DER; empty for dbx */
    size_t entries;
};

struct enroll_media {
    struct enroll_variable variables[KEY_VARIABLES];
    struct writer programs[ENROLL_PROGRAMS]; /* empty when tugboot was built without them */
    struct certificate *certificates[KEY_FOLDER_KEYS];
    void *memory;
};

/* 0, and enroll_media_done() frees; a negative errno and a sentence. */
must_check int enroll_media_make(const struct enroll_wish *wish, struct enroll_media *ret_media,
                                 char why[KEY_FOLDER_WHY_MAX]);
void enroll_media_done(struct enroll_media *media);

#endif
