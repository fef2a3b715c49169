/* What the site keeps for installations: secrets of hosts, and who is installed with what. */
#ifndef SERVE_SITE_RECORDS_H
#define SERVE_SITE_RECORDS_H

#include "serve/site.h"

/* Secrets of hosts; an empty value takes one back. As site_set_next_boot(). */
must_check int site_set_secret(struct site *site, const struct host_secret *secret, char *sentence,
                               size_t cap);

/* Forget that a machine was installed. -ENOENT: nothing is known. */
must_check int site_forget_installed(struct site *site, struct mac mac, char *sentence, size_t cap);

/* An installer has said it is done: the machine boots its own disk where `image` is assigned to it
 * for good, and its one-shot of that image is used up. From any thread. */
void site_installed(struct site *site, struct mac mac, const char *image);

#endif
