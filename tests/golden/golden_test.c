/* Captured packets of real clients: how tugboot understands each (NAME.decoded) and what it answers
 * as a proxy and as a server (NAME.proxy.hex, NAME.server.hex), byte for byte. `golden_test --write
 * FOLDER` writes these anew, to be read through before they are committed.
 *
 * A header is written again as it was read; options are kept by code, so their order on the wire
 * and pads are not. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "boot/test_catalog.h"
#include "dhcp/message4.h"
#include "dhcp/proxy.h"
#include "dhcp/server4.h"

#define OUR UINT32_C(0xc0a84d01)

static bool is_writing;
static int failures;

static size_t read_file(const char *path, char *out, size_t cap)
{
    FILE *f = fopen(path, "rb");
    size_t len = 0;

    if (f) {
        len = fread(out, 1, cap - 1, f);
        (void)fclose(f);
    }
    out[len] = 0;
    return len;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct span read_hex(const char *path, uint8_t *out, size_t cap)
{
    static char text[16384];
    size_t len = read_file(path, text, sizeof text), used = 0;

    for (size_t i = 0; i + 1 < len && used < cap; i++)
        if (digit(text[i]) >= 0 && digit(text[i + 1]) >= 0) {
            out[used++] = (uint8_t)(digit(text[i]) << 4 | digit(text[i + 1]));
            i++;
        }
    return span_of(out, used);
}

static void add_hex(struct text *t, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        text_addf(t, "%02x%c", bytes.data[i], i % 16 == 15 || i + 1 == bytes.len ? '\n' : ' ');
}

/* Compare with, or write, a file of the capture. */
static void settle(const char *folder, const char *name, const char *suffix, const struct text *is)
{
    static char was[32768];
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    if (is_writing) {
        FILE *f = fopen(path, "wb");
        if (f) {
            (void)fwrite(is->data, 1, is->len, f);
            (void)fclose(f);
        }
        return;
    }
    size_t len = read_file(path, was, sizeof was);
    if (span_equals(span_of(was, len), text_span(is)))
        return;
    size_t at = 0;
    while (at < len && at < is->len && was[at] == is->data[at])
        at++;
    printf("%s differs at byte %zu; it is now:\n%s", path, at, is->data);
    failures++;
}

static void describe(const struct message4 *m, struct text *out)
{
    char uuid[UUID_TEXT_MAX];

    text_addf(out, "type %u, xid %08x, secs %u, flags %04x\n", (unsigned)m->type, m->header.xid,
              m->header.secs, m->header.flags);
    text_addf(out, "client %s, architecture %s", client_kind_name(m->client.kind),
              m->client.arch == ARCH_NONE ? "unknown" : arch_name(m->client.arch));
    if (m->client.has_arch)
        text_addf(out, " (93: %u)", m->client.arch_wire);
    text_add(out, "\nmac ");
    text_add_mac(out, m->identity.mac);
    if (m->client.has_uuid) {
        uuid_format(&m->client.uuid, uuid);
        text_addf(out, "\nuuid %s", uuid);
    }
    text_addf(out, "\nquirks %u, iPXE features %08x\n", m->quirks, m->client.ipxe_features);
    for (unsigned code = 1; code < 255; code++) {
        if (!m->options.values[code].data)
            continue;
        const char *name = dhcp4_option_name((uint8_t)code);
        text_addf(out, "option %u %s: ", code, name ? name : "-");
        for (size_t i = 0; i < m->options.values[code].len; i++)
            text_addf(out, "%02x", m->options.values[code].data[i]);
        text_add_char(out, '\n');
    }
}

static struct dhcp4_input input(struct span bytes, const struct catalog *catalog)
{
    struct dhcp4_input in = { .bytes = bytes,
                              .now = { { 1000000000000 }, { 1767225600000 } },
                              .catalog = catalog,
                              .http_port = 80 };
    in.from = (struct arrival){ .interface = 2,
                                .local = { OUR },
                                .link = { { OUR & 0xffffff00 }, 24 },
                                .port = 67,
                                .source = { { 0 }, 68 },
                                .destination = IPV4_BROADCAST,
                                .mtu = 1500 };
    return in;
}

static void check_header(struct span bytes, const struct message4 *m, const char *path)
{
    uint8_t again[DHCP4_HEADER_BYTES];
    struct writer w = writer_over(again, sizeof again);

    dhcp4_header_encode(&w, &m->header);
    if (w.failed || !span_equals(writer_span(&w), span_slice(bytes, 0, sizeof again))) {
        printf("%s: the header is written otherwise than it was read\n", path);
        failures++;
    }
}

static void add_answer(struct text *out, const struct dhcp4_outcome *outcome)
{
    if (outcome->action == DHCP4_REPLY)
        add_hex(out, outcome->reply);
    else
        text_add(out, "silence\n");
}

static void check_packet(const char *folder, const char *name)
{
    static uint8_t bytes[2048], block[65536];
    static char said[32768];
    static struct message4 m;
    static struct dhcp4_outcome outcome;
    struct catalog catalog = test_catalog;
    char path[1024];

    catalog.host_count = 0;
    catalog.chains = "undionly ipxe snponly"; /* what the bytes were kept with */
    (void)snprintf(path, sizeof path, "%s/%s.hex", folder, name);
    struct dhcp4_input in = input(read_hex(path, bytes, sizeof bytes), &catalog);
    struct arena arena = arena_over(block, sizeof block);
    struct text out = text_over(said, sizeof said);
    enum dhcp4_flaw flaw = message4_decode(&in, &arena, &m);
    text_addf(&out, "%s\n", dhcp4_flaw_name(flaw));
    describe(&m, &out);
    settle(folder, name, ".decoded", &out);
    check_header(in.bytes, &m, path);

    arena_reset(&arena);
    out = text_over(said, sizeof said);
    dhcp4_proxy_handle(&in, &arena, &outcome);
    add_answer(&out, &outcome);
    settle(folder, name, ".proxy.hex", &out);

    struct subnet subnet = { .network = { { OUR & 0xffffff00 }, 24 },
                             .pools = { { { OUR + 99 }, { OUR + 199 } } },
                             .pool_count = 1,
                             .router = { OUR + 253 },
                             .lease = { INT64_C(3600000000000) } };
    const struct dhcp4_server_settings settings = {
        .subnets = &subnet, .subnet_count = 1, .leases_max = 16, .hash_key = { 1, 2 }
    };
    void *memory = calloc(1, dhcp4_server_memory(&settings));
    if (!memory)
        exit(1);
    struct dhcp4_server *server = dhcp4_server_init(memory, &settings);
    arena_reset(&arena);
    out = text_over(said, sizeof said);
    dhcp4_server_handle(server, &in, &arena, &outcome);
    add_answer(&out, &outcome);
    settle(folder, name, ".server.hex", &out);
    free(memory);
}

static int check_client(const char *root, const char *client)
{
    char path[1024], folder[512];
    int count = 0;

    (void)snprintf(folder, sizeof folder, "%s/%s", root, client);
    DIR *dir = opendir(folder);
    if (!dir)
        return 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[256];
        size_t len = strlen(entry->d_name);
        if (len < 5 || strcmp(entry->d_name + len - 4, ".hex") != 0)
            continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)(len - 4), entry->d_name);
        if (strchr(name, '.'))
            continue;
        check_packet(folder, name);
        count++;
    }
    (void)closedir(dir);
    (void)snprintf(path, sizeof path, "%s/note.md", folder);
    char note[64];
    if (count > 0 && read_file(path, note, sizeof note) == 0) {
        printf("%s: a note must say where the packets are from\n", folder);
        failures++;
    }
    return count;
}

int main(int argc, char **argv)
{
    int at = argc > 2 && strcmp(argv[1], "--write") == 0 ? 2 : 1, count = 0;
    DIR *dir = argc > at ? opendir(argv[at]) : NULL;

    is_writing = at == 2;
    if (!dir)
        return 1;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.')
            count += check_client(argv[at], entry->d_name);
    (void)closedir(dir);
    printf("%d packets, %d differences\n", count, failures);
    return count == 0 || failures > 0;
}
