/* What is below /answers/: the files of those who show a token, and the calls of installers that
 * are done or have failed. A part of the provider. */
#ifndef SERVE_ANSWER_SERVE_H
#define SERVE_ANSWER_SERVE_H

#include "serve/answer_book.h"
#include "serve/answer_make.h"
#include "serve/provider.h"
#include "serve/view.h"

struct answer_serve {
    struct answer_book *book;
    struct event_sink events;
    /* An installer has said that it is done. From the lane's thread. */
    void (*installed)(void *context, struct mac mac, const char *image);
    void *context;
};

/* Answer a request for `path`, which lies below /answers/. `client` is the machine as far as known
 * by its address; `link_mac` what the link tells of who asks, zero = nothing. 0 and a body, whose
 * text is *ret_output's (answer_output_done() when the fetch is closed) or the arena's; -ENOENT,
 * -EACCES, -ESTALE (it was there, and is no more) or -EINVAL (the template has a fault), with
 * out->why. */
must_check int answer_serve_open(const struct answer_serve *s, const struct view *view,
                                 const struct fetch_request *request, const struct safe_path *path,
                                 const struct client *client, struct mac link_mac,
                                 struct arena *arena, struct fetch *out,
                                 struct answer_output *ret_output);

#endif
