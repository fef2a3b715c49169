/* serve: hands over to the daemon. */
#include "cli/session.h"
#include "serve/server.h"

enum exit_code cmd_serve(const struct arguments *args)
{
    /* Faults of the file are told here as `check` tells them, before anything is opened. */
    const char *given = arguments_value(args, "--config");
    struct session session = { 0 };
    enum exit_code code = session_open(&session, args);
    session_close(&session);
    if (code != EXIT_OK)
        return code;
    struct server_options options = { .config_path = given ? given : CONFIG_DEFAULT_PATH,
                                      .config_given = given != NULL,
                                      .json_events = arguments_has(args, "--json-events") };
    return server_run(&options) == 0 ? EXIT_OK : EXIT_FAILED;
}
