/* Output for people: aligned columns, and foreign text made harmless. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/span.h"
#include "base/text.h"

#define TABLE_COLUMNS_MAX 8

/* Rows are collected, since widths are known at the end; memory grows up to a bound. */
struct text_table;

/* A table with these titles, ended by NULL; NULL when memory ran out. */
struct text_table *text_table_new(const char *const *titles);
void text_table_free(struct text_table *table);

/* The next cell, left to right, row by row; what is not printable ASCII is escaped. False when the
 * bound of 1,000,000 cells or memory is reached. */
bool text_table_add(struct text_table *table, struct span cell);

/* Print to standard output, the titles first. */
void text_table_print(const struct text_table *table);

/* Print one text with everything but printable ASCII escaped; the backslash stays as it is (for
 * texts that were escaped before). */
void print_harmless(struct span s);

#endif
