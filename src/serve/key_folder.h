/* The folder of this site's own Secure Boot keys: PK, KEK and db, each a certificate anybody may
 * read (PK.crt, KEK.crt, db.crt) and a private key for its owner alone (private/PK.key, ...). For
 * the command line; the daemon needs no private key. Files of the same names that were made
 * elsewhere will do as well. */
#ifndef SERVE_KEY_FOLDER_H
#define SERVE_KEY_FOLDER_H

#include "crypto/certificate_make.h"
#include "crypto/x509.h"
#include "image/key_variable.h"

#define KEY_FOLDER_WHY_MAX 512
#define KEY_FOLDER_KEYS    3 /* KEY_VARIABLE_PK, _KEK and _DB are their names, too */

struct key_folder_wish {
    enum key_kind kind;
    const char *name;      /* whose keys: stands in the certificates, at most 40 bytes */
    struct calendar until; /* the certificates' end; firmware does not look at it */
};

/* Make the keys in the folder `path`, which is made when it is missing. 0; -EEXIST and a sentence
 * when any of the files is there already (nothing is ever written over); another negative errno and
 * a sentence, and then no file is left behind. */
must_check int key_folder_make(const char *path, const struct key_folder_wish *wish,
                               char why[KEY_FOLDER_WHY_MAX]);

/* The certificate of one key. 0, and the caller frees it; -ENOENT, -EBADMSG, ... and a sentence. */
must_check int key_folder_certificate(const char *path, enum key_variable key,
                                      struct certificate **ret, char why[KEY_FOLDER_WHY_MAX]);

/* Its private key, checked to belong to that certificate. Errors as above; -EACCES also when others
 * than its owner may read it. */
must_check int key_folder_private(const char *path, enum key_variable key,
                                  const struct certificate *certificate, struct private_key **ret,
                                  char why[KEY_FOLDER_WHY_MAX]);

#endif
