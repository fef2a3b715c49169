/* All recipes that are known: those that come with tugboot, and the user's own, which win over ours
 * of the same name. */
#ifndef IMAGE_RECIPE_BOOK_H
#define IMAGE_RECIPE_BOOK_H

#include "image/family.h"

#define RECIPE_BOOK_MAX 256

struct recipe_book;

/* The book of our own recipes. 0 or -ENOMEM. */
must_check int recipe_book_new(struct recipe_book **ret_book);
void recipe_book_free(struct recipe_book *book);

/* Add one of the user's, in the place of any of the same name. `name` is what it is called when it
 * does not say so itself (its file's name without the ending). 0, -EINVAL with faults told,
 * -ENOBUFS when the book is full, or -ENOMEM; the book is as before then. */
must_check int recipe_book_add(struct recipe_book *book, struct span yaml, const char *name,
                               const struct yaml_fault_sink *faults);

/* By the order in which they are tried: the highest priority first, the user's own before ours,
 * then by name. A book that is NULL is empty. */
size_t recipe_book_count(const struct recipe_book *book);
const struct family *recipe_book_at(const struct recipe_book *book, size_t i);

/* The texts of our own, as they stand in the source tree. NULL behind the last. */
const char *recipe_book_text(size_t i, const char **ret_name);

#endif
