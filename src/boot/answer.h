/* Which answer file an installer gets on a machine, and the address it fetches it from. */
#ifndef BOOT_ANSWER_H
#define BOOT_ANSWER_H

#include "boot/choose.h"
#include "boot/rule.h"
#include "model/answer_path.h"

/* Where tokens come from: the shell has them made by the kernel and remembers whose they are. */
struct answer_source {
    /* The token for this machine's answers to this image; false when it may have none: who asks is
     * another machine, or there are too many. */
    bool (*give)(void *context, const struct client *client, const struct image *image,
                 char token[ANSWER_TOKEN_MAX]);
    void *context;
};

/* The answer that was chosen. Points into the catalog. */
struct answer {
    const struct image *image;
    const struct answer_template *template; /* of the kind's main file */
    struct rule_word source;                /* who said it */
};

/* The word of host, group or image names a template, with or without its suffix; the kind is that
 * of the suffix, else the image's own, else that of the template which has this name. False when
 * there is none; when one was named that is not here, `why` gets a sentence. */
bool answer_choose(const struct catalog *catalog, const struct rule_settings *settings,
                   const struct image *image, struct answer *out, struct text *why);

/* Does its installer find it in the initramfs, not by a URL? Where the arguments or an edited text
 * of the image name the URL, that is how it takes it. */
bool answer_is_inside(const struct answer *answer);

/* The kernel arguments it adds: none when the image's own name it already. `inside`: the machine
 * gets it in the initramfs. */
const char *answer_arguments(const struct answer *answer, bool inside);

/* Append the URL of the folder in which the files made for this machine and image are, with "/" at
 * the end. False when who asks is to have no token. */
bool answer_add_folder(const struct image *image, const struct client *client,
                       const struct reach *reach, struct text *out);

/* The same folder without the server before it: "answers/<token>/". */
bool answer_add_path(const struct image *image, const struct client *client,
                     const struct reach *reach, struct text *out);

#endif
