/* Ready-made questions to the store thread: its rows as arrays in memory of their own. */
#ifndef SERVE_STORE_QUERY_H
#define SERVE_STORE_QUERY_H

#include "serve/store_thread.h"

enum store_rows_kind {
    STORE_ROWS_LEASES,
    STORE_ROWS_HOSTS,
    STORE_ROWS_NEXT_BOOTS,
    STORE_ROWS_CLIENTS,
    STORE_ROWS_EVENTS,
};

struct store_next_boot {
    const char *host, *image;
};

struct store_rows {
    /* The question: */
    enum store_rows_kind kind;
    uint64_t machine, after;               /* events: of one machine (0: all), sequence > after */
    uint32_t limit;                        /* events: at most so many; 0 is 1000 */
    struct loop *loop;                     /* where done is called */
    void (*done)(struct store_rows *rows); /* must store_rows_done() in the end */
    void *context;

    /* The answer: */
    int result; /* 0 or a negative errno */
    size_t count;
    union {
        struct lease *leases;
        struct host *hosts;
        struct store_next_boot *next_boots;
        struct client *clients;
        struct stored_event *events;
        void *any;
    } of;

    /* Its own: */
    size_t room;
    struct store_text *texts;
    struct store_query query;
};

/* Ask; as store_thread_ask(). The struct stays in place until done is called. */
must_check int store_rows_ask(struct store_thread *thread, struct store_rows *rows);

/* Read the same without a thread, from a store of one's own: 0 or a negative errno. */
must_check int store_rows_read(struct store *store, struct store_rows *rows);

/* Release the rows. */
void store_rows_done(struct store_rows *rows);

#endif
