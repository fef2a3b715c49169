/* A hash index over rows the caller keeps in an array of its own: maps a key's bytes to a row
 * number. Fixed size from birth, linear probing, deletion by shifting back, keyed hash. The table
 * never sees the rows; it asks the caller's function for the key of a row, and only of one whose
 * hash is the same: rows are mostly not in the processor's cache. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/siphash.h"
#include "base/span.h"

#define TABLE_NONE UINT32_MAX

/* The key of row `row`; the bytes must stay valid for the call. */
typedef struct span (*table_key_fn)(const void *rows, uint32_t row);

struct table {
    uint64_t *slots; /* hash << 32 | row number + 1, 0 = free; a power of two of them */
    uint32_t mask;
    uint32_t count, limit;
    const void *rows;
    table_key_fn key_of;
    struct hash_key hash_key;
};

/* Bytes of slot memory for at most `limit` rows (load at most one half). */
size_t table_memory(uint32_t limit);

/* An empty index in `memory` of table_memory(limit) bytes, zeroed and aligned for uint64_t; it is
 * not touched, so that what is never used costs no memory. */
void table_init(struct table *t, void *memory, uint32_t limit, const void *rows,
                table_key_fn key_of, struct hash_key hash_key);

/* Empty it again. */
void table_clear(struct table *t);

/* The row with this key, or TABLE_NONE. */
uint32_t table_find(const struct table *t, struct span key);

/* Index a row whose key is not in the table yet. false when the limit is reached. */
bool table_insert(struct table *t, uint32_t row);

/* Forget a row; its key must still be what it was when inserted. False when it was not there. */
bool table_remove(struct table *t, uint32_t row);

#endif
