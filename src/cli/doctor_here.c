/* See doctor_here.h. The daemon answers as it does to `tugboot status` and `tugboot explain`; what
 * of its JSON is not understood counts as not known. */
#include "cli/doctor_here.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/client.h"
#include "net/packet_filter.h"
#include "net/port_owner.h"
#include "net/tcp.h"
#include "net/udp.h"

static json_t *ask(const struct session *session, const char *target, bool *ret_answered)
{
    char why[DAEMON_WHY_MAX];
    struct daemon_reply reply = { 0 };
    json_t *json = NULL;

    int r = daemon_ask(&session->place, "GET", target, (struct span){ 0 }, &reply, why);
    *ret_answered = r == 0;
    if (r == 0 && reply.status == 200)
        json = json_loadb((const char *)reply.body.data, reply.body.len, 0, NULL);
    daemon_reply_done(&reply);
    return json;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static void look_at_daemon(const struct session *session, struct doctor_facts *facts)
{
    json_t *status = ask(session, "/api/v1/status", &facts->daemon_runs);
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(status, "interfaces"), i, row)
    {
        if (strcmp(text_of(row, "name"), facts->interface) == 0)
            facts->daemon_serves = strcmp(text_of(row, "mode"), "off") != 0;
    }
    json_decref(status);
}

/* Why Secure Boot refuses the chain the pose is given, and what to get. The first of the chains is
 * the one it is given. */
static void look_at_chain(const json_t *json, char said[DOCTOR_SAID_MAX])
{
    const json_t *chain = json_array_get(json_object_get(json, "chains"), 0);
    const char *hint = text_of(json_object_get(json, "firmware"), "hint");

    if (!json_is_true(json_object_get(chain, "ready")) ||
        strcmp(text_of(chain, "secure_boot"), "no") != 0)
        return;
    snprintf(said, DOCTOR_SAID_MAX, "it is given %s, and %s%s%s", text_of(chain, "chain"),
             text_of(chain, "refusal"), *hint ? "; for another chain: " : "", hint);
}

/* Why this tugboot has nothing to start for the pose, or nothing that Secure Boot lets pass. */
static void look_at_pose(const struct session *session, enum pose pose, struct doctor_facts *facts)
{
    const struct pose_row *row = pose_row(pose);
    char target[200], mac[MAC_TEXT_MAX];
    bool answered;

    mac_format(mac_of_doctor(), mac);
    const char *kind = row->user_class[0] ? "ipxe" : pose == POSE_UEFI_HTTP ? "http" : "pxe";
    snprintf(target, sizeof target, "/api/v1/explain?mac=%s&arch=%u&kind=%s", mac, row->arch, kind);
    json_t *json = ask(session, target, &answered);
    const json_t *firmware = json_object_get(json, "firmware");
    const char *hint = text_of(firmware, "hint");
    if (strcmp(text_of(firmware, "starts"), "nothing") == 0)
        snprintf(facts->no_loader[pose], sizeof facts->no_loader[pose], "%s",
                 *hint ? hint : "have 'chains:' name one for it ('tugboot loader list')");
    else if (row->secure)
        look_at_chain(json, facts->not_secure[pose]);
    json_decref(json);
}

static void look_at_port(struct doctor_facts *facts, bool is_tcp, uint16_t port)
{
    const struct udp_settings settings = { .port = port };
    int fd = -1;
    int r = is_tcp ? tcp_find_free((struct endpoint){ IPV4_NONE, port }) : udp_open(&settings, &fd);

    if (fd >= 0)
        close(fd);
    if (r != -EADDRINUSE || facts->port_count == DOCTOR_PORTS_MAX)
        return;
    struct doctor_port *row = &facts->ports[facts->port_count++];
    struct text owner = text_over(row->owner, sizeof row->owner);
    row->is_tcp = is_tcp;
    row->port = port;
    port_owner_describe(&owner, is_tcp, port);
}

void doctor_look_here(const struct session *session, struct doctor_facts *facts)
{
    const struct config *config = session->config;

    facts->http_port = config->http.port;
    struct text filter = text_over(facts->filter, sizeof facts->filter);
    /* Without the right to ask, or nf_tables, nothing is known and nothing said. */
    if (packet_filter_describe(&filter) <= 0)
        facts->filter[0] = 0;
    look_at_daemon(session, facts);
    if (facts->daemon_serves)
        for (unsigned int i = 0; i < POSE_COUNT; i++)
            look_at_pose(session, (enum pose)i, facts);
    if (facts->daemon_runs)
        return; /* it has its ports, or has said at its start who has them */
    look_at_port(facts, false, DHCP4_SERVER_PORT);
    look_at_port(facts, false, DHCP4_PXE_SERVER_PORT);
    if (config->tftp.enabled)
        look_at_port(facts, false, config->tftp.port);
    if (config->http.enabled)
        look_at_port(facts, true, config->http.port);
}
