/* What the TFTP and HTTP ports ask of the rest of the daemon: open the bytes behind a name, say
 * whether an address is served, take events. One provider a lane, used by that lane's thread only.
 * Ports are tested with a provider over a plain folder (serve/folder_provider.h). */
#ifndef SERVE_PROVIDER_H
#define SERVE_PROVIDER_H

#include "base/arena.h"
#include "base/checked.h"
#include "base/event.h"

#include "boot/resolve.h"
#include "model/body.h"
#include "net/tls_context.h"

struct fetch_request {
    struct span name;  /* as asked, percent-decoded */
    struct span query; /* after '?', coded */
    enum transport transport;
    struct endpoint source; /* the client */
    struct ipv4 local;      /* our address it speaks to */
    uint16_t local_port;
    bool over_tls;
    bool head_only;    /* HEAD: nothing of the body is sent */
    bool is_certified; /* it showed a certificate of https.client-ca */
    struct now now;
};

/* An open body and what it is to the boot. `candidate.text` and `body` memory lie in the provider
 * or the arena until close. */
struct fetch {
    struct body body;
    struct candidate candidate;
    struct client client; /* who asks, as far as known */
    char why[160];        /* on failure: a phrase for people */
    bool says_why;        /* on failure: the client is told `why`, too */
    bool is_optional;     /* on failure: whoever asked goes on without it */
    bool is_growing;      /* the bytes are still arriving here: see ready() */
    void *handle;         /* the provider's own */
};

struct provider {
    /* 0 and an open fetch; -ENOENT unknown, -EACCES not allowed, -ESTALE not any more,
     * -EISDIR/-EINVAL not a plain file, -EMFILE/-ENFILE no descriptors (try later), -ENOMEM,
     * -EAGAIN not known yet (HTTP: asked again at http_port_wake()), -EHOSTUNREACH the one who has
     * it cannot be reached; `why`
     * is filled. Never blocks for longer than the disk does. */
    int (*open)(void *context, const struct fetch_request *request, struct arena *arena,
                struct fetch *out);
    void (*close)(void *context, struct fetch *fetch);
    /* Of a fetch that grows: how many bytes of its file are there from `offset` on. 0 = none yet,
     * until http_port_wake(); a negative errno = they will not come. NULL where none grows. */
    int64_t (*ready)(void *context, const struct fetch *fetch, uint64_t offset);
    /* The whole of a fetch was delivered (the last byte sent, or acknowledged for TFTP). Called at
     * most once per fetch, before close. Emits the boot's own events. */
    void (*delivered)(void *context, const struct fetch *fetch, struct now now);
    /* A control packet of a transfer (request, option acknowledgement, error), for the machine's
     * ring; NULL = nobody wants it. */
    void (*packet)(void *context, const struct client *client, bool sent, struct endpoint from,
                   struct endpoint to, struct span bytes, struct now now);
    /* Do we serve on this local address? */
    bool (*serves)(void *context, struct ipv4 local);
    /* What connections of HTTPS are made from, now in force, with a reference for the caller; NULL
     * while there is none. Ports without TLS do not ask. */
    struct tls_context *(*tls)(void *context);
    /* The machine at an address, as far as known, for events; NULL = nobody knows. */
    void (*identify)(void *context, struct endpoint source, struct ipv4 local, struct now now,
                     struct client *out);
    struct event_sink events;
    void *context;
};

#endif
