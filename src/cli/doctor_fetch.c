/* The second half of doctor_wire.h: is what the answers name really there? TFTP is tried up to the
 * first block at the largest size that fits the link, which shows firewalls and lost large packets;
 * then the transfer is called off. HTTP is asked for the head by libcurl. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/doctor_wire.h"
#include "fetch/curl_library.h"
#include "net/udp.h"
#include "tftp/request.h"

#define TFTP_TRIES    3
#define TFTP_WAIT_MS  1000
#define HTTP_SECONDS  5L
#define TFTP_OVERHEAD 32 /* IP, UDP and TFTP headers */
#define TFTP_PORT     69

struct tftp_try {
    int fd;
    struct udp_batch *batch;
    struct doctor_fetch *fetch;
    struct endpoint peer; /* the transfer's own port, once known */
};

static void send_to(const struct tftp_try *t, struct endpoint to, const struct writer *w)
{
    const struct udp_route route = { .to = to };
    if (!w->failed)
        (void)!udp_send(t->fd, &route, writer_span(w)); /* lost like any packet: asked again */
}

static void send_request(const struct tftp_try *t, uint64_t block_size)
{
    uint8_t packet[TFTP_REQUEST_MAX];
    struct writer w = writer_over(packet, sizeof packet);
    struct tftp_options options = {
        .asked = { [TFTP_OPTION_BLKSIZE] = true, [TFTP_OPTION_TSIZE] = true },
        .value = { [TFTP_OPTION_BLKSIZE] = block_size },
        .order = { TFTP_OPTION_BLKSIZE, TFTP_OPTION_TSIZE },
        .count = 2
    };

    tftp_request_write(&w, t->fetch->file, &options);
    send_to(t, (struct endpoint){ t->fetch->server, TFTP_PORT }, &w);
}

static void send_ack(const struct tftp_try *t)
{
    uint8_t packet[8];
    struct writer w = writer_over(packet, sizeof packet);
    tftp_packet_write_ack(&w, 0);
    send_to(t, t->peer, &w);
}

static void call_off(const struct tftp_try *t)
{
    uint8_t packet[64];
    struct writer w = writer_over(packet, sizeof packet);
    tftp_packet_write_error(&w, TFTP_ERROR_UNDEFINED, "only looking");
    send_to(t, t->peer, &w);
}

/* The next packet of the server; false when none came in time. */
static bool receive(struct tftp_try *t, struct tftp_packet *ret_packet)
{
    struct pollfd fd = { .fd = t->fd, .events = POLLIN };

    while (poll(&fd, 1, TFTP_WAIT_MS) > 0) {
        if (udp_receive_one(t->fd, t->batch) != 1)
            continue;
        const struct udp_packet *p = udp_batch_packet(t->batch, 0);
        if (!ipv4_equals(p->source.addr, t->fetch->server) ||
            tftp_packet_decode(p->bytes, ret_packet) != TFTP_SOUND)
            continue;
        t->peer = p->source;
        return true;
    }
    return false;
}

static void note_error(struct doctor_fetch *fetch, const struct tftp_packet *packet)
{
    struct text said = text_over(fetch->said, sizeof fetch->said);
    fetch->result = FETCH_REFUSED;
    text_addf(&said, "TFTP error %u, ", packet->number);
    text_add_span(&said, packet->rest);
}

static void try_tftp(struct doctor_fetch *fetch, uint32_t block_size)
{
    struct tftp_try t = { .fd = -1, .fetch = fetch };
    const struct udp_settings settings = { 0 };
    struct tftp_packet packet;

    fetch->result = FETCH_SILENT;
    fetch->block_size = block_size;
    if (udp_open(&settings, &t.fd) == 0 && udp_batch_new(&t.batch) == 0) {
        for (int i = 0; i < TFTP_TRIES && fetch->result == FETCH_SILENT; i++) {
            send_request(&t, block_size);
            if (!receive(&t, &packet))
                continue;
            if (packet.opcode == TFTP_ERROR) {
                note_error(fetch, &packet);
                break;
            }
            fetch->result = packet.opcode == TFTP_DATA ? FETCH_GOOD : FETCH_LARGE_LOST;
            for (int k = 0; k < TFTP_TRIES && fetch->result == FETCH_LARGE_LOST; k++) {
                send_ack(&t);
                while (fetch->result == FETCH_LARGE_LOST && receive(&t, &packet))
                    if (packet.opcode == TFTP_DATA)
                        fetch->result = FETCH_GOOD;
            }
            call_off(&t);
        }
    }
    udp_batch_free(t.batch);
    if (t.fd >= 0)
        close(t.fd);
}

static void try_http(struct doctor_fetch *fetch)
{
    const struct curl_library *library = curl_library_open();
    CURL *curl = library ? library->init() : NULL;
    long status = 0;

    fetch->result = FETCH_SILENT;
    if (!library)
        snprintf(fetch->said, sizeof fetch->said, "%s", CURL_LIBRARY_MISSING);
    if (!curl)
        return;
    library->setopt(curl, CURLOPT_URL, fetch->file);
    library->setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    library->setopt(curl, CURLOPT_NOBODY, 1L);
    library->setopt(curl, CURLOPT_NOPROXY, "*");
    library->setopt(curl, CURLOPT_TIMEOUT, HTTP_SECONDS);
    /* Whether the machine trusts the certificate is its own affair. */
    library->setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    library->setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    CURLcode r = library->perform(curl);
    library->getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (r != CURLE_OK)
        snprintf(fetch->said, sizeof fetch->said, "%s", library->strerror(r));
    else if (status != 200)
        snprintf(fetch->said, sizeof fetch->said, "the web server says %ld", status);
    if (r == CURLE_OK)
        fetch->result = status == 200 ? FETCH_GOOD : FETCH_REFUSED;
    library->cleanup(curl);
}

static bool was_tried(const struct doctor_facts *facts, const struct doctor_fetch *fetch)
{
    for (size_t i = 0; i < facts->fetch_count; i++) {
        const struct doctor_fetch *f = &facts->fetches[i];
        if (f->is_http == fetch->is_http && ipv4_equals(f->server, fetch->server) &&
            strcmp(f->file, fetch->file) == 0)
            return true;
    }
    return false;
}

void doctor_wire_fetch(struct doctor_facts *facts, const struct iface *iface)
{
    uint32_t room = iface->mtu > TFTP_OVERHEAD + 512 ? iface->mtu - TFTP_OVERHEAD : 512;

    for (unsigned int i = 0; i < POSE_COUNT; i++) {
        const struct doctor_answer *boot = doctor_boot_answer(facts, (enum pose)i);
        if (!boot || facts->fetch_count == DOCTOR_FETCHES_MAX)
            continue;
        struct doctor_fetch fetch = { .pose = (enum pose)i, .is_http = boot->is_url };
        if (!boot->is_url)
            fetch.server = doctor_file_server(boot);
        snprintf(fetch.file, sizeof fetch.file, "%s", boot->file);
        if (was_tried(facts, &fetch))
            continue;
        if (fetch.is_http)
            try_http(&fetch);
        else
            try_tftp(&fetch, room < 1468 ? room : 1468);
        facts->fetches[facts->fetch_count++] = fetch;
    }
}
