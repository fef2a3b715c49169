/* explain: puts a query together from the options or from a capture, and has it answered by the
 * daemon, or by the same function here when none runs. With words off a machine's screen instead:
 * what they mean (doctor/screen_message). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "api/explain_query.h"
#include "api/shapes.h"
#include "boot/explain.h"
#include "cli/offline.h"
#include "cli/reach_here.h"
#include "cli/reply.h"
#include "dhcp/client_facts.h"
#include "doctor/screen_message.h"
#include "model/url.h"
#include "story/pcap_read.h"

#define QUERY_MAX     3000
#define CAPTURE_MAX   ((size_t)64 * 1024 * 1024)
#define DECISION_MAX  ((size_t)64 * 1024)
#define MESSAGE_ARENA ((size_t)64 * 1024)

static void add_pair(struct text *query, const char *key, struct span value)
{
    text_addf(query, "%s%s=", query->len > 0 ? "&" : "", key);
    url_encode(query, value);
}

static void options_to_query(const struct arguments *args, struct text *query)
{
    static const char *const names[][2] = {
        { "mac", "--mac" },         { "arch", "--arch" },
        { "kind", "--kind" },       { "uuid", "--uuid" },
        { "serial", "--serial" },   { "asset", "--asset" },
        { "vendor", "--vendor" },   { "manufacturer", "--manufacturer" },
        { "product", "--product" }, { "hostname", "--hostname" },
        { "address", "--address" }, { "memory", "--memory" },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = arguments_value(args, names[i][1]);
        if (value)
            add_pair(query, names[i][0], span_text(value));
    }
}

/* The same spelling for a machine read from a packet. */
static void client_to_query(const struct client *c, struct text *query)
{
    char text[UUID_TEXT_MAX];
    mac_format(c->mac, text);
    add_pair(query, "mac", span_text(text));
    if (c->has_arch) {
        snprintf(text, sizeof text, "%u", (unsigned int)c->arch_wire);
        add_pair(query, "arch", span_text(text));
    }
    add_pair(query, "kind", span_text(client_kind_name(c->kind)));
    if (c->has_uuid) {
        uuid_format(&c->uuid, text);
        add_pair(query, "uuid", span_text(text));
    }
    if (c->vendor_class.len > 0)
        add_pair(query, "vendor", label_span(&c->vendor_class));
    if (c->user_class.len > 0)
        add_pair(query, "user_class", label_span(&c->user_class));
    if (c->hostname.len > 0)
        add_pair(query, "hostname", label_span(&c->hostname));
    if (!ipv4_is_none(c->relay)) {
        ipv4_format(c->relay, text);
        add_pair(query, "relay", span_text(text));
    }
}

/* Is it a message of a client that boots? */
static bool read_client(struct span payload, struct arena *arena, struct client *ret_client)
{
    struct reader r = reader_over(payload);
    struct dhcp4_header header;
    struct dhcp4_options options;
    struct client client = { 0 };

    if (dhcp4_header_decode(&r, &header) != DHCP4_SOUND || header.op != 1 ||
        dhcp4_options_read(reader_rest(&r), &header, arena, &options) != DHCP4_SOUND)
        return false;
    (void)client_facts_read(&header, &options, dhcp4_header_mac(&header), &client);
    client.relay = header.giaddr;
    *ret_client = client;
    return client_facts_boots(client.kind);
}

/* The first machine of a capture that asks for a boot (with `wanted` not zero: that machine). */
static enum exit_code find_in_capture(const char *path, struct span file, struct mac wanted,
                                      struct client *ret_client)
{
    static uint8_t memory[MESSAGE_ARENA];
    static struct pcap_reader reader;
    struct pcap_packet packet;
    struct client client;

    (void)pcap_reader_init(&reader, file);
    while (pcap_reader_next(&reader, &packet)) {
        struct arena arena = arena_over(memory, sizeof memory);
        bool to_server = packet.destination.port == 67 || packet.destination.port == 4011;
        if (to_server && read_client(packet.payload, &arena, &client) &&
            (mac_is_zero(wanted) || mac_equals(wanted, client.mac))) {
            *ret_client = client;
            return EXIT_OK;
        }
    }
    if (reader.flaw != PCAP_SOUND) {
        complain("%s: %s", path, pcap_flaw_text(reader.flaw));
        return EXIT_FAILED;
    }
    complain("%s holds no boot request%s", path, mac_is_zero(wanted) ? "" : " of this machine");
    return EXIT_NOT_FOUND;
}

static enum exit_code capture_to_query(const struct arguments *args, const char *path,
                                       struct text *query)
{
    const char *mac = arguments_value(args, "--mac");
    struct mac wanted = { 0 };
    struct client client = { 0 };
    char *data = NULL;
    size_t len = 0;

    if (mac && !mac_parse(span_text(mac), &wanted)) {
        complain("--mac is written 52:54:00:12:34:56");
        return EXIT_USAGE;
    }
    int r = session_read_file(path, CAPTURE_MAX, &data, &len);
    if (r < 0) {
        complain("%s cannot be read: %s", path, strerror(-r));
        return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
    }
    enum exit_code code = find_in_capture(path, span_of(data, len), wanted, &client);
    free(data);
    if (code == EXIT_OK)
        client_to_query(&client, query);
    return code;
}

static enum exit_code decide_here(const struct session *session, const struct client *client,
                                  struct text *out)
{
    struct catalog_snapshot *snapshot = NULL;

    enum exit_code code = offline_catalog(session, &snapshot);
    if (code != EXIT_OK)
        return code;
    struct reach reach = reach_here(session->config);
    struct json_writer j = json_over(out);
    struct explanation e;
    explain(&snapshot->catalog, client, &reach, NULL, &e);
    json_write_object_begin(&j, NULL);
    shape_client(&j, "client", &e.firmware);
    explain_json(&e, &j);
    json_write_object_end(&j);
    catalog_snapshot_unref(snapshot);
    if (out->failed)
        complain("the explanation is too long");
    return out->failed ? EXIT_FAILED : EXIT_OK;
}

static enum exit_code show(const struct arguments *args, struct span json)
{
    bool shown =
        arguments_has(args, "--json") ? reply_print_json(json) : reply_print_explanation(json);
    if (!shown)
        complain("the daemon's answer was not understood");
    return shown ? EXIT_OK : EXIT_FAILED;
}

/* By the daemon if there is one, else here. */
static enum exit_code decide(const struct session *session, const struct arguments *args,
                             struct span query)
{
    static char decision[DECISION_MAX];
    char target[QUERY_MAX + 64], why[DAEMON_WHY_MAX];
    struct daemon_reply reply = { 0 };
    struct text text = text_over(target, sizeof target);

    text_add(&text, "/api/v1/explain?");
    text_add_span(&text, query);
    char sentence[256];
    struct client client = { 0 };
    if (!explain_client_from_query(query, &client, sentence, sizeof sentence)) {
        complain("%s", sentence);
        return EXIT_USAGE;
    }
    int r = daemon_ask(&session->place, "GET", target, (struct span){ 0 }, &reply, why);
    if (r == 0) {
        enum exit_code code = reply.status == 200 ? show(args, reply.body) : reply_refused(&reply);
        daemon_reply_done(&reply);
        return code;
    }
    struct text out = text_over(decision, sizeof decision);
    enum exit_code code = decide_here(session, &client, &out);
    return code == EXIT_OK ? show(args, text_span(&out)) : code;
}

/* A message off a machine's screen. */

static void message_from_operands(const struct arguments *args, struct text *message)
{
    for (int i = 0; i < args->operand_count; i++)
        text_addf(message, "%s%s", i > 0 ? " " : "", args->operands[i]);
}

static void write_message_json(const struct screen_message *m, const struct ipxe_error *e,
                               struct text *out)
{
    struct json_writer j = json_over(out);
    char number[16];

    json_write_object_begin(&j, NULL);
    if (m->key[0])
        json_write_text(&j, "message", m->key);
    if (e->number != 0) {
        snprintf(number, sizeof number, "%08" PRIx32, e->number);
        json_write_text(&j, "ipxe_error", number);
        if (ipxe_error_name(e->posix))
            json_write_text(&j, "posix", ipxe_error_name(e->posix));
    }
    json_write_text(&j, "says", m->says);
    json_write_text(&j, "cause", m->cause);
    json_write_text(&j, "look", m->look);
    json_write_text(&j, "cure", m->cure);
    json_write_text(&j, "source", m->source);
    json_write_object_end(&j);
}

static enum exit_code explain_message(const struct arguments *args)
{
    char message_data[1024], json_data[4096];
    struct text message = text_over(message_data, sizeof message_data);
    struct text json = text_over(json_data, sizeof json_data);
    struct ipxe_error error;

    message_from_operands(args, &message);
    const struct screen_message *m = screen_message_find(text_span(&message), &error);
    if (!m) {
        complain(
            "this message is not known; known are PXE-E.. codes, iPXE's eight digits, and what "
            "UEFI, shim, GRUB and Windows say. 'tugboot doctor' asks the network itself");
        return EXIT_NOT_FOUND;
    }
    if (arguments_has(args, "--json")) {
        write_message_json(m, &error, &json);
        puts(json_data);
        return EXIT_OK;
    }
    if (error.number != 0)
        printf("iPXE error %08" PRIx32 " (%s)\n", error.number,
               ipxe_error_name(error.posix) ? ipxe_error_name(error.posix) : "no name");
    else
        printf("%s\n", m->key);
    printf("  whose      %s\n  means      %s\n  to see it  %s\n  cure       %s\n  source     %s\n",
           m->says, m->cause, m->look, m->cure, m->source);
    return EXIT_OK;
}

enum exit_code cmd_explain(const struct arguments *args)
{
    if (args->operand_count > 0)
        return explain_message(args);
    autoclean(session_close) struct session session = { 0 };
    char data[QUERY_MAX];
    struct text query = text_over(data, sizeof data);
    const char *capture = arguments_value(args, "--pcap");

    /* What is said goes before what was captured: the first of two values counts. */
    options_to_query(args, &query);
    if (capture) {
        enum exit_code code = capture_to_query(args, capture, &query);
        if (code != EXIT_OK)
            return code;
    }
    if (query.failed || query.len == 0) {
        complain(query.failed ? "the values are too long"
                              : "say which machine, for instance --mac 52:54:00:12:34:56 --arch "
                                "efi-x64, or --pcap FILE");
        return EXIT_USAGE;
    }
    enum exit_code code = session_open(&session, args);
    return code == EXIT_OK ? decide(&session, args, text_span(&query)) : code;
}
