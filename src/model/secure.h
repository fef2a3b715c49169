/* What was found out about one EFI program before any firmware sees it: is it signed, is it whole,
 * and which authorities vouch for it. Filled in by inspection (image/), read by the decisions of a
 * boot, the menus and the words for a stall. A plain value. */
#ifndef MODEL_SECURE_H
#define MODEL_SECURE_H

#include "base/text.h"

/* Who vouches for a program, as bits. */
enum secure_signer {
    SECURE_MICROSOFT_UEFI_2011 = 1 << 0, /* Microsoft Corporation UEFI CA 2011: third parties */
    SECURE_MICROSOFT_UEFI_2023 = 1 << 1, /* Microsoft UEFI CA 2023: third parties */
    SECURE_WINDOWS_2011 = 1 << 2,        /* Microsoft Windows Production PCA 2011 */
    SECURE_WINDOWS_2023 = 1 << 3,        /* Windows UEFI CA 2023 */
    SECURE_OWN = 1 << 4,                 /* a db key of this site's own */
    SECURE_VENDOR = 1 << 5, /* anybody else: a distribution, whose shim knows its key */
};

/* Any of these is enough for firmware that came with Microsoft's keys for third parties. */
#define SECURE_MICROSOFT_ANY                                                                       \
    (SECURE_MICROSOFT_UEFI_2011 | SECURE_MICROSOFT_UEFI_2023 | SECURE_WINDOWS_2011 |               \
     SECURE_WINDOWS_2023)

struct secure_facts {
    bool inspected;    /* false: nobody has looked, all else is zero */
    bool is_efi;       /* it is a PE program for UEFI at all */
    bool is_signed;    /* at least one signature whose digest is that of the file */
    bool is_damaged;   /* no signature of it is about these bytes, or its headers are broken */
    bool is_revoked;   /* a known dbx or SBAT level refuses it */
    uint8_t signers;   /* enum secure_signer, together */
    char vendor[64];   /* the issuer's common name of the first signature, escaped; "" = unsigned */
    char refusal[160]; /* why firmware with Microsoft's keys refuses it, a phrase; "" = it does not
                        */
};

/* Can a machine with Secure Boot on run it, by what inspection found? */
enum secure_answer {
    SECURE_ANSWER_UNKNOWN, /* not inspected (yet) */
    SECURE_ANSWER_YES,     /* firmware with Microsoft's keys starts it */
    SECURE_ANSWER_OWN,     /* firmware with this site's own key does */
    SECURE_ANSWER_SHIM,    /* a shim that knows its vendor's key does */
    SECURE_ANSWER_NO,
};

enum secure_answer secure_facts_answer(const struct secure_facts *facts);

/* "yes", "own-keys", "shim", "no", "unknown": for JSON. */
const char *secure_answer_name(enum secure_answer answer);

/* What no firmware with Secure Boot on and no shim forgives: a phrase, or NULL. Nothing is said of
 * what was not inspected. */
const char *secure_facts_flaw(const struct secure_facts *facts);

/* The answer in words: "yes, but not where only Microsoft's keys of 2023 are known". */
void secure_facts_write(const struct secure_facts *facts, struct text *out);

#endif
