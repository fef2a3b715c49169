/* The commands about who may use the dashboard and the API. */
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "cli/reply.h"
#include "cli/session.h"

enum exit_code cmd_login_link(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    struct daemon_reply reply = { 0 };
    enum exit_code code = session_open_daemon(&session, args);
    if (code == EXIT_OK)
        code = session_ask(&session, "POST", "/api/v1/links", (struct span){ 0 }, &reply);
    if (code == EXIT_OK && arguments_has(args, "--json")) {
        (void)reply_print_json(reply.body);
    } else if (code == EXIT_OK) {
        size_t len;
        char *url = reply_text(reply.body, "url", &len);
        puts(url ? url : "");
        free(url);
    }
    daemon_reply_done(&reply);
    return code;
}
