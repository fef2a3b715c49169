/* The schema of the database and the way up from every older one. */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

#include <sqlite3.h>

#include "base/checked.h"

/* "TgBt": tells our files from any other SQLite database. */
#define MIGRATIONS_APPLICATION_ID 0x54674274

/* The schema this program writes, kept in the file as user_version. */
int migrations_latest(void);

/* Bring the database up from schema `version` (0: empty) to `target`, in one transaction: an
 * SQLite result code; on failure nothing has changed. */
must_check int migrations_run(sqlite3 *db, int version, int target);

#endif
