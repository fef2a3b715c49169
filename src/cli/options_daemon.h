/* The options of all commands that ask the daemon, which may be elsewhere; for command.c and the
 * manual's maker, which both define OPTION. */
#ifndef CLI_OPTIONS_DAEMON_H
#define CLI_OPTIONS_DAEMON_H

#define OPTIONS_DAEMON                                                                             \
    OPTION_CONFIG, OPTION("--url", "URL", "a daemon elsewhere, as https://boot.example:8067"),     \
        OPTION("--token-file", "FILE", "the token to send there ('tugboot token add')"),           \
        OPTION("--ca-file", "FILE", "trust this CA there ('tugboot ca export')")

#endif
