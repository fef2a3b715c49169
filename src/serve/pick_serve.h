/* What the boot listeners serve to machines that wait for a choice on a phone: tickets for their
 * screens, answers to "was something chosen?", and the signpost that their code leads a phone to. A
 * part of the provider. */
#ifndef SERVE_PICK_SERVE_H
#define SERVE_PICK_SERVE_H

#include "serve/pick_book.h"
#include "serve/provider.h"
#include "serve/view.h"

struct pick_serve {
    struct pick_book *book;
    const struct view *view;
    const struct fetch_request *request;
    struct mac link_mac; /* of who asks, zero = no link tells */
    struct event_sink events;
};

/* A ticket for the client, which gets a number: false when the link tells of another machine, or
 * there are too many. */
bool pick_serve_give(const struct pick_serve *s, const struct client *client,
                     struct pick_ticket *out);

/* Is it one of the names below /pick/ that machines ask by? */
bool pick_serve_is_asking(const struct safe_path *path, struct span *ret_number, bool *ret_is_grub);

/* The answer to that; 0 or a negative errno. */
must_check int pick_serve_open(const struct pick_serve *s, struct span number, bool is_grub,
                               struct arena *arena, struct fetch *out);

/* Does this ask for such a page? */
bool pick_serve_is_signpost(const struct fetch_request *request, const struct safe_path *path);

/* /4821 on the boot listener: a page that leads a browser to the dashboard, since this address is
 * short enough for a code that every text screen can show. -ENOENT when no phone reaches the
 * dashboard. */
must_check int pick_serve_signpost(const struct pick_serve *s, const struct safe_path *path,
                                   struct arena *arena, struct fetch *out);

#endif
