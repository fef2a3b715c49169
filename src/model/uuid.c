/* See uuid.h. */
#include "model/uuid.h"

struct uuid uuid_from_wire(const uint8_t wire[16])
{
    static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    struct uuid uuid;
    for (size_t i = 0; i < 16; i++)
        uuid.bytes[i] = wire[order[i]];
    return uuid;
}

static int hex_value(uint8_t c)
{
    c = ascii_lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uuid_parse(struct span text, struct uuid *ret_uuid)
{
    struct uuid uuid = { 0 };
    size_t digits = 0;

    if (text.len != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text.data[i] != '-')
                return false;
            continue;
        }
        int v = hex_value(text.data[i]);
        if (v < 0)
            return false;
        uuid.bytes[digits / 2] = (uint8_t)(uuid.bytes[digits / 2] << 4 | v);
        digits++;
    }
    *ret_uuid = uuid;
    return true;
}

void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_MAX])
{
    struct text t = text_over(out, UUID_TEXT_MAX);
    for (size_t i = 0; i < 16; i++)
        text_addf(&t, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid->bytes[i]);
}

bool uuid_is_void(const struct uuid *uuid)
{
    for (size_t i = 1; i < 16; i++)
        if (uuid->bytes[i] != uuid->bytes[0])
            return false;
    return uuid->bytes[0] == 0 || uuid->bytes[0] == 0xff;
}
