/* See admin_url.h. */
#include "serve/admin_url.h"

#include "net/host_names.h"

void admin_url_write(const struct view *view, struct text *out)
{
    const struct config_admin *admin = &view->config->admin;
    struct ipv4 address = admin->listen.addr;
    char name[HOST_NAME_TEXT_MAX];

    for (uint8_t i = 0; i < view->ifaces.count && ipv4_is_none(address); i++)
        if (view_serves(view, &view->ifaces.rows[i]))
            address = view->ifaces.rows[i].addresses[0].addr;
    text_add(out, admin->tls == CONFIG_ADMIN_TLS_REQUIRED ? "https://" : "http://");
    if (ipv4_is_none(address)) {
        host_name_read(name);
        text_add(out, name);
    } else {
        text_add_ipv4(out, address);
    }
    text_addf(out, ":%u", admin->listen.port);
}
