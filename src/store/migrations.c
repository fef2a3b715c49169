/* Each row of `steps` is the way from the schema before it to the next; rows are never edited once
 * released, only added. Tables are STRICT and carry CHECKs, so that quick_check also finds values
 * tugboot never wrote. Kinds that may be renumbered (architectures, states) are kept as their
 * names; times as milliseconds since 1970; IPv4 and MAC addresses as numbers. */
#include "store/migrations.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const steps[] = {
    /* 0 -> 1 */
    "CREATE TABLE lease ("
    " address INTEGER PRIMARY KEY CHECK (address BETWEEN 0 AND 4294967295),"
    " mac INTEGER NOT NULL CHECK (mac BETWEEN 0 AND 281474976710655),"
    " client_id BLOB NOT NULL CHECK (length(client_id) <= 63),"
    " hostname BLOB NOT NULL CHECK (length(hostname) <= 63),"
    " since_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL,"
    " status TEXT NOT NULL CHECK (status IN ('active', 'released', 'declined'))"
    ") STRICT;"
    "CREATE TABLE host ("
    " name TEXT PRIMARY KEY CHECK (length(name) > 0),"
    " mac INTEGER CHECK (mac BETWEEN 0 AND 281474976710655),"
    " uuid BLOB CHECK (length(uuid) = 16),"
    " arch TEXT,"
    " subnet_base INTEGER CHECK (subnet_base BETWEEN 0 AND 4294967295),"
    " subnet_length INTEGER CHECK (subnet_length BETWEEN 0 AND 32),"
    " serial TEXT, asset TEXT, vendor TEXT,"
    " address INTEGER NOT NULL CHECK (address BETWEEN 0 AND 4294967295),"
    " boot TEXT, loader TEXT, arguments TEXT, host_group TEXT,"
    " variables TEXT NOT NULL CHECK (length(variables) > 0)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE next_boot ("
    " host TEXT PRIMARY KEY CHECK (length(host) > 0),"
    " image TEXT NOT NULL CHECK (length(image) > 0)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE client ("
    " mac INTEGER PRIMARY KEY CHECK (mac BETWEEN 1 AND 281474976710655),"
    " seen INTEGER NOT NULL," /* counts up: the order in which machines were last seen */
    " kind TEXT NOT NULL, arch TEXT NOT NULL, transport TEXT NOT NULL,"
    " arch_wire INTEGER CHECK (arch_wire BETWEEN 0 AND 65535),"
    " uuid BLOB CHECK (length(uuid) = 16),"
    " undi_major INTEGER NOT NULL CHECK (undi_major BETWEEN 0 AND 255),"
    " undi_minor INTEGER NOT NULL CHECK (undi_minor BETWEEN 0 AND 255),"
    " ipxe_features INTEGER NOT NULL CHECK (ipxe_features BETWEEN 0 AND 4294967295),"
    " memory_mib INTEGER NOT NULL CHECK (memory_mib BETWEEN 0 AND 4294967295),"
    " vendor_class BLOB NOT NULL, user_class BLOB NOT NULL, hostname BLOB NOT NULL,"
    " serial BLOB NOT NULL, asset BLOB NOT NULL, product BLOB NOT NULL,"
    " manufacturer BLOB NOT NULL"
    ") STRICT;"
    "CREATE INDEX client_by_seen ON client (seen);"
    "CREATE TABLE event ("
    " sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
    " machine INTEGER NOT NULL CHECK (machine BETWEEN 0 AND 281474976710655),"
    " at_ms INTEGER NOT NULL,"
    " json TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX event_by_machine ON event (machine, sequence);"
    "CREATE TABLE probe (only INTEGER PRIMARY KEY CHECK (only = 1), count INTEGER NOT NULL) STRICT;"
    "INSERT INTO probe VALUES (1, 0);",
    /* 1 -> 2 */
    "ALTER TABLE host ADD COLUMN chains TEXT;"
    "CREATE TABLE chain_result ("
    " mac INTEGER NOT NULL CHECK (mac BETWEEN 1 AND 281474976710655),"
    " chain TEXT NOT NULL CHECK (length(chain) BETWEEN 1 AND 15),"
    " firmware TEXT NOT NULL CHECK (length(firmware) BETWEEN 1 AND 95),"
    " transport TEXT NOT NULL CHECK (transport IN ('tftp', 'http')),"
    " last TEXT NOT NULL CHECK (last IN ('started', 'stalled')),"
    " started INTEGER NOT NULL CHECK (started BETWEEN 0 AND 4294967295),"
    " stalled INTEGER NOT NULL CHECK (stalled BETWEEN 0 AND 4294967295),"
    " started_ms INTEGER NOT NULL, stalled_ms INTEGER NOT NULL,"
    " PRIMARY KEY (mac, chain)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX chain_result_by_time ON chain_result (max(started_ms, stalled_ms));",
    /* 2 -> 3 */
    "ALTER TABLE host ADD COLUMN https TEXT CHECK (https IN ('true', 'false', 'always'));",
    /* 3 -> 4: which log of leases belongs to it, and how far that is in the tables */
    "CREATE TABLE lease_log ("
    " only INTEGER PRIMARY KEY CHECK (only = 1),"
    " id BLOB NOT NULL CHECK (length(id) = 16),"
    " folded INTEGER NOT NULL CHECK (folded >= 0)"
    ") STRICT;"
    "INSERT INTO lease_log VALUES (1, randomblob(16), 0);",
    /* 4 -> 5: answer files: their templates, their secrets, and who is done with them */
    "ALTER TABLE host ADD COLUMN answers TEXT;"
    "CREATE TABLE secret ("
    " host TEXT NOT NULL CHECK (length(host) > 0),"
    " name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),"
    " value TEXT NOT NULL,"
    " PRIMARY KEY (host, name)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE installed ("
    " mac INTEGER PRIMARY KEY CHECK (mac BETWEEN 1 AND 281474976710655),"
    " image TEXT NOT NULL CHECK (length(image) BETWEEN 1 AND 63),"
    " at_ms INTEGER NOT NULL"
    ") STRICT;",
    /* 5 -> 6: who may use the dashboard and the API, and who did what */
    "CREATE TABLE account ("
    " name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),"
    " role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),"
    " hash TEXT NOT NULL CHECK (length(hash) BETWEEN 1 AND 127),"
    " created_ms INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE access_token ("
    " id INTEGER PRIMARY KEY CHECK (id > 0),"
    " name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 63),"
    " role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),"
    " prefix TEXT NOT NULL CHECK (length(prefix) <= 63),"
    " digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),"
    " created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, last_used_ms INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE audit ("
    " sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
    " at_ms INTEGER NOT NULL,"
    " who TEXT NOT NULL, door TEXT NOT NULL, source TEXT NOT NULL,"
    " method TEXT NOT NULL, path TEXT NOT NULL,"
    " status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 999)"
    ") STRICT;",
    /* 6 -> 7: what was set by page or command: groups, and notes about machines */
    "CREATE TABLE record ("
    " kind TEXT NOT NULL CHECK (kind IN ('group', 'note')),"
    " name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 63),"
    " text TEXT NOT NULL CHECK (length(text) > 0),"
    " PRIMARY KEY (kind, name)"
    ") STRICT, WITHOUT ROWID;",
    /* 7 -> 8: when machines were seen */
    "ALTER TABLE client ADD COLUMN first_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE client ADD COLUMN last_ms INTEGER NOT NULL DEFAULT 0;",
    /* 8 -> 9: what waits for webhooks, and who is signed in */
    "CREATE TABLE hook_event ("
    " id INTEGER PRIMARY KEY CHECK (id > 0),"
    " at_ms INTEGER NOT NULL,"
    " hook TEXT NOT NULL CHECK (length(hook) BETWEEN 1 AND 39),"
    " message TEXT NOT NULL CHECK (length(message) BETWEEN 1 AND 39),"
    " json TEXT NOT NULL CHECK (length(json) > 0)"
    ") STRICT;"
    "CREATE TABLE session ("
    " digest BLOB PRIMARY KEY CHECK (length(digest) = 32),"
    " door TEXT NOT NULL CHECK (door IN ('link', 'session')),"
    " is_secure INTEGER NOT NULL CHECK (is_secure IN (0, 1)),"
    " name TEXT NOT NULL CHECK (length(name) <= 63),"
    " source TEXT NOT NULL CHECK (length(source) <= 63),"
    " begun_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",
};

int migrations_latest(void)
{
    return (int)(sizeof steps / sizeof steps[0]);
}

static int run_steps(sqlite3 *db, int version, int target)
{
    for (int at = version; at < target; at++) {
        int rc = sqlite3_exec(db, steps[at], NULL, NULL, NULL);
        if (rc != SQLITE_OK)
            return rc;
    }
    char mark[96];
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             MIGRATIONS_APPLICATION_ID, target);
    return sqlite3_exec(db, mark, NULL, NULL, NULL);
}

static int take_number(void *context, int columns, char **values, char **names)
{
    int *number = context;
    (void)names;
    *number = columns > 0 && values[0] ? (int)strtol(values[0], NULL, 10) : 0;
    return 0;
}

int migrations_run(sqlite3 *db, int version, int target)
{
    if (version == target)
        return SQLITE_OK;
    int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    /* Another program may have brought it up while we waited for the lock. */
    rc = sqlite3_exec(db, "PRAGMA user_version", take_number, &version, NULL);
    if (rc == SQLITE_OK && version < target)
        rc = run_steps(db, version, target);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
