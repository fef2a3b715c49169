/* Working without a daemon: the hosts of the store, read and changed in place, and the catalog made
 * of what is on disk. The JSON is the daemon's own, by the shapes of api/. */
#ifndef CLI_OFFLINE_H
#define CLI_OFFLINE_H

#include "base/arena.h"

#include "cli/session.h"
#include "model/host.h"
#include "serve/catalog_load.h"

#define OFFLINE_HOSTS_MAX 65536

/* All hosts, those of the configuration file first, copied into memory of their own. */
struct offline_hosts {
    struct host *rows;
    size_t count, file_count;
    struct arena arena;
};

/* Read them. With `may_be_absent` a state folder without a database is no error. EXIT_OK, or the
 * code to end with, after the reason was told. */
enum exit_code offline_hosts_load(const struct session *session, struct offline_hosts *hosts);
void offline_hosts_done(struct offline_hosts *hosts);
const struct host *offline_hosts_find(const struct offline_hosts *hosts, const char *name);

/* Make one change of a host durable in the store of the configuration. */
/* `known` is the host of that name as it was, NULL = a new one. */
enum exit_code offline_put(const struct session *session, const struct host *known,
                           const struct host *host);
enum exit_code offline_remove(const struct session *session, const char *name);
enum exit_code offline_next_boot(const struct session *session, const char *name,
                                 const char *image);

/* The note of a machine, malloc'ed: "" = none. */
enum exit_code offline_note(const struct session *session, struct mac mac, char **ret_note);
enum exit_code offline_put_note(const struct session *session, struct mac mac, const char *note);

enum exit_code offline_secret(const struct session *session, const struct host_secret *secret);
enum exit_code offline_forget_installed(const struct session *session, struct mac mac);

/* The catalog of what is there now. */
enum exit_code offline_catalog(const struct session *session,
                               struct catalog_snapshot **ret_snapshot);

#endif
