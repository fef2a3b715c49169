/* The inspection of images for the commands that list them: without a daemon, with the trust of the
 * configuration. */
#ifndef CLI_IMAGE_LOOK_H
#define CLI_IMAGE_LOOK_H

#include "config/config.h"
#include "model/secure.h"
#include "serve/image_folder.h"

struct image_look;

/* NULL when memory ran out. `config` must outlive it. */
struct image_look *image_look_new(const struct config *config);
void image_look_free(struct image_look *look);

/* Inspect the kernel or program of an image that can be booted. What cannot be read stays "not
 * inspected". */
void image_look_at(struct image_look *look, const struct image_entry *image,
                   struct secure_facts *ret_facts);

#endif
