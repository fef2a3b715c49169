/* What the catalog knows of: a family of systems (catalog/ in the source tree, and the user's own
 * folder) makes offers, each one thing to fetch. No offer names a point release: it says where the
 * newest is found, which file of digests names its files, and who signs that. */
#ifndef CATALOG_OFFER_H
#define CATALOG_OFFER_H

#include "base/checked.h"

#include "yaml/yaml_tree.h"

#define OFFER_YAML_MAX     (64U << 10)
#define OFFERS_MAX         16 /* of a family */
#define OFFER_ARCHES_MAX   8
#define OFFER_FINDS_MAX    4
#define OFFER_SUMS_MAX     3
#define OFFER_FILES_MAX    8
#define OFFER_SAYS_MAX     4
#define OFFER_KEYS_MAX     12
#define OFFER_KEYRINGS_MAX 4
#define OFFER_NAME_MAX     40

/* A look for the newest: in the text at this address. */
struct offer_find {
    const char *in;   /* address, or relative to the base */
    const char *like; /* a pattern; what it captures can stand in all that follows */
    bool is_word;     /* it is held against words, not lines */
    bool is_number;   /* what it captures begins with a digit, and has digits and points only */
    bool or_asked;    /* when a release is asked for it is taken at its word */
};

enum offer_signature {
    OFFER_UNSIGNED,  /* nobody signs it: its server is believed, by HTTPS only */
    OFFER_INLINE,    /* the text has its signature around it */
    OFFER_DETACHED,  /* OpenPGP, in a file of its own */
    OFFER_MINISIGN,  /* minisign, in a file of its own */
    OFFER_BY_FORMER, /* its digest is in the file of digests before it */
};

/* A file of digests. */
struct offer_sums {
    const char *get;
    enum offer_signature signature;
    const char *signature_at;         /* OFFER_DETACHED, OFFER_MINISIGN */
    const char *says[OFFER_SAYS_MAX]; /* patterns of lines that stand in it, for their captures */
    uint8_t say_count;
    const char *says_usual; /* the same, where no release was asked for; or NULL */
};

/* Who may have signed. */
struct offer_trust {
    const char *keyrings[OFFER_KEYRINGS_MAX]; /* files */
    uint8_t keyring_count;
    const char *package;              /* that has them, or NULL */
    const char *keys[OFFER_KEYS_MAX]; /* fingerprints; none = every key of the keyrings */
    uint8_t key_count;
    const char
        *key_at[OFFER_KEYRINGS_MAX]; /* addresses of the keys, for when there is no keyring */
    uint8_t key_at_count;
    const char *minisign;
};

struct offer_arch {
    const char *name;  /* as this machine's users say it: amd64 */
    const char *value; /* what ${arch} becomes: x86_64 */
};

struct offer {
    const char *name, *title, *base, *notes, *recipe, *image_name;
    const char *usual; /* what ${suite} is when no release is asked for; NULL = there is no such */
    struct offer_arch arches[OFFER_ARCHES_MAX]; /* the first is the usual */
    uint8_t arch_count;
    struct offer_find finds[OFFER_FINDS_MAX];
    uint8_t find_count;
    struct offer_sums sums[OFFER_SUMS_MAX]; /* the last has the files */
    uint8_t sum_count;
    const char *files[OFFER_FILES_MAX]; /* patterns of names in the last file of digests */
    uint8_t file_count;
    const char *below; /* those of this folder that match, kept as a tree; NULL = the newest one */
    const char *at;    /* where the file is, when not beside the last file of digests; or NULL */
    const char *write_name, *write_text; /* a file that is written besides; or NULL */
    const char *signed_at; /* a detached signature of the file itself, never with below; or NULL */
    const char
        *packaged; /* the files lie on this machine once this package is installed; or NULL */
    struct offer_trust trust;
};

struct offer_family {
    char file_name[48];
    const char *title;
    bool is_own; /* from the user's folder */
    struct offer offers[OFFERS_MAX];
    uint8_t count;
    struct yaml_tree *tree; /* has all texts */
};

/* Read a family; all faults are told to `faults`. 0, -EINVAL or -ENOMEM. */
must_check int offer_family_read(struct span yaml, const char *name,
                                 const struct yaml_fault_sink *faults,
                                 struct offer_family **ret_family);
void offer_family_free(struct offer_family *family);

/* The architecture of that name (NULL: the usual one); NULL when the offer has it not. */
const struct offer_arch *offer_find_arch(const struct offer *offer, const char *name);

#endif
