/* A tar archive of any bytes in portions of any size, plain and as what comes out of a gzip file:
 * a file that is begun gets exactly its size in bytes before it ends, and portions change nothing.
 */
#include <assert.h>
#include <stdlib.h>

#include "image/gunzip.h"
#include "image/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct watch {
    uint64_t size, got, files, bytes;
    bool within;
    struct tar *tar; /* fed by gunzip */
};

static bool begin(void *context, const char *name, uint64_t size)
{
    struct watch *w = context;
    assert(!w->within && name[0] != 0 && strlen(name) < TAR_NAME_MAX);
    w->size = size;
    w->got = 0;
    w->within = true;
    w->files++;
    return true;
}

static bool take(void *context, struct span bytes)
{
    struct watch *w = context;
    assert(w->within && bytes.len > 0);
    w->got += bytes.len;
    w->bytes += bytes.len;
    assert(w->got <= w->size);
    return true;
}

static bool end(void *context)
{
    struct watch *w = context;
    assert(w->within && w->got == w->size);
    w->within = false;
    return true;
}

static bool feed_tar(void *context, struct span bytes)
{
    struct watch *w = context;
    return tar_feed(w->tar, bytes) == TAR_SOUND;
}

static enum tar_flaw read_all(struct span all, size_t portion, struct watch *w)
{
    *w = (struct watch){ 0 };
    const struct tar_sink sink = { begin, take, end, w };
    struct tar tar = tar_begin(&sink);
    for (size_t at = 0; at < all.len; at += portion)
        (void)tar_feed(&tar, span_slice(all, at, portion));
    return tar_finish(&tar);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct span all = span_of(data + 1, size - 1);
    struct watch whole, cut;
    enum tar_flaw flaw = read_all(all, SIZE_MAX / 2, &whole);
    assert(read_all(all, (size_t)data[0] + 1, &cut) == flaw);
    assert(whole.files == cut.files && whole.bytes == cut.bytes);
    assert(tar_flaw_text(flaw)[0] != 0);

    struct gunzip *gunzip;
    struct watch w = { 0 };
    const struct tar_sink sink = { begin, take, end, &w };
    struct tar tar = tar_begin(&sink);
    w.tar = &tar;
    if (gunzip_new(1U << 22, feed_tar, &w, &gunzip) < 0)
        return 0;
    for (size_t at = 0; at < all.len; at += (size_t)data[0] + 1)
        (void)gunzip_feed(gunzip, span_slice(all, at, (size_t)data[0] + 1));
    assert(gunzip_flaw_text(gunzip_finish(gunzip))[0] != 0);
    gunzip_free(gunzip);
    return 0;
}
