/* An HTTP server of nothing but the port over one plain folder, for load and peer tests:
 *   http_serve FOLDER ADDRESS PORT [lanes N] [connections N] [source N] [rate N] [burst N] [head-ms
 * N] [stall-ms N] [greeting-ms N] [files N] [tls FOLDER] [old] [events] Prints "ready PORT", runs
 * until SIGTERM or SIGINT. With "events" each event is a line. With "tls" it speaks HTTPS with the
 * pairs rsa.pem/rsa.key and ec.pem/ec.key of that folder (those that are there), asks clients for
 * certificates of client-ca.pem, and with "old" lets old clients in; SIGHUP reads the files again.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/file.h"
#include "net/tcp.h"
#include "serve/folder_provider.h"
#include "serve/http_port.h"

#define LANES_MAX 16

struct lane {
    pthread_t thread;
    struct loop *loop;
    struct folder_provider *folder;
    struct provider provider;
    struct http_port *port;
    int fd;
};

static struct lane lanes[LANES_MAX];
static struct tls_context *tls; /* NULL = plain HTTP */
static pthread_mutex_t tls_lock = PTHREAD_MUTEX_INITIALIZER;

static struct tls_context *give_tls(void *context)
{
    (void)context;
    pthread_mutex_lock(&tls_lock);
    struct tls_context *given = tls_context_ref(tls);
    pthread_mutex_unlock(&tls_lock);
    return given;
}

#define PEMS 5

/* The files' texts, empty where there is none; for free_pems(). */
static void read_pems(const char *folder, struct span pems[PEMS])
{
    static const char *const names[PEMS] = { "rsa.pem", "rsa.key", "ec.pem", "ec.key",
                                             "client-ca.pem" };
    for (size_t i = 0; i < PEMS; i++) {
        char path[512];
        struct text t = text_over(path, sizeof path);
        struct file_facts facts;
        uint8_t *data = NULL;
        size_t len = 0;
        int fd;

        pems[i] = (struct span){ 0 };
        text_addf(&t, "%s/%s", folder, names[i]);
        if (file_open_path(path, &fd, &facts) != FILE_OPENED)
            continue;
        if (file_read_whole(fd, 1 << 20, &data, &len) == 0)
            pems[i] = span_of(data, len);
        close(fd);
    }
}

static void free_pems(const struct span pems[PEMS])
{
    for (size_t i = 0; i < PEMS; i++)
        free((void *)(uintptr_t)pems[i].data);
}

static int load_tls(const char *folder, bool old)
{
    struct span pems[PEMS];
    struct tls_context *context = NULL;
    char sentence[256];
    struct text why = text_over(sentence, sizeof sentence);

    read_pems(folder, pems);
    struct tls_settings settings = { .client_ca = pems[4], .old_clients = old };
    for (size_t i = 0; i < 4; i += 2)
        if (pems[i].len > 0)
            settings.pairs[settings.pair_count++] = (struct tls_pair){ pems[i], pems[i + 1] };
    int r = tls_context_new(&settings, &context, &why);
    free_pems(pems);
    if (r < 0) {
        fprintf(stderr, "http_serve: %s: %s\n", folder, sentence);
        return r;
    }
    pthread_mutex_lock(&tls_lock);
    struct tls_context *former = tls;
    tls = context;
    pthread_mutex_unlock(&tls_lock);
    tls_context_unref(former);
    return 0;
}

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

static const char *option_text(int argc, char **argv, const char *name)
{
    for (int i = 4; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return NULL;
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
        r = folder_provider_new(folder, lane->loop, sink, &lane->folder);
    if (r == 0) {
        lane->provider = *folder_provider_get(lane->folder);
        lane->provider.tls = give_tls;
        r = http_port_new(settings, lane->loop, &lane->provider, lane->fd, &lane->port);
    }
    return r;
}

int main(int argc, char **argv)
{
    struct endpoint at = { 0 };
    if (argc < 4 || !ipv4_parse(span_text(argv[2]), &at.addr)) {
        fprintf(
            stderr,
            "usage: http_serve FOLDER ADDRESS PORT [lanes N] [connections N] [source N] [rate N] [burst N] "
            "[head-ms N] [stall-ms N] [greeting-ms N] [files N] [tls FOLDER] [old] "
            "[events]\n");
        return 2;
    }
    struct http_port_settings settings = {
        .connections_max = option_number(argc, argv, "connections", 0),
        .per_source_max = option_number(argc, argv, "source", 16384),
        .requests_per_second = option_number(argc, argv, "rate", 1000000000),
        .requests_burst = option_number(argc, argv, "burst", 1000000000),
        .timeouts = http_timeouts_boot,
    };
    settings.timeouts.head = duration_ms(option_number(argc, argv, "head-ms", 10000));
    settings.timeouts.stall = duration_ms(option_number(argc, argv, "stall-ms", 60000));
    settings.timeouts.greeting = duration_ms(option_number(argc, argv, "greeting-ms", 15000));
    const char *folder = option_text(argc, argv, "tls");
    settings.tls = folder != NULL;
    if (folder && load_tls(folder, option_flag(argc, argv, "old")) < 0)
        return 1;
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
    sigaddset(&stop, SIGHUP);
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
    while (sigwait(&stop, &got) == 0 && got == SIGHUP)
        if (folder && load_tls(folder, option_flag(argc, argv, "old")) == 0)
            puts("reloaded"), fflush(stdout);
    for (unsigned i = 0; i < count && i < LANES_MAX; i++) {
        loop_stop(lanes[i].loop);
        pthread_join(lanes[i].thread, NULL);
        http_port_free(lanes[i].port);
        printf("lane %u: delivered %llu, still open %llu\n", i,
               (unsigned long long)folder_provider_delivered_count(lanes[i].folder),
               (unsigned long long)folder_provider_open_count(lanes[i].folder));
        folder_provider_free(lanes[i].folder);
        loop_free(lanes[i].loop);
    }
    tls_context_unref(tls);
    return 0;
}
