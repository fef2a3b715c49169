/* See reach_here.h. Served is what the configuration names, else the first Ethernet interface. */
#include "cli/reach_here.h"

#include <string.h>
#include <unistd.h>

#include "net/iface.h"

struct reach reach_here(const struct config *config)
{
    struct reach reach = { .http_port = config->http.port,
                           .https_port = config->https.enabled ? config->https.port : 0,
                           .mirror_port = config_mirror_port(config),
                           .offer_https = config->https.offer,
                           .beside = config->dhcp.mode == CONFIG_DHCP_PROXY };
    static struct iface_table table;
    int fd = iface_open_query();
    if (fd < 0)
        return reach;
    if (iface_read(fd, &table) == 0) {
        for (size_t i = 0; i < table.count && ipv4_is_none(reach.server); i++) {
            const struct iface *row = &table.rows[i];
            bool named = config->interface_count == 0;
            for (size_t k = 0; k < config->interface_count; k++)
                named = named || strcmp(config->interfaces[k].name, row->name) == 0;
            if (named && row->ethernet && !row->loopback && row->address_count > 0)
                reach.server = row->addresses[0].addr;
        }
    }
    close(fd);
    return reach;
}
