/* api-doc: the API as an OpenAPI document, from the tables it is made of. */
#include <stdio.h>
#include <stdlib.h>

#include "api/api.h"
#include "api/openapi.h"
#include "cli/session.h"

enum exit_code cmd_api_doc(const struct arguments *args)
{
    char *data = malloc(API_ARENA_BYTES);

    (void)args;
    if (!data) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    struct text text = text_over(data, API_ARENA_BYTES);
    struct json_writer j = json_over(&text);
    openapi_write(&j);
    puts(data);
    free(data);
    return EXIT_OK;
}
