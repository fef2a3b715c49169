/* See fetch_text.h. */
#include "cli/fetch_text.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fetch/download.h"
#include "fetch/url_name.h"
#include "net/file.h"

static int open_path(const char *path, struct text *why)
{
    struct file_facts facts;
    int fd;
    enum file_verdict verdict = file_open_path(path, &fd, &facts);
    if (verdict == FILE_OPENED)
        return fd;
    text_addf(why, "%s: %s", path, file_verdict_text(verdict));
    return file_verdict_errno(verdict, &facts);
}

static int get(const char *url, size_t most, struct text *why)
{
    int fd = memfd_create("fetched", MFD_CLOEXEC);
    const struct download d = { .url = url, .fd = fd, .most = most };
    int r = fd < 0 ? -errno : download_run(&d, why);
    if (r < 0 && fd >= 0)
        close(fd);
    return r < 0 ? r : fd;
}

int fetch_text(const char *where, size_t most, uint8_t **ret_data, size_t *ret_len,
               struct text *why)
{
    int fd = url_is_one(where) ? get(where, most, why) : open_path(where, why);
    int r = fd < 0 ? fd : file_read_whole(fd, most, ret_data, ret_len);
    if (fd >= 0)
        close(fd);
    if (r < 0 && why->len == 0)
        text_addf(why, "%s: %s", where,
                  r == -EFBIG ? "it is too large for what it should be" : strerror(-r));
    return r;
}
