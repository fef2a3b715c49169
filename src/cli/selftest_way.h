/* The virtual machines of `tugboot selftest`: which there are, what they need, and QEMU's words for
 * one. Knowledge only: nothing is started here. */
#ifndef CLI_SELFTEST_WAY_H
#define CLI_SELFTEST_WAY_H

#include "base/text.h"

#include "model/mac.h"

#define SELFTEST_WORDS_MAX  64
#define SELFTEST_WORDS_TEXT 8192

enum selftest_way {
#define WAY(id, ...) WAY_##id,
#define MACHINE(...)
#define FIRMWARE(...)
#include "cli/selftest_way.def"
#undef WAY
#undef MACHINE
#undef FIRMWARE
    WAY_COUNT
};

const char *selftest_way_name(enum selftest_way way);
const char *selftest_way_title(enum selftest_way way);
/* "console=" of Linux on it. */
const char *selftest_way_console(enum selftest_way way);
bool selftest_way_find(const char *name, enum selftest_way *ret_way);

/* Its hardware address, of the range that is free for private use. */
struct mac selftest_way_mac(enum selftest_way way);

/* Is what plays it installed? False with a sentence that names the packages. `has_file` says
 * whether there is a file of this path, `has_program` whether there is a program of this name. */
struct selftest_files {
    bool (*has_file)(const char *path);
    bool (*has_program)(const char *name);
};
bool selftest_way_is_here(enum selftest_way way, const struct selftest_files *files,
                          struct text *why);

/* The file its variables are copied from, NULL when it keeps none. */
const char *selftest_way_variables(enum selftest_way way, const struct selftest_files *files);

struct selftest_machine {
    enum selftest_way way;
    const char *tap;       /* the interface it is plugged into */
    const char *console;   /* file for what it prints */
    const char *variables; /* its own copy; "" = none */
    const char *ca;        /* signature list of the CA it trusts by HTTPS Boot; "" = none */
    unsigned int memory_mib;
};

/* A program and its arguments, NULL behind the last; the texts lie in `data`. */
struct selftest_words {
    const char *argv[SELFTEST_WORDS_MAX + 1];
    size_t count;
    char data[SELFTEST_WORDS_TEXT];
    struct text text;
    bool failed; /* there was no room */
};

void selftest_way_words(const struct selftest_machine *machine, const struct selftest_files *files,
                        struct selftest_words *out);

#endif
