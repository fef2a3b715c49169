/* See chain_result.h. */
#include "model/chain_result.h"

const char *chain_mark_name(enum chain_mark mark)
{
    static const char *const names[] = {
        [CHAIN_MARK_NONE] = "none",
        [CHAIN_MARK_STARTED] = "started",
        [CHAIN_MARK_STALLED] = "stalled",
    };
    return names[mark];
}
