/* See machine_name.h. */
#include "api/machine_name.h"

#include "base/text.h"

void machine_name_by_address(struct mac mac, unsigned attempt, char name[HOST_NAME_MAX])
{
    struct text out = text_over(name, HOST_NAME_MAX);
    text_add(&out, "machine-");
    for (size_t i = 0; i < sizeof mac.bytes; i++)
        text_addf(&out, "%02x", mac.bytes[i]);
    if (attempt > 0)
        text_addf(&out, "-%u", attempt + 1);
}

void machine_name_by_itself(const struct label *hostname, char name[HOST_NAME_MAX])
{
    struct span from = label_span(hostname);
    struct text out = text_over(name, HOST_NAME_MAX);

    for (size_t i = 0; i < from.len; i++) {
        uint8_t c = ascii_lower(from.data[i]);
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (is_plain || out.len > 0)
            text_add_char(&out, is_plain || c == '.' || c == '-' ? (char)c : '-');
    }
    if (out.failed)
        name[0] = 0;
}
