/* What a machine would get as its answer file, before it asks: for the command and the API. */
#ifndef SERVE_ANSWER_PREVIEW_H
#define SERVE_ANSWER_PREVIEW_H

#include "serve/answer_make.h"

struct answer_preview {
    const struct catalog *catalog;
    const struct config *config;
    const struct iface_table *ifaces; /* NULL = not known */
    struct reach reach;
    const char *host;          /* "" or NULL = by MAC */
    struct mac mac;            /* when there is no host */
    const struct client *seen; /* what is known of the machine; NULL = nothing */
    const char *image;         /* "" or NULL = what it would boot */
    const char *kind;          /* "" or NULL = the image's */
    const char *file;          /* "" or NULL = the kind's main file */
    bool reveal;               /* secrets as they are */
};

/* The machine a preview is about, as far as its host tells: what to look it up by. False, with a
 * sentence, when there is no such host. */
bool answer_preview_machine(const struct answer_preview *p, struct client *ret_client,
                            struct text *why);

/* As answer_make(); the sentence is in out->output.why. */
must_check int answer_preview_make(const struct answer_preview *p, struct answer_made *out);

#endif
