/* What the store keeps for answer files, read out of it whole: secrets of hosts, and which machine
 * is installed. */
#ifndef SERVE_ANSWER_RECORDS_H
#define SERVE_ANSWER_RECORDS_H

#include "store/store.h"

struct answer_records {
    struct host_secret *secrets;
    size_t secret_count;
    struct installed *installed;
    size_t installed_count;
    void *memory; /* the rows above and their texts */
    size_t size;
};

/* 0, -ENOMEM, or what the store said. */
must_check int answer_records_read(struct store *store, struct answer_records *ret_records);
/* Wipe and free. */
void answer_records_done(struct answer_records *records);

#endif
