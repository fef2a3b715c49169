/* See recipe_book.h. Our own are texts in the program (recipes/ in the source tree); one that does
 * not read is a fault of the build, which its test catches. */
#include "image/recipe_book.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "image/recipe_texts.h"

struct recipe_book {
    struct family *rows[RECIPE_BOOK_MAX];
    size_t count;
};

DEFINE_FREEP(struct recipe_book, recipe_book_free)

static int compare(const void *a, const void *b)
{
    const struct family *const *x = a, *const *y = b;
    if ((*x)->priority != (*y)->priority)
        return (*x)->priority > (*y)->priority ? -1 : 1;
    if ((*x)->is_own != (*y)->is_own)
        return (*x)->is_own ? -1 : 1;
    return strcmp((*x)->name, (*y)->name);
}

static void no_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    (void)context;
    (void)line;
    (void)column;
    (void)text;
}

int recipe_book_new(struct recipe_book **ret_book)
{
    autoclean(recipe_book_freep) struct recipe_book *book = calloc(1, sizeof *book);
    const struct yaml_fault_sink nobody = { .add = no_fault };
    const char *name, *text;

    if (!book)
        return -ENOMEM;
    for (size_t i = 0; (text = recipe_book_text(i, &name)) != NULL; i++) {
        assert(book->count < RECIPE_BOOK_MAX);
        int r = family_read(span_text(text), name, &nobody, &book->rows[book->count]);
        assert(r == 0 || r == -ENOMEM);
        if (r < 0)
            return r;
        book->count++;
    }
    qsort(book->rows, book->count, sizeof book->rows[0], compare);
    *ret_book = take_ptr(&book);
    return 0;
}

void recipe_book_free(struct recipe_book *book)
{
    if (!book)
        return;
    for (size_t i = 0; i < book->count; i++)
        family_free(book->rows[i]);
    free(book);
}

int recipe_book_add(struct recipe_book *book, struct span yaml, const char *name,
                    const struct yaml_fault_sink *faults)
{
    struct family *family;
    int r = family_read(yaml, name, faults, &family);
    if (r < 0)
        return r;
    family->is_own = true;
    size_t at = 0;
    while (at < book->count && strcmp(book->rows[at]->name, family->name) != 0)
        at++;
    if (at == RECIPE_BOOK_MAX) {
        family_free(family);
        return -ENOBUFS;
    }
    if (at < book->count)
        family_free(book->rows[at]);
    else
        book->count++;
    book->rows[at] = family;
    qsort(book->rows, book->count, sizeof book->rows[0], compare);
    return 0;
}

size_t recipe_book_count(const struct recipe_book *book)
{
    return book ? book->count : 0;
}

const struct family *recipe_book_at(const struct recipe_book *book, size_t i)
{
    return book->rows[i];
}

const char *recipe_book_text(size_t i, const char **ret_name)
{
    if (i >= recipe_text_count)
        return NULL;
    *ret_name = recipe_texts[i].name;
    return recipe_texts[i].text;
}
