/* An image on its way in: an upload in pieces, or a file that is fetched. */
#ifndef MODEL_INCOMING_H
#define MODEL_INCOMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTAKE_PIECE_MAX     ((size_t)256 * 1024)
#define INTAKE_URL_MAX       2048
#define INTAKE_NAME_MAX      64
#define INTAKE_FILE_MAX      181
#define INTAKE_TITLE_MAX     128
#define INTAKE_ARGUMENTS_MAX 1024
#define INTAKE_SHA256_TEXT   65
#define INTAKE_SENTENCE_MAX  512

enum intake_state {
    INTAKE_CHECKING,  /* what an earlier attempt left is being read */
    INTAKE_RECEIVING, /* pieces are awaited */
    INTAKE_FETCHING,  /* by the courier */
    INTAKE_FINISHING, /* all is there: digest, disk, name */
    INTAKE_DONE,
    INTAKE_FAILED,
};

/* What is to be taken in. Texts may be "": then they are made up. */
struct intake_wish {
    char url[INTAKE_URL_MAX];   /* "" = an upload */
    char file[INTAKE_FILE_MAX]; /* its name; of an upload never "" */
    char name[INTAKE_NAME_MAX]; /* of the image */
    char title[INTAKE_TITLE_MAX], arguments[INTAKE_ARGUMENTS_MAX];
    char sha256[INTAKE_SHA256_TEXT]; /* lower-case hexadecimal */
    uint64_t bytes;                  /* of an upload */
    uint64_t modified;               /* of an upload: the file's time, to tell it from another */
};

/* How one stands. */
struct intake_facts {
    uint32_t number; /* from 1 */
    enum intake_state state;
    struct intake_wish wish; /* complete; sha256 is what was found once it is finishing */
    uint64_t done, bytes;    /* bytes 0 = not known */
    char sentence[INTAKE_SENTENCE_MAX]; /* why it failed */
};

/* "receiving", ... */
static inline const char *intake_state_name(enum intake_state state)
{
    static const char *const names[] = {
        [INTAKE_CHECKING] = "checking", [INTAKE_RECEIVING] = "receiving",
        [INTAKE_FETCHING] = "fetching", [INTAKE_FINISHING] = "finishing",
        [INTAKE_DONE] = "done",         [INTAKE_FAILED] = "failed",
    };
    return names[state];
}

#endif
