/* Images on their way in: files that are uploaded in pieces, and files the courier fetches. Each
 * lands in the images folder under a hidden name and becomes an image when it is whole, durable and
 * (where a digest was given) the file that was meant. Lives on the control thread; what waits for
 * the disk is done by a thread of its own. Bounded: files under way, bytes that wait to be written.
 */
#ifndef SERVE_INTAKE_H
#define SERVE_INTAKE_H

#include "model/incoming.h"
#include "serve/courier.h"
#include "serve/event_queue.h"

#define INTAKES_MAX        8
#define INTAKE_WAITING_MAX ((size_t)8 << 20) /* bytes of one file that wait for the disk */

struct intake;

struct intake_settings {
    struct loop *loop;
    const char *images, *user; /* copied */
    struct courier *courier;   /* NULL = nothing can be fetched; attached by intake_new() */
    struct event_sink events;
};

must_check int intake_new(const struct intake_settings *settings, struct intake **ret_intake);
/* Ends what is under way; what uploads have sent stays for the next attempt. NULL is fine. */
void intake_free(struct intake *intake);

/* Begin one. An upload of a file that an earlier attempt left a part of goes on from there: `done`
 * of its facts, once its state is INTAKE_RECEIVING. 0, or a negative errno and a sentence: -EINVAL
 * (a name, a digest, an address), -EEXIST (there is such an image), -ENOSPC, -EBUSY (too many under
 * way), -EACCES (the folder is not this daemon's to write). */
must_check int intake_begin(struct intake *intake, const struct intake_wish *wish,
                            uint32_t *ret_number, char sentence[INTAKE_SENTENCE_MAX]);

/* Take the bytes at `offset`, which must be where the last piece ended. 0, or a negative errno and
 * a sentence: -ENOENT, -ESTALE (another offset is awaited), -EAGAIN (the disk does not keep up:
 * send it again in a moment), -EFBIG (more than was said), -ENOMEM. */
must_check int intake_piece(struct intake *intake, uint32_t number, uint64_t offset,
                            struct span bytes, char sentence[INTAKE_SENTENCE_MAX]);

/* Stop one and forget what came; of one that has ended, forget that it was. -ENOENT; -EBUSY when it
 * is becoming an image at this moment. */
must_check int intake_cancel(struct intake *intake, uint32_t number);

/* Remove an image: it is off the menu at once, its bytes go in a while. 0, or a negative errno and
 * a sentence: -ENOENT, -EACCES. */
must_check int intake_remove(struct intake *intake, const char *name,
                             char sentence[INTAKE_SENTENCE_MAX]);

/* The files under way and those that ended lately, in the order of their numbers; NULL behind the
 * last. Valid until the loop's next turn. */
const struct intake_facts *intake_at(const struct intake *intake, size_t index);
const struct intake_facts *intake_find(const struct intake *intake, uint32_t number);
/* Where the next piece begins: behind those that wait to be written. */
uint64_t intake_offset(const struct intake *intake, uint32_t number);

#endif
