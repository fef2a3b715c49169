/* api-doc: the API as an OpenAPI document, from the tables it is made of. */
#include <stdio.h>
#include <stdlib.h>

#include "api/openapi.h"
#include "cli/command.h"

#define DOCUMENT_MAX ((size_t)1024 * 1024)

enum exit_code cmd_api_doc(const struct arguments *args)
{
    char *data = malloc(DOCUMENT_MAX);

    (void)args;
    if (!data) {
        fputs("tugboot: out of memory\n", stderr);
        return EXIT_FAILED;
    }
    struct text text = text_over(data, DOCUMENT_MAX);
    struct json_writer j = json_over(&text);
    openapi_write(&j);
    puts(data);
    free(data);
    return EXIT_OK;
}
