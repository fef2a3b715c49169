/* The API as an OpenAPI 3.1 document, written from the tables (contract.h). */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "base/json_write.h"

/* Append the whole document as one object. */
void openapi_write(struct json_writer *j);

#endif
