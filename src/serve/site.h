/* The makers of views: reads the configuration file, the folders, the hosts and the interfaces, and
 * publishes a new view when one of them changes. Lives on the control thread. */
#ifndef SERVE_SITE_H
#define SERVE_SITE_H

#include "serve/event_queue.h"
#include "serve/image_worker.h"
#include "serve/view.h"
#include "store/store.h"

struct site;

struct site_settings {
    struct loop *loop; /* the control thread's */
    struct view_holder *views;
    struct store *store;         /* the control thread's own handle, for hosts; not NULL */
    const char *config_path;     /* "" = the built-in defaults */
    struct image_worker *worker; /* attached to the loop; NULL = nothing is inspected */
    int netlink_query_fd, netlink_monitor_fd; /* -1 = no news of interfaces */
    bool https_served;                        /* its port could be had */
    bool tls_wanted;                          /* by HTTPS or by the admin listener */
    /* A new view was published (interfaces, images, hosts or configuration changed). */
    void (*published)(void *context, const struct view *former, const struct view *view);
    /* The configuration is about to be read again; or that is over, however it went. May be NULL.
     */
    void (*reloading)(void *context, bool is_over);
    void *context;
};

/* Publish a first view from `config`, which is taken over, and watch from then on. */
must_check int site_new(const struct site_settings *settings, struct config *config,
                        struct event_sink events, struct site **ret_site);
void site_free(struct site *site);

/* The view in force. */
const struct view *site_view(struct site *site);

/* Read the configuration file again. 0, or a negative errno with a sentence; the old one then stays
 * in force. Ports and the state folder of a running daemon do not move: a file that changes them is
 * refused with a sentence that asks for a restart. */
must_check int site_reload(struct site *site, char *sentence, size_t cap);

/* Build the catalog anew (hosts or images changed). */
must_check int site_refresh(struct site *site);

/* Why the last reload was refused, "" = it was not. */
const char *site_reload_trouble(const struct site *site);

/* Hosts: durable and in the view when these return 0. A sentence on failure. -EROFS: the host
 * stands in the configuration file; -ENOENT: there is no such host. */
must_check int site_put_host(struct site *site, const struct host *host, char *sentence,
                             size_t cap);
/* The same for many, all of them or none. */
must_check int site_put_hosts(struct site *site, const struct host *hosts, size_t count,
                              char *sentence, size_t cap);
must_check int site_remove_host(struct site *site, const char *name, char *sentence, size_t cap);
must_check int site_set_next_boot(struct site *site, const char *name, const char *image,
                                  char *sentence, size_t cap);

/* Make one change durable and build the catalog anew; a sentence on failure. */
must_check int site_commit(struct site *site, const struct change *change, char *sentence,
                           size_t cap);

/* The same for several, all of them or none. */
must_check int site_commit_all(struct site *site, const struct change *changes, size_t count,
                               char *sentence, size_t cap);

/* The same for records, all of them or none. */
must_check int site_put_records(struct site *site, const struct record *records, size_t count,
                                char *sentence, size_t cap);

/* The control thread's loop, and where its events go. */
struct loop *site_loop(struct site *site);
const struct event_sink *site_events(struct site *site);

/* A one-shot boot was delivered: use it up. From any thread. */
void site_next_boot_used(struct site *site, const char *host, const char *image);

/* Read a configuration file. -EINVAL with the faults, another negative errno with a sentence. */
must_check int site_read_config(const char *path, struct config **ret_config,
                                struct config_faults *faults, char *sentence, size_t cap);

#endif
