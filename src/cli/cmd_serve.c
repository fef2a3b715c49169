/* serve: hands over to the daemon. */
#include <stdio.h>

#include "cli/session.h"
#include "serve/server.h"

/* The file that is read: the one given, the usual one if it is there, or none. */
static const char *find_config(const struct arguments *args)
{
    const char *given = arguments_value(args, "--config");
    if (given)
        return given;
    FILE *probe = fopen(CONFIG_DEFAULT_PATH, "rbe");
    if (probe)
        fclose(probe);
    return probe ? CONFIG_DEFAULT_PATH : "";
}

enum exit_code cmd_serve(const struct arguments *args)
{
    /* Faults of the file are told here as `check` tells them, before anything is opened. */
    struct session session = { 0 };
    enum exit_code code = session_open(&session, args);
    session_close(&session);
    if (code != EXIT_OK)
        return code;
    struct server_options options = { .config_path = find_config(args),
                                      .config_given = arguments_has(args, "--config"),
                                      .json_events = arguments_has(args, "--json-events") };
    return server_run(&options) == 0 ? EXIT_OK : EXIT_FAILED;
}
