/* Opening the database: creation, the checks that a file must pass before it is believed, and the
 * settings that make a commit durable. A new database is built whole under another name and then
 * linked into place, so that an empty or half-made file under the real name is always damage, and
 * is reported as such instead of being filled anew. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/migrations.h"
#include "store/sqlite_engine.h"

/* How long a commit waits for another program (a command beside the daemon) to finish its own. */
#define BUSY_MS 2000

static const char *const statement_sql[STATEMENT_COUNT] = {
#define STATEMENT(id, sql) [STATEMENT_##id] = (sql),
#include "store/sqlite_statements.def"
#undef STATEMENT
};

/* Per connection: a commit returns only after fsync of the log; foreign SQL in a hostile file
 * (views, triggers) may call nothing. */
static const char settings[] = "PRAGMA synchronous = FULL;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA cache_size = -8192;"
                               "PRAGMA wal_autocheckpoint = 1000;"
                               "PRAGMA journal_size_limit = 4194304;";

/* Of a new file. Events are its bulk: they are added at the end, many to a page. */
static const char layout[] = "PRAGMA page_size = 4096;";

static bool is_in_memory(const char *file)
{
    return strcmp(file, STORE_IN_MEMORY) == 0;
}

static int open_db(const char *file, sqlite3 **ret_db, char why[STORE_WHY_MAX])
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(file, &db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                                 (is_in_memory(file) ? SQLITE_OPEN_CREATE : 0),
                             NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(db, BUSY_MS);
    if (rc != SQLITE_OK) {
        int error = engine_say(why, engine_errno(db, rc), file, db ? sqlite3_errmsg(db) : NULL);
        sqlite3_close(db);
        return error;
    }
    *ret_db = db;
    return 0;
}

/* The first column of the first row, as a number or (out not NULL) as text. */
static int ask(sqlite3 *db, const char *sql, int *ret_number, char *out, size_t cap)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        if (ret_number)
            *ret_number = sqlite3_column_int(statement, 0);
        if (out)
            snprintf(out, cap, "%s", (const char *)sqlite3_column_text(statement, 0));
        rc = SQLITE_OK;
    } else if (rc == SQLITE_DONE) {
        rc = SQLITE_CORRUPT;
    }
    sqlite3_finalize(statement);
    return rc;
}

static int use_write_ahead_log(struct store *store, char why[STORE_WHY_MAX])
{
    char mode[16];
    int rc = ask(store->db, "PRAGMA journal_mode = WAL", NULL, mode, sizeof mode);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(store->db, settings, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return engine_fail(store, rc, why);
    if (strcmp(mode, "wal") != 0 && !is_in_memory(store->file)) {
        snprintf(
            why, STORE_WHY_MAX,
            "%.120s lies on a file system that cannot keep a write-ahead log (a network one?): "
            "put the folder of `state:` on a local disk",
            store->file);
        return -EOPNOTSUPP;
    }
    return 0;
}

/* Is it ours, and of which schema? */
static int check_identity(struct store *store, int *ret_version, char why[STORE_WHY_MAX])
{
    int id = 0, version = 0;
    int rc = ask(store->db, "PRAGMA application_id", &id, NULL, 0);
    if (rc == SQLITE_OK)
        rc = ask(store->db, "PRAGMA user_version", &version, NULL, 0);
    if (rc != SQLITE_OK)
        return engine_fail(store, rc, why);
    if (id != MIGRATIONS_APPLICATION_ID || version < 1)
        return engine_say(why, -EILSEQ, store->file, "it is no database of tugboot");
    if (version > migrations_latest()) {
        snprintf(why, STORE_WHY_MAX,
                 "%.120s was written by a newer tugboot (schema %d, this one knows %d): install "
                 "that version, or put back a copy from before",
                 store->file, version, migrations_latest());
        return -EPROTO;
    }
    *ret_version = version;
    return 0;
}

static int check_integrity(struct store *store, char why[STORE_WHY_MAX])
{
    char finding[96];
    int rc = ask(store->db, "PRAGMA quick_check(1)", NULL, finding, sizeof finding);
    if (rc != SQLITE_OK)
        return engine_fail(store, rc, why);
    if (strcmp(finding, "ok") == 0)
        return 0;
    for (char *c = finding; *c; c++)
        if (*c == '\n')
            *c = ' ';
    return engine_say(why, -EILSEQ, store->file, finding);
}

/* The name becomes visible only with its content: both must be on disk. */
static int link_into_place(const char *folder, const char *made, const char *file)
{
    /* EEXIST: another tugboot was quicker; its database is as good as ours. */
    if (link(made, file) != 0 && errno != EEXIST)
        return -errno;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return error;
}

static int fill_new(const char *made, char why[STORE_WHY_MAX])
{
    sqlite3 *db;
    int error = open_db(made, &db, why);
    if (error < 0)
        return error;
    int rc = sqlite3_exec(db, layout, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, settings, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = migrations_run(db, 0, migrations_latest());
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        error = engine_say(why, engine_errno(db, rc), made, sqlite3_errstr(rc));
    sqlite3_close(db);
    return error;
}

static void remove_made(const char *made)
{
    static const char *const endings[] = { "", "-journal", "-wal", "-shm" };
    char name[ENGINE_PATH_MAX + 64];
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(name, sizeof name, "%s%s", made, endings[i]);
        (void)unlink(name);
    }
}

static int create(const char *folder, const char *file, char why[STORE_WHY_MAX])
{
    char made[ENGINE_PATH_MAX + 32], log[LEASE_LOG_PATH_MAX];
    struct stat st;

    snprintf(log, sizeof log, "%s-wal", file);
    if ((lstat(log, &st) == 0 && st.st_size > 0) || lease_log_exists(file, log)) {
        snprintf(why, STORE_WHY_MAX,
                 "%.120s is gone, but its log (%.20s) is still there: put the file back from a "
                 "copy, or move the log away to begin with an empty database",
                 file, log + strlen(file));
        return -EILSEQ;
    }
    snprintf(made, sizeof made, "%s.new-%ld", file, (long)getpid());
    remove_made(made);
    if (mknod(made, S_IFREG | 0600, 0) != 0)
        return engine_say(why, -errno, file, "the file cannot be created");
    int error = fill_new(made, why);
    if (error == 0) {
        error = link_into_place(folder, made, file);
        if (error < 0)
            engine_say(why, error, file, "the file cannot be put in place");
    }
    remove_made(made);
    return error;
}

/* Find the file, or make it. */
static int prepare_file(const char *folder, const char *file, char why[STORE_WHY_MAX])
{
    struct stat st;
    if (lstat(file, &st) != 0)
        return errno == ENOENT ? create(folder, file, why) : engine_say(why, -errno, file, NULL);
    if (!S_ISREG(st.st_mode))
        return engine_say(why, -EILSEQ, file, "it is no plain file");
    if (st.st_size == 0)
        return engine_say(why, -EILSEQ, file, "it is empty, which ours never is");
    return 0;
}

static int prepare_statements(struct store *store)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        int rc = sqlite3_prepare_v3(store->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &store->statements[i], NULL);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

static int open_checked(struct store *store, char why[STORE_WHY_MAX])
{
    int version = 0;
    int error = open_db(store->file, &store->db, why);
    if (error < 0)
        return error;
    if (is_in_memory(store->file))
        error = use_write_ahead_log(store, why);
    else if (sqlite3_db_readonly(store->db, "main") == 1)
        error = engine_say(why, -EROFS, store->file, NULL);
    else if ((error = check_identity(store, &version, why)) == 0 &&
             (error = use_write_ahead_log(store, why)) == 0)
        error = check_integrity(store, why);
    if (error < 0)
        return error;
    int rc = migrations_run(store->db, version, migrations_latest());
    if (rc == SQLITE_OK)
        rc = prepare_statements(store);
    return rc == SQLITE_OK ? log_check(store, why) : engine_fail(store, rc, why);
}

/* SQLite counts the memory it uses, under a lock, at each allocation: for nobody. Too late, and
 * refused, when some other part of the process has used it already. */
static void set_up_library(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int store_open(const char *path, struct store **ret_store, char why[STORE_WHY_MAX])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    why[0] = 0;
    pthread_once(&once, set_up_library);
    struct store *store = sqlite3_malloc64(sizeof *store);
    if (!store)
        return engine_say(why, -ENOMEM, path, NULL);
    memset(store, 0, sizeof *store);
    int error = 0;
    bool in_memory = is_in_memory(path);
    int n = snprintf(store->file, sizeof store->file, in_memory ? "%s" : "%s/tugboot.db", path);
    if (n < 0 || (size_t)n >= sizeof store->file)
        error = engine_say(why, -ENAMETOOLONG, "the database", "the folder's name is too long");
    if (error == 0 && !in_memory)
        error = prepare_file(path, store->file, why);
    if (error == 0)
        error = open_checked(store, why);
    if (error == -ENOSPC) /* nobody waits for it here */
        snprintf(why, STORE_WHY_MAX, "the disk of %.120s is full: make room and try again",
                 store->file);
    if (error < 0) {
        store_close(store);
        return error;
    }
    *ret_store = store;
    return 0;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    log_close(store);
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    sqlite3_free(store);
}
