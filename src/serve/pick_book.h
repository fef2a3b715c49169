/* The machines that wait for a choice on a phone, by the short numbers on their screens. Shared by
 * the lanes and the control thread, behind a lock that is held for a look only. In memory: a
 * machine that asks by a number nobody knows is given another one. */
#ifndef SERVE_PICK_BOOK_H
#define SERVE_PICK_BOOK_H

#include "base/checked.h"
#include "base/clock.h"

#include "model/client.h"
#include "model/pick.h"

#define PICK_BOOK_MAX  256 /* machines at once */
#define PICK_ENTRY_MAX 64

#define PICK_LASTS duration_seconds(1800) /* then the machine shows another number */
/* A machine that has not asked for so long is gone. GRUB's two seconds can be half a minute in a
 * virtual machine whose clock it measured while the host was busy. */
#define PICK_SILENT duration_seconds(120)

struct pick_waiting {
    char number[PICK_NUMBER_MAX];
    struct client client;
    bool is_grub; /* GRUB waits, which cannot boot all that iPXE can */
    struct instant made, asked;
    struct calendar since;
    char entry[PICK_ENTRY_MAX]; /* what was chosen, "" = nothing yet */
};

enum pick_verdict {
    PICK_WAITS,   /* nothing is chosen yet */
    PICK_CHOSEN,  /* row->entry, now or before */
    PICK_UNKNOWN, /* no machine waits by this number */
};

struct pick_book;

must_check int pick_book_new(struct pick_book **ret_book);
void pick_book_free(struct pick_book *book); /* NULL is fine */

/* A number for this machine; one it had is forgotten. False when the book is full, or the kernel
 * gives no random bytes. */
bool pick_book_give(struct pick_book *book, const struct client *client, bool is_grub,
                    struct now now, char ret_number[PICK_NUMBER_MAX]);

/* A machine asks by its number. `mac`: what the link tells of who asks, zero = nothing. Another
 * machine than the one the number was given to gets PICK_UNKNOWN. */
enum pick_verdict pick_book_ask(struct pick_book *book, struct span number, struct ipv4 address,
                                struct mac mac, struct now now, struct pick_waiting *ret_row);

/* Somebody looks, or chooses. PICK_UNKNOWN: there is none, or it is gone. */
enum pick_verdict pick_book_look(struct pick_book *book, struct span number, struct now now,
                                 struct pick_waiting *ret_row);
/* PICK_WAITS: it is chosen now; PICK_CHOSEN: somebody else was faster. */
enum pick_verdict pick_book_choose(struct pick_book *book, struct span number, const char *entry,
                                   struct now now, struct pick_waiting *ret_row);

/* The i-th that waits now, in the order of their coming; false behind the last. */
bool pick_book_at(struct pick_book *book, size_t i, struct now now, struct pick_waiting *ret_row);

#endif
