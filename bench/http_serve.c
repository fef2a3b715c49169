/* An HTTP server of nothing but the port over one plain folder, for load and peer tests:
 *   http_serve FOLDER ADDRESS PORT [lanes N] [connections N] [source N] [head-ms N] [stall-ms N]
 *              [files N] [events]
 * Prints "ready PORT", runs until SIGTERM or SIGINT. With "events" each event is a line. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "net/tcp.h"
#include "serve/folder_provider.h"
#include "serve/http_port.h"

#define LANES_MAX 16

struct lane {
    pthread_t thread;
    struct loop *loop;
    struct folder_provider *provider;
    struct http_port *port;
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

static int start_lane(struct lane *lane, const char *folder, struct endpoint at,
                      const struct http_port_settings *settings, bool events)
{
    struct event_sink sink = { .emit = events ? print_event : NULL };
    int r = lane->fd = tcp_listen(at, 4096, NULL);
    if (r >= 0)
        r = loop_new(&lane->loop);
    if (r == 0)
        r = folder_provider_new(folder, sink, &lane->provider);
    if (r == 0)
        r = http_port_new(settings, lane->loop, folder_provider_get(lane->provider), lane->fd,
                          &lane->port);
    return r;
}

int main(int argc, char **argv)
{
    struct endpoint at = { 0 };
    if (argc < 4 || !ipv4_parse(span_text(argv[2]), &at.addr)) {
        fprintf(stderr,
                "usage: http_serve FOLDER ADDRESS PORT [lanes N] [connections N] [source N] "
                "[head-ms N] [stall-ms N] [files N] [events]\n");
        return 2;
    }
    struct http_port_settings settings = {
        .connections_max = option_number(argc, argv, "connections", 0),
        .per_source_max = option_number(argc, argv, "source", 16384),
        .timeouts = http_timeouts_boot,
    };
    settings.timeouts.head = duration_ms(option_number(argc, argv, "head-ms", 10000));
    settings.timeouts.stall = duration_ms(option_number(argc, argv, "stall-ms", 60000));
    unsigned count = option_number(argc, argv, "lanes", 1);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = option_number(argc, argv, "files", (unsigned)files.rlim_max);
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (getrandom(&settings.hash_key, sizeof settings.hash_key, 0) < 0)
        return 1;
    at.port = (uint16_t)strtoul(argv[3], NULL, 10);
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);

    for (unsigned i = 0; i < count && i < LANES_MAX; i++) {
        int r = start_lane(&lanes[i], argv[1], at, &settings, option_flag(argc, argv, "events"));
        if (r == 0)
            r = -pthread_create(&lanes[i].thread, NULL, run_lane, &lanes[i]);
        if (r < 0) {
            fprintf(stderr, "http_serve: %s\n", strerror(-r));
            return 1;
        }
        at.port = tcp_local(lanes[0].fd).port;
    }
    printf("ready %u\n", at.port);
    fflush(stdout);
    int got;
    sigwait(&stop, &got);
    for (unsigned i = 0; i < count && i < LANES_MAX; i++) {
        loop_stop(lanes[i].loop);
        pthread_join(lanes[i].thread, NULL);
        http_port_free(lanes[i].port);
        printf("lane %u: delivered %llu, still open %llu\n", i,
               (unsigned long long)folder_provider_delivered_count(lanes[i].provider),
               (unsigned long long)folder_provider_open_count(lanes[i].provider));
        folder_provider_free(lanes[i].provider);
        loop_free(lanes[i].loop);
    }
    return 0;
}
