/* See media_type.h. */
#include "model/media_type.h"

static const struct {
    const char *end, *type;
} types[] = {
    /* EDK2 compares these whole: no parameters (uefi-http-boot: HttpBootCheckImageType). */
    { ".efi", "application/efi" },
    { ".iso", "application/vnd.efi-iso" },
    { ".img", "application/vnd.efi-img" },
    { ".ipxe", "text/plain" },
    { ".cfg", "text/plain" },
    { ".conf", "text/plain" },
    { ".txt", "text/plain" },
    { ".yaml", "text/plain" },
    { ".json", "application/json" },
    { ".xml", "application/xml" },
    { ".html", "text/html" },
    { ".png", "image/png" },
};

const char *media_type_of(struct span name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (name.len > strlen(types[i].end) && span_ends_with_nocase(name, types[i].end))
            return types[i].type;
    return "application/octet-stream";
}

bool media_type_is_program(struct span name)
{
    static const char *const ends[] = { ".efi", ".kpxe", ".pxe", ".0" };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (span_ends_with_nocase(name, ends[i]))
            return true;
    return false;
}
