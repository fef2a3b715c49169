/* Names below /answers/ on the wire: /answers/<token>/<file>. The token is a secret: names are
 * shown and logged by answer_path_show() only. */
#ifndef MODEL_ANSWER_PATH_H
#define MODEL_ANSWER_PATH_H

#include "base/text.h"

#include "model/safe_path.h"

#define ANSWER_TOKEN_LEN   32 /* hexadecimal digits: 128 bits */
#define ANSWER_TOKEN_MAX   (ANSWER_TOKEN_LEN + 1)
#define ANSWER_TOKEN_SHOWN 6

/* Words in the place of a file. */
#define ANSWER_WORD_FINISHED "finished"
#define ANSWER_WORD_FAILED   "failed"
#define ANSWER_WORD_ARCHIVE  "answers.cpio" /* the main file as an archive for the initramfs */
#define ANSWER_WORD_INITRD   "initrd.img"   /* the image's initrds with that archive behind them */

/* Does this name lie below /answers/? The parts point into *path; a part that is missing is empty.
 */
bool answer_path_split(const struct safe_path *path, struct span *ret_token, struct span *ret_file);

/* Has it the form of a token? */
bool answer_token_is_sound(struct span token);

/* Append a name from the wire for people: as it is, but for the end of a token. */
void answer_path_show(struct span name, struct text *out);

#endif
