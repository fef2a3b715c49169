/* See sockets.h. The ports are tried without SO_REUSEPORT first, so that a second tugboot, which
 * could share them, is noticed like any other program. */
#include "serve/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "net/iface.h"
#include "net/port_owner.h"
#include "net/raw.h"
#include "net/tcp.h"
#include "net/udp.h"
#include "serve/control.h"

#define SOCKET_BUFFER (2 * 1024 * 1024)
#define HTTP_BACKLOG  4096
#define ADMIN_BACKLOG 128

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int explain(int r, bool tcp, uint16_t port, const char *advice, struct text *why)
{
    const char *protocol = tcp ? "TCP" : "UDP";
    if (r == -EADDRINUSE) {
        text_addf(why, "%s port %u is taken by ", protocol, port);
        port_owner_describe(why, tcp, port);
        text_addf(why, ": %s", advice);
    } else if (r == -EACCES || r == -EPERM) {
        text_addf(why, "no right to open %s port %u: run it as root (sudo tugboot serve)", protocol,
                  port);
    } else {
        text_addf(why, "cannot open %s port %u: %s", protocol, port, strerror(-r));
    }
    return r;
}

static int open_dhcp(uint16_t port, const char *advice, int *ret_fd, struct text *why)
{
    const struct udp_settings settings = { .port = port,
                                           .arrival = true,
                                           .broadcast = true,
                                           .receive_buffer = SOCKET_BUFFER,
                                           .send_buffer = SOCKET_BUFFER };
    int r = udp_open(&settings, ret_fd);
    return r < 0 ? explain(r, false, port, advice, why) : 0;
}

static void open_packet_sockets(struct dhcp4_sockets *s, struct text *notes)
{
    int ear = raw_open_dhcp_ear(), arp = raw_open_arp(), icmp = raw_open_icmp();
    s->ear = ear >= 0 ? ear : -1;
    s->arp = arp >= 0 ? arp : -1;
    s->icmp = icmp >= 0 ? icmp : -1;
    if (ear < 0 || arp < 0 || icmp < 0)
        text_add(notes, "without the right to packet sockets (CAP_NET_RAW) other servers are not "
                        "noticed and addresses are not probed before use");
}

static bool wants_dhcp(const struct config *config)
{
    for (uint8_t i = 0; i < config->interface_count; i++)
        if (config->interfaces[i].has_mode && config->interfaces[i].mode != CONFIG_DHCP_OFF)
            return true;
    return config->dhcp.mode != CONFIG_DHCP_OFF;
}

static int open_all_dhcp(const struct config *config, struct dhcp4_sockets *s, struct text *notes,
                         struct text *why)
{
    if (!wants_dhcp(config))
        return 0;
    int r = open_dhcp(67,
                      "end that program; or keep it as the DHCP server: have it name this "
                      "machine as boot server, and set 'dhcp: {mode: off}' in the configuration",
                      &s->server, why);
    if (r == 0)
        r = open_dhcp(4011, "end that program; two boot servers on one machine cannot be",
                      &s->proxy, why);
    if (r == 0)
        open_packet_sockets(s, notes);
    return r;
}

static struct udp_settings tftp_settings(uint16_t port, bool share)
{
    return (struct udp_settings){ .port = port,
                                  .share_port = share,
                                  .arrival = true,
                                  .receive_buffer = SOCKET_BUFFER,
                                  .send_buffer = SOCKET_BUFFER };
}

static int open_tftp(uint16_t port, bool share, int *ret_fd)
{
    const struct udp_settings settings = tftp_settings(port, share);
    return udp_open(&settings, ret_fd);
}

/* -ENOENT: none was handed over. */
static int inherit_tftp(uint16_t port, struct activation *given, int *ret_fd, struct text *why)
{
    const struct udp_settings settings = tftp_settings(port, false);
    int fd = activation_take(given, "tftp", ACTIVATION_UDP, port, why);
    if (fd < 0)
        return fd;
    *ret_fd = fd;
    int r = udp_adopt(fd, &settings);
    if (r < 0)
        text_addf(why, "the socket 'tftp' that was handed over: %s", strerror(-r));
    return r;
}

static int open_all_tftp(const struct config *config, struct activation *given,
                         struct server_sockets *s, struct text *why)
{
    uint16_t port = config->tftp.port;
    if (!config->tftp.enabled)
        return 0;
    int r = inherit_tftp(port, given, &s->tftp[0], why);
    if (r != -ENOENT)
        return r;
    r = open_tftp(port, false, &s->tftp[0]);
    if (s->tftp[0] >= 0)
        close(s->tftp[0]);
    s->tftp[0] = -1;
    for (uint32_t i = 0; i < s->lanes && r == 0; i++)
        r = open_tftp(port, true, &s->tftp[i]);
    if (r < 0)
        return explain(r, false, port, "end it, or choose another 'tftp: {port: ...}'", why);
    return 0;
}

/* The listener of this name for each lane: whoever is free accepts. -ENOENT: none was handed over.
 */
static int inherit_all(const char *name, uint16_t port, struct activation *given, uint32_t lanes,
                       int fds[LANES_MAX], struct text *why)
{
    int fd = activation_take(given, name, ACTIVATION_TCP, port, why);
    if (fd < 0)
        return fd;
    fds[0] = fd;
    int r = tcp_adopt(fd);
    for (uint32_t i = 1; i < lanes && r == 0; i++) {
        fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        r = fds[i] < 0 ? -errno : 0;
    }
    if (r < 0)
        text_addf(why, "the socket '%s' that was handed over: %s", name, strerror(-r));
    return r;
}

/* A listener on this port for each lane. */
static int listen_all(uint16_t port, uint32_t lanes, int fds[LANES_MAX])
{
    const struct endpoint at = { IPV4_NONE, port };
    int r = tcp_find_free(at);
    for (uint32_t i = 0; i < lanes && r == 0; i++) {
        int fd = tcp_listen(at, HTTP_BACKLOG, NULL);
        if (fd < 0)
            r = fd;
        else
            fds[i] = fd;
    }
    return r;
}

static int open_all_http(const struct config *config, struct activation *given,
                         struct server_sockets *s, struct text *why)
{
    uint16_t port = config->http.port;
    if (!config->http.enabled)
        return 0;
    int r = inherit_all("http", port, given, s->lanes, s->http, why);
    if (r != -ENOENT)
        return r;
    r = listen_all(port, s->lanes, s->http);
    if (r < 0)
        return explain(r, true, port,
                       "end it, or choose another 'http: {port: ...}' (firmware and iPXE are told "
                       "of it)",
                       why);
    return 0;
}

/* Asked for, it must be had; by default a web server that has the port already is no reason not to
 * boot machines by HTTP and TFTP. */
static int open_all_https(const struct config *config, struct activation *given,
                          struct server_sockets *s, struct text *notes, struct text *why)
{
    uint16_t port = config->https.port;
    const char *advice =
        "end it, choose another 'https: {port: ...}' (machines are told of it), or "
        "set 'https: {enabled: false}'";
    if (!config->https.enabled)
        return 0;
    int r = inherit_all("https", port, given, s->lanes, s->https, why);
    if (r != -ENOENT)
        return r;
    r = listen_all(port, s->lanes, s->https);
    if (r == 0)
        return 0;
    if (config->https.is_said)
        return explain(r, true, port, advice, why);
    for (uint32_t i = 0; i < s->lanes; i++)
        close_one(&s->https[i]);
    text_add(notes, notes->len > 0 ? "; " : "");
    text_add(notes, "HTTPS is not served: ");
    (void)explain(r, true, port, advice, notes);
    return 0;
}

/* Few sites have Broadcom's loader: a port that is taken is told of, and everything else works. */
static int open_all_altiris(const struct config *config, struct activation *given,
                            struct server_sockets *s, struct text *notes, struct text *why)
{
    uint16_t port = config->altiris.port;
    if (!config->altiris.enabled)
        return 0;
    int r = inherit_all("altiris", port, given, s->lanes, s->altiris, why);
    if (r != -ENOENT)
        return r;
    r = listen_all(port, s->lanes, s->altiris);
    if (r == 0)
        return 0;
    for (uint32_t i = 0; i < s->lanes; i++)
        close_one(&s->altiris[i]);
    text_add(notes, notes->len > 0 ? "; " : "");
    text_add(notes, "Broadcom's signed iPXE is not answered: ");
    (void)explain(r, true, port,
                  "end it, or set 'altiris: {enabled: false}' if nobody uses that loader", notes);
    return 0;
}

/* As with HTTPS: asked for, it must be had; else machines are booted without a dashboard. */
static int open_admin(const struct config *config, struct activation *given, int *ret_fd,
                      struct text *notes, struct text *why)
{
    const char *advice = "end it, choose another 'admin: {listen: ...}', or set 'admin: {enabled: "
                         "false}'";
    const struct endpoint at = config->admin.listen;
    if (!config->admin.enabled)
        return 0;
    int fd = activation_take(given, "admin", ACTIVATION_TCP, at.port, why);
    if (fd >= 0) {
        *ret_fd = fd;
        return tcp_adopt(fd);
    }
    if (fd != -ENOENT)
        return fd;
    fd = tcp_find_free(at);
    if (fd == 0)
        fd = tcp_listen(at, ADMIN_BACKLOG, NULL);
    if (fd >= 0) {
        *ret_fd = fd;
        return 0;
    }
    if (config->admin.is_said)
        return explain(fd, true, at.port, advice, why);
    text_add(notes, notes->len > 0 ? "; " : "");
    text_add(notes, "the dashboard is not served: ");
    (void)explain(fd, true, at.port, advice, notes);
    return 0;
}

static int open_control(const struct config *config, struct activation *given, int *ret_fd,
                        struct text *why)
{
    int r = activation_take(given, "control", ACTIVATION_UNIX, 0, why);
    if (r >= 0)
        *ret_fd = r;
    if (r != -ENOENT)
        return r < 0 ? r : 0;
    r = control_listen(config->control, ret_fd);
    if (r == -EADDRINUSE)
        text_addf(why,
                  "another tugboot already answers at %s: end it first ('tugboot status' "
                  "tells about it)",
                  config->control);
    else if (r < 0)
        text_addf(why, "cannot make the control socket %s: %s", config->control, strerror(-r));
    return r;
}

/* What nobody took was meant for something: a name mistyped, or what the configuration turns off.
 */
static void note_left(const struct activation *given, struct text *notes)
{
    const char *name = activation_left(given);
    if (!name)
        return;
    text_add(notes, notes->len > 0 ? "; the socket '" : "the socket '");
    text_add_escaped(notes, span_text(name));
    text_add(notes, "' that was handed over is not used: sockets that are served are named http, "
                    "https, tftp, altiris, control and admin (FileDescriptorName=)");
}

int sockets_open(const struct config *config, uint32_t lanes, struct activation *given,
                 struct server_sockets *ret_sockets, struct text *notes, struct text *why)
{
    struct server_sockets s = SERVER_SOCKETS_NONE;
    s.lanes = lanes;

    int r = open_all_dhcp(config, &s.dhcp, notes, why);
    if (r == 0)
        r = open_all_tftp(config, given, &s, why);
    if (r == 0)
        r = open_all_http(config, given, &s, why);
    if (r == 0)
        r = open_all_https(config, given, &s, notes, why);
    if (r == 0)
        r = open_all_altiris(config, given, &s, notes, why);
    if (r == 0)
        r = open_control(config, given, &s.control, why);
    if (r == 0)
        r = open_admin(config, given, &s.admin, notes, why);
    if (r == 0)
        note_left(given, notes);
    if (r == 0) {
        s.netlink_query = iface_open_query();
        s.netlink_monitor = iface_open_monitor();
        r = s.netlink_query < 0 ? s.netlink_query : 0;
        if (r < 0)
            text_addf(why, "cannot ask the kernel for its interfaces: %s", strerror(-r));
    }
    if (r < 0) {
        sockets_close(&s);
        return r;
    }
    *ret_sockets = s;
    return 0;
}

void sockets_close(struct server_sockets *sockets)
{
    struct server_sockets *s = sockets;
    close_one(&s->dhcp.server);
    close_one(&s->dhcp.proxy);
    close_one(&s->dhcp.ear);
    close_one(&s->dhcp.arp);
    close_one(&s->dhcp.icmp);
    for (size_t i = 0; i < LANES_MAX; i++) {
        close_one(&s->tftp[i]);
        close_one(&s->http[i]);
        close_one(&s->altiris[i]);
        close_one(&s->https[i]);
    }
    close_one(&s->netlink_query);
    close_one(&s->netlink_monitor);
    close_one(&s->control);
    close_one(&s->admin);
}
