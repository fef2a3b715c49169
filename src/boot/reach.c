/* See reach.h. Whether a machine trusts the CA cannot be seen from here: it is the owner's word. */
#include "boot/reach.h"

#include "boot/ipxe_features.h"

void reach_add_server(struct text *out, const struct reach *reach)
{
    uint16_t port = reach->secure ? reach->https_port : reach->http_port;

    text_add(out, reach->secure ? "https://" : "http://");
    text_add_ipv4(out, reach->server);
    if (port != (reach->secure ? 443 : 80))
        text_addf(out, ":%u", port);
}

static bool lacks_https(const struct client *client)
{
    return client->ipxe_features & IPXE_FEATURES_TOLD &&
           !(client->ipxe_features & ipxe_feature_bit(IPXE_HTTPS));
}

/* Those CAs that are enrolled in the firmware: of iPXE since 2025-03 (ddc2d928d), so surely from
 * 2.0.0 on, and under UEFI only. */
static bool trusts_what_firmware_trusts(const struct client *client)
{
    return client->ipxe_version.major >= 2 && arch_is_efi(client->arch);
}

/* NULL when this client is to have https:// addresses, else why it is not. */
static const char *obstacle(const struct client *client, const struct reach *reach, bool always)
{
    if (reach->https_port == 0)
        return "plain HTTP, since HTTPS is not served";
    if (client->kind == CLIENT_HTTP)
        return NULL;
    if (client->kind == CLIENT_IPXE && lacks_https(client))
        return "plain HTTP, since this iPXE was built without HTTPS";
    if (always || (client->kind == CLIENT_IPXE && trusts_what_firmware_trusts(client)))
        return NULL;
    return "plain HTTP, since this program does not use the CAs enrolled in the firmware "
           "('always' gives it https:// nevertheless)";
}

struct reach reach_for(const struct reach *reach, const struct client *client,
                       const struct rule_settings *settings, struct trail *trail)
{
    const struct rule_word *word = &settings->https;
    bool always = word->value && strcmp(word->value, "always") == 0;
    bool wanted = word->value ? strcmp(word->value, "false") != 0 : reach->offer_https;
    struct reach out = *reach;

    if (reach->secure || !wanted)
        return out;
    const char *why_not = obstacle(client, reach, always);
    out.secure = !why_not;
    if (trail)
        trail_add(trail, "https", "%s %s asks for it: %s", word->value ? word->kind : "the setting",
                  word->value ? word->by : "https.offer", why_not ? why_not : "https:// addresses");
    return out;
}
