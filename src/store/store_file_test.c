/* The file of the store: it is private, may be shared, and one that is torn, foreign or from the
 * future is named and left alone. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>

#include "store/test_store.h"

static void the_file_is_private_and_ours(void **state)
{
    (void)state;
    mode_t before = umask(0);
    struct store *store = open_store(folder);
    struct change change = lease_change(1, 0);
    commit(store, &change, 1);
    umask(before);
    static const char *const names[] = { "tugboot.db", "tugboot.db-wal", "tugboot.db-shm" };
    struct stat st;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stat(file_in_folder(names[i]), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    store_close(store);
    FILE *f = fopen(file_in_folder("tugboot.db"), "rb");
    char head[72];
    assert_non_null(f);
    assert_int_equal(fread(head, 1, sizeof head, f), sizeof head);
    fclose(f);
    assert_memory_equal(head + 68, "TgBt", 4);
}

static void two_handles_share_one_database(void **state)
{
    (void)state;
    struct store *daemon = open_store(folder), *command = open_store(folder);
    struct change a = lease_change(1, 0), b = lease_change(2, 0);
    commit(daemon, &a, 1);
    commit(command, &b, 1);
    assert_int_equal(lease_count(daemon), 2);
    store_close(command);
    commit(daemon, &a, 1);
    store_close(daemon);
}

static void another_writer_makes_it_busy(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(file_in_folder("tugboot.db"), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct change change = lease_change(1, 0);
    assert_int_equal(store_commit(store, &change, 1, why), -EBUSY);
    assert_non_null(strstr(why, "another program"));
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    commit(store, &change, 1);
    store_close(store);
}

static void alter(const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(file_in_folder("tugboot.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void refuses(int want, const char *words)
{
    struct store *store = NULL;
    why[0] = 0;
    int error = store_open(folder, &store, why);
    if (error != want || !strstr(why, words))
        fail_msg("got %d \"%s\", wanted %d and \"%s\"", error, why, want, words);
    assert_non_null(strstr(why, folder));
    assert_null(store);
}

static void an_older_schema_is_brought_up(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    struct host host = { .name = "n1", .boot = "debian", .loader = "ipxe" };
    struct change put = { .kind = CHANGE_HOST_PUT, .host = &host };
    commit(store, &put, 1);
    store_close(store);
    alter("DROP TABLE lease_log; DROP TABLE chain_result; ALTER TABLE host DROP COLUMN chains; "
          "ALTER TABLE host DROP COLUMN https; ALTER TABLE host DROP COLUMN answers; "
          "DROP TABLE secret; DROP TABLE installed; DROP TABLE account; "
          "DROP TABLE access_token; DROP TABLE audit; DROP TABLE record; "
          "DROP TABLE hook_event; DROP TABLE session; "
          "ALTER TABLE client DROP COLUMN first_ms; ALTER TABLE client DROP COLUMN last_ms; "
          "PRAGMA user_version = 1");

    store = open_store(folder);
    struct chain_result got[2];
    assert_int_equal(read_results(store, got), 0);
    struct chain_result result = {
        .mac = mac_from_u64(1), .firmware = "f", .chain = "ipxe", .last = CHAIN_MARK_STARTED
    };
    struct change changes[] = { result_change(&result) };
    commit(store, changes, 1);
    assert_int_equal(read_results(store, got), 1);
    host.chains = "grub ipxe";
    commit(store, &put, 1);
    store_close(store);
}

static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    store_close(open_store(folder));
    alter("PRAGMA user_version = 99");
    refuses(-EPROTO, "newer tugboot (schema 99");
}

static void a_foreign_database_is_refused(void **state)
{
    (void)state;
    store_close(open_store(folder));
    alter("PRAGMA application_id = 7");
    refuses(-EILSEQ, "no database of tugboot");
}

static void a_value_we_never_wrote_is_found(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    struct change change = lease_change(1, 0);
    commit(store, &change, 1);
    store_close(store);
    alter("PRAGMA ignore_check_constraints = 1; UPDATE lease SET status = 'stolen'");
    refuses(-EILSEQ, "CHECK");
}

static void overwrite(const char *name, long at, const void *bytes, size_t count)
{
    FILE *f = fopen(file_in_folder(name), "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, count, f), count);
    fclose(f);
}

static void fill(void)
{
    struct store *store = open_store(folder);
    for (uint32_t i = 1; i <= 200; i++) {
        struct change change = lease_change(i, 0);
        commit(store, &change, 1);
    }
    store_close(store);
}

static off_t size_of(const char *name)
{
    struct stat st;
    assert_int_equal(stat(file_in_folder(name), &st), 0);
    return st.st_size;
}

static void a_torn_file_is_named_and_left_alone(void **state)
{
    (void)state;
    static const char garbage[8192] = "this was never a database";
    fill();
    off_t size = size_of("tugboot.db");

    assert_int_equal(truncate(file_in_folder("tugboot.db"), size - 4096), 0);
    refuses(-EILSEQ, "damaged");
    assert_int_equal(size_of("tugboot.db"), size - 4096);

    assert_int_equal(truncate(file_in_folder("tugboot.db"), 100), 0);
    refuses(-EILSEQ, "damaged");
    assert_int_equal(truncate(file_in_folder("tugboot.db"), 0), 0);
    refuses(-EILSEQ, "empty");
    assert_int_equal(size_of("tugboot.db"), 0);

    assert_int_equal(remove(file_in_folder("tugboot.db")), 0);
    fill();
    overwrite("tugboot.db", 4096, garbage, 4096); /* the second page */
    refuses(-EILSEQ, "damaged");
    overwrite("tugboot.db", 0, garbage, sizeof garbage);
    refuses(-EILSEQ, "damaged");
    FILE *f = fopen(file_in_folder("tugboot.db"), "rb");
    char head[sizeof garbage];
    assert_int_equal(fread(head, 1, sizeof head, f), sizeof head);
    fclose(f);
    assert_memory_equal(head, garbage, sizeof garbage);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(file_in_folder("tugboot.db"), 0700), 0);
    refuses(-EILSEQ, "no plain file");
    assert_int_equal(rmdir(file_in_folder("tugboot.db")), 0);
    assert_int_equal(symlink("/etc/passwd", file_in_folder("tugboot.db")), 0);
    refuses(-EILSEQ, "no plain file");
    assert_int_equal(unlink(file_in_folder("tugboot.db")), 0);
    assert_int_equal(mkfifo(file_in_folder("tugboot.db"), 0600), 0);
    refuses(-EILSEQ, "no plain file");
}

static void a_missing_folder_is_said(void **state)
{
    (void)state;
    struct store *store;
    assert_int_equal(store_open("/nonexistent/tugboot", &store, why), -ENOENT);
    assert_non_null(strstr(why, "must exist"));
}

static void copy_file(const char *from, const char *to)
{
    char source[128], buffer[4096];
    snprintf(source, sizeof source, "%s", file_in_folder(from));
    FILE *in = fopen(source, "rb"), *out = fopen(file_in_folder(to), "wb");
    assert_non_null(in);
    assert_non_null(out);
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, in)) > 0;)
        assert_int_equal(fwrite(buffer, 1, n, out), n);
    fclose(in);
    fclose(out);
}

/* What a killed machine leaves: the database and a log whose last transaction is cut. */
static void a_cut_log_loses_only_what_was_cut(void **state)
{
    (void)state;
    struct store *store = open_store(folder);
    struct change first = lease_change(1, 0), second = lease_change(2, 0);
    commit(store, &first, 1);
    off_t acknowledged = size_of("tugboot.db-wal");
    commit(store, &second, 1);
    off_t whole = size_of("tugboot.db-wal");
    copy_file("tugboot.db", "kept.db");
    copy_file("tugboot.db-wal", "kept.db-wal");
    store_close(store);

    for (off_t cut = acknowledged; cut <= whole; cut += (whole - acknowledged) / 7 + 1) {
        copy_file("kept.db", "tugboot.db");
        copy_file("kept.db-wal", "tugboot.db-wal");
        assert_int_equal(truncate(file_in_folder("tugboot.db-wal"), cut), 0);
        store = open_store(folder);
        assert_int_equal(lease_count(store), 1);
        store_close(store);
    }
    copy_file("kept.db", "tugboot.db");
    copy_file("kept.db-wal", "tugboot.db-wal");
    overwrite("tugboot.db-wal", -100, "scribble", 8);
    store = open_store(folder);
    assert_int_equal(lease_count(store), 1);
    store_close(store);

    copy_file("kept.db-wal", "tugboot.db-wal");
    assert_int_equal(unlink(file_in_folder("tugboot.db")), 0);
    refuses(-EILSEQ, "is gone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(the_file_is_private_and_ours),      ON_DISK(two_handles_share_one_database),
        ON_DISK(another_writer_makes_it_busy),      ON_DISK(an_older_schema_is_brought_up),
        ON_DISK(a_newer_schema_is_refused),         ON_DISK(a_foreign_database_is_refused),
        ON_DISK(a_value_we_never_wrote_is_found),   ON_DISK(a_torn_file_is_named_and_left_alone),
        ON_DISK(what_is_no_file_is_refused),        cmocka_unit_test(a_missing_folder_is_said),
        ON_DISK(a_cut_log_loses_only_what_was_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
