/* See flaw.h: names, texts and statuses from the rows of flaw.def. */
#include "http/flaw.h"

struct flaw_row {
    const char *name, *text;
    uint16_t status;
};

static const struct flaw_row rows[HTTP_FLAW_COUNT] = {
    [HTTP_SOUND] = { "SOUND", "sound", 200 },
#define HTTP_FLAW(id_, status_, text_)                                                             \
    [HTTP_##id_] = { .name = #id_, .text = text_, .status = status_ },
#include "http/flaw.def"
#undef HTTP_FLAW
};

const char *http_flaw_name(enum http_flaw flaw)
{
    return rows[flaw].name;
}

const char *http_flaw_text(enum http_flaw flaw)
{
    return rows[flaw].text;
}

uint16_t http_flaw_status(enum http_flaw flaw)
{
    return rows[flaw].status;
}
