/* See flaw.h: the rows there give names and texts; nothing else is known here. */
#include "dhcp/flaw.h"

#include <assert.h>

static const struct {
    const char *name, *text;
} flaws[] = {
#define DHCP4_FLAW_ROW(name_, text_) [DHCP4_##name_] = { .name = #name_, .text = text_ },
    DHCP4_FLAWS(DHCP4_FLAW_ROW)
#undef DHCP4_FLAW_ROW
};

static_assert(sizeof flaws / sizeof flaws[0] == DHCP4_FLAW_COUNT, "every flaw has a text");

const char *dhcp4_flaw_text(enum dhcp4_flaw flaw)
{
    return flaws[flaw].text;
}

const char *dhcp4_flaw_name(enum dhcp4_flaw flaw)
{
    return flaws[flaw].name;
}
