/* help, version and completion: what tugboot says about itself, all from the rows of commands.def.
 * Completion words are our own names: letters, digits and dashes, so no shell needs quoting. */
#include <stdio.h>

#include "cli/session.h"

#define HELP_MAX 16384

enum exit_code print_help(const struct command *command)
{
    char data[HELP_MAX];
    struct text out = text_over(data, sizeof data);
    if (command)
        help_write(command, &out);
    else
        help_write_all(&out);
    fputs(data, stdout);
    return EXIT_OK;
}

enum exit_code cmd_help(const struct arguments *args)
{
    int words = 0;
    if (args->operand_count == 0)
        return print_help(NULL);
    const struct command *command = command_find(args->operand_count, args->operands, &words);
    if (command)
        return print_help(command);
    complain("there is no such command; 'tugboot help' lists them");
    return EXIT_USAGE;
}

enum exit_code cmd_version(const struct arguments *args)
{
    (void)args;
    puts("tugboot " TUGBOOT_VERSION "\nGPL-3.0-or-later: free to use, change and share; without "
         "any warranty.");
    return EXIT_OK;
}

/* The first word of a command's name, and whether an earlier command has the same. */
static struct span first_word(size_t i, bool *ret_repeated)
{
    struct span name = span_text(commands[i].name);
    struct span word = span_slice(name, 0, span_find(name, ' '));
    *ret_repeated = false;
    for (size_t k = 0; k < i; k++) {
        struct span other = span_text(commands[k].name);
        if (span_equals(word, span_slice(other, 0, span_find(other, ' '))))
            *ret_repeated = true;
    }
    return word;
}

static void print_first_words(void)
{
    for (size_t i = 0; i < command_count; i++) {
        bool repeated;
        struct span word = first_word(i, &repeated);
        if (!repeated)
            printf(" %.*s", (int)word.len, (const char *)word.data);
    }
}

static void print_options(const struct command *command)
{
    for (const struct option_row *row = command->options; row->name; row++)
        printf(" %s", row->name);
    fputs(" --help", stdout);
}

/* The second words of the commands whose first word stands at `i`; nothing when it has none. */
static void print_second_words(size_t i)
{
    bool repeated;
    struct span word = first_word(i, &repeated);
    for (size_t k = i; k < command_count; k++) {
        struct span name = span_text(commands[k].name);
        size_t blank = span_find(name, ' ');
        if (blank < name.len && span_equals(word, span_slice(name, 0, blank)))
            printf(" %s", commands[k].name + blank + 1);
    }
}

static void complete_bash(void)
{
    puts("_tugboot() {\n"
         "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    local words=\n"
         "    COMPREPLY=()\n"
         "    case $previous in\n"
         "    --config|--pcap|--output) COMPREPLY=($(compgen -f -- \"$current\")); return;;\n"
         "    esac\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    fputs("        words='", stdout);
    print_first_words();
    puts("'\n    else\n        case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in");
    for (size_t i = 0; i < command_count; i++) {
        bool two = strchr(commands[i].name, ' ') != NULL;
        printf(two ? "        '%s') words='" : "        '%s '*) words='", commands[i].name);
        print_options(&commands[i]);
        puts("';;");
    }
    for (size_t i = 0; i < command_count; i++) {
        bool repeated;
        struct span word = first_word(i, &repeated);
        if (repeated || !strchr(commands[i].name, ' '))
            continue;
        printf("        '%.*s '*) words='", (int)word.len, (const char *)word.data);
        print_second_words(i);
        puts("';;");
    }
    puts("        esac\n"
         "    fi\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "    case $current in\n"
         "    -*) ;;\n"
         "    *) [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- \"$current\"));;\n"
         "    esac\n"
         "}\n"
         "complete -o filenames -F _tugboot tugboot");
}

static void complete_zsh(void)
{
    puts("#compdef tugboot\n"
         "local -a firsts\n"
         "if (( CURRENT == 2 )); then");
    fputs("    firsts=(", stdout);
    print_first_words();
    puts(" )\n    compadd -a firsts\n    return\nfi\ncase \"$words[2] $words[3]\" in");
    for (size_t i = 0; i < command_count; i++) {
        bool two = strchr(commands[i].name, ' ') != NULL;
        printf(two ? "'%s') compadd --" : "'%s '*) compadd --", commands[i].name);
        print_options(&commands[i]);
        puts("; _files;;");
    }
    for (size_t i = 0; i < command_count; i++) {
        bool repeated;
        struct span word = first_word(i, &repeated);
        if (repeated || !strchr(commands[i].name, ' '))
            continue;
        printf("'%.*s '*) compadd --", (int)word.len, (const char *)word.data);
        print_second_words(i);
        puts(";;");
    }
    puts("esac");
}

static void complete_fish(void)
{
    for (size_t i = 0; i < command_count; i++) {
        struct span name = span_text(commands[i].name);
        size_t blank = span_find(name, ' ');
        const char *second = blank < name.len ? commands[i].name + blank + 1 : NULL;
        bool repeated;
        (void)first_word(i, &repeated);
        if (!repeated)
            printf("complete -c tugboot -n __fish_use_subcommand -f -a %.*s -d '%s'\n", (int)blank,
                   commands[i].name, second ? "" : commands[i].line);
        if (second)
            printf("complete -c tugboot -n '__fish_seen_subcommand_from %.*s' -f -a %s -d '%s'\n",
                   (int)blank, commands[i].name, second, commands[i].line);
        for (const struct option_row *row = commands[i].options; row->name; row++)
            printf("complete -c tugboot -n '__fish_seen_subcommand_from %.*s%s%s' -l %s%s\n",
                   (int)blank, commands[i].name, second ? "; and __fish_seen_subcommand_from " : "",
                   second ? second : "", row->name + 2, row->value ? " -r" : "");
    }
}

enum exit_code cmd_completion(const struct arguments *args)
{
    static const struct {
        const char *shell;
        void (*write)(void);
    } shells[] = { { "bash", complete_bash }, { "zsh", complete_zsh }, { "fish", complete_fish } };
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(args->operands[0], shells[i].shell) == 0) {
            shells[i].write();
            return EXIT_OK;
        }
    }
    complain("completion can be had for bash, zsh and fish");
    return EXIT_USAGE;
}
