/* OpenPGP's ASCII armour taken off (RFC 9580 6.2): keys are published in it, and gpgv wants bytes.
 */
#ifndef CATALOG_ARMOR_H
#define CATALOG_ARMOR_H

#include "base/checked.h"
#include "base/span.h"

#define ARMOR_BYTES_MAX ((size_t)8 << 20)

/* Does it look like armour? */
bool armor_is(struct span text);

/* The bytes of all armoured blocks of the text, one behind the other, in memory the caller frees.
 * 0, -EBADMSG (no block, or one that is cut or has other characters), -EFBIG or -ENOMEM. */
must_check int armor_strip(struct span text, uint8_t **ret_bytes, size_t *ret_len);

#endif
