/* tugboot: finds the command, reads its options, runs it. */
#include <signal.h>
#include <stdio.h>

#include "cli/session.h"

static int refuse_command(const char *typed, const char *second)
{
    char data[340], both[80];
    struct text shown = text_over(data, sizeof data);
    snprintf(both, sizeof both, "%.38s%s%.38s", typed, second ? " " : "", second ? second : "");
    text_add_escaped(&shown, span_text(both));
    const char *meant = suggest_command(both);
    if (!meant)
        meant = suggest_command(typed);
    if (meant)
        complain("there is no command \"%s\"; did you mean \"tugboot %s\"?", data, meant);
    else
        complain("there is no command \"%s\"; 'tugboot help' lists them", data);
    return EXIT_USAGE;
}

/* The words before the command that stand for one. */
static bool is_word(const char *typed, const char *word, const char *letter)
{
    return strcmp(typed, word) == 0 || strcmp(typed, letter) == 0;
}

/* "tugboot image": the commands that begin so, asked for or not. */
static bool list_family(const char *typed, bool asked)
{
    FILE *to = asked ? stdout : stderr;
    bool any = false;
    for (size_t i = 0; i < command_count; i++) {
        struct span name = span_text(commands[i].name);
        size_t blank = span_find(name, ' ');
        if (blank == name.len || !span_is(span_slice(name, 0, blank), typed))
            continue;
        if (!any)
            fputs(asked ? "Commands:\n" : "tugboot: say what to do with it:\n", to);
        char both[64];
        snprintf(both, sizeof both, "%s %s", commands[i].name, commands[i].operands);
        fprintf(to, "  tugboot %-28s %s\n", both, commands[i].line);
        any = true;
    }
    return any;
}

int main(int argc, char **argv)
{
    char data[512];
    struct text why = text_over(data, sizeof data);
    struct arguments args;
    const char *const *typed = (const char *const *)argv + 1;
    int words = 0;

    /* A closed pipe ("tugboot events | head") is an error of a write, not a death. */
    (void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
    if (argc < 2) {
        (void)print_help(NULL);
        return EXIT_USAGE;
    }
    if (is_word(argv[1], "--help", "-h"))
        return (int)print_help(NULL);
    if (is_word(argv[1], "--version", "-V"))
        return (int)cmd_version(NULL);
    const struct command *command = command_find(argc - 1, typed, &words);
    bool asked = argc == 3 && is_word(argv[2], "--help", "-h");
    if (!command && (argc == 2 || asked) && list_family(argv[1], asked))
        return asked ? EXIT_OK : EXIT_USAGE;
    if (!command)
        return refuse_command(argv[1], argc > 2 && argv[2][0] != '-' ? argv[2] : NULL);
    if (!arguments_parse(&args, command, argc - 1 - words, typed + words, &why)) {
        complain("%s", data);
        return EXIT_USAGE;
    }
    enum exit_code code = args.wants_help ? print_help(command) : command->run(&args);
    if (fflush(stdout) != 0 && code == EXIT_OK)
        code = EXIT_FAILED;
    return (int)code;
}
