/* See quirks.h. A row matches when each of its marks does; the rows are few, so they are simply
 * walked, and only for clients that boot. */
#include "dhcp/quirks.h"

struct quirk {
    enum quirk_effect effect;
    const char *vendor_class, *uuid;
    uint32_t arch, oui;
};

static const struct quirk quirks[] = {
#define QUIRK(name_, effect_, class_, arch_, oui_, uuid_, text_)                                   \
    { .effect = QUIRK_##effect_,                                                                   \
      .vendor_class = class_,                                                                      \
      .uuid = uuid_,                                                                               \
      .arch = arch_,                                                                               \
      .oui = oui_ },
#include "dhcp/quirks.def"
#undef QUIRK
};

static bool matches(const struct quirk *q, const struct quirk_marks *marks)
{
    return span_starts_with(marks->vendor_class, q->vendor_class) &&
           (q->arch == QUIRK_ANY || q->arch == marks->arch_wire) &&
           (q->oui == 0 || q->oui == mac_to_u64(marks->mac) >> 24) &&
           (q->uuid[0] == 0 || span_starts_with(span_from(marks->uuid, 1), q->uuid) ||
            /* RPi4 begins the option with the text where others have the type byte */
            span_starts_with(marks->uuid, q->uuid));
}

unsigned quirks_find(const struct quirk_marks *marks)
{
    unsigned effects = QUIRK_NONE;
    for (size_t i = 0; i < sizeof quirks / sizeof quirks[0]; i++)
        if (matches(&quirks[i], marks))
            effects |= quirks[i].effect;
    return effects;
}
