/* See control.h. Listening and accepting, by the unix socket and by TCP; what happens on a
 * connection is in control_connection.c, how requests are answered in control_answer.c. Everything
 * is bounded: connections, and those of one address, request size, times, bytes waiting to be sent.
 */
#include "serve/control.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/host_names.h"
#include "net/tcp.h"
#include "serve/control_backend.h"
#include "serve/control_parts.h"
#include "serve/control_sessions.h"

#define UNIX_BACKLOG    32
#define ACCEPT_PAUSE_MS 100
#define HOUSEKEEPING    duration_seconds(60)

static const struct http_limits unix_limits = {
    .head_max = 8192, .target_max = 2048, .fields_max = 32, .body_max = API_PIECE_MAX
};

/* A browser behind a proxy sends more than our own commands do. */
static const struct http_limits tcp_limits = {
    .head_max = 16384, .target_max = 2048, .fields_max = HTTP_FIELDS_MAX, .body_max = API_PIECE_MAX
};

static const struct control_kind kind_unix = { .connections_max = 32, .limits = &unix_limits };

static const struct control_kind kind_tcp = {
    .is_tcp = true,
    .connections_max = 128,
    .per_source_max = 48,
    .limits = &tcp_limits,
    .greeting = { .ns = INT64_C(10000000000) },
    .request = { .ns = INT64_C(20000000000) },
    .idle = { .ns = INT64_C(75000000000) },
    .stall = { .ns = INT64_C(30000000000) },
};

static void accept_on(struct timer *timer, struct now now)
{
    struct control_door *door = timer->context;
    struct loop *loop = door->control->settings.loop;
    /* If epoll itself fails it may be tried again. */
    if (loop_rewatch(loop, &door->watch, EPOLLIN) < 0)
        (void)!loop_arm(loop, timer, instant_after(now.steady, duration_ms(ACCEPT_PAUSE_MS)));
}

/* Without descriptors the listener stays ready: looking away for a moment keeps the loop from
 * turning for nothing. */
static void pause_accepting(struct control_door *door)
{
    struct loop *loop = door->control->settings.loop;
    struct instant due = instant_after(loop_now(loop).steady, duration_ms(ACCEPT_PAUSE_MS));
    if (loop_arm(loop, &door->accept_again, due) == 0)
        (void)!loop_rewatch(loop, &door->watch, 0);
}

static bool is_crowded(const struct control_door *door, struct ipv4 from)
{
    uint32_t count = 0;
    if (door->kind->per_source_max == 0)
        return false;
    /* Behind a named proxy are many. */
    const struct config_admin *admin = &site_view(door->control->settings.site)->config->admin;
    for (uint8_t i = 0; i < admin->proxy_count; i++)
        if (ipv4_equals(admin->proxies[i], from))
            return false;
    list_each (l, &door->connections)
        if (ipv4_equals(list_entry(l, struct connection, link)->from, from))
            count++;
    return count >= door->kind->per_source_max;
}

/* At the limit a connection that says nothing makes room. */
static bool make_room(struct control_door *door)
{
    if (door->count < door->kind->connections_max)
        return true;
    list_each (l, &door->connections) {
        struct connection *c = list_entry(l, struct connection, link);
        if (c->state != CONTROL_WAITING && c->state != CONTROL_ENDING &&
            c->state != CONTROL_GREETING)
            continue;
        control_connection_drop(c);
        return true;
    }
    return false;
}

static int accept_one(const struct control_door *door, struct ipv4 *ret_from)
{
    struct endpoint peer = { 0 };
    int fd;
    if (door->kind->is_tcp)
        fd = tcp_accept(door->watch.fd, &peer);
    else if ((fd = accept4(door->watch.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
        fd = -errno;
    *ret_from = peer.addr;
    return fd;
}

static void accept_ready(struct watch *watch, uint32_t events)
{
    struct control_door *door = watch->context;
    struct ipv4 from;
    int fd = accept_one(door, &from);

    (void)events;
    if (fd < 0) {
        if (fd != -EAGAIN && fd != -EINTR && fd != -ECONNABORTED)
            pause_accepting(door);
        return;
    }
    if (is_crowded(door, from) || !make_room(door) || control_connection_new(door, fd, from) < 0)
        loop_close_later(door->control->settings.loop, fd);
}

int control_listen(const char *path, int *ret_fd)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof addr.sun_path)
        return -ENAMETOOLONG;
    span_to_text(span_text(path), addr.sun_path, sizeof addr.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* Somebody who accepts is a living daemon; a refusal is what a dead one left behind. */
    int r = connect(fd, (const struct sockaddr *)&addr, sizeof addr) == 0 ? -EADDRINUSE : 0;
    if (r == 0 && errno == ECONNREFUSED)
        (void)unlink(path);
    close(fd);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0 || chmod(path, 0660) < 0 ||
        listen(fd, UNIX_BACKLOG) < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

/* Suffixes that are given to machines of a home or a company's network, and that nobody can own. */
static const char *const local_suffixes[] = { "",          ".local",       ".lan",      ".home",
                                              ".internal", ".localdomain", ".home.arpa" };

_Static_assert(ACCESS_PROXIES_MAX == CONFIG_ADMIN_PROXIES_MAX &&
                   ACCESS_PROXY_GROUPS_MAX == 3 * CONFIG_ADMIN_GROUPS_MAX,
               "what can be configured fits");

static void add_members(struct access_proxies *proxies, const struct config_group_names *names,
                        enum api_role role)
{
    for (uint8_t i = 0; i < names->count; i++) {
        span_to_text(span_text(names->rows[i]), proxies->members[proxies->member_count].name, 64);
        proxies->members[proxies->member_count++].role = role;
    }
}

void control_configure(struct control *control)
{
    const struct config_admin *admin = &site_view(control->settings.site)->config->admin;
    struct access_settings settings = { .idle = admin->idle, .longest = admin->longest };
    char names[sizeof local_suffixes / sizeof local_suffixes[0]][HOST_NAME_TEXT_MAX + 16];
    char own[HOST_NAME_TEXT_MAX];

    settings.names[settings.name_count++] = "localhost";
    host_name_read(own);
    settings.names[settings.name_count++] = own;
    size_t dot = span_find(span_text(own), '.');
    for (size_t i = 0; i < sizeof local_suffixes / sizeof local_suffixes[0]; i++) {
        struct text name = text_over(names[i], sizeof names[i]);
        text_add_span(&name, span_slice(span_text(own), 0, dot));
        text_add(&name, local_suffixes[i]);
        settings.names[settings.name_count++] = names[i];
    }
    for (uint8_t i = 0; i < admin->name_count && settings.name_count < ACCESS_NAMES_MAX; i++)
        settings.names[settings.name_count++] = admin->names[i];
    settings.proxies.address_count = admin->proxy_count;
    memcpy(settings.proxies.addresses, admin->proxies, sizeof admin->proxies);
    span_to_text(span_text(admin->proxy_user), settings.proxies.user, sizeof admin->proxy_user);
    span_to_text(span_text(admin->proxy_groups), settings.proxies.groups,
                 sizeof admin->proxy_groups);
    add_members(&settings.proxies, &admin->proxy_admins, API_ROLE_ADMIN);
    add_members(&settings.proxies, &admin->proxy_operators, API_ROLE_OPERATOR);
    add_members(&settings.proxies, &admin->proxy_viewers, API_ROLE_VIEWER);
    access_configure(control->settings.access, &settings);
}

static int open_door(struct control *control, struct control_door *door,
                     const struct control_kind *kind, int fd)
{
    *door = (struct control_door){
        .control = control,
        .kind = kind,
        .watch = { .fd = fd, .events = EPOLLIN, .ready = accept_ready, .context = door }
    };
    list_init(&door->connections);
    timer_init(&door->accept_again, accept_on, door);
    return fd < 0 ? 0 : loop_watch(control->settings.loop, &door->watch);
}

static void close_door(struct control_door *door)
{
    struct loop *loop = door->control->settings.loop;
    while (!list_is_empty(&door->connections))
        control_connection_drop(list_entry(door->connections.next, struct connection, link));
    loop_disarm(loop, &door->accept_again);
    if (door->watch.is_added)
        loop_unwatch(loop, &door->watch);
}

/* When tokens were used last is stored now and then, and not with each request. */
static void note_used_tokens(struct control *control, struct now now)
{
    const struct access_token *token;
    char sentence[API_SENTENCE_MAX];
    while ((token = access_take_used_token(control->settings.access, now)))
        (void)control->backend.token_put(control->backend.context, token, sentence);
}

static void keep_house(struct timer *timer, struct now now)
{
    struct control *control = timer->context;
    note_used_tokens(control, now);
    control_sessions_keep(control->settings.access, control->settings.own_store, now);
    (void)!loop_arm(control->settings.loop, timer, instant_after(now.steady, HOUSEKEEPING));
}

int control_new(const struct control_settings *settings, struct control **ret_control)
{
    struct control *control = calloc(1, sizeof *control);
    if (!control)
        return -ENOMEM;
    control->settings = *settings;
    control->backend = control_backend(&control->settings);
    control->arena_memory = malloc(API_ARENA_BYTES);
    int r = control->arena_memory ? tls_lane_new(&control->tls) : -ENOMEM;
    if (r == 0)
        r = password_worker_new(settings->loop, &control->passwords);
    if (r == 0)
        r = control_audit_new(&control->audit);
    timer_init(&control->housekeeping, keep_house, control);
    if (r == 0)
        r = loop_arm(settings->loop, &control->housekeeping,
                     instant_after(loop_now(settings->loop).steady, HOUSEKEEPING));
    control_configure(control);
    if (r == 0)
        r = control_sessions_restore(settings->access, settings->own_store,
                                     loop_now(settings->loop));
    int first = open_door(control, &control->unix_door, &kind_unix, settings->listen_fd);
    int second = open_door(control, &control->tcp_door, &kind_tcp, settings->admin_fd);
    if (r == 0)
        r = first < 0 ? first : second;
    if (r < 0) {
        close_door(&control->unix_door);
        close_door(&control->tcp_door);
        loop_disarm(settings->loop, &control->housekeeping);
        password_worker_free(control->passwords);
        control_audit_free(control->audit);
        tls_lane_free(control->tls);
        free(control->arena_memory);
        free(control);
        return r;
    }
    *ret_control = control;
    return 0;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    close_door(&control->unix_door);
    close_door(&control->tcp_door);
    loop_disarm(control->settings.loop, &control->housekeeping);
    password_worker_free(control->passwords);
    control_audit_free(control->audit);
    note_used_tokens(control, loop_now(control->settings.loop));
    control_sessions_keep(control->settings.access, control->settings.own_store,
                          loop_now(control->settings.loop));
    close(control->settings.listen_fd);
    if (control->settings.admin_fd >= 0)
        close(control->settings.admin_fd);
    tls_lane_free(control->tls);
    free(control->arena_memory);
    free(control);
}
