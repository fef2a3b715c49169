/* See template.h. Values are not scanned again, so nothing in a value can name another variable. */
#include "boot/template.h"

#include "model/url.h"

static bool is_name_byte(uint8_t c)
{
    return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static bool is_word_byte(uint8_t c)
{
    return is_name_byte(c) || c == '.' || c == ':' || c == '@' || c == '+';
}

static bool add_label(struct text *out, const struct label *label)
{
    struct span s = label_span(label);

    for (size_t i = 0; i < s.len; i++)
        text_add_char(out, is_word_byte(s.data[i]) ? (char)s.data[i] : '_');
    return s.len > 0;
}

static bool add_http(const struct template_scope *scope, struct text *out)
{
    text_add(out, "http://");
    text_add_ipv4(out, scope->reach->server);
    if (scope->reach->http_port != 80)
        text_addf(out, ":%u", scope->reach->http_port);
    return true;
}

static bool add_mac(const struct template_scope *scope, struct text *out)
{
    text_add_mac(out, scope->client->mac);
    return !mac_is_zero(scope->client->mac);
}

static bool add_uuid(const struct template_scope *scope, struct text *out)
{
    char uuid[UUID_TEXT_MAX];

    if (!scope->client->has_uuid)
        return false;
    uuid_format(&scope->client->uuid, uuid);
    text_add(out, uuid);
    return true;
}

static bool add_name(const struct template_scope *scope, struct text *out)
{
    if (scope->settings->host) {
        text_add(out, scope->settings->host->name);
        return true;
    }
    return add_label(out, &scope->client->hostname);
}

static bool add_hostname(const struct template_scope *scope, struct text *out)
{
    if (scope->client->hostname.len > 0)
        return add_label(out, &scope->client->hostname);
    return add_name(scope, out);
}

static bool add_address(const struct template_scope *scope, struct text *out)
{
    struct ipv4 address = scope->client->address;

    if (ipv4_is_none(address) && scope->settings->host)
        address = scope->settings->host->address;
    text_add_ipv4(out, address);
    return !ipv4_is_none(address);
}

static bool add_serial(const struct template_scope *scope, struct text *out)
{
    return add_label(out, &scope->client->serial);
}

static bool add_asset(const struct template_scope *scope, struct text *out)
{
    return add_label(out, &scope->client->asset);
}

static bool add_manufacturer(const struct template_scope *scope, struct text *out)
{
    return add_label(out, &scope->client->manufacturer);
}

static bool add_product(const struct template_scope *scope, struct text *out)
{
    return add_label(out, &scope->client->product);
}

static bool add_arch(const struct template_scope *scope, struct text *out)
{
    text_add(out, arch_name(scope->client->arch));
    return scope->client->arch != ARCH_NONE;
}

static bool add_server(const struct template_scope *scope, struct text *out)
{
    text_add_ipv4(out, scope->reach->server);
    return true;
}

static bool add_mirror(const struct template_scope *scope, struct text *out)
{
    text_add(out, "http://");
    text_add_ipv4(out, scope->reach->server);
    text_addf(out, ":%u/mirror", scope->reach->mirror_port);
    return scope->reach->mirror_port != 0;
}

static bool add_image(const struct template_scope *scope, struct text *out)
{
    if (scope->image)
        text_add(out, scope->image->name);
    return scope->image != NULL;
}

static bool add_files(const struct template_scope *scope, struct text *out)
{
    add_http(scope, out);
    text_add(out, "/images/");
    return add_image(scope, out);
}

/* The folder of its answer files, with a token made for it; the main file behind it. */
static bool add_answer_folder(const struct template_scope *scope, struct text *out)
{
    return scope->answer &&
           answer_add_folder(scope->answer->image, scope->client, scope->reach, out);
}

static bool is_answer(const struct template_scope *scope, struct span name)
{
    return scope->answer && (span_is(name, "answer") || span_is(name, "answer-folder"));
}

static bool add_answer(const struct template_scope *scope, struct text *out)
{
    if (!add_answer_folder(scope, out))
        return false;
    text_add(out, scope->answer->template->file->wire);
    return true;
}

static bool add_iso(const struct template_scope *scope, struct text *out)
{
    const struct image *image = scope->image;
    if (!image ||
        (!image->container && image->kind != IMAGE_SANBOOT && image->kind != IMAGE_MEMDISK))
        return false;
    add_files(scope, out);
    text_add_char(out, '/');
    url_encode(out, span_text(image->container ? image->container->file : image->kernel));
    return true;
}

static bool add_slim(const struct template_scope *scope, struct text *out)
{
    if (!scope->image || !scope->image->container || scope->image->slim_count == 0)
        return add_iso(scope, out);
    add_files(scope, out);
    text_add(out, "/" IMAGE_SLIM_NAME);
    return true;
}

/* Each adds its value and says whether there is one. */
static const struct {
    const char *name;
    bool (*add)(const struct template_scope *scope, struct text *out);
} facts[] = {
#define VARIABLE(id, name, text) { name, add_##id },
#include "model/variable.def"
#undef VARIABLE
};

/* "name:-text": the text, and `*name` without it; data NULL when there is none. */
static struct span take_default(struct span *name)
{
    for (size_t i = span_find(*name, ':'); i < name->len; i++) {
        if (!span_starts_with(span_from(*name, i), ":-"))
            continue;
        struct span rest = span_from(*name, i + 2);
        name->len = i;
        return span_of(rest.data ? rest.data : (const uint8_t *)"", rest.len);
    }
    return (struct span){ 0 };
}

static enum template_flaw add_variable(struct span name, const struct template_scope *scope,
                                       struct text *out)
{
    if (name.len == 0 || name.len > TEMPLATE_NAME_MAX)
        return TEMPLATE_BAD_NAME;
    for (size_t i = 0; i < name.len; i++)
        if (!is_name_byte(name.data[i]))
            return TEMPLATE_BAD_NAME;
    const char *own = rule_find_variable(scope->settings, name);
    if (own) {
        text_add(out, own);
        return TEMPLATE_SOUND;
    }
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (span_is(name, facts[i].name))
            return facts[i].add(scope, out) ? TEMPLATE_SOUND
                   : is_answer(scope, name) ? TEMPLATE_WITHHELD
                                            : TEMPLATE_UNKNOWN;
    return TEMPLATE_UNDEFINED;
}

static void tell_name(struct span name, char ret_name[TEMPLATE_NAME_MAX + 1])
{
    if (!ret_name)
        return;
    struct text told = text_over(ret_name, TEMPLATE_NAME_MAX + 1);
    text_add_escaped(&told, span_slice(name, 0, TEMPLATE_NAME_MAX));
}

enum template_flaw template_render(struct span source, const struct template_scope *scope,
                                   struct text *out, char ret_name[TEMPLATE_NAME_MAX + 1])
{
    while (source.len > 0) {
        size_t plain = span_find(source, '$');
        text_add_span(out, span_slice(source, 0, plain));
        source = span_from(source, plain);
        if (source.len == 0)
            break;
        if (!span_starts_with(source, "${")) {
            text_add_char(out, '$');
            source = span_from(source, span_starts_with(source, "$$") ? 2 : 1);
            continue;
        }
        source = span_from(source, 2);
        size_t end = span_find(source, '}');
        struct span name = span_slice(source, 0, end), otherwise = take_default(&name);
        size_t before = out->len;
        enum template_flaw flaw =
            end == source.len ? TEMPLATE_UNCLOSED : add_variable(name, scope, out);
        if (otherwise.data && template_flaw_is_absence(flaw)) {
            out->len = before;
            out->data[before] = 0;
            text_add_span(out, otherwise);
            flaw = TEMPLATE_SOUND;
        }
        if (flaw != TEMPLATE_SOUND) {
            tell_name(name, ret_name);
            return flaw;
        }
        source = span_from(source, end + 1);
    }
    if (out->failed)
        tell_name((struct span){ 0 }, ret_name);
    return out->failed ? TEMPLATE_TOO_LONG : TEMPLATE_SOUND;
}

bool template_flaw_is_absence(enum template_flaw flaw)
{
    return flaw == TEMPLATE_UNDEFINED || flaw == TEMPLATE_UNKNOWN || flaw == TEMPLATE_WITHHELD;
}

const char *template_flaw_text(enum template_flaw flaw)
{
    static const char *const texts[] = {
        [TEMPLATE_SOUND] = "is sound",
        [TEMPLATE_UNDEFINED] = "is not defined: add it to the host's or the group's variables",
        [TEMPLATE_UNKNOWN] = "has no value: this machine did not tell it",
        [TEMPLATE_WITHHELD] =
            "is given to the machine itself alone, where a link shows that it asks "
            "(answers.routed)",
        [TEMPLATE_UNCLOSED] = "has no closing brace",
        [TEMPLATE_BAD_NAME] = "is no name of a variable (letters, digits, _ and - only)",
        [TEMPLATE_TOO_LONG] = "makes the text too long",
    };
    return texts[flaw];
}
