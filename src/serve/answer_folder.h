/* The templates of answer files: those of the state folder's answers/, and those that are built in.
 * Also its authorized_keys, whose lines templates get as ssh_keys. */
#ifndef SERVE_ANSWER_FOLDER_H
#define SERVE_ANSWER_FOLDER_H

#include "base/checked.h"
#include "base/span.h"

#include "model/answer_kind.h"

#define ANSWER_FOLDER_NAME   "answers" /* in the state folder */
#define ANSWER_FOLDER_KEYS   "authorized_keys"
#define ANSWER_TEMPLATES_MAX 512
#define ANSWER_SSH_KEYS_MAX  256
#define ANSWER_FOLDER_BYTES  ((size_t)16 << 20) /* all templates together */

struct answer_folder;

/* Read the folder below `state`; it need not be there. Files whose names are none of a template's
 * (<name>.<suffix>, model/answer_kind.def) are passed over, and so is what cannot be read or is too
 * large. 0 or -ENOMEM. Blocks on the disk. */
must_check int answer_folder_load(const char *state, struct answer_folder **ret_folder);
void answer_folder_free(struct answer_folder *folder);

/* By name, then in the order of the kinds; the built-in ones last. */
const struct answer_template *answer_folder_templates(const struct answer_folder *folder,
                                                      size_t *ret_count);
const struct span *answer_folder_ssh_keys(const struct answer_folder *folder, size_t *ret_count);

/* Take a template's file name apart. False when it is none. */
bool answer_folder_split(struct span file_name, struct span *ret_name,
                         const struct answer_file **ret_file);

#endif
