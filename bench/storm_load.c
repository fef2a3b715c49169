/* A boot storm: so many machines are switched on at once, and each gets an address, a loader by
 * TFTP, and files by HTTP over one connection. One thread with epoll; bodies are thrown away in the
 * kernel, their lengths are checked.
 *
 *   storm_load server A local A machines N seconds S [first N] tftp NAME BYTES [http PATH BYTES]...
 *
 * The machines' addresses must be local here (ip route add local NETWORK dev lo). One line of JSON;
 * exit 1 when a machine did not get all of it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/writer.h"

#include "load_message.h"

#define MACHINES_MAX 5000
#define FILES_MAX    8
#define RETRY_NS     INT64_C(1000000000)
#define BLOCK_BYTES  1468
#define WINDOW       "4" /* what EDK2 asks for (PcdPxeTftpWindowSize) */
#define XID_BASE     0x20000000u

enum stage { STAGE_DISCOVER, STAGE_REQUEST, STAGE_TFTP, STAGE_HTTP, STAGE_DONE, STAGE_FAILED };

struct file {
    const char *name;
    uint64_t bytes;
};

struct machine {
    enum stage stage;
    int fd;
    struct ipv4 address;
    int64_t due; /* when what was sent last is sent again, ns */
    int64_t ended[STAGE_DONE];
    /* TFTP */
    struct sockaddr_in peer;
    uint16_t block; /* received last */
    uint16_t window, unacknowledged;
    bool options_agreed;
    /* HTTP */
    uint32_t file;
    bool in_body;
    uint64_t got;
    uint32_t head_len;
    char head[2048];
};

struct storm {
    int epoll_fd, dhcp_fd;
    struct ipv4 server, local;
    uint32_t count, first, over, failed, retransmitted;
    int64_t began, seconds, now;
    struct file loader, files[FILES_MAX];
    uint32_t file_count;
    struct machine *machines;
};

static int64_t steady_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct sockaddr_in place(struct ipv4 address, uint16_t port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons(port),
                                 .sin_addr.s_addr = htonl(address.value) };
}

static uint32_t index_of(const struct storm *s, const struct machine *m)
{
    return (uint32_t)(m - s->machines);
}

static void end_machine(struct storm *s, struct machine *m, const char *fault)
{
    if (fault) {
        if (s->failed++ < 5)
            fprintf(stderr, "storm_load: machine %u, stage %d, file %u, %llu bytes: %s\n",
                    index_of(s, m), m->stage, m->file, (unsigned long long)m->got, fault);
        m->stage = STAGE_FAILED;
    } else {
        m->stage = STAGE_DONE;
    }
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
    s->over++;
}

static void next_stage(struct storm *s, struct machine *m)
{
    m->ended[m->stage] = s->now;
    m->stage++;
}

/* A socket of the machine's own address, watched; false when there is none to be had. */
static bool open_own(struct storm *s, struct machine *m, int kind)
{
    const int yes = 1;
    struct sockaddr_in own = place(m->address, 0);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = m };
    if (m->fd >= 0)
        close(m->fd);
    m->fd = socket(AF_INET, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return m->fd >= 0 && setsockopt(m->fd, IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes) == 0 &&
           bind(m->fd, (const struct sockaddr *)&own, sizeof own) == 0 &&
           epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, m->fd, &event) == 0;
}

/* ---- DHCP ---- */

static void send_dhcp(struct storm *s, struct machine *m)
{
    uint8_t bytes[LOAD_MESSAGE_MAX];
    uint32_t n = s->first + index_of(s, m);
    struct load_ask ask = { .type = m->stage == STAGE_REQUEST ? LOAD_REQUEST : LOAD_DISCOVER,
                            .xid = XID_BASE + index_of(s, m),
                            .mac = load_machine_mac(n),
                            .giaddr = s->local,
                            .pxe = true };
    if (m->stage == STAGE_REQUEST) {
        ask.requested = m->address;
        ask.server = s->server;
    }
    struct sockaddr_in to = place(s->server, 67);
    size_t len = load_message_write(&ask, bytes);
    if (sendto(s->dhcp_fd, bytes, len, 0, (const struct sockaddr *)&to, sizeof to) < 0)
        m->due = 0; /* the next look at the clock sends it again */
    m->due = s->now + RETRY_NS;
}

static void send_tftp_request(struct storm *s, struct machine *m)
{
    uint8_t bytes[512];
    struct writer w = writer_over(bytes, sizeof bytes);
    char block[8];
    const char *words[] = { s->loader.name, "octet", "tsize",      "0",
                            "blksize",      block,   "windowsize", WINDOW };
    snprintf(block, sizeof block, "%d", BLOCK_BYTES);
    writer_be16(&w, 1);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        writer_text(&w, words[i]);
        writer_u8(&w, 0);
    }
    struct sockaddr_in to = place(s->server, 69);
    m->due = s->now + RETRY_NS;
    if (sendto(m->fd, bytes, w.len, 0, (const struct sockaddr *)&to, sizeof to) < 0)
        return; /* as lost on the wire */
}

static void take_dhcp(struct storm *s, struct span bytes)
{
    struct load_told told;
    if (!load_message_read(bytes, &told) || told.xid - XID_BASE >= s->count)
        return;
    struct machine *m = &s->machines[told.xid - XID_BASE];
    if (!mac_equals(told.mac, load_machine_mac(s->first + index_of(s, m))))
        return;
    if (m->stage == STAGE_DISCOVER && told.type == LOAD_OFFER) {
        m->address = told.yiaddr;
        next_stage(s, m);
        send_dhcp(s, m);
    } else if (m->stage == STAGE_REQUEST && told.type == LOAD_NAK) {
        m->stage = STAGE_DISCOVER;
        send_dhcp(s, m);
    } else if (m->stage == STAGE_REQUEST && told.type == LOAD_ACK) {
        if (told.yiaddr.value != m->address.value) {
            end_machine(s, m, "acknowledged another address");
            return;
        }
        next_stage(s, m);
        if (!open_own(s, m, SOCK_DGRAM))
            end_machine(s, m, strerror(errno));
        else
            send_tftp_request(s, m);
    }
}

static void dhcp_ready(struct storm *s)
{
    uint8_t bytes[2048];
    ssize_t n;
    while ((n = recv(s->dhcp_fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        take_dhcp(s, span_of(bytes, (size_t)n));
}

/* ---- HTTP ---- */

static void ask_file(struct storm *s, struct machine *m)
{
    char text[512], server[INET_ADDRSTRLEN];
    struct in_addr a = { htonl(s->server.value) };
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: storm\r\n\r\n",
                     s->files[m->file].name, inet_ntop(AF_INET, &a, server, sizeof server));
    m->in_body = false;
    m->got = 0;
    m->head_len = 0;
    if (send(m->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        end_machine(s, m, "the request could not be sent");
}

static void start_http(struct storm *s, struct machine *m)
{
    const int yes = 1;
    struct sockaddr_in to = place(s->server, 80);
    struct epoll_event event = { .events = EPOLLOUT, .data.ptr = m };
    m->due = INT64_MAX;
    if (!open_own(s, m, SOCK_STREAM) ||
        setsockopt(m->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) < 0 ||
        (connect(m->fd, (const struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, m->fd, &event) < 0)
        end_machine(s, m, strerror(errno));
}

static void connected(struct storm *s, struct machine *m)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = m };
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(m->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0 ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, m->fd, &event) < 0)
        end_machine(s, m, strerror(error ? error : errno));
    else
        ask_file(s, m);
}

static void file_done(struct storm *s, struct machine *m)
{
    if (++m->file < s->file_count) {
        ask_file(s, m);
        return;
    }
    next_stage(s, m);
    end_machine(s, m, NULL);
}

/* The head is whole: is it the right one? What was read beyond it is body. */
static const char *check_head(struct storm *s, struct machine *m, size_t head_bytes)
{
    m->head[head_bytes - 1] = 0;
    if (strncmp(m->head, "HTTP/1.1 200", 12) != 0)
        return "not 200";
    const char *length = strcasestr(m->head, "\r\ncontent-length:");
    if (!length || strtoull(length + 17, NULL, 10) != s->files[m->file].bytes)
        return "not the right Content-Length";
    m->in_body = true;
    m->got = m->head_len - head_bytes;
    return m->got > s->files[m->file].bytes ? "too long" : NULL;
}

/* What a head ends with, found in what was read; 0: not yet. */
static size_t head_end(const struct machine *m)
{
    const char *end = memmem(m->head, m->head_len, "\r\n\r\n", 4);
    return end ? (size_t)(end - m->head) + 4 : 0;
}

static void http_ready(struct storm *s, struct machine *m, uint32_t events)
{
    if (events & EPOLLOUT) {
        connected(s, m);
        return;
    }
    for (int round = 0; round < 4 && m->stage == STAGE_HTTP; round++) {
        static uint8_t nowhere[1 << 20];
        uint64_t left = m->in_body ? s->files[m->file].bytes - m->got : 0;
        size_t most = left < sizeof nowhere ? (size_t)left : sizeof nowhere;
        ssize_t n = m->in_body
                        ? recv(m->fd, nowhere, most, MSG_TRUNC)
                        : recv(m->fd, m->head + m->head_len, sizeof m->head - m->head_len, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            end_machine(s, m, n < 0 ? strerror(errno) : "the connection ended early");
            return;
        }
        const char *fault = NULL;
        if (m->in_body) {
            m->got += (uint64_t)n;
        } else {
            m->head_len += (uint32_t)n;
            size_t end = head_end(m);
            if (end > 0)
                fault = check_head(s, m, end);
            else if (m->head_len == sizeof m->head)
                fault = "the head does not end";
        }
        if (fault)
            end_machine(s, m, fault);
        else if (m->in_body && m->got == s->files[m->file].bytes)
            file_done(s, m);
    }
}

/* ---- TFTP ---- */

static void send_ack(struct storm *s, struct machine *m)
{
    uint8_t bytes[4];
    struct writer w = writer_over(bytes, sizeof bytes);
    writer_be16(&w, 4);
    writer_be16(&w, m->block);
    m->unacknowledged = 0;
    m->due = s->now + RETRY_NS;
    if (sendto(m->fd, bytes, w.len, 0, (const struct sockaddr *)&m->peer, sizeof m->peer) < 0)
        return; /* as lost on the wire */
}

static void take_data(struct storm *s, struct machine *m, uint16_t block, size_t len)
{
    if (block != (uint16_t)(m->block + 1)) {
        /* RFC 7440 4: a gap is told once, what is here already is passed over. */
        if (m->unacknowledged > 0 && (int16_t)(block - m->block) > 1)
            send_ack(s, m);
        return;
    }
    m->block = block;
    m->got += len;
    if (++m->unacknowledged >= m->window || len < BLOCK_BYTES)
        send_ack(s, m);
    if (len == BLOCK_BYTES)
        return;
    if (m->got != s->loader.bytes) {
        end_machine(s, m, "not the loader's length");
        return;
    }
    next_stage(s, m);
    if (s->file_count > 0)
        start_http(s, m);
    else
        end_machine(s, m, NULL);
}

static uint16_t agreed_window(struct span oack)
{
    struct reader r = reader_over(span_from(oack, 2));
    while (reader_left(&r) > 0) {
        struct span name = reader_until(&r, 0), value = reader_until(&r, 0);
        if (span_is_nocase(name, "windowsize") && value.len > 0)
            return (uint16_t)strtoul((const char *)value.data, NULL, 10); /* NUL-terminated */
    }
    return 1;
}

static void tftp_ready(struct storm *s, struct machine *m)
{
    uint8_t bytes[2048];
    while (m->stage == STAGE_TFTP) {
        struct sockaddr_in from;
        socklen_t from_len = sizeof from;
        ssize_t n = recvfrom(m->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_len);
        if (n < 0)
            return;
        struct reader r = reader_over(span_of(bytes, (size_t)n));
        uint16_t opcode = reader_be16(&r), number = reader_be16(&r);
        if (opcode == 6 && m->block == 0) {
            m->peer = from;
            m->options_agreed = true;
            m->window = agreed_window(span_of(bytes, (size_t)n));
            send_ack(s, m);
        } else if (opcode == 3 && m->options_agreed) {
            take_data(s, m, number, reader_left(&r));
        } else if (opcode != 6) {
            end_machine(s, m, opcode == 5 ? "TFTP error" : "no options agreed");
        }
    }
}

/* ---- the storm ---- */

static void send_again(struct storm *s, struct machine *m)
{
    s->retransmitted++;
    if (m->stage < STAGE_TFTP)
        send_dhcp(s, m);
    else if (m->options_agreed)
        send_ack(s, m);
    else
        send_tftp_request(s, m);
}

static void look_at_clock(struct storm *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct machine *m = &s->machines[i];
        if (m->stage <= STAGE_TFTP && m->due <= s->now)
            send_again(s, m);
        if (m->stage < STAGE_DONE && s->now - s->began > s->seconds)
            end_machine(s, m, "not in time");
    }
}

static void run(struct storm *s)
{
    static struct epoll_event events[512];
    int64_t looked;
    s->began = s->now = looked = steady_now();
    for (uint32_t i = 0; i < s->count; i++)
        send_dhcp(s, &s->machines[i]);
    while (s->over < s->count) {
        int n = epoll_wait(s->epoll_fd, events, 512, 50);
        s->now = steady_now();
        for (int i = 0; i < n; i++) {
            struct machine *m = events[i].data.ptr;
            if (!m)
                dhcp_ready(s);
            else if (m->stage == STAGE_TFTP)
                tftp_ready(s, m);
            else if (m->stage == STAGE_HTTP)
                http_ready(s, m, events[i].events);
        }
        if (s->now - looked > 50000000) {
            look_at_clock(s);
            looked = s->now;
        }
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void print_stage(const struct storm *s, const char *name, enum stage stage)
{
    static int64_t ends[MACHINES_MAX];
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->machines[i].ended[stage] > 0)
            ends[n++] = s->machines[i].ended[stage] - s->began;
    qsort(ends, n, sizeof ends[0], by_size);
    printf(", \"%s_p50_s\": %.3f, \"%s_last_s\": %.3f", name, n ? (double)ends[n / 2] / 1e9 : 0,
           name, n ? (double)ends[n - 1] / 1e9 : 0);
}

static int report(const struct storm *s)
{
    bool sound = s->failed == 0;
    printf("{\"machines\": %u, \"failed\": %u, \"seconds\": %.3f, \"retransmitted\": %u", s->count,
           s->failed, (double)(s->now - s->began) / 1e9, s->retransmitted);
    print_stage(s, "offer", STAGE_DISCOVER);
    print_stage(s, "address", STAGE_REQUEST);
    print_stage(s, "tftp", STAGE_TFTP);
    print_stage(s, "http", STAGE_HTTP);
    printf(", \"sound\": %s}\n", sound ? "true" : "false");
    return sound ? 0 : 1;
}

static bool take_option(struct storm *s, int left, char **word, int *ret_words)
{
    *ret_words = 2;
    if (left < 2)
        return false;
    if (!strcmp(word[0], "server"))
        return ipv4_parse(span_text(word[1]), &s->server);
    if (!strcmp(word[0], "local"))
        return ipv4_parse(span_text(word[1]), &s->local);
    if (!strcmp(word[0], "machines")) {
        s->count = (uint32_t)strtoul(word[1], NULL, 10);
        return s->count > 0 && s->count <= MACHINES_MAX;
    }
    if (!strcmp(word[0], "first")) {
        s->first = (uint32_t)strtoul(word[1], NULL, 10);
        return true;
    }
    if (!strcmp(word[0], "seconds")) {
        s->seconds = (int64_t)strtoul(word[1], NULL, 10) * 1000000000;
        return true;
    }
    *ret_words = 3;
    if (left < 3)
        return false;
    struct file file = { word[1], strtoull(word[2], NULL, 10) };
    if (!strcmp(word[0], "tftp"))
        s->loader = file;
    else if (!strcmp(word[0], "http") && s->file_count < FILES_MAX)
        s->files[s->file_count++] = file;
    else
        return false;
    return true;
}

static int open_all(struct storm *s)
{
    const int buffer = 8 << 20;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    struct sockaddr_in own = place(s->local, 67);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    s->dhcp_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    s->machines = calloc(s->count, sizeof *s->machines);
    if (!s->machines)
        return -ENOMEM;
    if (s->dhcp_fd < 0 || s->epoll_fd < 0 ||
        setsockopt(s->dhcp_fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0 ||
        bind(s->dhcp_fd, (const struct sockaddr *)&own, sizeof own) < 0 ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->dhcp_fd, &event) < 0)
        return -errno;
    for (uint32_t i = 0; i < s->count; i++)
        s->machines[i].fd = -1;
    return 0;
}

int main(int argc, char **argv)
{
    static struct storm storm = { .count = 50, .seconds = INT64_C(120000000000) };
    for (int i = 1, words; i < argc; i += words)
        if (!take_option(&storm, argc - i, argv + i, &words)) {
            fprintf(stderr,
                    "storm_load: %s? usage: storm_load server A local A machines N "
                    "seconds S tftp NAME BYTES [http PATH BYTES]...\n",
                    argv[i]);
            return 2;
        }
    int r = storm.server.value == 0 || !storm.loader.name ? -EINVAL : open_all(&storm);
    if (r < 0) {
        fprintf(stderr, "storm_load: %s\n", strerror(-r));
        return 2;
    }
    run(&storm);
    return report(&storm);
}
