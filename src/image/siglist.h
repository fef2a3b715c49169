/* Lists of signatures as firmware keeps them in its variables db and dbx: which certificates and
 * which files may start, or must not. UEFI 2.10 32.4.1. Read from the value of the variable itself
 * (.esl), from an update of one (.auth, .bin: behind EFI_VARIABLE_AUTHENTICATION_2), and from the
 * file by which Linux shows it (behind four bytes of attributes). */
#ifndef IMAGE_SIGLIST_H
#define IMAGE_SIGLIST_H

#include "crypto/digest.h"

#define SIGLIST_BYTES_MAX (4U << 20)
#define SIGLIST_GUID      16

enum siglist_kind {
    SIGLIST_X509,        /* data: a certificate, DER */
    SIGLIST_DIGEST,      /* data: the Authenticode digest of a file, `digest` says which kind */
    SIGLIST_X509_DIGEST, /* data: the digest of a certificate's signed part; may hold a time */
    SIGLIST_OTHER,       /* RSA keys and vendors' own kinds: never compared with a file */
};

struct siglist_entry {
    enum siglist_kind kind;
    enum digest_kind digest; /* of the two digest kinds */
    struct span owner;       /* GUID */
    struct span data;
    bool has_time; /* X509_DIGEST: what was signed before some moment is not meant */
};

enum siglist_flaw {
    SIGLIST_SOUND,
    SIGLIST_EMPTY,     /* no list in it */
    SIGLIST_CUT,       /* a list is longer than what is left */
    SIGLIST_SIZES,     /* a list's sizes contradict each other */
    SIGLIST_DATA_SIZE, /* a digest that is not as long as its kind */
    SIGLIST_FLAWS,
};

/* The lists inside a file, without what may stand before them. */
struct span siglist_of_file(struct span file);

/* Call `entry` for each entry in turn; a false return ends the walk (and is no flaw). Entries
 * before a flaw have been told. The spans point into `lists`. */
enum siglist_flaw siglist_each(struct span lists,
                               bool (*entry)(void *context, const struct siglist_entry *entry),
                               void *context);

/* A phrase: "a list in it is cut off". */
const char *siglist_flaw_text(enum siglist_flaw flaw);

#endif
