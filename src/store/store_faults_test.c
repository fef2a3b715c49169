/* The store on a disk that fails: the n-th write, sync or truncation of SQLite's goes wrong, once
 * or from then on, for every n until nothing is left to fail. Whatever n is, a commit is whole or
 * nothing, the failure is told with a sentence, and the store works as before once the disk does.
 */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/store.h"

#include <cmocka.h>

/* The disk: SQLite's own, with a counter of operations before the one that fails. */
static struct {
    sqlite3_vfs *real;
    int left; /* operations until the fault; -1 = a sound disk */
    bool lasting;
    int code, fired;
} disk;

struct file {
    sqlite3_file base;
    sqlite3_file *real;
};

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

static bool strikes(void)
{
    if (disk.left < 0 || (disk.left > 0 && disk.left-- > 0))
        return false;
    disk.fired++;
    if (!disk.lasting)
        disk.left = -1;
    return true;
}

static int file_close(sqlite3_file *f)
{
    return real_of(f)->pMethods ? real_of(f)->pMethods->xClose(real_of(f)) : SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *data, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), data, n, at);
}

static int file_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
    /* Half of it may reach the disk all the same. */
    if (strikes()) {
        (void)real_of(f)->pMethods->xWrite(real_of(f), data, n / 2, at);
        return disk.code;
    }
    return real_of(f)->pMethods->xWrite(real_of(f), data, n, at);
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return strikes() ? SQLITE_IOERR_TRUNCATE : real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int file_sync(sqlite3_file *f, int flags)
{
    if (strikes())
        return disk.code == SQLITE_FULL ? SQLITE_FULL : SQLITE_IOERR_FSYNC;
    return real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret_size)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), ret_size);
}

static int file_lock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int file_check_lock(sqlite3_file *f, int *ret_held)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret_held);
}

static int file_control(sqlite3_file *f, int what, void *argument)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), what, argument);
}

static int file_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int file_traits(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int file_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret_at)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, ret_at);
}

static int file_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int file_shm_unmap(sqlite3_file *f, int remove_it)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), remove_it);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2, /* no memory maps: every write is seen here */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    struct file *file = (struct file *)f;
    (void)vfs;
    file->real = (sqlite3_file *)(void *)(file + 1);
    int rc = disk.real->xOpen(disk.real, name, file->real, flags, ret_flags);
    file->base.pMethods = rc == SQLITE_OK ? &file_methods : NULL;
    return rc;
}

static int insert_disk(void **state)
{
    static sqlite3_vfs vfs;
    (void)state;
    disk.real = sqlite3_vfs_find(NULL);
    disk.left = -1;
    vfs = *disk.real;
    vfs.zName = "faulty";
    vfs.szOsFile = (int)sizeof(struct file) + disk.real->szOsFile;
    vfs.xOpen = disk_open;
    return sqlite3_vfs_register(&vfs, 1);
}

static char folder[64], why[STORE_WHY_MAX];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/tugboot-faults-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    disk.left = -1;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    int error = store_open(folder, &store, why);
    if (error != 0)
        fail_msg("store_open: %d: %s", error, why);
    return store;
}

static int count_one(void *context, const struct lease *lease)
{
    (void)lease;
    ++*(int *)context;
    return 0;
}

static int lease_count(struct store *store)
{
    int count = 0;
    assert_int_equal(store_each_lease(store, count_one, &count), 0);
    return count;
}

#define BATCH 40 /* leases: some pages of the log */

static int commit_batch(struct store *store, uint32_t first)
{
    struct change changes[BATCH];
    for (uint32_t i = 0; i < BATCH; i++)
        changes[i] = (struct change){ .kind = CHANGE_LEASE_PUT,
                                      .lease = { .address = { first + i },
                                                 .mac = mac_from_u64(first + i),
                                                 .since = { 1700000000123 },
                                                 .expires = { 1800000000123 } } };
    return store_commit(store, changes, BATCH, why);
}

static void arm(int left, bool lasting, int code)
{
    disk.left = left;
    disk.lasting = lasting;
    disk.code = code;
    disk.fired = 0;
    why[0] = 0;
}

static void is_told(int error, int n)
{
    if ((error != -ENOSPC && error != -EIO) || why[0] == 0)
        fail_msg("operation %d: %d: %s", n, error, why);
}

/* Returns how many operations could fail. */
static int fail_every_write(bool lasting, int code)
{
    struct store *store = open_store();
    uint32_t next = 1;
    int held = lease_count(store), n = 0;
    for (bool struck = true; struck; n++) {
        assert_true(n < 1000);
        next = (uint32_t)held + 1;
        arm(n, lasting, code);
        int error = commit_batch(store, next);
        struck = disk.fired > 0;
        if (error != 0)
            is_told(error, n);
        assert_true(struck || error == 0);
        held += error == 0 ? BATCH : 0;
        if (lasting && struck && error != 0)
            assert_true(commit_batch(store, next) != 0 && lease_count(store) == held);
        disk.left = -1;
        assert_int_equal(lease_count(store), held);
        if (n % 2 == 1) { /* as it was, also for who opens it anew */
            store_close(store);
            store = open_store();
            assert_int_equal(lease_count(store), held);
        }
        assert_int_equal(store_probe(store, why), 0);
        assert_int_equal(commit_batch(store, (uint32_t)held + 1), 0);
        held += BATCH;
        assert_int_equal(lease_count(store), held);
    }
    store_close(store);
    store = open_store();
    assert_int_equal(lease_count(store), held);
    store_close(store);
    return n - 1;
}

static void a_full_disk_loses_nothing(void **state)
{
    (void)state;
    assert_true(fail_every_write(false, SQLITE_FULL) > 3);
    assert_true(fail_every_write(true, SQLITE_FULL) > 3);
}

static void a_failing_disk_loses_nothing(void **state)
{
    (void)state;
    assert_true(fail_every_write(false, SQLITE_IOERR_WRITE) > 3);
    assert_true(fail_every_write(true, SQLITE_IOERR_WRITE) > 3);
}

/* A database that could not be made whole leaves nothing in the way of the next start. */
static void a_new_store_is_made_whole_or_not(void **state)
{
    (void)state;
    int n = 0;
    for (bool struck = true; struck; n++) {
        struct store *store = NULL;
        assert_true(n < 1000);
        arm(n, n % 2 == 0, n % 4 < 2 ? SQLITE_FULL : SQLITE_IOERR_WRITE);
        int error = store_open(folder, &store, why);
        struck = disk.fired > 0;
        if (error != 0) {
            is_told(error, n);
            assert_null(store);
        }
        disk.left = -1;
        if (error == 0)
            store_close(store);
        store = open_store();
        assert_int_equal(lease_count(store), 0);
        assert_int_equal(commit_batch(store, 1), 0);
        store_close(store);
        assert_int_equal(remove_folder(NULL), 0);
        assert_int_equal(make_folder(NULL), 0);
    }
    assert_true(n > 5);
}

#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(a_full_disk_loses_nothing),
        ON_DISK(a_failing_disk_loses_nothing),
        ON_DISK(a_new_store_is_made_whole_or_not),
    };
    return cmocka_run_group_tests(tests, insert_disk, NULL);
}
