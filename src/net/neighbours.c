/* See neighbours.h. The counters are text: a line of names, then a line of hexadecimal numbers for
 * each processor. */
#include "net/neighbours.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNTERS_PATH "/proc/net/stat/arp_cache"
#define LIMIT_PATH    "/proc/sys/net/ipv4/neigh/default/gc_thresh3"
#define COLUMN        "table_fulls"
#define TEXT_MAX      65536 /* 117 bytes a processor */

int neighbours_open(void)
{
    int fd = open(COUNTERS_PATH, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static struct span take_line(struct span *rest)
{
    size_t end = span_find(*rest, '\n');
    struct span line = span_slice(*rest, 0, end);
    *rest = span_from(*rest, end + 1);
    return line;
}

static struct span take_word(struct span *rest)
{
    while (rest->len > 0 && rest->data[0] == ' ')
        *rest = span_from(*rest, 1);
    size_t end = span_find(*rest, ' ');
    struct span word = span_slice(*rest, 0, end);
    *rest = span_from(*rest, end);
    return word;
}

static bool parse_hex(struct span word, uint64_t *ret)
{
    uint64_t value = 0;
    if (word.len == 0 || word.len > 16)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = ascii_lower(word.data[i]);
        if (c >= '0' && c <= '9')
            value = value << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uint64_t)(c - 'a' + 10);
        else
            return false;
    }
    *ret = value;
    return true;
}

bool neighbours_parse_refused(struct span text, uint64_t *ret_times)
{
    struct span names = take_line(&text), word;
    size_t column = 0;
    uint64_t sum = 0, one;

    while ((word = take_word(&names)).len > 0 && !span_is(word, COLUMN))
        column++;
    if (word.len == 0 || text.len == 0)
        return false;
    while (text.len > 0) {
        struct span line = take_line(&text);
        for (size_t i = 0; i < column; i++)
            (void)take_word(&line);
        if (!parse_hex(take_word(&line), &one))
            return false;
        sum += one;
    }
    *ret_times = sum;
    return true;
}

bool neighbours_read_refused(int fd, uint64_t *ret_times)
{
    char *text = malloc(TEXT_MAX);
    size_t len = 0;
    ssize_t n = -1;
    if (!text)
        return false;
    /* The kernel gives a page at a time. */
    while (len < TEXT_MAX && (n = pread(fd, text + len, TEXT_MAX - len, (off_t)len)) > 0)
        len += (size_t)n;
    bool read = n == 0 && neighbours_parse_refused(span_of(text, len), ret_times);
    free(text);
    return read;
}

uint32_t neighbours_limit(void)
{
    char text[16] = { 0 };
    int fd = open(LIMIT_PATH, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 ? (uint32_t)strtoul(text, NULL, 10) : 0;
}
