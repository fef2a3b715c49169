/* See wim_xml.h. Expat reads the XML and turns UTF-16 into UTF-8; here is what its elements mean.
 * Documents with a DTD are refused, so nothing in them can be expanded. */
#include "image/wim_xml.h"

#include <errno.h>
#include <expat.h>
#include <stdlib.h>

#include "base/text.h"

#define XML_BYTES_MAX (UINT64_C(8) << 20)
#define DEPTH_MAX     16
#define VALUE_MAX     256

struct reading {
    XML_Parser parser;
    struct wim_image *images;
    size_t cap, count;
    struct wim_image *image; /* the one whose element is open; NULL */
    unsigned depth;
    char path[DEPTH_MAX][24]; /* names of the open elements */
    char value[VALUE_MAX];    /* text of the innermost */
    struct text text;
    bool is_wim; /* the outermost is WIM */
};

static void put_text(char *out, size_t cap, const char *value)
{
    span_to_text(span_text(value), out, cap);
    /* Cut within a character: take its beginning away, too. */
    size_t len = strlen(out);
    if (strlen(value) > len) {
        while (len > 0 && ((uint8_t)out[len - 1] & 0xc0) == 0x80)
            len--;
        if (len > 0 && (uint8_t)out[len - 1] >= 0xc0)
            len--;
        out[len] = 0;
    }
}

static uint64_t number_of(const char *value, uint64_t max)
{
    uint64_t n = 0;
    for (; *value; value++) {
        if (*value < '0' || *value > '9' || n > max)
            return 0;
        n = n * 10 + (uint64_t)(*value - '0');
    }
    return n > max ? 0 : n;
}

static void add_language(struct wim_image *image, const char *value)
{
    size_t used = strlen(image->languages);
    struct text t = text_over(image->languages + used, sizeof image->languages - used);
    text_addf(&t, "%s%s", used > 0 ? ", " : "", value);
    if (t.failed)
        image->languages[used] = 0;
}

static void set_arch(struct wim_image *image, const char *value)
{
    image->arch = *value ? (uint32_t)number_of(value, 65535) : WIM_ARCH_UNKNOWN;
}

/* The elements below IMAGE that count, each by its way from there. */
static void take_value(struct wim_image *image, const char *path, const char *value)
{
    static const struct {
        const char *path;
        size_t at, cap;
    } texts[] = {
#define TEXT(path, field) { path, offsetof(struct wim_image, field), sizeof image->field }
        TEXT("NAME", name),
        TEXT("DESCRIPTION", description),
        TEXT("DISPLAYDESCRIPTION", description),
        TEXT("WINDOWS/EDITIONID", edition),
        TEXT("WINDOWS/INSTALLATIONTYPE", kind),
        TEXT("WINDOWS/LANGUAGES/DEFAULT", language),
#undef TEXT
    };
    static const struct {
        const char *path;
        size_t at;
    } numbers[] = {
        { "WINDOWS/VERSION/MAJOR", offsetof(struct wim_image, major) },
        { "WINDOWS/VERSION/MINOR", offsetof(struct wim_image, minor) },
        { "WINDOWS/VERSION/BUILD", offsetof(struct wim_image, build) },
        { "WINDOWS/VERSION/SPBUILD", offsetof(struct wim_image, revision) },
    };

    if (!*value)
        return;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(path, texts[i].path) == 0)
            put_text((char *)image + texts[i].at, texts[i].cap, value);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint32_t number = (uint32_t)number_of(value, UINT32_MAX);
        if (strcmp(path, numbers[i].path) == 0)
            memcpy((char *)image + numbers[i].at, &number, sizeof number);
    }
    if (strcmp(path, "WINDOWS/ARCH") == 0)
        set_arch(image, value);
    else if (strcmp(path, "WINDOWS/LANGUAGES/LANGUAGE") == 0)
        add_language(image, value);
    else if (strcmp(path, "TOTALBYTES") == 0)
        image->total_bytes = number_of(value, UINT64_MAX / 16);
}

static void clear_value(struct reading *r)
{
    r->text = text_over(r->value, sizeof r->value);
}

static void begin_image(struct reading *r, const char **attributes)
{
    if (r->count == r->cap)
        return;
    r->image = &r->images[r->count++];
    *r->image = (struct wim_image){ .arch = WIM_ARCH_UNKNOWN };
    for (size_t i = 0; attributes[i]; i += 2)
        if (strcmp(attributes[i], "INDEX") == 0)
            r->image->index = (uint32_t)number_of(attributes[i + 1], UINT32_MAX);
}

static void XMLCALL begin_element(void *context, const char *name, const char **attributes)
{
    struct reading *r = context;

    if (r->depth == DEPTH_MAX) {
        XML_StopParser(r->parser, XML_FALSE);
        return;
    }
    span_to_text(span_text(name), r->path[r->depth], sizeof r->path[0]);
    r->depth++;
    clear_value(r);
    if (r->depth == 1)
        r->is_wim = strcmp(name, "WIM") == 0;
    else if (r->depth == 2 && r->is_wim && strcmp(name, "IMAGE") == 0)
        begin_image(r, attributes);
}

static void XMLCALL end_element(void *context, const char *name)
{
    struct reading *r = context;
    char path[DEPTH_MAX * sizeof r->path[0]];
    struct text way = text_over(path, sizeof path);

    (void)name;
    for (unsigned i = 2; i < r->depth; i++)
        text_addf(&way, "%s%s", i > 2 ? "/" : "", r->path[i]);
    if (r->image && r->depth > 2)
        take_value(r->image, path, r->value);
    r->depth--;
    if (r->depth == 1)
        r->image = NULL;
    clear_value(r);
}

static void XMLCALL add_text(void *context, const char *data, int len)
{
    struct reading *r = context;
    for (int i = 0; i < len; i++)
        if ((uint8_t)data[i] >= 0x20 && data[i] != 0x7f)
            text_add_char(&r->text, data[i]);
}

static void XMLCALL refuse_dtd(void *context, const char *name, const char *system,
                               const char *public_id, int has_internal)
{
    struct reading *r = context;
    (void)name;
    (void)system;
    (void)public_id;
    (void)has_internal;
    XML_StopParser(r->parser, XML_FALSE);
}

bool wim_xml_parse(struct span xml, struct wim_image *images, size_t cap, size_t *ret_count,
                   bool *ret_no_memory)
{
    struct reading r = { .images = images, .cap = cap };

    *ret_count = 0;
    *ret_no_memory = false;
    clear_value(&r);
    if (xml.len == 0 || xml.len > XML_BYTES_MAX)
        return false;
    /* Its first two bytes tell the order of the others; without them it is UTF-8 to expat. */
    r.parser = XML_ParserCreate(NULL);
    if (!r.parser) {
        *ret_no_memory = true;
        return false;
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, begin_element, end_element);
    XML_SetCharacterDataHandler(r.parser, add_text);
    XML_SetStartDoctypeDeclHandler(r.parser, refuse_dtd);
    bool ok = XML_Parse(r.parser, (const char *)xml.data, (int)xml.len, 1) == XML_STATUS_OK;
    *ret_no_memory = !ok && XML_GetErrorCode(r.parser) == XML_ERROR_NO_MEMORY;
    XML_ParserFree(r.parser);
    *ret_count = ok ? r.count : 0;
    return ok && r.is_wim;
}

int wim_xml_read(struct wim *wim, struct wim_image *images, size_t cap, size_t *ret_count)
{
    bool no_memory;

    *ret_count = 0;
    if (wim->xml.flags & WIM_RESOURCE_PACKED)
        return wim_refuse(wim, WIM_PACKING);
    if (wim->xml.size == 0 || wim->xml.size > XML_BYTES_MAX)
        return wim_refuse(wim, WIM_TEXT);
    size_t len = (size_t)wim->xml.size;
    uint8_t *data = malloc(len);
    if (!data)
        return -ENOMEM;
    int r = image_source_read_all(wim->source, wim->path, wim->xml.offset, data, len)
                ? 0
                : wim_refuse(wim, WIM_UNREADABLE);
    if (r == 0 && !wim_xml_parse(span_of(data, len), images, cap, ret_count, &no_memory))
        r = no_memory ? -ENOMEM : wim_refuse(wim, WIM_TEXT);
    free(data);
    return r;
}

const char *wim_arch_name(uint32_t arch)
{
    switch (arch) {
    case WIM_ARCH_X86:
        return "x86";
    case WIM_ARCH_ARM:
        return "arm";
    case WIM_ARCH_X64:
        return "x64";
    case WIM_ARCH_ARM64:
        return "arm64";
    default:
        return "";
    }
}
