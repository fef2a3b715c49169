/* The catalog of this site, for commands: tugboot's own, and that in the folder catalog of the
 * state folder. */
#ifndef CLI_OFFERS_HERE_H
#define CLI_OFFERS_HERE_H

#include "catalog/offer_book.h"
#include "cli/session.h"

/* All offers; faults of the user's own files are told on standard error. EXIT_OK and a book the
 * caller frees, or EXIT_FAILED after the reason was told. */
enum exit_code offers_here(const struct config *config, struct offer_book **ret_book);

#endif
