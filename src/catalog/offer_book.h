/* All offers that are known: those that come with tugboot, and the user's own families, which stand
 * in the place of ours of the same file name. */
#ifndef CATALOG_OFFER_BOOK_H
#define CATALOG_OFFER_BOOK_H

#include "catalog/offer.h"

#define OFFER_BOOK_MAX 64 /* families */

struct offer_book;

/* The book of our own. 0 or -ENOMEM. */
must_check int offer_book_new(struct offer_book **ret_book);
void offer_book_free(struct offer_book *book);

/* Add one of the user's. 0, -EINVAL with faults told, -ENOBUFS when the book is full, or -ENOMEM;
 * the book is as before then. */
must_check int offer_book_add(struct offer_book *book, struct span yaml, const char *name,
                              const struct yaml_fault_sink *faults);

/* By name of the family's file. */
size_t offer_book_count(const struct offer_book *book);
const struct offer_family *offer_book_at(const struct offer_book *book, size_t i);

/* The offer of that name, and its family; NULL when there is none. The user's own go first. */
const struct offer *offer_book_find(const struct offer_book *book, const char *name,
                                    const struct offer_family **ret_family);

#endif
