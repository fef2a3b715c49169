/* An answer file for one machine and image: which template, with which values. The same for the
 * machine itself and for a preview. */
#ifndef SERVE_ANSWER_MAKE_H
#define SERVE_ANSWER_MAKE_H

#include "answers/render.h"
#include "boot/answer.h"
#include "config/config.h"
#include "net/iface.h"

struct answer_order {
    const struct catalog *catalog;
    const struct config *config;
    const struct iface_table *ifaces; /* NULL = not known */
    const struct client *client;      /* the machine */
    const struct image *image;
    struct reach reach;
    const char *token;     /* in its URLs; NULL = "preview" */
    struct span file;      /* its name on the wire; empty = the main one */
    enum answer_kind kind; /* when no template says which; ANSWER_NONE = the image's */
    bool hide_secrets;
};

struct answer_made {
    struct answer_output output;            /* answer_output_done() */
    const struct answer_template *template; /* of the catalog */
    struct rule_word source;                /* who said it */
};

/* 0; -ENOENT no answer file, or none of that name, -EINVAL a fault of the template, each with a
 * sentence in out->output.why; -ENOMEM. */
must_check int answer_make(const struct answer_order *order, struct answer_made *out);

#endif
