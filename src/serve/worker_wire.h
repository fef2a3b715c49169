/* The messages between the daemon and its image worker. The daemon trusts no byte of what comes
 * back: the worker has read foreign files. */
#ifndef SERVE_WORKER_WIRE_H
#define SERVE_WORKER_WIRE_H

#include "base/checked.h"
#include "base/span.h"

#include "model/secure.h"

enum worker_task {
    WORKER_TRUST_RESET, /* forget db and dbx */
    WORKER_TRUST_DB,    /* with a descriptor: add the file to db ... */
    WORKER_TRUST_DBX,   /* ... or to dbx; the reply says why not */
    WORKER_INSPECT,     /* with a descriptor: inspect the file */
    WORKER_TASKS,
};

enum worker_result {
    WORKER_DONE,
    WORKER_REFUSED, /* the file is not what it should be; the phrase says why */
    WORKER_FAILED,  /* the machine failed: memory, disk */
    WORKER_DIED,    /* the file killed the worker; there is a new one, which knows no trust */
    WORKER_GONE,    /* there is no worker any more */
};

#define WORKER_PHRASE_MAX   256
#define WORKER_REPLY_MAX    1024
#define WORKER_REQUEST_SIZE 8

struct worker_reply {
    uint32_t number; /* of the request it answers */
    enum worker_result result;
    char phrase[WORKER_PHRASE_MAX]; /* printable ASCII */
    struct secure_facts facts;      /* of WORKER_INSPECT that is done */
};

void worker_request_encode(enum worker_task task, uint32_t number,
                           uint8_t out[WORKER_REQUEST_SIZE]);
must_check bool worker_request_decode(struct span message, enum worker_task *ret_task,
                                      uint32_t *ret_number);

/* `out` of WORKER_REPLY_MAX bytes: how many were written. */
size_t worker_reply_encode(const struct worker_reply *reply, uint8_t *out);
/* False when it is not a message of this kind; texts come out printable and terminated. */
must_check bool worker_reply_decode(struct span message, struct worker_reply *out);

#endif
