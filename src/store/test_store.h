/* For tests: a store in a folder of its own, and leases to put into it. */
#ifndef STORE_TEST_STORE_H
#define STORE_TEST_STORE_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

#include <cmocka.h>

static char folder[64], why[STORE_WHY_MAX];

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/tugboot-store-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *file_in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline struct store *open_store(const char *path)
{
    struct store *store = NULL;
    int error = store_open(path, &store, why);
    if (error != 0)
        fail_msg("store_open: %d: %s", error, why);
    return store;
}

static inline void commit(struct store *store, const struct change *changes, size_t count)
{
    int error = store_commit(store, changes, count, why);
    if (error != 0)
        fail_msg("store_commit: %d: %s", error, why);
}

static inline struct change lease_change(uint32_t address, enum lease_status status)
{
    return (struct change){ .kind = CHANGE_LEASE_PUT,
                            .lease = { .address = { address },
                                       .mac = mac_from_u64(0x525400000000 + address),
                                       .client_id = label_of(BYTES(1, 0x52, 0x00, 0xff)),
                                       .hostname = label_of(span_text("node")),
                                       .since = { 1700000000123 },
                                       .expires = { INT64_MAX },
                                       .status = status } };
}

struct seen_leases {
    struct lease leases[8];
    size_t count;
};

static inline int see_lease(void *context, const struct lease *lease)
{
    struct seen_leases *seen = context;
    if (seen->count < 8)
        seen->leases[seen->count] = *lease;
    seen->count++;
    return 0;
}

static inline size_t lease_count(struct store *store)
{
    struct seen_leases seen = { 0 };
    assert_int_equal(store_each_lease(store, see_lease, &seen), 0);
    return seen.count;
}

#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

static inline int see_result(void *context, const struct chain_result *result)
{
    struct chain_result **next = context;
    *(*next)++ = *result;
    return 0;
}

static inline struct change result_change(const struct chain_result *result)
{
    return (struct change){ .kind = CHANGE_CHAIN_RESULT, .chain = result };
}

static inline size_t read_results(struct store *store, struct chain_result *out)
{
    struct chain_result *next = out;
    assert_int_equal(store_each_chain_result(store, see_result, &next), 0);
    return (size_t)(next - out);
}

#endif
