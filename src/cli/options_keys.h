/* The option that all commands of `tugboot keys` share; for command.c and the manual's maker, which
 * both define OPTION. */
#ifndef CLI_OPTIONS_KEYS_H
#define CLI_OPTIONS_KEYS_H

#define OPTION_FOLDER                                                                              \
    OPTION("--folder", "FOLDER", "the folder of keys (default: keys in the state folder)")

#endif
