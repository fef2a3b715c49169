/* The recipes of this site, for commands. */
#ifndef CLI_RECIPES_HERE_H
#define CLI_RECIPES_HERE_H

#include "cli/session.h"
#include "image/recipe_book.h"

/* All recipes; faults of the user's own are told on standard error. EXIT_OK and a book the caller
 * frees, or EXIT_FAILED after the reason was told. */
enum exit_code recipes_here(const struct config *config, struct recipe_book **ret_book);

#endif
