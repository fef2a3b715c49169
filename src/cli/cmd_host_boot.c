/* host boot, wake, secret, reinstall: what a person does to a machine that is to be installed. By
 * the daemon when one runs, else here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "api/host_json.h"
#include "cli/host_next_boot.h"
#include "cli/offline.h"
#include "cli/reply.h"
#include "model/url.h"
#include "net/wake.h"
#include "serve/wake.h"

static enum exit_code begin(struct session *session, const struct arguments *args)
{
    if (!host_name_is_sound(span_text(args->operands[0]))) {
        complain("a host's name is made of letters, digits, dots, dashes and underscores");
        return EXIT_USAGE;
    }
    return session_open(session, args);
}

/* POST or another method to /hosts/NAME/... with a JSON body. */
static enum exit_code ask(const struct session *session, const char *method, const char *name,
                          const char *below, const char *json, struct daemon_reply *ret_reply)
{
    char target[256];
    snprintf(target, sizeof target, "/api/v1/hosts/%s/%s", name, below);
    return session_ask(session, method, target, span_text(json), ret_reply);
}

/* Waking without a daemon. */

static bool serves(const void *context, const struct iface *iface)
{
    const struct config *config = context;

    if (!iface->up || iface->loopback || iface->address_count == 0)
        return false;
    for (uint8_t i = 0; i < config->interface_count; i++)
        if (strcmp(config->interfaces[i].name, iface->name) == 0)
            return true;
    return config->interface_count == 0 && iface->ethernet;
}

static int read_ifaces(struct iface_table *table)
{
    int fd = iface_open_query();
    if (fd < 0)
        return fd;
    int r = iface_read(fd, table);
    close(fd);
    return r;
}

static enum exit_code wake_offline(const struct session *session, const struct host *host,
                                   const struct mac *password, struct text *sent)
{
    static struct iface_table table;
    int r = read_ifaces(&table);

    if (!host->match.has_mac) {
        complain("%s has no MAC address to wake it by: 'tugboot host set %s --mac ...'", host->name,
                 host->name);
        return EXIT_FAILED;
    }
    const struct wake_order order = { .machine = host->match.mac,
                                      .password = password,
                                      .address = host->address,
                                      .ifaces = &table,
                                      .serves = serves,
                                      .context = session->config,
                                      .packet_fd = wake_open_frames() };
    if (r == 0)
        r = wake_machine(&order, sent);
    if (order.packet_fd >= 0)
        close(order.packet_fd);
    if (r == 0)
        return EXIT_OK;
    complain("no packet could be sent: %s",
             r == -ENODEV ? "there is no Ethernet interface with an address" : strerror(-r));
    return EXIT_FAILED;
}

static enum exit_code find_and_wake(const struct session *session, const char *name,
                                    const struct mac *password, struct text *sent)
{
    autoclean(offline_hosts_done) struct offline_hosts hosts = { 0 };
    enum exit_code code = offline_hosts_load(session, &hosts);
    if (code != EXIT_OK)
        return code;
    const struct host *host = offline_hosts_find(&hosts, name);
    if (host)
        return wake_offline(session, host, password, sent);
    complain("there is no host %s; 'tugboot host add' makes it", name);
    return EXIT_NOT_FOUND;
}

static enum exit_code wake_by_daemon(const struct session *session, const char *name,
                                     const char *password, struct text *sent)
{
    struct daemon_reply reply = { 0 };
    char json[64] = "{}";
    size_t len;

    if (password)
        snprintf(json, sizeof json, "{\"password\": \"%.17s\"}", password);
    enum exit_code code = ask(session, "POST", name, "wake", json, &reply);
    char *interfaces = code == EXIT_OK ? reply_text(reply.body, "interfaces", &len) : NULL;
    text_add(sent, interfaces ? interfaces : "");
    free(interfaces);
    daemon_reply_done(&reply);
    return code;
}

static enum exit_code wake(const struct session *session, const struct arguments *args)
{
    const char *name = args->operands[0], *password = arguments_value(args, "--password");
    char buffer[256] = "";
    struct text sent = text_over(buffer, sizeof buffer);
    struct mac parsed = { 0 };

    if (password && !mac_parse(span_text(password), &parsed)) {
        complain("a SecureOn password is written like a MAC address, aa:bb:cc:dd:ee:ff");
        return EXIT_USAGE;
    }
    enum exit_code code = host_daemon_runs(session)
                              ? wake_by_daemon(session, name, password, &sent)
                              : find_and_wake(session, name, password ? &parsed : NULL, &sent);
    if (code == EXIT_OK)
        printf("%s was sent a wake-up packet on %s\n", name, buffer);
    return code;
}

enum exit_code cmd_host_wake(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    enum exit_code code = begin(&session, args);
    return code == EXIT_OK ? wake(&session, args) : code;
}

/* Installing anew. */

static enum exit_code forget_offline(const struct session *session, const char *name)
{
    autoclean(offline_hosts_done) struct offline_hosts hosts = { 0 };
    enum exit_code code = offline_hosts_load(session, &hosts);
    if (code != EXIT_OK)
        return code;
    const struct host *host = offline_hosts_find(&hosts, name);
    if (host && host->match.has_mac)
        return offline_forget_installed(session, host->match.mac);
    complain("there is no host %s with a MAC address", name);
    return EXIT_NOT_FOUND;
}

/* `quietly`: that nothing was known is as good. */
static enum exit_code forget(const struct session *session, const char *name, bool quietly)
{
    struct daemon_reply reply = { 0 };
    char target[128], why[DAEMON_WHY_MAX];

    if (!host_daemon_runs(session))
        return forget_offline(session, name);
    snprintf(target, sizeof target, "/api/v1/hosts/%s/reinstall", name);
    int r = daemon_ask(&session->place, "POST", target, span_text("{}"), &reply, why);
    enum exit_code code = r < 0 ? EXIT_NO_DAEMON : EXIT_OK;
    if (r < 0)
        complain("%s", why);
    else if (reply.status != 204 && !quietly)
        code = reply_refused(&reply);
    daemon_reply_done(&reply);
    return code;
}

enum exit_code cmd_host_reinstall(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    enum exit_code code = begin(&session, args);
    if (code == EXIT_OK)
        code = forget(&session, args->operands[0], false);
    if (code == EXIT_OK)
        printf("%s starts what is assigned to it at its next boot\n", args->operands[0]);
    return code;
}

static enum exit_code assign(const struct session *session, const struct arguments *args,
                             const char *image)
{
    const struct reply_pair pair = { NULL, "boot", image };
    char *json = reply_make_object(&pair, 1);

    if (!json) {
        complain("the image's name is not UTF-8 text");
        return EXIT_USAGE;
    }
    enum exit_code code = host_patch(session, args, json);
    free(json);
    return code == EXIT_OK ? forget(session, args->operands[0], true) : code;
}

enum exit_code cmd_host_boot(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    const char *image = arguments_value(args, "--image"), *name = args->operands[0];
    enum exit_code code = begin(&session, args);

    if (code != EXIT_OK)
        return code;
    if (!image || !image[0] || strlen(image) > 63) {
        complain("say what to boot: --image NAME; 'tugboot image list' has them");
        return EXIT_USAGE;
    }
    if (arguments_has(args, "--once")) {
        code = host_next_boot(&session, name, image);
        if (code == EXIT_OK)
            printf("%s boots %s once\n", name, image);
    } else {
        code = assign(&session, args, image);
    }
    return code == EXIT_OK && arguments_has(args, "--wake") ? wake(&session, args) : code;
}

/* Secrets. */

/* From a file or standard input, without the line end at its end. */
static enum exit_code read_secret(const struct arguments *args, char value[SECRET_VALUE_MAX])
{
    const char *path = arguments_value(args, "--file");
    char *data = NULL;
    size_t len = 0;

    if (isatty(0) && !path)
        fprintf(stderr, "the secret, then Enter and Ctrl-D: ");
    int r = session_read_file(path ? path : "/dev/stdin", SECRET_VALUE_MAX, &data, &len);
    if (r < 0) {
        complain("the secret cannot be read: %s",
                 r == -EFBIG ? "it is longer than 1023 bytes" : strerror(-r));
        return EXIT_FAILED;
    }
    if (len > 0 && data[len - 1] == '\n')
        len--;
    bool sound = len > 0 && len < SECRET_VALUE_MAX && span_find(span_of(data, len), 0) == len;
    if (sound)
        span_to_text(span_of(data, len), value, SECRET_VALUE_MAX);
    explicit_bzero(data, len);
    free(data);
    if (!sound)
        complain("a secret is a text of 1 to 1023 bytes; --remove takes one back");
    return sound ? EXIT_OK : EXIT_USAGE;
}

static enum exit_code put_by_daemon(const struct session *session, const char *host,
                                    const char *name, const char *value)
{
    struct daemon_reply reply = { 0 };
    const struct reply_pair pair = { NULL, "value", value };
    char below[64], *json = reply_make_object(&pair, value[0] ? 1 : 0);

    if (!json) {
        complain("the secret is not UTF-8 text");
        return EXIT_USAGE;
    }
    snprintf(below, sizeof below, "secrets/%s", name);
    enum exit_code code = ask(session, value[0] ? "PUT" : "DELETE", host, below, json, &reply);
    explicit_bzero(json, strlen(json));
    free(json);
    daemon_reply_done(&reply);
    return code;
}

static enum exit_code put_offline(const struct session *session, const char *host, const char *name,
                                  const char *value)
{
    autoclean(offline_hosts_done) struct offline_hosts hosts = { 0 };
    enum exit_code code = offline_hosts_load(session, &hosts);
    const struct host_secret secret = { host, { name, { value } } };

    if (code != EXIT_OK)
        return code;
    if (offline_hosts_find(&hosts, host))
        return offline_secret(session, &secret);
    complain("there is no host %s; 'tugboot host add' makes it", host);
    return EXIT_NOT_FOUND;
}

enum exit_code cmd_host_secret(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    const char *host = args->operands[0], *name = args->operands[1];
    char value[SECRET_VALUE_MAX] = "";
    enum exit_code code = begin(&session, args);

    if (code == EXIT_OK && !secret_name_is_sound(name)) {
        complain("a secret's name is made of letters, digits and \"_\", at most 32");
        return EXIT_USAGE;
    }
    if (code == EXIT_OK && !arguments_has(args, "--remove"))
        code = read_secret(args, value);
    if (code == EXIT_OK)
        code = host_daemon_runs(&session) ? put_by_daemon(&session, host, name, value)
                                          : put_offline(&session, host, name, value);
    if (code == EXIT_OK)
        printf(value[0] ? "%s has a secret %s\n" : "%s has no secret %s any more\n", host, name);
    explicit_bzero(value, sizeof value);
    return code;
}
