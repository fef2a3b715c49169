/* The lease log: its frames byte for byte, and a database with a log beside it through all that can
 * happen to files: a machine that dies at any moment, a torn end, damage in the middle, a part of
 * another database, a disk that takes no more. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lease_log.h"

#include <cmocka.h>

static char folder[64], copy_folder[64], why[STORE_WHY_MAX];

/* ---- frames ---- */

static const struct hash_key key = { 1, 2 };

static const struct change put = { .kind = CHANGE_LEASE_PUT,
                                   .lease = { .address = { 0xc0000201 },
                                              .mac = { { 0x52, 0x54, 0, 1, 2, 3 } },
                                              .client_id = { 3, { 1, 2, 3 } },
                                              .hostname = { 5, { 'n', 'o', 'd', 'e', '1' } },
                                              .since = { 1700000000123 },
                                              .expires = { INT64_MAX },
                                              .status = LEASE_DECLINED } };
static const struct change removal = { .kind = CHANGE_LEASE_REMOVE,
                                       .lease = { .address = { 0xc0000202 } } };

static size_t make_frame(uint8_t *out, size_t cap)
{
    struct writer w = writer_over(out, cap);
    lease_frame_begin(&w);
    lease_frame_add(&w, &put);
    lease_frame_add(&w, &removal);
    lease_frame_seal(&w, 7, 2, &key);
    return w.failed ? 0 : w.len;
}

static void a_frame_comes_back_as_it_was(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct lease_frame frame;
    struct lease_change change;
    size_t len = make_frame(bytes, sizeof bytes);
    assert_int_equal(len, LEASE_FRAME_HEAD + (1 + 4 + 1 + 6 + 8 + 8 + 4 + 6) + (1 + 4));
    assert_true(lease_frame_open(span_of(bytes, sizeof bytes), &key, &frame));
    assert_int_equal(frame.sequence, 7);
    assert_int_equal(frame.count, 2);
    struct reader r = reader_over(frame.changes);
    assert_true(lease_frame_next(&r, &change));
    assert_false(change.removes);
    assert_memory_equal(&change.lease, &put.lease, sizeof change.lease);
    assert_true(lease_frame_next(&r, &change));
    assert_true(change.removes);
    assert_int_equal(change.lease.address.value, 0xc0000202);
    assert_int_equal(reader_left(&r), 0);
    assert_false(lease_frame_next(&r, &change));
}

static void whatever_is_changed_is_no_frame(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct lease_frame frame;
    const struct hash_key other = { 1, 3 };
    size_t len = make_frame(bytes, sizeof bytes);
    for (size_t i = 0; i < len; i++) {
        assert_false(lease_frame_open(span_of(bytes, i), &key, &frame));
        bytes[i] ^= 0x10;
        assert_false(lease_frame_open(span_of(bytes, sizeof bytes), &key, &frame));
        bytes[i] ^= 0x10;
    }
    assert_false(lease_frame_open(span_of(bytes, len), &other, &frame));
    assert_true(lease_frame_open(span_of(bytes, len), &key, &frame));
    for (size_t cap = 0; cap < len; cap++)
        assert_int_equal(make_frame(bytes, cap), 0);
}

static void ill_formed_changes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t bytes[40];
        size_t len;
    } cases[] = {
        { "nothing", { 0 }, 0 },
        { "no such kind", { 3, 10, 0, 0, 1 }, 5 },
        { "address cut", { 2, 10, 0, 0 }, 4 },
        { "no such status", { 1, 10, 0, 0, 1, 3 }, 30 },
        { "label over 63", { [0] = 1, [28] = 64 }, 40 },
        { "label cut", { [0] = 1, [28] = 12 }, 40 },
        { "host name missing", { [0] = 1, [28] = 11 }, 40 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reader r = reader_over(span_of(cases[i].bytes, cases[i].len));
        struct lease_change change;
        if (lease_frame_next(&r, &change))
            fail_msg("%s: taken", cases[i].name);
    }
}

/* ---- files ---- */

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
    snprintf(folder, sizeof folder, "/tmp/tugboot-log-XXXXXX");
    snprintf(copy_folder, sizeof copy_folder, "/tmp/tugboot-log-XXXXXX");
    return mkdtemp(folder) && mkdtemp(copy_folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) |
           nftw(copy_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *path_in(const char *place, const char *name)
{
    static char paths[2][128];
    static int turn;
    turn = !turn;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", place, name);
    return paths[turn];
}

static void copy_file(const char *from, const char *to)
{
    static uint8_t bytes[4 << 20];
    FILE *in = fopen(from, "rb");
    if (!in) {
        unlink(to);
        return;
    }
    size_t size = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    FILE *out = fopen(to, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(out);
}

static const char *const names[] = { "tugboot.db", "tugboot.db-wal", "tugboot.db-leases1",
                                     "tugboot.db-leases2" };

/* As the disk is when the machine dies now. */
static void copy_all(const char *from, const char *to)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        copy_file(path_in(from, names[i]), path_in(to, names[i]));
    unlink(path_in(to, "tugboot.db-shm"));
}

static void change_byte(const char *path, off_t at)
{
    uint8_t byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0xff;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static struct store *open_store(const char *place)
{
    struct store *store = NULL;
    if (store_open(place, &store, why) != 0)
        fail_msg("%s", why);
    return store;
}

static struct store *open_with_log(const char *place)
{
    struct store *store = open_store(place);
    if (store_log_begin(store, why) != 0)
        fail_msg("%s", why);
    return store;
}

static struct change lease_change(uint32_t address, uint64_t mac)
{
    return (struct change){ .kind = CHANGE_LEASE_PUT,
                            .lease = { .address = { address },
                                       .mac = mac_from_u64(mac),
                                       .hostname = label_of(span_text("node")),
                                       .expires = { 1800000000000 } } };
}

static void commit(struct store *store, uint32_t first, size_t count, uint64_t mac)
{
    static struct change changes[20000];
    for (size_t i = 0; i < count; i++)
        changes[i] = lease_change(first + (uint32_t)i, mac);
    if (store_commit(store, changes, count, why) != 0)
        fail_msg("%s", why);
}

struct seen {
    size_t count;
    uint32_t last;
    uint64_t macs[8]; /* of addresses 1 to 7 */
};

static int see(void *context, const struct lease *lease)
{
    struct seen *s = context;
    assert_true(lease->address.value > s->last); /* in order, each once */
    s->last = lease->address.value;
    s->count++;
    if (lease->address.value < 8)
        s->macs[lease->address.value] = mac_to_u64(lease->mac);
    return 0;
}

static struct seen look(struct store *store)
{
    struct seen seen = { 0 };
    assert_int_equal(store_each_lease(store, see, &seen), 0);
    return seen;
}

static struct seen look_at(const char *place)
{
    struct store *store = open_store(place);
    struct seen seen = look(store);
    store_close(store);
    return seen;
}

static int rows_in_table(const char *place)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(path_in(place, "tugboot.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM lease", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static void fold(struct store *store, size_t most)
{
    if (store_log_fold(store, most, why) != 0)
        fail_msg("%s", why);
}

static void fold_everything(struct store *store)
{
    for (int i = 0; store_log_fill(store) > 0; i++) {
        assert_true(i < 1000);
        fold(store, 100);
    }
}

static void leases_are_read_from_log_and_table(void **state)
{
    (void)state;
    struct store *store = open_with_log(folder), *other = open_store(folder);
    struct change gone = { .kind = CHANGE_LEASE_REMOVE, .lease = { .address = { 2 } } };

    commit(store, 1, 5, 10);
    assert_int_equal(rows_in_table(folder), 0);
    assert_int_equal(look(store).count, 5);
    fold_everything(store);
    assert_int_equal(rows_in_table(folder), 5);
    commit(store, 4, 1, 20); /* newer than the table's */
    commit(store, 7, 1, 20); /* behind it */
    assert_int_equal(store_commit(store, &gone, 1, why), 0);
    assert_int_equal(rows_in_table(folder), 5);
    struct store *const handles[] = { store, other };
    for (int i = 0; i < 2; i++) {
        struct seen seen = look(handles[i]);
        assert_int_equal(seen.count, 5);
        assert_int_equal(seen.macs[2], 0);
        assert_int_equal(seen.macs[3], 10);
        assert_int_equal(seen.macs[4], 20);
        assert_int_equal(seen.macs[7], 20);
    }
    fold_everything(store);
    assert_int_equal(rows_in_table(folder), 5);
    assert_int_equal(look(other).macs[4], 20);
    store_close(other);
    store_close(store);
    assert_int_equal(look_at(folder).count, 5);
}

/* Each step is followed by the death of the machine: a copy of the files is opened, read, folded
 * and read again. New leases come while older ones are folded. */
static void what_was_committed_survives_at_any_step(void **state)
{
    (void)state;
    struct store *store = open_with_log(folder);
    uint32_t given = 0;
    for (int step = 0; step < 30; step++) {
        if (step % 3 != 2) {
            commit(store, given + 1, 30, 1);
            commit(store, given / 2 + 1, 1, 2); /* an older one anew */
            given += 30;
        } else {
            fold(store, 7 + (size_t)step);
        }
        copy_all(folder, copy_folder);
        assert_int_equal(look_at(copy_folder).count, given);
        struct store *copy = open_with_log(copy_folder);
        commit(copy, given + 1, 1, 3);
        fold_everything(copy);
        assert_int_equal(look(copy).count, given + 1);
        store_close(copy);
        assert_int_equal(rows_in_table(copy_folder), (int)given + 1);
    }
    assert_int_equal(look(store).count, given);
    store_close(store);
}

static void a_full_log_goes_into_the_database(void **state)
{
    (void)state;
    struct store *store = open_with_log(folder);
    uint32_t given = 0;
    /* Twice what both files take, and a commit larger than a file. */
    while (given < 40000) {
        commit(store, given + 1, 1000, 1);
        given += 1000;
        if (given == 20000) {
            commit(store, given + 1, 20000, 1);
            given += 20000;
        }
    }
    for (; given < 80000; given += 1000)
        commit(store, given + 1, 1000, 1);
    assert_int_equal(look(store).count, given);
    assert_true(rows_in_table(folder) > 0);
    copy_all(folder, copy_folder);
    assert_int_equal(look_at(copy_folder).count, given);
    fold_everything(store);
    assert_int_equal(rows_in_table(folder), (int)given);
    store_close(store);
}

static void other_changes_go_to_the_database(void **state)
{
    (void)state;
    struct store *store = open_with_log(folder);
    struct host host = { .name = "n1" };
    struct change alone = { .kind = CHANGE_HOST_PUT, .host = &host };
    struct change together[] = { lease_change(1, 7), alone };

    commit(store, 1, 5, 1);
    assert_int_equal(store_commit(store, &alone, 1, why), 0);
    assert_int_equal(rows_in_table(folder), 0);
    /* In order: the lease of the log, then that of the same address. */
    assert_int_equal(store_commit(store, together, 2, why), 0);
    assert_int_equal(rows_in_table(folder), 5);
    assert_int_equal(look(store).macs[1], 7);
    assert_int_equal(store_log_fill(store), 0);
    store_close(store);
    /* A handle without the log takes what is in it along, and one beside its holder may not. */
    store = open_with_log(folder);
    commit(store, 1, 1, 9);
    struct store *other = open_store(folder);
    struct change change = lease_change(2, 9);
    assert_int_equal(store_commit(other, &change, 1, why), -EBUSY);
    assert_int_equal(store_log_begin(other, why), -EBUSY);
    assert_non_null(strstr(why, "-leases"));
    store_close(store);
    assert_int_equal(store_commit(other, &change, 1, why), 0);
    assert_int_equal(rows_in_table(folder), 5);
    assert_int_equal(look(other).macs[1], 9);
    assert_int_equal(look(other).macs[2], 9);
    store_close(other);
}

/* The end of a file that fails its checksum was never acknowledged; anything before it was. */
static void a_torn_end_is_cut_and_damage_is_refused(void **state)
{
    (void)state;
    struct store *store = open_with_log(folder);
    for (uint32_t i = 0; i < 5; i++)
        commit(store, 1 + i, 1, 1);
    copy_all(folder, copy_folder);
    store_close(store);
    const char *log = path_in(copy_folder, "tugboot.db-leases1");
    change_byte(log, 5 * LEASE_LOG_SLOT + 40); /* the last of five, behind the header */
    assert_int_equal(look_at(copy_folder).count, 4);
    store = open_with_log(copy_folder); /* its place is used again */
    commit(store, 6, 1, 1);
    assert_int_equal(look(store).count, 5);
    copy_all(copy_folder, folder);
    store_close(store);
    change_byte(path_in(folder, "tugboot.db-leases1"), 2 * LEASE_LOG_SLOT + 40);
    assert_int_equal(store_open(folder, &store, why), -EILSEQ);
    assert_non_null(strstr(why, "tugboot.db-leases1"));
    assert_non_null(strstr(why, "damaged"));
}

static void expect_refusal(int error, const char *name, const char *words)
{
    struct store *store = NULL;
    assert_int_equal(store_open(copy_folder, &store, why), error);
    assert_null(store);
    if (!strstr(why, name) || !strstr(why, words))
        fail_msg("%s", why);
}

static void a_log_of_another_database_is_refused(void **state)
{
    (void)state;
    struct store *store = open_with_log(folder);
    commit(store, 1, 5, 1);
    copy_all(folder, copy_folder);
    /* an older copy of the database: a fold it has not seen */
    fold_everything(store);
    commit(store, 6, 1, 1);
    fold_everything(store);
    commit(store, 7, 1, 1);
    copy_file(path_in(folder, "tugboot.db-leases1"), path_in(copy_folder, "tugboot.db-leases1"));
    copy_file(path_in(folder, "tugboot.db-leases2"), path_in(copy_folder, "tugboot.db-leases2"));
    expect_refusal(-EILSEQ, "tugboot.db-leases", "lacks");
    copy_all(folder, copy_folder);
    store_close(store);
    /* no database */
    unlink(path_in(copy_folder, "tugboot.db"));
    unlink(path_in(copy_folder, "tugboot.db-wal"));
    expect_refusal(-EILSEQ, "-leases", "gone");
    /* another one */
    char log[2][128];
    for (int i = 0; i < 2; i++) {
        snprintf(log[i], sizeof log[i], "%s", path_in(copy_folder, names[2 + i]));
        assert_int_equal(rename(log[i], path_in(folder, i == 0 ? "kept1" : "kept2")), 0);
    }
    store_close(open_store(copy_folder));
    for (int i = 0; i < 2; i++)
        assert_int_equal(rename(path_in(folder, i == 0 ? "kept1" : "kept2"), log[i]), 0);
    expect_refusal(-EILSEQ, "tugboot.db-leases", "another database");
    /* a newer tugboot's, no plain file */
    copy_all(folder, copy_folder);
    change_byte(log[0], 18);
    expect_refusal(-EPROTO, "tugboot.db-leases1", "newer");
    unlink(log[0]);
    assert_int_equal(mkdir(log[0], 0700), 0);
    expect_refusal(-EILSEQ, "tugboot.db-leases1", "no plain file");
    assert_int_equal(rmdir(log[0]), 0);
    assert_int_equal(symlink("/etc/passwd", log[0]), 0);
    assert_true(store_open(copy_folder, &store, why) < 0);
    assert_int_equal(unlink(log[0]), 0);
}

/* A log that cannot grow hands over to the database, and takes over again. */
static void a_log_without_room_is_no_obstacle(void **state)
{
    (void)state;
    struct rlimit former, tight = { .rlim_cur = 160 * 1024 };
    struct store *store = open_with_log(folder);
    commit(store, 1, 1, 1); /* the file is there, with room for some more */
    struct stat st;
    assert_int_equal(stat(path_in(folder, "tugboot.db-leases1"), &st), 0);
    assert_true(st.st_size < (off_t)tight.rlim_cur);
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    assert_int_equal(sigaction(SIGXFSZ, &ignore, NULL), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
    tight.rlim_max = former.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    uint32_t given = 1;
    for (; rows_in_table(folder) == 0; given++) {
        assert_true(given < 200);
        commit(store, given + 1, 1, 1);
        assert_int_equal(look(store).count, given + 1);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
    assert_int_equal(rows_in_table(folder), (int)given);
    copy_all(folder, copy_folder);
    assert_int_equal(look_at(copy_folder).count, given);
    commit(store, given + 1, 1, 1);
    assert_int_equal(rows_in_table(folder), (int)given);
    copy_all(folder, copy_folder);
    assert_int_equal(look_at(copy_folder).count, given + 1);
    store_close(store);
}

static void a_store_in_memory_needs_none(void **state)
{
    (void)state;
    struct store *store = open_with_log(STORE_IN_MEMORY);
    commit(store, 1, 5, 1);
    assert_int_equal(look(store).count, 5);
    assert_int_equal(store_log_fill(store), 0);
    fold(store, 10);
    store_close(store);
}

#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_comes_back_as_it_was),
        cmocka_unit_test(whatever_is_changed_is_no_frame),
        cmocka_unit_test(ill_formed_changes_are_refused),
        ON_DISK(leases_are_read_from_log_and_table),
        ON_DISK(what_was_committed_survives_at_any_step),
        ON_DISK(a_full_log_goes_into_the_database),
        ON_DISK(other_changes_go_to_the_database),
        ON_DISK(a_torn_end_is_cut_and_damage_is_refused),
        ON_DISK(a_log_of_another_database_is_refused),
        ON_DISK(a_log_without_room_is_no_obstacle),
        cmocka_unit_test(a_store_in_memory_needs_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
