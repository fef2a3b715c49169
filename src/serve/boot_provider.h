/* The provider of a running daemon: a name goes through the registry (who asks), the resolver (what
 * that is for them) and net/file (open it). One a lane. */
#ifndef SERVE_BOOT_PROVIDER_H
#define SERVE_BOOT_PROVIDER_H

#include "serve/answer_book.h"
#include "serve/event_queue.h"
#include "serve/pick_book.h"
#include "serve/provider.h"
#include "serve/registry.h"
#include "serve/view.h"

struct boot_provider_settings {
    struct view_holder *views;
    struct registry *registry;
    struct event_queue *events;
    struct answer_book *answers; /* the tokens that are out; shared by the lanes */
    struct pick_book *picks;     /* machines that wait for a choice; the same */
    struct loop *loop;           /* the lane's */
    int inet_fd;                 /* any IPv4 socket, to ask the kernel's neighbour table */
    /* A host's one-shot boot was delivered and must be used up. From the lane's thread. */
    void (*next_boot_used)(void *context, const char *host, const char *image);
    /* An installer has said that it is done. From the lane's thread. */
    void (*installed)(void *context, struct mac mac, const char *image);
    void *context;
};

struct boot_provider;

must_check int boot_provider_new(const struct boot_provider_settings *settings,
                                 struct boot_provider **ret_provider);
void boot_provider_free(struct boot_provider *provider);

/* What the lane's ports are given; valid as long as the boot_provider. */
const struct provider *boot_provider_get(struct boot_provider *provider);

#endif
