/* See name.h. */
#include "model/name.h"

bool name_is_sound(struct span name, size_t cap)
{
    if (name.len == 0 || name.len >= cap || name.data[0] == '.' || name.data[0] == '-')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = ascii_lower(name.data[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
            return false;
    }
    return true;
}
