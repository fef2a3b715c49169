/* A program kept by others (gpgv, minisign), run for one answer: with no rights to write a file or
 * reach a network, as a user without rights where we are root, bounded in time, memory and output.
 * It gets what it is to read as descriptors, not as names. */
#ifndef NET_TOOL_H
#define NET_TOOL_H

#include "base/checked.h"
#include "base/span.h"

#define TOOL_FILES_MAX  8
#define TOOL_OUTPUT_MAX ((size_t)64 << 20)
#define TOOL_FILE_FIRST 10 /* the number of files[0] in the program; files[1] is the next */

struct tool {
    const char *const
        *arguments;            /* [0]: its name, looked for in /usr/bin and /bin; ends with NULL */
    const char *user;          /* whom to become when we are root; "" = nobody in particular */
    int files[TOOL_FILES_MAX]; /* for reading, from their beginnings; stay the caller's */
    uint8_t file_count;
    unsigned seconds; /* after which it is ended */
};

/* What it came to; freed by tool_result_free(). */
struct tool_result {
    int status;     /* its exit status; -1: it was ended by a signal */
    uint8_t *out;   /* its standard output, a NUL behind it */
    size_t out_len; /* at most TOOL_OUTPUT_MAX */
    uint8_t *said;  /* what it wrote to descriptor 3, as a text */
    size_t said_len;
};

/* Run it to its end. 0 and a result; -ENOENT: the program is not installed; -ETIMEDOUT: it was
 * ended; another negative errno. Blocks; for processes that may (commands, not the daemon). */
must_check int tool_run(const struct tool *tool, struct tool_result *ret);
void tool_result_free(struct tool_result *result);

#endif
