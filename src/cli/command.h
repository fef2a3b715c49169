/* The commands of tugboot as rows, and what a command line said. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/span.h"
#include "base/text.h"

/* How tugboot ends: documented in tugboot(1), depended on by scripts. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,    /* it was tried and did not work */
    EXIT_USAGE = 2,     /* the command line was not understood */
    EXIT_NO_DAEMON = 3, /* no daemon answers on the control socket */
    EXIT_NOT_FOUND = 4, /* there is no such host, image, machine or file */
    /* inspect, the worst of several files: */
    EXIT_NEEDS_SHIM = 10, /* intact and signed, but firmware does not know by whom */
    EXIT_UNSIGNED = 11,
    EXIT_REFUSED = 12, /* damaged, forbidden or broken: no firmware starts it */
    EXIT_NOT_EFI = 13, /* no EFI program */
};

#define OPTIONS_GIVEN_MAX 48
#define OPERANDS_MAX      1024

struct option_row {
    const char *name;  /* "--mac" */
    const char *value; /* "MAC", or NULL for a switch */
    const char *text;
};

struct arguments;

struct command {
    const char *name; /* one or two words */
    const char *operands;
    int least, most;
    const char *line, *text;
    const struct option_row *options; /* ends with a row whose name is NULL */
    enum exit_code (*run)(const struct arguments *args);
};

extern const struct command commands[];
extern const size_t command_count;

/* A command line taken apart. Points into argv. */
struct arguments {
    const struct command *command;
    struct {
        const struct option_row *row;
        const char *value;
    } given[OPTIONS_GIVEN_MAX];
    size_t given_count;
    const char *operands[OPERANDS_MAX];
    int operand_count;
    bool wants_help;
};

/* The command named by the first words; *ret_words is how many it took. NULL when there is none. */
const struct command *command_find(int argc, const char *const *argv, int *ret_words);

/* Read what follows the command's name. False with a sentence when it is not understood. "--x=v"
 * and
 * "--x v" are the same; "--" ends the options; "-h" is "--help". */
bool arguments_parse(struct arguments *args, const struct command *command, int argc,
                     const char *const *argv, struct text *why);

/* The value of an option, the last one if it was given twice; NULL when it was not given. A switch
 * that was given has the value "". */
const char *arguments_value(const struct arguments *args, const char *name);

static inline bool arguments_has(const struct arguments *args, const char *name)
{
    return arguments_value(args, name) != NULL;
}

/* The nearest command's name, or NULL. */
const char *suggest_command(const char *typed);

/* All commands, or one, for people. */
void help_write_all(struct text *out);
void help_write(const struct command *command, struct text *out);

#define COMMAND(function, ...) enum exit_code function(const struct arguments *args);
#include "cli/commands.def"
#undef COMMAND

#endif
