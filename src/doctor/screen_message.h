/* What the message on a machine's screen means: PXE ROMs, UEFI, shim, GRUB, iPXE (in words and by
 * its number), Windows. Data in screen_message.def; here is how a message is found. */
#ifndef DOCTOR_SCREEN_MESSAGE_H
#define DOCTOR_SCREEN_MESSAGE_H

#include "base/span.h"

struct screen_message {
    const char *key; /* what was recognised; "" for a number of iPXE */
    const char *says, *cause, *look, *cure, *source;
};

/* The parts of iPXE's error number (ipxe: src/include/errno.h). */
struct ipxe_error {
    uint32_t number;
    uint8_t posix;    /* bits 30-24 */
    uint16_t file;    /* bits 23-13 */
    uint8_t part;     /* bits 12-8: which place in the file */
    uint8_t platform; /* bits 7-0: PXE or EFI status */
};

/* The row that says most about a message as a person types it off the screen: the longest key in
 * it, else the best row for a number of iPXE's. NULL when it is not known. *ret_error, when not
 * NULL, gets the number taken apart; its number is 0 when the message holds none. */
const struct screen_message *screen_message_find(struct span message, struct ipxe_error *ret_error);

/* "ENOENT", "ETIMEDOUT", ... for the POSIX part; NULL for numbers without a name. */
const char *ipxe_error_name(uint8_t posix);

/* Row i of the words (without iPXE's numbers), for lists and completeness; NULL behind the last. */
const struct screen_message *screen_message_at(size_t i);

#endif
