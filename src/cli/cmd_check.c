/* check: every fault of a configuration at once; --print shows what is in force. */
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/session.h"

#define PRINT_BYTES ((size_t)8 * 1024 * 1024)

static enum exit_code print_config(const struct config *config)
{
    char *data = malloc(PRINT_BYTES);
    if (!data) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    struct text text = text_over(data, PRINT_BYTES);
    config_print(config, &text);
    if (!text.failed)
        fwrite(text.data, 1, text.len, stdout);
    else
        complain("the configuration is too long to be printed");
    free(data);
    return text.failed ? EXIT_FAILED : EXIT_OK;
}

static void print_result(const struct arguments *args, const char *path)
{
    char data[1024];
    struct text text = text_over(data, sizeof data);
    if (!arguments_has(args, "--json")) {
        text_add_escaped(&text, span_text(path[0] ? path : "the built-in configuration"));
        printf("%s is sound\n", data);
        return;
    }
    struct json_writer j = json_over(&text);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "file", path);
    json_write_bool(&j, "sound", true);
    json_write_object_end(&j);
    puts(data);
}

enum exit_code cmd_check(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    enum exit_code code = args->operand_count > 0 ? session_open_file(&session, args->operands[0])
                                                  : session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    if (arguments_has(args, "--print"))
        return print_config(session.config);
    print_result(args, session.config_path);
    return EXIT_OK;
}
