/* See media_type.h. */
#include "boot/media_type.h"

bool ends_with_nocase(struct span name, const char *end)
{
    size_t n = strlen(end);
    return name.len >= n && span_is_nocase(span_from(name, name.len - n), end);
}

const char *media_type_of(struct span name)
{
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
        { ".json", "application/json" },
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (ends_with_nocase(name, types[i].end))
            return types[i].type;
    return "application/octet-stream";
}

bool is_program_name(struct span name)
{
    return ends_with_nocase(name, ".efi") || ends_with_nocase(name, ".kpxe") ||
           ends_with_nocase(name, ".pxe") || ends_with_nocase(name, ".0");
}
