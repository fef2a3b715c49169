/* See offer_book.h. Our own are texts in the program (catalog/ in the source tree); one that does
 * not read is a fault of the build, which its test catches. */
#include "catalog/offer_book.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "catalog/offer_texts.h"

struct offer_book {
    struct offer_family *rows[OFFER_BOOK_MAX];
    size_t count;
};

DEFINE_FREEP(struct offer_book, offer_book_free)

static int compare(const void *a, const void *b)
{
    const struct offer_family *const *x = a, *const *y = b;
    return strcmp((*x)->file_name, (*y)->file_name);
}

static void no_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    (void)context;
    (void)line;
    (void)column;
    (void)text;
}

int offer_book_new(struct offer_book **ret_book)
{
    autoclean(offer_book_freep) struct offer_book *book = calloc(1, sizeof *book);
    const struct yaml_fault_sink nobody = { .add = no_fault };

    if (!book)
        return -ENOMEM;
    for (size_t i = 0; i < offer_text_count; i++) {
        assert(book->count < OFFER_BOOK_MAX);
        int r = offer_family_read(span_text(offer_texts[i].text), offer_texts[i].name, &nobody,
                                  &book->rows[book->count]);
        assert(r == 0 || r == -ENOMEM);
        if (r < 0)
            return r;
        book->count++;
    }
    qsort(book->rows, book->count, sizeof book->rows[0], compare);
    *ret_book = take_ptr(&book);
    return 0;
}

void offer_book_free(struct offer_book *book)
{
    if (!book)
        return;
    for (size_t i = 0; i < book->count; i++)
        offer_family_free(book->rows[i]);
    free(book);
}

int offer_book_add(struct offer_book *book, struct span yaml, const char *name,
                   const struct yaml_fault_sink *faults)
{
    struct offer_family *family;
    int r = offer_family_read(yaml, name, faults, &family);
    if (r < 0)
        return r;
    family->is_own = true;
    size_t at = 0;
    while (at < book->count && strcmp(book->rows[at]->file_name, family->file_name) != 0)
        at++;
    if (at == OFFER_BOOK_MAX) {
        offer_family_free(family);
        return -ENOBUFS;
    }
    if (at < book->count)
        offer_family_free(book->rows[at]);
    else
        book->count++;
    book->rows[at] = family;
    qsort(book->rows, book->count, sizeof book->rows[0], compare);
    return 0;
}

size_t offer_book_count(const struct offer_book *book)
{
    return book->count;
}

const struct offer_family *offer_book_at(const struct offer_book *book, size_t i)
{
    return book->rows[i];
}

const struct offer *offer_book_find(const struct offer_book *book, const char *name,
                                    const struct offer_family **ret_family)
{
    const struct offer *found = NULL;
    for (size_t i = 0; i < book->count; i++)
        for (uint8_t k = 0; k < book->rows[i]->count; k++)
            if (strcmp(book->rows[i]->offers[k].name, name) == 0 &&
                (!found || book->rows[i]->is_own)) {
                found = &book->rows[i]->offers[k];
                *ret_family = book->rows[i];
            }
    return found;
}
