/* Lines of a record of digests: what is taken has 64 digits and a path that leads nowhere else. */
#include <assert.h>

#include "model/safe_path.h"
#include "serve/image_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char hex[IMAGE_DIGEST_HEX + 1] = "";
    struct safe_path sound;
    struct span path;

    if (!image_digest_line(span_of(data, size), hex, &path))
        return 0;
    assert(strlen(hex) == IMAGE_DIGEST_HEX && path.len == size - IMAGE_DIGEST_HEX - 2);
    assert(safe_path_parse(path, &sound) == PATH_SOUND);
    return 0;
}
