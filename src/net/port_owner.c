/* /proc/net/{udp,tcp}{,6} names the inode of the socket that has a port; the process is the one
 * with a descriptor on that inode (proc(5)). */
#include "net/port_owner.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

static void close_filep(FILE **file)
{
    if (*file)
        fclose(*file);
}

static void close_dirp(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* Field `number` (from 0) of a line of blank-separated words; empty when there are fewer. */
static struct span word_at(struct span line, unsigned number)
{
    size_t at = 0;
    for (;;) {
        while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\n'))
            at++;
        struct span rest = span_from(line, at);
        size_t n = span_find(rest, ' ');
        if (number-- == 0 || n == 0)
            return span_slice(rest, 0, n);
        at += n;
    }
}

static uint64_t number_of(struct span word, int base)
{
    char text[32];
    span_to_text(word, text, sizeof text);
    return strtoull(text, NULL, base);
}

/* The inode of the listening (TCP state 0A) or bound socket on the port; 0 when there is none. */
static uint64_t find_inode(const char *table, bool tcp, uint16_t port)
{
    char line[512];
    autoclean(close_filep) FILE *file = fopen(table, "re");
    while (file && fgets(line, sizeof line, file)) {
        struct span local = word_at(span_text(line), 1);
        struct span state = word_at(span_text(line), 3);
        size_t colon = span_find(local, ':');
        if (colon == local.len || number_of(span_from(local, colon + 1), 16) != port)
            continue;
        if (!tcp || span_is(state, "0A"))
            return number_of(word_at(span_text(line), 9), 10);
    }
    return 0;
}

static bool holds_inode(const char *pid, uint64_t inode)
{
    char path[300], target[64], wanted[64];
    struct text t = text_over(wanted, sizeof wanted);
    text_addf(&t, "socket:[%llu]", (unsigned long long)inode);
    t = text_over(path, sizeof path);
    text_addf(&t, "/proc/%.16s/fd", pid);
    autoclean(close_dirp) DIR *dir = opendir(path);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target);
        if (n > 0 && span_is(span_of(target, (size_t)n), wanted))
            return true;
    }
    return false;
}

static void describe_process(struct text *out, const char *pid)
{
    char path[64], name[64] = "";
    struct text t = text_over(path, sizeof path);
    text_addf(&t, "/proc/%.16s/comm", pid);
    autoclean(close_filep) FILE *file = fopen(path, "re");
    if (file && fgets(name, sizeof name, file))
        text_add_escaped(out, span_slice(span_text(name), 0, span_find(span_text(name), '\n')));
    else
        text_add(out, "a program");
    text_addf(out, " (process %.16s)", pid);
}

void port_owner_describe(struct text *out, bool tcp, uint16_t port)
{
    static const char *const tables[2][2] = { { "/proc/net/udp", "/proc/net/udp6" },
                                              { "/proc/net/tcp", "/proc/net/tcp6" } };
    uint64_t inode = find_inode(tables[tcp][0], tcp, port);
    if (inode == 0)
        inode = find_inode(tables[tcp][1], tcp, port);
    autoclean(close_dirp) DIR *proc = inode != 0 ? opendir("/proc") : NULL;
    const struct dirent *entry;
    while (proc && (entry = readdir(proc))) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
            continue;
        if (holds_inode(entry->d_name, inode)) {
            describe_process(out, entry->d_name);
            return;
        }
    }
    text_add(out, "another program");
}
