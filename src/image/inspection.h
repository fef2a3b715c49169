/* All that can be told about an EFI program before any firmware sees it: its signatures and whether
 * they are about these bytes, who stands behind them, what forbids it, and what each kind of
 * firmware will do with it. The decision follows EDK2's image verification. */
#ifndef IMAGE_INSPECTION_H
#define IMAGE_INSPECTION_H

#include "image/authenticode.h"
#include "image/authority.h"
#include "image/program.h"
#include "image/trust.h"

#define INSPECTION_CHAIN_MAX  4
#define INSPECTION_PHRASE_MAX 160

enum signature_flaw {
    SIGNATURE_SOUND,
    SIGNATURE_OTHER_KIND, /* a table entry that is no PKCS#7: firmware passes over it */
    SIGNATURE_FORM,       /* longer or shorter than firmware can read */
    SIGNATURE_UNREADABLE, /* no PKCS#7 SignedData with one signer */
    SIGNATURE_CONTENT,    /* not about a program */
    SIGNATURE_ALGORITHM,  /* the digest is of another kind than the signature begins with */
    SIGNATURE_DIGEST,     /* about another file, or about this one before it was changed */
    SIGNATURE_FALSE,      /* the signer's key did not make it */
    SIGNATURE_FLAWS,
};

struct inspected_signature {
    enum signature_flaw flaw;
    struct authenticode_entry entry;
    struct digest said; /* what it is about; meaningful from SIGNATURE_ALGORITHM on, and sound */
    struct certificate_facts chain[INSPECTION_CHAIN_MAX]; /* [0] the signer; may be empty */
    size_t chain_count;
    struct calendar signed_at;         /* by the signer's clock; 0 when it does not say */
    const struct authority *authority; /* verified by key; NULL */
    const struct authority *pretended; /* named only, and the key is another; NULL */
    bool is_own;                       /* a certificate of the given db vouches for it, ... */
    char own[TRUST_PHRASE_MAX];        /* ... this one */
    char forbidden[TRUST_PHRASE_MAX];  /* why dbx forbids it; "" = it does not */
};

/* Which published level first refuses the program, as words and data. */
struct inspected_sbat {
    bool has_section;
    enum sbat_flaw flaw;
    struct sbat sbat;
    struct sbat_entry refused_by;    /* of the level in force; component "" = not refused */
    char first_level[SBAT_DATE_MAX]; /* date stamp of the oldest published level that refuses it */
    char brings[SBAT_DATE_MAX];      /* a shim: the level it puts into force by itself; "" */
};

enum firmware_kind {
#define FIRMWARE(id, name, bits, words) FIRMWARE_##id,
#include "image/firmware.def"
#undef FIRMWARE
    FIRMWARE_KINDS,
};

/* Overall, from best to worst. */
enum inspection_verdict {
    INSPECTION_BOOTS,      /* on firmware with some of Microsoft's keys, or with the given db */
    INSPECTION_NEEDS_SHIM, /* intact and signed by somebody whose shim starts it */
    INSPECTION_UNSIGNED,
    INSPECTION_REFUSED, /* damaged, forbidden or broken */
    INSPECTION_NOT_EFI, /* nothing Secure Boot has a say in */
    INSPECTION_UNREADABLE,
    INSPECTION_VERDICTS,
};

struct inspection {
    struct program program;
    enum pe_flaw flaw;
    struct pe pe;
    bool has_digest;
    struct digest digest; /* SHA-256 */
    struct authenticode_table table;
    struct inspected_signature signatures[AUTHENTICODE_ENTRIES_MAX];
    size_t signature_count;
    bool is_allowed_by_digest, is_forbidden_by_digest; /* given db and dbx */
    struct inspected_sbat sbat;
    enum inspection_verdict verdict;
    bool boots[FIRMWARE_KINDS];
    bool boots_own;                           /* firmware with the given db */
    char headline[2 * INSPECTION_PHRASE_MAX]; /* the verdict in a sentence */
    struct secure_facts facts;
};

/* Inspect file `path` of the source; `out` is large (tens of KiB): not for the stack. 0, -EIO when
 * the file became shorter or unreadable meanwhile (`out` says so), or -ENOMEM. */
must_check int inspection_make(const struct image_source *source, const char *path,
                               const struct trust *trust, struct inspection *out);

/* "the digest in it is not that of the file". */
const char *signature_flaw_text(enum signature_flaw flaw);

/* "microsoft-2011", and the words for people. */
const char *firmware_name(enum firmware_kind kind);
const char *firmware_words(enum firmware_kind kind);

/* "boots", "needs-shim", "unsigned", "refused", "not-efi", "unreadable". */
const char *inspection_verdict_name(enum inspection_verdict verdict);

#endif
