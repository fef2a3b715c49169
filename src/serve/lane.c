/* See lane.h. */
#include "serve/lane.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "serve/http_port.h"
#include "serve/tftp_port.h"

#define ALTIRIS_CONNECTIONS_MAX 1024

struct lane {
    pthread_t thread;
    bool running;
    struct loop *loop;
    struct boot_provider *provider;
    struct tftp_port *tftp;
    struct http_port *http;
    struct http_port *altiris;
    struct http_port *https;
};

static void *run(void *argument)
{
    struct lane *lane = argument;
    int r = loop_run(lane->loop);
    (void)r; /* epoll itself failed: the lane is gone, its clients are taken by the others */
    return NULL;
}

static int make_ports(struct lane *lane, const struct lane_settings *settings,
                      const struct config *config)
{
    const struct provider *provider = boot_provider_get(lane->provider);
    struct hash_key hash_key;
    if (getrandom(&hash_key, sizeof hash_key, 0) != sizeof hash_key)
        return -EIO;
    const struct tftp_port_settings tftp = {
        .single_port = config->tftp.single_port,
        .block_size_max = config->tftp.block_size_max,
        .window_max = config->tftp.window_max,
        .hash_key = hash_key,
    };
    const struct http_port_settings http = {
        .connections_max = config->http.connections_max / settings->lanes + 1,
    };
    /* A script a machine: enough for a storm, and no way to use up the descriptors of the others.
     */
    const struct http_port_settings altiris = {
        .connections_max = ALTIRIS_CONNECTIONS_MAX / settings->lanes + 1,
    };
    const struct http_port_settings https = {
        .tls = true,
        .connections_max = http.connections_max,
    };
    int r = 0;
    if (settings->tftp_fd >= 0)
        r = tftp_port_new(&tftp, lane->loop, provider, settings->tftp_fd, &lane->tftp);
    if (r == 0 && settings->http_fd >= 0)
        r = http_port_new(&http, lane->loop, provider, settings->http_fd, &lane->http);
    if (r == 0 && settings->altiris_fd >= 0)
        r = http_port_new(&altiris, lane->loop, provider, settings->altiris_fd, &lane->altiris);
    if (r == 0 && settings->https_fd >= 0)
        r = http_port_new(&https, lane->loop, provider, settings->https_fd, &lane->https);
    return r;
}

int lane_new(const struct lane_settings *settings, struct lane **ret_lane)
{
    struct lane *lane = calloc(1, sizeof *lane);
    struct view_cache views;
    if (!lane)
        return -ENOMEM;
    view_cache_init(&views, settings->boot.views);
    /* The neighbour table is asked through an IPv4 socket: another family does not know it. */
    struct boot_provider_settings boot = settings->boot;
    boot.inet_fd = settings->tftp_fd >= 0 ? settings->tftp_fd : settings->http_fd;
    int r = loop_new(&lane->loop);
    boot.loop = lane->loop;
    if (r == 0)
        r = boot_provider_new(&boot, &lane->provider);
    if (r == 0)
        r = make_ports(lane, settings, view_cache_get(&views)->config);
    view_cache_done(&views);
    if (r == 0)
        r = -pthread_create(&lane->thread, NULL, run, lane);
    if (r < 0) {
        lane_free(lane);
        return r;
    }
    lane->running = true;
    *ret_lane = lane;
    return 0;
}

void lane_stop(struct lane *lane)
{
    if (!lane->running)
        return;
    loop_stop(lane->loop);
    pthread_join(lane->thread, NULL);
    lane->running = false;
}

void lane_free(struct lane *lane)
{
    if (!lane)
        return;
    tftp_port_free(lane->tftp);
    http_port_free(lane->http);
    http_port_free(lane->altiris);
    http_port_free(lane->https);
    boot_provider_free(lane->provider);
    loop_free(lane->loop);
    free(lane);
}
