/* A copy of the whole database as of one moment, while a daemon works on it. What waits in the
 * lease log is not in it. */
#include "store/sqlite_engine.h"

#define PAGES_EACH 1024

int store_copy(struct store *store, const char *file, char why[STORE_WHY_MAX])
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(
        file, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    sqlite3_backup *backup =
        rc == SQLITE_OK ? sqlite3_backup_init(to, "main", store->db, "main") : NULL;

    if (backup) {
        do
            rc = sqlite3_backup_step(backup, PAGES_EACH);
        while (rc == SQLITE_OK);
        rc =
            rc == SQLITE_DONE ? sqlite3_backup_finish(backup) : (sqlite3_backup_finish(backup), rc);
    } else if (rc == SQLITE_OK) {
        rc = sqlite3_errcode(to);
    }
    int error = rc == SQLITE_OK
                    ? 0
                    : engine_say(why, engine_errno(to, rc), file, to ? sqlite3_errmsg(to) : NULL);
    sqlite3_close(to);
    return error;
}
