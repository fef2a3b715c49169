/* See flaw.h. The phrases go into events and into the message of ERROR packets, so they are plain
 * ASCII and short. */
#include "tftp/flaw.h"

#include <assert.h>
#include <stddef.h>

struct row {
    const char *name, *text;
};

static const struct row rows[] = {
    [TFTP_SOUND] = { "SOUND", "sound" },
    [TFTP_CUT_SHORT] = { "CUT_SHORT", "the packet is cut short" },
    [TFTP_OPCODE_UNKNOWN] = { "OPCODE_UNKNOWN", "unknown operation" },
    [TFTP_WRITE_REFUSED] = { "WRITE_REFUSED", "this server is read-only" },
    [TFTP_NAME_MISSING] = { "NAME_MISSING", "the file name is missing" },
    [TFTP_MODE_MISSING] = { "MODE_MISSING", "the transfer mode is missing" },
    [TFTP_MODE_UNKNOWN] = { "MODE_UNKNOWN", "the transfer mode is not octet or netascii" },
    [TFTP_REQUEST_TOO_BIG] = { "REQUEST_TOO_BIG", "the request is too big" },
    [TFTP_NOT_A_REQUEST] = { "NOT_A_REQUEST", "no such transfer" },
};
static_assert(sizeof rows / sizeof rows[0] == TFTP_FLAW_COUNT, "a text for each flaw");

const char *tftp_flaw_name(enum tftp_flaw flaw)
{
    return rows[flaw].name;
}

const char *tftp_flaw_text(enum tftp_flaw flaw)
{
    return rows[flaw].text;
}
