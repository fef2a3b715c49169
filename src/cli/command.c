/* The rows of commands.def made into a table, and the reading of command lines by it. Knows nothing
 * of what commands do. Everything is bounded: options, operands, the length of a suggestion. */
#include "cli/command.h"

#include <stdio.h>

#include "cli/options_daemon.h"
#include "cli/options_host.h"
#include "cli/options_keys.h"
#include "yaml/near_miss.h"

#define WORDS_MAX 128 /* that a suggestion is looked for in */

#define OPTION(name_, value_, text_)                                                               \
    {                                                                                              \
        .name = name_, .value = value_, .text = text_                                              \
    }
#define OPTION_CONFIG                                                                              \
    OPTION("--config", "FILE", "the configuration (default: /etc/tugboot/tugboot.yaml)")
#define OPTION_JSON OPTION("--json", NULL, "print JSON")
#define OPTION_NONE OPTION(NULL, NULL, NULL)

const struct command commands[] = {
#define COMMAND(function_, name_, operands_, least_, most_, line_, text_, ...)                     \
    { .name = name_,                                                                               \
      .operands = operands_,                                                                       \
      .least = least_,                                                                             \
      .most = most_,                                                                               \
      .line = line_,                                                                               \
      .text = text_,                                                                               \
      .options = (const struct option_row[]){ __VA_ARGS__, { .name = NULL } },                     \
      .run = function_ },
#include "cli/commands.def"
#undef COMMAND
};
const size_t command_count = sizeof commands / sizeof commands[0];

const struct command *command_find(int argc, const char *const *argv, int *ret_words)
{
    for (size_t i = 0; argc > 0 && i < command_count; i++) {
        struct span name = span_text(commands[i].name);
        size_t blank = span_find(name, ' ');
        if (!span_equals(span_slice(name, 0, blank), span_text(argv[0])))
            continue;
        if (blank < name.len &&
            (argc < 2 || !span_equals(span_from(name, blank + 1), span_text(argv[1]))))
            continue;
        *ret_words = blank < name.len ? 2 : 1;
        return &commands[i];
    }
    return NULL;
}

static const struct option_row *find_option(const struct command *command, struct span name)
{
    for (const struct option_row *row = command->options; row->name; row++)
        if (span_is(name, row->name))
            return row;
    return NULL;
}

static bool refuse_option(const struct command *command, struct span name, struct text *why)
{
    const char *words[WORDS_MAX];
    size_t count = 0;

    for (; command->options[count].name && count < WORDS_MAX; count++)
        words[count] = command->options[count].name;
    const char *meant = near_miss_find(name, words, count);
    text_add(why, "there is no option \"");
    text_add_escaped(why, span_slice(name, 0, 39));
    text_addf(why, "\" of 'tugboot %s'", command->name);
    if (meant)
        text_addf(why, "; did you mean \"%s\"?", meant);
    else
        text_addf(why, "; 'tugboot %s --help' lists them", command->name);
    return false;
}

/* One word that begins with "-": *at moves on when its value is the next word. */
static bool read_option(struct arguments *args, int argc, const char *const *argv, int *at,
                        struct text *why)
{
    struct span word = span_text(argv[*at]);
    size_t equals = span_find(word, '=');
    struct span name = span_slice(word, 0, equals);
    const struct option_row *row = find_option(args->command, name);

    if (span_is(word, "--help") || span_is(word, "-h")) {
        args->wants_help = true;
        return true;
    }
    if (!row)
        return refuse_option(args->command, name, why);
    const char *value = equals < word.len ? argv[*at] + equals + 1 : NULL;
    if (!row->value && value) {
        text_addf(why, "\"%s\" takes no value", row->name);
        return false;
    }
    if (row->value && !value) {
        if (*at + 1 >= argc) {
            text_addf(why, "\"%s\" needs a value: %s %s", row->name, row->name, row->value);
            return false;
        }
        value = argv[++*at];
    }
    if (args->given_count == OPTIONS_GIVEN_MAX) {
        text_add(why, "too many options");
        return false;
    }
    args->given[args->given_count].row = row;
    args->given[args->given_count++].value = value ? value : "";
    return true;
}

static bool check_operands(const struct arguments *args, struct text *why)
{
    const struct command *command = args->command;
    if (args->wants_help)
        return true;
    if (args->operand_count < command->least) {
        text_addf(why, "something is missing: tugboot %s %s", command->name, command->operands);
        return false;
    }
    if (args->operand_count > command->most) {
        text_add(why, "\"");
        text_add_escaped(why, span_slice(span_text(args->operands[command->most]), 0, 40));
        text_addf(why, "\" is one word too many: tugboot %s %s", command->name, command->operands);
        return false;
    }
    return true;
}

bool arguments_parse(struct arguments *args, const struct command *command, int argc,
                     const char *const *argv, struct text *why)
{
    *args = (struct arguments){ .command = command };
    bool options_ended = false;

    for (int at = 0; at < argc; at++) {
        const char *word = argv[at];
        if (!options_ended && strcmp(word, "--") == 0) {
            options_ended = true;
        } else if (!options_ended && word[0] == '-' && word[1] != 0) {
            if (!read_option(args, argc, argv, &at, why))
                return false;
        } else if (args->operand_count == OPERANDS_MAX) {
            text_add(why, "too many words");
            return false;
        } else {
            args->operands[args->operand_count++] = word;
        }
    }
    return check_operands(args, why);
}

const char *arguments_value(const struct arguments *args, const char *name)
{
    for (size_t i = args->given_count; i > 0; i--)
        if (strcmp(args->given[i - 1].row->name, name) == 0)
            return args->given[i - 1].value;
    return NULL;
}

const char *suggest_command(const char *typed)
{
    const char *words[WORDS_MAX];
    size_t count = 0;

    for (; count < command_count && count < WORDS_MAX; count++)
        words[count] = commands[count].name;
    return near_miss_find(span_text(typed), words, count);
}

void help_write_all(struct text *out)
{
    text_add(out, "tugboot boots machines from the network.\n\n"
                  "Usage: tugboot COMMAND [OPTIONS]\n\nCommands:\n");
    for (size_t i = 0; i < command_count; i++) {
        char name[40];
        snprintf(name, sizeof name, "%s %s", commands[i].name, commands[i].operands);
        text_addf(out, "  %-20s %s\n", name, commands[i].line);
    }
    text_add(out, "\n'tugboot COMMAND --help' says more about each. Exit codes: 0 done, 1 failed,\n"
                  "2 wrong usage, 3 no daemon answers, 4 there is no such thing.\n");
}

/* A paragraph in lines of at most 78 columns. */
static void add_paragraph(struct text *out, const char *paragraph)
{
    struct span rest = span_text(paragraph);
    size_t column = 0;
    while (rest.len > 0) {
        size_t n = span_find(rest, ' ');
        struct span word = span_slice(rest, 0, n);
        if (column > 0 && column + 1 + word.len > 78) {
            text_add(out, "\n");
            column = 0;
        }
        if (column > 0)
            text_add(out, " ");
        text_add_span(out, word);
        column += word.len + 1;
        rest = span_from(rest, n + 1);
    }
    text_add(out, "\n");
}

void help_write(const struct command *command, struct text *out)
{
    text_addf(out, "Usage: tugboot %s%s%s%s\n\n", command->name, command->operands[0] ? " " : "",
              command->operands, command->options[0].name ? " [OPTIONS]" : "");
    text_addf(out, "tugboot %s: %s.\n\n", command->name, command->line);
    add_paragraph(out, command->text);
    text_add(out, "\nOptions:\n");
    for (const struct option_row *row = command->options; row->name; row++) {
        char name[40];
        snprintf(name, sizeof name, "%s%s%s", row->name, row->value ? " " : "",
                 row->value ? row->value : "");
        text_addf(out, "  %-22s %s\n", name, row->text);
    }
    text_addf(out, "  %-22s %s\n", "--help", "this text");
}
