/* The commands about who may use the dashboard and the API: links, accounts, tokens, and the list
 * of who did what. All of it is the daemon's, which has to run. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/reply.h"
#include "cli/session.h"
#include "crypto/password.h"
#include "model/url.h"

/* Ask, and show what comes: as JSON with --json, else by `done`. */
static enum exit_code ask(const struct arguments *args, const char *method, const char *target,
                          struct span body,
                          void (*done)(const struct arguments *args, struct span reply))
{
    autoclean(session_close) struct session session = { 0 };
    struct daemon_reply reply = { 0 };
    enum exit_code code = session_open_daemon(&session, args);
    if (code == EXIT_OK)
        code = session_ask(&session, method, target, body, &reply);
    if (code == EXIT_OK && arguments_has(args, "--json"))
        (void)reply_print_json(reply.body);
    else if (code == EXIT_OK)
        done(args, reply.body);
    daemon_reply_done(&reply);
    return code;
}

static void print_text(struct span reply, const char *key)
{
    size_t len;
    char *text = reply_text(reply, key, &len);
    puts(text ? text : "");
    if (text)
        explicit_bzero(text, len);
    free(text);
}

static void show_url(const struct arguments *args, struct span reply)
{
    (void)args;
    print_text(reply, "url");
}

enum exit_code cmd_login_link(const struct arguments *args)
{
    return ask(args, "POST", "/api/v1/links", (struct span){ 0 }, show_url);
}

/* "/api/v1/users/NAME", coded. */
static void target_of(const char *list, const char *name, char out[512])
{
    struct text t = text_over(out, 512);
    text_addf(&t, "/api/v1/%s/", list);
    url_encode(&t, span_text(name));
}

/* Passwords. */

/* One line from a terminal, unseen. */
static bool ask_terminal(const char *prompt, char out[PASSWORD_MAX])
{
    struct termios shown, hidden;
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    fputs(prompt, stderr);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    bool got = fgets(out, PASSWORD_MAX, stdin) != NULL;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fputc('\n', stderr);
    if (got)
        out[strcspn(out, "\n")] = 0;
    return got;
}

static enum exit_code read_terminal(char out[PASSWORD_MAX])
{
    char again[PASSWORD_MAX] = "";
    bool got = ask_terminal("Password: ", out) && ask_terminal("Once more: ", again);
    bool same = got && strcmp(out, again) == 0;
    explicit_bzero(again, sizeof again);
    if (!same)
        complain("%s", got ? "these were two different passwords" : "no password was given");
    return same ? EXIT_OK : EXIT_FAILED;
}

static enum exit_code read_password(const struct arguments *args, char out[PASSWORD_MAX])
{
    const char *path = arguments_value(args, "--file");
    char *data = NULL;
    size_t len = 0;

    if (!path && isatty(STDIN_FILENO))
        return read_terminal(out);
    int r = session_read_file(path ? path : "/dev/stdin", PASSWORD_MAX, &data, &len);
    if (r < 0) {
        complain("%s: %s", path ? path : "standard input",
                 r == -EFBIG ? "a password has at most 256 bytes" : strerror(-r));
        return EXIT_FAILED;
    }
    while (len > 0 && (data[len - 1] == '\n' || data[len - 1] == '\r'))
        len--;
    span_to_text(span_of(data, len), out, PASSWORD_MAX);
    explicit_bzero(data, len);
    free(data);
    return EXIT_OK;
}

/* Accounts. */

static enum exit_code put_user(const struct arguments *args, const char *role, bool with_password,
                               void (*done)(const struct arguments *args, struct span reply))
{
    char password[PASSWORD_MAX] = "", target[512];
    enum exit_code code = with_password ? read_password(args, password) : EXIT_OK;
    if (code != EXIT_OK)
        return code;
    if (with_password && !password[0]) {
        complain("the password is empty");
        return EXIT_USAGE;
    }
    const struct reply_pair pairs[] = { { NULL, "role", role },
                                        { NULL, "password", with_password ? password : NULL } };
    char *json = reply_make_object(pairs, 2);
    explicit_bzero(password, sizeof password);
    if (!json) {
        complain("a password must be UTF-8 text");
        return EXIT_USAGE;
    }
    target_of("users", args->operands[0], target);
    code = ask(args, "PUT", target, span_text(json), done);
    explicit_bzero(json, strlen(json));
    free(json);
    return code;
}

static void say_made(const struct arguments *args, struct span reply)
{
    size_t len;
    char *role = reply_text(reply, "role", &len);
    printf("%s may sign in, as %s\n", args->operands[0], role ? role : "?");
    free(role);
}

static void say_changed(const struct arguments *args, struct span reply)
{
    (void)reply;
    printf("%s is changed\n", args->operands[0]);
}

static void say_removed(const struct arguments *args, struct span reply)
{
    (void)reply;
    printf("%s is removed\n", args->operands[0]);
}

/* What is there of this name and of others. */
struct user_search {
    const char *name;
    bool found, any;
};

static void look_at_user(void *context, struct span json)
{
    struct user_search *search = context;
    size_t len;
    char *name = reply_text(json, "name", &len);
    search->any = true;
    search->found = search->found || (name && strcmp(name, search->name) == 0);
    free(name);
}

static enum exit_code find_user(const struct arguments *args, struct user_search *search)
{
    autoclean(session_close) struct session session = { 0 };
    struct daemon_reply reply = { 0 };
    enum exit_code code = session_open_daemon(&session, args);
    if (code == EXIT_OK)
        code = session_ask(&session, "GET", "/api/v1/users", (struct span){ 0 }, &reply);
    if (code == EXIT_OK)
        (void)reply_each(reply.body, "users", look_at_user, search);
    daemon_reply_done(&reply);
    return code;
}

enum exit_code cmd_user_add(const struct arguments *args)
{
    struct user_search search = { .name = args->operands[0] };
    const char *role = arguments_value(args, "--role");
    enum exit_code code = find_user(args, &search);
    if (code != EXIT_OK)
        return code;
    if (search.found) {
        complain("there is an account %s already; 'tugboot user passwd' and 'tugboot user role' "
                 "change it",
                 search.name);
        return EXIT_FAILED;
    }
    return put_user(args, role ? role : search.any ? "viewer" : "admin", true, say_made);
}

/* For an account that is there already. */
static enum exit_code change_user(const struct arguments *args, const char *role)
{
    struct user_search search = { .name = args->operands[0] };
    enum exit_code code = find_user(args, &search);
    if (code == EXIT_OK && !search.found) {
        complain("there is no account %s; 'tugboot user list' has them", search.name);
        return EXIT_NOT_FOUND;
    }
    return code == EXIT_OK ? put_user(args, role, !role, say_changed) : code;
}

enum exit_code cmd_user_passwd(const struct arguments *args)
{
    return change_user(args, NULL);
}

enum exit_code cmd_user_role(const struct arguments *args)
{
    return change_user(args, args->operands[1]);
}

enum exit_code cmd_user_remove(const struct arguments *args)
{
    char target[512];
    target_of("users", args->operands[0], target);
    return ask(args, "DELETE", target, (struct span){ 0 }, say_removed);
}

enum exit_code cmd_user_list(const struct arguments *args)
{
    static const struct reply_column columns[] = {
        { "NAME", "name" }, { "ROLE", "role" }, { "CREATED", "created" }, { NULL, NULL }
    };
    return show_from_daemon(args, "/api/v1/users", "users", columns,
                            "nobody has an account; 'tugboot user add' makes one");
}

/* Tokens. */

static void show_token(const struct arguments *args, struct span reply)
{
    (void)args;
    print_text(reply, "token");
}

enum exit_code cmd_token_add(const struct arguments *args)
{
    const char *scope = arguments_value(args, "--scope"), *days = arguments_value(args, "--days");
    char data[1024];
    struct text body = text_over(data, sizeof data);
    struct json_writer j = json_over(&body);

    if (days && (strspn(days, "0123456789") != strlen(days) || !*days || strlen(days) > 4)) {
        complain("--days takes a number, at most 3650; 0 is for ever");
        return EXIT_USAGE;
    }
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "name", args->operands[0]);
    json_write_text(&j, "scope", scope ? scope : "read");
    if (arguments_value(args, "--prefix"))
        json_write_text(&j, "prefix", arguments_value(args, "--prefix"));
    if (days)
        json_write_number(&j, "days", strtol(days, NULL, 10));
    json_write_object_end(&j);
    return ask(args, "POST", "/api/v1/tokens", text_span(&body), show_token);
}

enum exit_code cmd_token_list(const struct arguments *args)
{
    static const struct reply_column columns[] = {
        { "ID", "id" },           { "NAME", "name" },
        { "SCOPE", "scope" },     { "PREFIX", "prefix" },
        { "EXPIRES", "expires" }, { "EXPIRED", "expired" },
        { "USED", "last_used" },  { NULL, NULL }
    };
    return show_from_daemon(args, "/api/v1/tokens", "tokens", columns,
                            "there is no token; 'tugboot token add' makes one");
}

enum exit_code cmd_token_remove(const struct arguments *args)
{
    char target[512];
    target_of("tokens", args->operands[0], target);
    return ask(args, "DELETE", target, (struct span){ 0 }, say_removed);
}

/* Deeds. */

static void show_audit(const struct arguments *args, struct span reply)
{
    static const struct reply_column columns[] = { { "AT", "at" },         { "WHO", "who" },
                                                   { "BY", "door" },       { "FROM", "from" },
                                                   { "METHOD", "method" }, { "PATH", "path" },
                                                   { "STATUS", "status" }, { NULL, NULL } };
    (void)args;
    if (!reply_print_table(reply, "audit", columns, "nothing has been done yet", NULL, 0))
        complain("the daemon's answer was not understood; is it another version of tugboot?");
}

enum exit_code cmd_audit(const struct arguments *args)
{
    const char *limit = arguments_value(args, "--limit");
    char target[64];
    if (limit && (strspn(limit, "0123456789") != strlen(limit) || !*limit || strlen(limit) > 4)) {
        complain("--limit takes a number, at most 1000");
        return EXIT_USAGE;
    }
    snprintf(target, sizeof target, "/api/v1/audit?limit=%s", limit ? limit : "100");
    return ask(args, "GET", target, (struct span){ 0 }, show_audit);
}
