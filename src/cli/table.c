/* Columns two blanks apart, as wide as their widest cell; the last one is not padded. */
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/checked.h"

#define CELLS_MAX     1000000
#define CELL_TEXT_MAX 1024

struct text_table {
    const char *const *titles;
    size_t columns;
    size_t widths[TABLE_COLUMNS_MAX];
    char **cells;
    size_t count, cap;
};

struct text_table *text_table_new(const char *const *titles)
{
    struct text_table *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->titles = titles;
    for (; titles[t->columns] && t->columns < TABLE_COLUMNS_MAX; t->columns++)
        t->widths[t->columns] = strlen(titles[t->columns]);
    return t;
}

void text_table_free(struct text_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        free(t->cells[i]);
    free(t->cells);
    free(t);
}

static bool grow(struct text_table *t)
{
    size_t cap = t->cap > 0 ? t->cap * 2 : 64;
    if (cap > CELLS_MAX)
        return false;
    char **cells = reallocarray(t->cells, cap, sizeof *cells);
    if (!cells)
        return false;
    t->cells = cells;
    t->cap = cap;
    return true;
}

bool text_table_add(struct text_table *t, struct span cell)
{
    char data[CELL_TEXT_MAX];
    struct text text = text_over(data, sizeof data);

    if (t->count == t->cap && !grow(t))
        return false;
    text_add_escaped(&text, cell);
    char *copy = strdup(data);
    if (!copy)
        return false;
    size_t column = t->count % t->columns;
    t->widths[column] = max_size(t->widths[column], text.len);
    t->cells[t->count++] = copy;
    return true;
}

static void print_cell(const struct text_table *t, size_t column, const char *text)
{
    if (column + 1 == t->columns)
        printf("%s\n", text);
    else
        printf("%-*s  ", (int)t->widths[column], text);
}

void text_table_print(const struct text_table *t)
{
    for (size_t i = 0; i < t->columns; i++)
        print_cell(t, i, t->titles[i]);
    for (size_t i = 0; i < t->count - t->count % t->columns; i++)
        print_cell(t, i % t->columns, t->cells[i]);
}

void print_harmless(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        if (c >= 0x20 && c < 0x7f)
            putchar(c);
        else
            printf("\\x%02x", c);
    }
}
