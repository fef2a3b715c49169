/* A query held against its route's contract, before a handler reads it. Inside api/ only. */
#ifndef API_QUERY_CHECK_H
#define API_QUERY_CHECK_H

#include "base/text.h"

#include "api/contract.h"

/* True when each part of the query is a parameter of the contract, there once, with a value that
 * can be; else a sentence. */
bool query_check(struct span query, const struct contract *contract, struct text *why);

#endif
