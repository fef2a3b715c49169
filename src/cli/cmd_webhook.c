/* The commands about webhooks: how they fare, a test of one, and the secret that is to be shared.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/autoclean.h"

#include "cli/reply.h"
#include "cli/session.h"
#include "cli/table.h"
#include "crypto/token.h"
#include "crypto/webhook_sign.h"
#include "model/url.h"

#define TARGET_MAX 512
#define LOOK_MS    200
#define LOOKS_MOST 100 /* twenty seconds: longer than a try may take */

enum exit_code cmd_webhook_list(const struct arguments *args)
{
    static const struct reply_column columns[] = { { "NAME", "name" },
                                                   { "STATE", "state" },
                                                   { "WAITING", "waiting" },
                                                   { "DELIVERED", "delivered" },
                                                   { "LAST", "last_delivered" },
                                                   { "EVENTS", "events" },
                                                   { "URL", "url" },
                                                   { NULL, NULL } };
    return show_from_daemon(args, "/api/v1/webhooks", "webhooks", columns,
                            "there is no webhook; 'webhooks:' in the configuration makes one");
}

enum exit_code cmd_webhook_secret(const struct arguments *args)
{
    char secret[WEBHOOK_SECRET_MAX];
    (void)args;
    if (webhook_secret_make(secret) < 0) {
        complain("there is no randomness to make a secret of");
        return EXIT_FAILED;
    }
    puts(secret);
    token_wipe(secret, sizeof secret);
    return EXIT_OK;
}

/* What has come of the test so far. */
struct outcome {
    const char *name;
    uint64_t before; /* tries up to here were made earlier */
    bool ended, delivered;
    uint64_t tries;
    char reason[600];
};

static bool is_text(struct span json, const char *key, const char *text)
{
    size_t len;
    char *found = reply_text(json, key, &len);
    bool same = found && strcmp(found, text) == 0;
    free(found);
    return same;
}

static void look_at_hook(void *context, struct span json)
{
    struct outcome *o = context;
    if (!is_text(json, "name", o->name))
        return;
    (void)reply_number(json, "tries", &o->tries);
}

/* Any try since then tells: what is in front of the test fails for the same reason. */
static void look_at_delivery(void *context, struct span json)
{
    struct outcome *o = context;
    uint64_t number = 0;
    size_t len;

    if (!reply_number(json, "number", &number) || number <= o->before || o->ended)
        return;
    char *reason = reply_text(json, "reason", &len);
    if (reason) {
        o->ended = true;
        span_to_text(span_text(reason), o->reason, sizeof o->reason);
    } else if (is_text(json, "event", "WEBHOOK_TEST")) {
        o->ended = o->delivered = true;
    }
    free(reason);
}

static enum exit_code look(const struct session *session, const char *target, const char *key,
                           void (*row)(void *context, struct span json), struct outcome *o)
{
    struct daemon_reply reply = { 0 };
    enum exit_code code = session_ask(session, "GET", target, (struct span){ 0 }, &reply);
    if (code == EXIT_OK)
        (void)reply_each(reply.body, key, row, o);
    daemon_reply_done(&reply);
    return code;
}

static enum exit_code tell(const struct outcome *o)
{
    if (o->delivered) {
        printf("%s has taken the test\n", o->name);
        return EXIT_OK;
    }
    fputs("tugboot: ", stderr);
    fflush(stderr);
    if (o->ended)
        fprintf(stderr, "%s has not taken it: %s. It is tried again.\n", o->name, o->reason);
    else
        fprintf(stderr, "%s: nothing has come of it yet; 'tugboot webhook list' will tell\n",
                o->name);
    return EXIT_FAILED;
}

static void make_target(char target[TARGET_MAX], const char *name, const char *what)
{
    struct text t = text_over(target, TARGET_MAX);
    text_add(&t, "/api/v1/webhooks/");
    url_encode(&t, span_text(name));
    text_add(&t, what);
}

enum exit_code cmd_webhook_test(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    struct outcome o = { .name = args->operands[0] };
    struct daemon_reply reply = { 0 };
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    char target[TARGET_MAX];

    enum exit_code code = session_open_daemon(&session, args);
    if (code == EXIT_OK)
        code = look(&session, "/api/v1/webhooks", "webhooks", look_at_hook, &o);
    o.before = o.tries;
    make_target(target, o.name, "/test");
    if (code == EXIT_OK)
        code = session_ask(&session, "POST", target, (struct span){ 0 }, &reply);
    daemon_reply_done(&reply);
    make_target(target, o.name, "/deliveries");
    for (unsigned i = 0; code == EXIT_OK && !o.ended && i < LOOKS_MOST; i++) {
        (void)nanosleep(&pause, NULL);
        code = look(&session, target, "deliveries", look_at_delivery, &o);
    }
    return code == EXIT_OK ? tell(&o) : code;
}
