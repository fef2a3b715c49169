/* What stands before the bytes in a file of the mirror: which name they have, and what the upstream
 * said of them. A file of the mirror is this block and then the body, so that both change at once.
 */
#ifndef MIRROR_MIRROR_HEADER_H
#define MIRROR_MIRROR_HEADER_H

#include "mirror/mirror_name.h"

#define MIRROR_HEADER_BYTES 4096
#define MIRROR_ETAG_MAX     128
#define MIRROR_DATE_MAX     40

struct mirror_header {
    char key[MIRROR_KEY_MAX];
    char etag[MIRROR_ETAG_MAX];     /* as the upstream wrote it; "" = none */
    char modified[MIRROR_DATE_MAX]; /* the same */
    uint64_t size;                  /* of the body */
};

/* Fill the block. */
void mirror_header_encode(const struct mirror_header *header, uint8_t out[MIRROR_HEADER_BYTES]);

/* False when it is none. */
bool mirror_header_decode(struct span block, struct mirror_header *ret_header);

#endif
