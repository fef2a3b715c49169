/* A stand-in for boot/choose in tests of the DHCP cores: a loader for firmware, a script for iPXE.
 * Linked into test programs only. */
#include "boot/choose.h"

void choose_loader(const struct catalog *catalog, const struct client *client,
                   const struct reach *reach, struct choice *out)
{
    struct text url = text_over(out->url, sizeof out->url);

    (void)catalog;
    memset(out, 0, sizeof *out);
    url = text_over(out->url, sizeof out->url);
    text_add(&url, "http://");
    text_add_ipv4(&url, reach->server);
    out->kind = client->kind == CLIENT_IPXE  ? CHOICE_SCRIPT
                : client->kind == CLIENT_RPI ? CHOICE_MENU_RPI
                                             : CHOICE_LOADER;
    out->transport = client->kind == CLIENT_HTTP ? TRANSPORT_HTTP : TRANSPORT_TFTP;
    text_add(&url, client->kind == CLIENT_IPXE ? "/boot.ipxe" : "/ipxe.efi");
    if (client->kind != CLIENT_IPXE)
        span_to_text(span_text(client->arch == ARCH_BIOS_X86 ? "undionly.kpxe" : "ipxe.efi"),
                     out->file, sizeof out->file);
}

const struct host *choose_host(const struct catalog *catalog, const struct client *client)
{
    for (size_t i = 0; i < catalog->host_count; i++)
        if (catalog->hosts[i].match.has_mac && mac_equals(catalog->hosts[i].match.mac, client->mac))
            return &catalog->hosts[i];
    return NULL;
}
