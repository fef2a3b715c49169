/* See memory_file.h. Whoever maps it trusts the seals alone: with them neither its length nor its
 * bytes can change, so what was checked stays checked, and no access ends in a signal. */
#include "net/memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

static int write_all(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.data, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        bytes = span_from(bytes, (size_t)n);
    }
    return 0;
}

int memory_file_make(struct span bytes)
{
    int fd = memfd_create("tugboot-table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    int r = write_all(fd, bytes);
    if (r == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        r = -errno;
    if (r == 0)
        return fd;
    close(fd);
    return r;
}

int memory_file_map(int fd, size_t max, struct span *ret_bytes)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS)
        return -EBADMSG;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_size <= 0 || (uint64_t)st.st_size > max)
        return -EBADMSG;
    void *block = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (block == MAP_FAILED)
        return -errno;
    *ret_bytes = span_of(block, (size_t)st.st_size);
    return 0;
}

void memory_file_unmap(struct span bytes)
{
    /* Nobody reads through it any more. */
    union {
        const uint8_t *in;
        void *out;
    } block = { .in = bytes.data };
    if (bytes.data)
        (void)munmap(block.out, bytes.len);
}
