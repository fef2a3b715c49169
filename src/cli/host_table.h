/* Named machines as a table (CSV): a row a machine, a column a setting, by its name in the API; a
 * variable's column is "variables.NAME". Knows neither daemon nor store. */
#ifndef CLI_HOST_TABLE_H
#define CLI_HOST_TABLE_H

#include "base/arena.h"
#include "base/csv.h"

#include "model/host.h"

#define HOST_TABLE_COLUMNS_MAX 96
#define HOST_TABLE_ROWS_MAX    65536

struct host_table_row {
    uint32_t line;
    char name[HOST_NAME_MAX];
    uint64_t mac;  /* its hardware address, 0 when it has none */
    char *whole;   /* JSON of a new host: what is empty is left out */
    char *changes; /* JSON merge patch (RFC 7396): what is empty is taken back */
};

struct host_table {
    struct host_table_row *rows; /* in the order of the file */
    size_t count, cap;
    size_t faults;
};

/* What is told of a fault: the line of the table, and a sentence. */
struct host_table_faults {
    void (*tell)(void *context, uint32_t line, const char *sentence);
    void *context;
};

/* Read the whole table. Every fault of its form is told (an unknown column, a row without a name, a
 * name or hardware address that stands in two rows, ...) and counted; values are not judged here.
 * The rows are freed by host_table_done(), also after faults. */
void host_table_read(struct span text, const struct host_table_faults *faults,
                     struct host_table *ret_table);
void host_table_done(struct host_table *table);

/* The name of a host as the API gives it, and whether it stands in the configuration file; false
 * when it is no such JSON. */
bool host_table_identify(struct span json, char name[HOST_NAME_MAX], bool *ret_from_file);

/* Write hosts, an array of JSON objects as the API gives them, as a table with the columns that any
 * of them has, those that stand in the configuration file left out. malloc'ed, NULL when memory ran
 * out or it is no such JSON. */
char *host_table_write(struct span json_list);

#endif
