/* The records of the store, read into memory of their own. */
#ifndef SERVE_STORED_RECORDS_H
#define SERVE_STORED_RECORDS_H

#include "store/store.h"

struct stored_records {
    struct record *rows; /* by kind and name */
    size_t count, bytes; /* bytes: of all their texts, each with room for an arena's rounding */
    char *texts;
};

/* 0 or a negative errno. */
must_check int stored_records_read(struct store *store, struct stored_records *ret);
void stored_records_done(struct stored_records *records);

#endif
