/* The tokens that are out: one a boot of a machine with an image that takes an answer file. Shared
 * by the lanes, behind a lock that is held for a look only. In memory; an orderly end of the daemon
 * leaves them in a file for the next one, so that an installation goes on (answer_book_save()). */
#ifndef SERVE_ANSWER_BOOK_H
#define SERVE_ANSWER_BOOK_H

#include "base/checked.h"
#include "base/clock.h"

#include "model/addr.h"
#include "model/answer_path.h"
#include "model/installed.h"
#include "model/mac.h"

#define ANSWER_BOOK_MAX       4096 /* tokens at once */
#define ANSWER_BOOK_PER_OWNER 32   /* of one address */
#define ANSWER_READS_MAX      8    /* files with secrets a token has been used for */

/* How long an installer may take before it says that it is done. */
#define ANSWER_FINISH_WINDOW duration_seconds(24 * 3600)

/* What a token stands for. */
struct answer_grant {
    char token[ANSWER_TOKEN_MAX];
    struct mac mac;
    struct ipv4 address; /* who was given it */
    char image[INSTALLED_IMAGE_MAX];
    struct instant made;
    bool finished;
    struct {
        char file[24];
        struct instant first;
    } reads[ANSWER_READS_MAX]; /* of files with secrets */
    uint8_t read_count;
};

enum answer_verdict {
    ANSWER_OPEN,
    ANSWER_UNKNOWN,       /* no such token, or it was long ago */
    ANSWER_EXPIRED,       /* its window is over */
    ANSWER_OTHER_MACHINE, /* whoever asks is not who was given it */
    ANSWER_USED,          /* the file holds a secret and was fetched before */
};

/* "it was fetched before, ...": a phrase for people that says what to do. */
const char *answer_verdict_text(enum answer_verdict verdict);

struct answer_book;

must_check int answer_book_new(struct answer_book **ret_book);
void answer_book_free(struct answer_book *book);

/* A token for this machine and image: the one that is out already and can still be used, or a new
 * one. False when the kernel gives no random bytes. An address that has ANSWER_BOOK_PER_OWNER
 * loses its oldest; a full book the oldest of all. */
bool answer_book_give(struct answer_book *book, struct mac mac, struct ipv4 address,
                      const char *image, struct duration window, struct now now,
                      char ret_token[ANSWER_TOKEN_MAX]);

/* Whoever shows a token. */
struct answer_visitor {
    struct ipv4 address;
    struct mac mac; /* as the link tells; zero = not known */
};

/* May this visitor use the token: within `window` of its making (ANSWER_FINISH_WINDOW for the call
 * at the end), and from the address it was given to, or from the machine itself at another address.
 * Where the link tells of another machine at that address, it may not. */
enum answer_verdict answer_book_look(struct answer_book *book, struct span token,
                                     const struct answer_visitor *visitor, struct duration window,
                                     struct now now, struct answer_grant *ret_grant);

/* A file with a secret is about to be sent: ANSWER_OPEN the first time and within `grace` of it,
 * ANSWER_USED after that. */
enum answer_verdict answer_book_use(struct answer_book *book, struct span token, const char *file,
                                    struct duration grace, struct now now);

/* The installer has said it is done; false when it had said so before, or the token is unknown. */
bool answer_book_finish(struct answer_book *book, struct span token);

/* Write what is out to a private file in the folder, and take it back, which removes the file. What
 * cannot be read is passed over. 0 or a negative errno. */
must_check int answer_book_save(struct answer_book *book, int folder_fd, struct now now);
must_check int answer_book_restore(struct answer_book *book, int folder_fd, struct now now);

/* Number of tokens that are out: for tests. */
size_t answer_book_count(struct answer_book *book);

#endif
