/* The messages between the daemon and its image worker. The daemon trusts no byte of what comes
 * back: the worker has read foreign files. */
#ifndef SERVE_WORKER_WIRE_H
#define SERVE_WORKER_WIRE_H

#include "base/checked.h"
#include "base/span.h"

#include "model/image_index.h"
#include "model/secure.h"

enum worker_task {
    WORKER_TRUST_RESET, /* forget db and dbx */
    WORKER_TRUST_DB,    /* with a descriptor: add the file to db ... */
    WORKER_TRUST_DBX,   /* ... or to dbx; the reply says why not */
    WORKER_INSPECT,     /* with a descriptor: inspect the file, or the part of it that is named */
    WORKER_INDEX,       /* with a descriptor: what lies inside; a descriptor comes with the reply */
    WORKER_TASKS,
};

enum worker_result {
    WORKER_DONE,
    WORKER_REFUSED, /* the file is not what it should be; the phrase says why */
    WORKER_FAILED,  /* the machine failed: memory, disk */
    WORKER_DIED,    /* the file killed the worker; there is a new one, which knows no trust */
    WORKER_GONE,    /* there is no worker any more */
};

#define WORKER_EXTENTS_MAX 128
#define WORKER_PHRASE_MAX  256
#define WORKER_REPLY_MAX   1024
#define WORKER_REQUEST_MAX 4096

struct worker_request {
    enum worker_task task;
    uint32_t number;
    /* The part of the file that is meant, in order; none = all of it. Whoever asks keeps them. */
    const struct image_extent *extents;
    uint32_t extent_count; /* at most WORKER_EXTENTS_MAX */
};

struct worker_reply {
    uint32_t number; /* of the request it answers */
    enum worker_result result;
    char phrase[WORKER_PHRASE_MAX]; /* printable ASCII */
    struct secure_facts facts;      /* of WORKER_INSPECT that is done */
};

/* `out` of WORKER_REQUEST_MAX bytes: how many were written. */
size_t worker_request_encode(const struct worker_request *request, uint8_t *out);
/* False when it is not a message of this kind. Extents go to `extents`, WORKER_EXTENTS_MAX of the
 * caller's. */
must_check bool worker_request_decode(struct span message, struct image_extent *extents,
                                      struct worker_request *out);

/* `out` of WORKER_REPLY_MAX bytes: how many were written. */
size_t worker_reply_encode(const struct worker_reply *reply, uint8_t *out);
/* False when it is not a message of this kind; texts come out printable and terminated. */
must_check bool worker_reply_decode(struct span message, struct worker_reply *out);

#endif
