/* A TFTP server of nothing but the port over one plain folder, for load and peer tests:
 *   tftp_serve FOLDER ADDRESS PORT [single] [window N] [transfers N] [events] [lanes N]
 * Prints "ready PORT", runs until SIGTERM or SIGINT. With "events" each event is a line. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "net/udp.h"
#include "serve/folder_provider.h"
#include "serve/tftp_port.h"

#define LANES_MAX 16

struct lane {
    pthread_t thread;
    struct loop *loop;
    struct folder_provider *provider;
    struct tftp_port *port;
    int fd;
};

static struct lane lanes[LANES_MAX];

static void print_event(void *context, const struct event *event)
{
    char line[1024];
    struct text t = text_over(line, sizeof line);
    (void)context;
    text_addf(&t, "%s ", event_name(event->id));
    event_format(event, &t);
    puts(line);
    fflush(stdout);
}

static void *run_lane(void *context)
{
    struct lane *lane = context;
    return loop_run(lane->loop) < 0 ? lane : NULL;
}

static unsigned option_number(int argc, char **argv, const char *name, unsigned otherwise)
{
    for (int i = 4; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return (unsigned)strtoul(argv[i + 1], NULL, 10);
    return otherwise;
}

static bool option_flag(int argc, char **argv, const char *name)
{
    for (int i = 4; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return false;
}

static int start_lane(struct lane *lane, const char *folder, const struct udp_settings *socket,
                      const struct tftp_port_settings *settings, bool events)
{
    struct event_sink sink = { .emit = events ? print_event : NULL };
    int r = udp_open(socket, &lane->fd);
    if (r == 0)
        r = loop_new(&lane->loop);
    if (r == 0)
        r = folder_provider_new(folder, lane->loop, sink, &lane->provider);
    if (r == 0)
        r = tftp_port_new(settings, lane->loop, folder_provider_get(lane->provider), lane->fd,
                          &lane->port);
    return r;
}

int main(int argc, char **argv)
{
    struct udp_settings socket = {
        .share_port = true, .arrival = true, .receive_buffer = 4 << 20, .send_buffer = 4 << 20
    };
    if (argc < 4 || !ipv4_parse(span_text(argv[2]), &socket.addr)) {
        fprintf(stderr, "usage: tftp_serve FOLDER ADDRESS PORT [single] [window N] [transfers N] "
                        "[lanes N] [events]\n");
        return 2;
    }
    struct tftp_port_settings settings = {
        .single_port = option_flag(argc, argv, "single"),
        .window_max = (uint16_t)option_number(argc, argv, "window", 0),
        .transfers_max = option_number(argc, argv, "transfers", 0),
        .requests_per_second = option_number(argc, argv, "rate", 100000),
    };
    unsigned count = option_number(argc, argv, "lanes", 1);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = option_number(argc, argv, "files", (unsigned)files.rlim_max);
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (getrandom(&settings.hash_key, sizeof settings.hash_key, 0) < 0)
        return 1;
    socket.port = (uint16_t)strtoul(argv[3], NULL, 10);
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);

    for (unsigned i = 0; i < count && i < LANES_MAX; i++) {
        int r =
            start_lane(&lanes[i], argv[1], &socket, &settings, option_flag(argc, argv, "events"));
        if (r == 0)
            r = -pthread_create(&lanes[i].thread, NULL, run_lane, &lanes[i]);
        if (r < 0) {
            fprintf(stderr, "tftp_serve: %s\n", strerror(-r));
            return 1;
        }
        socket.port = udp_local_port(lanes[0].fd);
    }
    printf("ready %u\n", socket.port);
    fflush(stdout);
    int got;
    sigwait(&stop, &got);
    for (unsigned i = 0; i < count && i < LANES_MAX; i++) {
        loop_stop(lanes[i].loop);
        pthread_join(lanes[i].thread, NULL);
        tftp_port_free(lanes[i].port);
        printf("lane %u: delivered %llu, still open %llu\n", i,
               (unsigned long long)folder_provider_delivered_count(lanes[i].provider),
               (unsigned long long)folder_provider_open_count(lanes[i].provider));
        folder_provider_free(lanes[i].provider);
        loop_free(lanes[i].loop);
    }
    return 0;
}
