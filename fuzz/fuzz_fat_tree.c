/* A disk of any bytes from its first sector on: a FAT file system, or nothing. What comes out is a
 * sound index. */
#include "container_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    const struct image_source source = image_source_over(&bytes);
    check_container(&source);
    return 0;
}
