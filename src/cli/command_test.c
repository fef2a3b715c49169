/* Command lines as people type them: what is understood, what is refused and with which sentence;
 * and the daemon client against a server that says what daemons say, and what none would. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
/* clang-format on */

#include "cli/client.h"
#include "cli/command.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static int count_words(const char *const *words)
{
    int n = 0;
    while (words[n])
        n++;
    return n;
}

static const struct {
    const char *name;
    const char *const *line;
    const char *command; /* NULL: none is found */
    const char *refusal; /* NULL: understood */
} lines[] = {
    { "one word", WORDS("status"), "status", NULL },
    { "two words", WORDS("host", "list"), "host list", NULL },
    { "half a command", WORDS("host"), NULL, NULL },
    { "unknown", WORDS("hots", "list"), NULL, NULL },
    { "switch", WORDS("status", "--json"), "status", NULL },
    { "value behind", WORDS("pcap", "--mac", "x"), "pcap", NULL },
    { "value joined", WORDS("pcap", "--mac=x"), "pcap", NULL },
    { "empty value", WORDS("host", "set", "n", "--group="), "host set", NULL },
    { "value that looks like an option", WORDS("host", "set", "n", "--args", "--x"), "host set",
      NULL },
    { "value missing", WORDS("pcap", "--mac"), "pcap", "needs a value" },
    { "value for a switch", WORDS("status", "--json=yes"), "status", "takes no value" },
    { "near miss", WORDS("host", "add", "n", "--mca", "x"), "host add", "did you mean \"--mac\"" },
    { "far miss", WORDS("status", "--frobnicate"), "status", "lists them" },
    { "control characters", WORDS("status", "--\033[2J"), "status", "\\x1b[2J" },
    { "operand missing", WORDS("host", "add"), "host add", "something is missing" },
    { "help needs no operand", WORDS("host", "add", "--help"), "host add", NULL },
    { "one word too many", WORDS("status", "now"), "status", "one word too many" },
    { "options ended", WORDS("check", "--", "--odd"), "check", NULL },
    { "a dash alone is a word", WORDS("check", "-"), "check", NULL },
};

static void understands_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct arguments args;
        char data[512];
        struct text why = text_over(data, sizeof data);
        int words = 0, n = count_words(lines[i].line);
        print_message("  %s\n", lines[i].name);
        const struct command *command = command_find(n, lines[i].line, &words);
        if (!lines[i].command) {
            assert_null(command);
            continue;
        }
        assert_non_null(command);
        assert_string_equal(command->name, lines[i].command);
        bool understood = arguments_parse(&args, command, n - words, lines[i].line + words, &why);
        assert_int_equal(understood, lines[i].refusal == NULL);
        if (lines[i].refusal)
            assert_non_null(strstr(data, lines[i].refusal));
    }
}

static void takes_the_last_value(void **state)
{
    (void)state;
    struct arguments args;
    char data[512];
    struct text why = text_over(data, sizeof data);
    int words = 0;
    const char *const *line = WORDS("pcap", "--mac", "a", "--mac", "b");
    const struct command *command = command_find(5, line, &words);
    assert_true(arguments_parse(&args, command, 4, line + 1, &why));
    assert_string_equal(arguments_value(&args, "--mac"), "b");
    assert_null(arguments_value(&args, "--output"));
}

static void bounds_options(void **state)
{
    (void)state;
    struct arguments args;
    char data[512];
    struct text why = text_over(data, sizeof data);
    int words = 0;
    const char *line[OPTIONS_GIVEN_MAX + 3] = { "status" };
    for (int i = 1; i < OPTIONS_GIVEN_MAX + 2; i++)
        line[i] = "--json";
    const struct command *command = command_find(1, line, &words);
    assert_false(arguments_parse(&args, command, OPTIONS_GIVEN_MAX + 1, line + 1, &why));
    assert_non_null(strstr(data, "too many"));
}

static void suggests(void **state)
{
    (void)state;
    assert_string_equal(suggest_command("stauts"), "status");
    assert_string_equal(suggest_command("image lst"), "image list");
    assert_null(suggest_command("frobnicate"));
    assert_null(suggest_command("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

/* Every row has what help, manual and completion need, and its help fits its bound. */
static void rows_are_whole(void **state)
{
    (void)state;
    char data[16384];
    for (size_t i = 0; i < command_count; i++) {
        struct text out = text_over(data, sizeof data);
        assert_non_null(commands[i].run);
        assert_true(commands[i].line[0] && commands[i].text[0]);
        assert_true(commands[i].least <= commands[i].most && commands[i].most <= OPERANDS_MAX);
        assert_int_equal(commands[i].most > 0, commands[i].operands[0] != 0);
        help_write(&commands[i], &out);
        assert_false(out.failed);
        assert_null(strchr(commands[i].line, '\''));
    }
    struct text out = text_over(data, sizeof data);
    help_write_all(&out);
    assert_false(out.failed);
}

static char socket_path[64];

/* A child that accepts one connection, reads a request and sends `answer`. */
static pid_t serve_once(const char *answer)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    snprintf(socket_path, sizeof socket_path, "/tmp/tugboot-cli-test-%d.sock", (int)getpid());
    memcpy(at.sun_path, socket_path, strlen(socket_path) + 1);
    (void)unlink(socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    pid_t child = fork();
    if (child == 0) {
        char request[4096];
        int connection = accept(fd, NULL, NULL);
        if (recv(connection, request, sizeof request, 0) > 0)
            (void)send(connection, answer, strlen(answer), MSG_NOSIGNAL);
        _exit(0);
    }
    close(fd);
    return child;
}

static void end_server(pid_t child)
{
    assert_int_equal(waitpid(child, NULL, 0), child);
    (void)unlink(socket_path);
}

static const struct {
    const char *name, *answer;
    int result;
    unsigned int status;
    const char *body;
} answers[] = {
    { "length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 0, 200, "{}" },
    { "until the close", "HTTP/1.1 200 OK\r\n\r\nabc", 0, 200, "abc" },
    { "no content", "HTTP/1.1 204 No Content\r\n\r\n", 0, 204, "" },
    { "more than the length", "HTTP/1.1 200 OK\r\ncontent-length:  1 \r\n\r\nabc", 0, 200, "a" },
    { "less than the length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", -EPROTO, 0, "" },
    { "a huge length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", -EMSGSIZE, 0, "" },
    { "no length", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", -EPROTO, 0, "" },
    { "something else", "SSH-2.0-OpenSSH\r\n\r\n", -EPROTO, 0, "" },
    { "half a head", "HTTP/1.1 200 OK\r\nContent-", -EPROTO, 0, "" },
    { "nothing", "", -EPROTO, 0, "" },
};

static void asks_daemons(void **state)
{
    const struct daemon_place place = { .socket_path = socket_path };
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        char why[DAEMON_WHY_MAX] = "";
        struct daemon_reply reply = { 0 };
        print_message("  %s\n", answers[i].name);
        pid_t child = serve_once(answers[i].answer);
        int r = daemon_ask(&place, "GET", "/", (struct span){ 0 }, &reply, why);
        end_server(child);
        assert_int_equal(r, answers[i].result);
        if (r < 0) {
            assert_true(why[0] != 0);
            continue;
        }
        assert_int_equal(reply.status, answers[i].status);
        assert_true(span_is(reply.body, answers[i].body));
        daemon_reply_done(&reply);
    }
}

static bool count_lines(void *context, struct span line)
{
    unsigned int *lines_seen = context;
    assert_true(span_starts_with(line, "{"));
    return ++*lines_seen < 3;
}

static void follows_streams(void **state)
{
    const struct daemon_place place = { .socket_path = socket_path };
    (void)state;
    static const struct {
        const char *answer;
        unsigned int lines;
    } streams[] = {
        { "HTTP/1.1 200 OK\r\n\r\n{1}\n{2}\n", 2 },
        { "HTTP/1.1 200 OK\r\n\r\n{1}\n\n{2}\n{3}\n{4}\n", 3 },
        { "HTTP/1.1 200 OK\r\n\r\n{1}\n{half", 1 },
        { "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", 0 },
    };
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        char why[DAEMON_WHY_MAX];
        unsigned int seen = 0;
        struct daemon_reply reply = { 0 };
        pid_t child = serve_once(streams[i].answer);
        assert_int_equal(daemon_follow(&place, "/", count_lines, &seen, &reply, why), 0);
        end_server(child);
        assert_int_equal(seen, streams[i].lines);
        daemon_reply_done(&reply);
    }
}

static void says_that_no_daemon_runs(void **state)
{
    (void)state;
    char why[DAEMON_WHY_MAX];
    struct daemon_reply reply = { 0 };
    assert_int_equal(daemon_ask(&(struct daemon_place){ .socket_path = "/tmp/no/such/socket" },
                                "GET", "/", (struct span){ 0 }, &reply, why),
                     -ECONNREFUSED);
    assert_non_null(strstr(why, "tugboot serve"));
    char path[200];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = 0;
    assert_int_equal(daemon_ask(&(struct daemon_place){ .socket_path = path }, "GET", "/",
                                (struct span){ 0 }, &reply, why),
                     -ENAMETOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(understands_lines), cmocka_unit_test(takes_the_last_value),
        cmocka_unit_test(bounds_options),    cmocka_unit_test(suggests),
        cmocka_unit_test(rows_are_whole),    cmocka_unit_test(asks_daemons),
        cmocka_unit_test(follows_streams),   cmocka_unit_test(says_that_no_daemon_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
