/* A UDF disc of which some sectors are told: each as its number and its bytes, all others are
 * zeros. The checksums of descriptors are set right, or few would be looked at. What comes out is a
 * sound index. */
#include <stdlib.h>

#include "base/reader.h"

#include "container_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECTOR      2048
#define SECTORS     600
#define SECTORS_MAX 64 /* that are told */

struct disc {
    uint8_t sectors[SECTORS][SECTOR];
};

/* ECMA-167 3/7.2.3: the sum of the tag's bytes but its own. */
static void set_checksum(uint8_t *sector)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < 16; i++)
        if (i != 4)
            sum = (uint8_t)(sum + sector[i]);
    sector[4] = sum;
}

static int64_t size_of(void *context, const char *path)
{
    (void)context;
    (void)path;
    return sizeof(struct disc);
}

static int64_t read_bytes(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct disc *disc = context;
    struct span part = span_slice(span_of(disc, sizeof *disc), (size_t)offset, len);
    (void)path;
    if (part.len > 0)
        memcpy(data, part.data, part.len);
    return (int64_t)part.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_over(span_of(data, size));
    struct disc *disc = calloc(1, sizeof *disc);
    if (!disc)
        return 0;
    for (unsigned i = 0; i < SECTORS_MAX && reader_left(&r) >= 2 + SECTOR; i++) {
        uint16_t number = reader_le16(&r) % SECTORS;
        struct span bytes = reader_take(&r, SECTOR);
        memcpy(disc->sectors[number], bytes.data, SECTOR);
        if (number > 32) /* before that there are no tags */
            set_checksum(disc->sectors[number]);
    }
    const struct image_source source = {
        .read = read_bytes, .size = size_of, .context = disc, .file = ""
    };
    check_container(&source);
    free(disc);
    return 0;
}
