/* See server.h. The order of start-up is the order of rights: sockets and folders while we may,
 * then the sandbox, then the first byte from outside (the database, images, packets). */
#include "serve/server.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "api/access.h"
#include "net/activation.h"
#include "net/clock.h"
#include "net/file.h"
#include "net/memory.h"
#include "net/sandbox.h"
#include "net/signals.h"
#include "serve/clock_watch.h"
#include "serve/control.h"
#include "serve/courier.h"
#include "serve/dhcp_thread.h"
#include "serve/digest_keeper.h"
#include "serve/first_screen.h"
#include "serve/folders.h"
#include "serve/image_worker.h"
#include "serve/intake.h"
#include "serve/interface_news.h"
#include "serve/lane.h"
#include "serve/machine_keeper.h"
#include "serve/manager.h"
#include "serve/mirror.h"
#include "serve/neighbour_watch.h"
#include "serve/sanitized.h"
#include "serve/site_records.h"
#include "serve/sockets.h"
#include "serve/terminal.h"
#include "serve/webhooks.h"

#define MACHINES_MAX 16384

struct server {
    const struct server_options *options;
    const char *config_path; /* "" = none */
    struct config *config;   /* until the site has it */
    struct server_sockets sockets;
    int signals;
    struct watch signal_watch;
    struct loop *loop;
    struct view_holder *views;
    struct registry *registry;
    struct recall *recall;
    struct answer_book *answers;
    struct pick_book *picks;
    struct recorder *recorder;
    struct chronicle *chronicle;
    struct recorder_listener terminal;
    enum terminal_style style; /* of what is printed */
    struct manager manager;
    struct store *own_store;
    struct store_thread *store;
    struct image_worker *worker; /* NULL: it could not be started */
    struct courier *courier;     /* the same */
    struct mirror *mirror;       /* NULL: none is configured */
    struct webhooks *webhooks;
    struct intake *intake;
    struct site *site;
    struct access *access;
    struct control *control;
    struct dhcp_thread *dhcp;
    struct lane *lanes[LANES_MAX];
    struct clock_watch clock;
    struct neighbour_watch neighbours;
    struct machine_keeper keeper;
    struct digest_keeper *digests;
    bool altiris_served; /* its port could be had */
    bool admin_served;
    char rights[512], notes[512], why[512];
};

static int fail(const char *what, const char *why)
{
    terminal_print_failure(what, why);
    return 1;
}

/* Configuration. */

static int read_config(struct server *s)
{
    struct config_faults faults = { 0 };
    char sentence[512] = "";
    int r = -ENOENT;

    s->config_path = s->options->config_path;
    if (s->options->config_given || access(s->config_path, F_OK) == 0)
        r = site_read_config(s->config_path, &s->config, &faults, sentence, sizeof sentence);
    else
        s->config_path = "";
    if (s->config_path[0] == 0)
        return config_defaults(&s->config) < 0 ? fail("out of memory", "") : 0;
    for (uint16_t i = 0; i < faults.count; i++)
        fprintf(stderr, "%s:%u:%u: %s\n", s->config_path, faults.rows[i].line,
                faults.rows[i].column, faults.rows[i].text);
    if (r == -EINVAL && faults.count > 0)
        return fail("the configuration has faults; nothing was started", "");
    return r < 0 ? fail("cannot read the configuration", sentence) : 0;
}

/* Rights. */

static int give_up_rights(struct server *s)
{
    const struct config *c = s->config;
    struct sandbox_settings settings = { .user = c->user, .seccomp = !is_sanitized() };
    struct text report = text_over(s->rights, sizeof s->rights);
    struct text why = text_over(s->why, sizeof s->why);

    folders_allow(c, s->config_path, &settings);
    /* The leak check at the end of a test looks at its own threads there. */
    if (is_sanitized() && settings.folder_count < SANDBOX_FOLDERS_MAX)
        settings.folders[settings.folder_count++] = (struct sandbox_folder){ .path = "/proc" };
    if (sandbox_enter(&settings, &report, &why) < 0)
        return fail("cannot give up rights", s->why);
    return 0;
}

static int start_dhcp(struct server *s)
{
    const struct dhcp4_port_settings settings = { .sockets = s->sockets.dhcp,
                                                  .views = s->views,
                                                  .registry = s->registry,
                                                  .recall = s->recall,
                                                  .events = recorder_queue(s->recorder),
                                                  .store = s->store };
    int r = dhcp_thread_new(&settings, &s->dhcp);
    if (r < 0)
        return fail("cannot start DHCP", strerror(-r));
    r = dhcp_thread_restore(s->dhcp, s->own_store);
    if (r == -E2BIG)
        return fail("there are more leases in the database than 'dhcp: {leases-max: ...}' allows",
                    "raise it");
    if (r < 0)
        return fail("cannot read the leases from the database", strerror(-r));
    r = dhcp_thread_run(s->dhcp);
    if (r < 0)
        return fail("cannot start the DHCP thread", strerror(-r));
    dhcp_thread_look_around(s->dhcp);
    return 0;
}

static void next_boot_used(void *context, const char *host, const char *image)
{
    struct server *s = context;
    site_next_boot_used(s->site, host, image);
}

static void installed(void *context, struct mac mac, const char *image)
{
    struct server *s = context;
    site_installed(s->site, mac, image);
}

static int start_lanes(struct server *s)
{
    for (uint32_t i = 0; i < s->sockets.lanes; i++) {
        const struct lane_settings settings = {
            .boot = { .views = s->views,
                      .registry = s->registry,
                      .events = recorder_queue(s->recorder),
                      .answers = s->answers,
                      .picks = s->picks,
                      .next_boot_used = next_boot_used,
                      .installed = installed,
                      .context = s },
            .tftp_fd = s->sockets.tftp[i],
            .http_fd = s->sockets.http[i],
            .altiris_fd = s->sockets.altiris[i],
            .https_fd = s->sockets.https[i],
            .lanes = s->sockets.lanes,
        };
        int r = lane_new(&settings, &s->lanes[i]);
        if (r < 0)
            return fail("cannot start a lane", strerror(-r));
        s->altiris_served = s->altiris_served || s->sockets.altiris[i] >= 0;
        s->sockets.tftp[i] = s->sockets.http[i] = s->sockets.altiris[i] = -1;
        s->sockets.https[i] = -1;
    }
    return 0;
}

/* The control thread's parts. */

static void print_event(struct recorder_listener *listener, const struct event *event)
{
    const struct server *s = listener->context;
    terminal_print_event(event, s->style);
}

static void signal_ready(struct watch *watch, uint32_t events)
{
    struct server *s = watch->context;
    char sentence[512] = "";
    int number;

    (void)events;
    while ((number = signals_next(watch->fd)) != 0) {
        if (number == SIGHUP) {
            /* A refusal is told as an event. */
            (void)!site_reload(s->site, sentence, sizeof sentence);
            continue;
        }
        struct event_sink sink = event_queue_sink(recorder_queue(s->recorder));
        struct event event = event_make(EVENT_SERVER_STOPPING, loop_now(s->loop), 0);
        event_add_text(&event, "reason", number == SIGINT ? "interrupted" : "asked to");
        event_emit(&sink, &event);
        manager_stopping(&s->manager);
        loop_stop(s->loop);
    }
}

static void view_published(void *context, const struct view *former, const struct view *view)
{
    struct server *s = context;
    struct event_sink sink = event_queue_sink(recorder_queue(s->recorder));

    if (interface_news_tell(former, view, loop_now(s->loop), &sink))
        dhcp_thread_look_around(s->dhcp);
    manager_tell(&s->manager, view);
    if (s->control)
        control_configure(s->control);
    if (s->webhooks)
        webhooks_configure(s->webhooks, view->config);
    if (s->digests)
        digest_keeper_look(s->digests, view->config->images, view->catalog);
}

static void reloading(void *context, bool is_over)
{
    struct server *s = context;
    if (is_over)
        manager_tell(&s->manager, site_view(s->site));
    else
        manager_reloading(&s->manager);
}

static int open_stores(struct server *s, uint64_t *ret_sequence, struct store **ret_store)
{
    char why[STORE_WHY_MAX] = "";
    const char *state = s->config->state;
    if (store_open(state, ret_store, why) < 0)
        return fail("cannot open the database", why);
    if (store_log_begin(*ret_store, why) < 0 || store_open(state, &s->own_store, why) < 0 ||
        store_last_sequence(s->own_store, ret_sequence) < 0) {
        store_close(*ret_store);
        return fail("cannot open the database", why);
    }
    return 0;
}

static int start_recorder(struct server *s)
{
    struct store *store;
    uint64_t sequence = 0;
    const struct store_thread_settings bounds = { .events_keep = s->config->recorder.events_kept };

    if (open_stores(s, &sequence, &store) != 0)
        return 1;
    int r = recall_new(MACHINES_MAX, s->own_store, &s->recall);
    if (r < 0) {
        store_close(store);
        return fail("cannot read what is remembered of machines", strerror(-r));
    }
    const struct recorder_settings settings = { .loop = s->loop,
                                                .last_sequence = sequence,
                                                .machines_max = MACHINES_MAX,
                                                .recall = s->recall };
    r = recorder_new(&settings, &s->recorder);
    if (r < 0) {
        store_close(store);
        return fail("cannot start the recorder", strerror(-r));
    }
    r = store_thread_new(store, s->loop, event_queue_sink(recorder_queue(s->recorder)), &bounds,
                         &s->store);
    if (r < 0)
        return fail("cannot start the store", strerror(-r));
    recorder_set_store(s->recorder, s->store);
    recall_set_store(s->recall, s->store);
    r = machine_keeper_restore(s->registry, s->own_store);
    if (r == 0)
        r = machine_keeper_start(&s->keeper, s->loop, s->registry, s->store);
    if (r < 0)
        return fail("cannot read the machines of former runs", strerror(-r));
    s->terminal = (struct recorder_listener){ .told = print_event, .context = s };
    (void)setvbuf(stdout, NULL, _IOFBF, 16384);
    loop_set_end_of_turn(s->loop, terminal_flush, NULL);
    return 0;
}

static int start_site(struct server *s)
{
    struct config *config = s->config;
    const struct site_settings settings = {
        .loop = s->loop,
        .views = s->views,
        .store = s->own_store,
        .config_path = s->config_path,
        .worker = s->worker,
        .netlink_query_fd = s->sockets.netlink_query,
        .netlink_monitor_fd = s->sockets.netlink_monitor,
        .https_served = s->sockets.https[0] >= 0,
        .tls_wanted = s->sockets.https[0] >= 0 ||
                      (s->sockets.admin >= 0 && config->admin.tls != CONFIG_ADMIN_TLS_OFF),
        .published = view_published,
        .reloading = reloading,
        .context = s
    };
    s->config = NULL;
    int r = s->worker ? image_worker_attach(s->worker, s->loop) : 0;
    if (r < 0) {
        config_free(config);
        return fail("cannot hear the image worker", strerror(-r));
    }
    r = site_new(&settings, config, event_queue_sink(recorder_queue(s->recorder)), &s->site);
    return r < 0 ? fail("cannot read what is to be served", strerror(-r)) : 0;
}

static int take_account(void *context, const struct account *account)
{
    return access_put_account(context, account);
}

static int take_token(void *context, const struct access_token *token)
{
    return access_put_token(context, token);
}

/* Who may use the dashboard and the API, as the store has it. */
static int start_access(struct server *s)
{
    int r = access_new(&s->access);
    if (r == 0)
        r = store_each_account(s->own_store, take_account, s->access);
    if (r == 0)
        r = store_each_token(s->own_store, take_token, s->access);
    return r < 0 ? fail("cannot read the accounts from the database", strerror(-r)) : 0;
}

static int count_lease(void *context, const struct lease *lease)
{
    *(uint32_t *)context += lease->status == LEASE_ACTIVE;
    return 0;
}

static uint32_t count_leases(void *context)
{
    struct server *s = context;
    uint32_t count = 0;
    /* Where no addresses are given out there is nothing to be counted. */
    if (site_view(s->site)->config->dhcp.subnet_count == 0 ||
        store_each_lease(s->own_store, count_lease, &count) < 0)
        return 0;
    return count;
}

static int start_chronicle(struct server *s)
{
    const struct chronicle_settings settings = {
        .loop = s->loop, .recorder = s->recorder, .count_leases = count_leases, .context = s
    };
    int r = chronicle_new(&settings, &s->chronicle);
    return r < 0 ? fail("cannot start the chronicle", strerror(-r)) : 0;
}

/* Whoever owns the images folder records digests there; another user's command has done it. */
static int start_digests(struct server *s)
{
    const struct view *view = site_view(s->site);
    int r = digest_keeper_new(event_queue_sink(recorder_queue(s->recorder)), &s->digests);
    if (r == 0)
        digest_keeper_look(s->digests, view->config->images, view->catalog);
    return r;
}

static int start_intake(struct server *s)
{
    const struct config *config = site_view(s->site)->config;
    const struct intake_settings settings = { .loop = s->loop,
                                              .images = config->images,
                                              .user = config->user[0] ? config->user : "root",
                                              .courier = s->courier,
                                              .events =
                                                  event_queue_sink(recorder_queue(s->recorder)) };
    return intake_new(&settings, &s->intake);
}

static int start_webhooks(struct server *s)
{
    const struct webhooks_settings settings = { .loop = s->loop,
                                                .recorder = s->recorder,
                                                .store = s->store,
                                                .own_store = s->own_store,
                                                .courier = s->courier,
                                                .events =
                                                    event_queue_sink(recorder_queue(s->recorder)) };
    int r = webhooks_new(&settings, site_view(s->site)->config, &s->webhooks);
    return r < 0 ? fail("cannot read what waits for webhooks", strerror(-r)) : 0;
}

static int start_control(struct server *s)
{
    const struct control_settings settings = { .loop = s->loop,
                                               .listen_fd = s->sockets.control,
                                               .admin_fd = s->sockets.admin,
                                               .access = s->access,
                                               .site = s->site,
                                               .registry = s->registry,
                                               .recall = s->recall,
                                               .picks = s->picks,
                                               .webhooks = s->webhooks,
                                               .recorder = s->recorder,
                                               .chronicle = s->chronicle,
                                               .store = s->store,
                                               .own_store = s->own_store,
                                               .started = clock_read().calendar,
                                               .config_path = s->config_path,
                                               .packet_fd = s->sockets.dhcp.ear,
                                               .altiris_served = s->altiris_served };
    int r = start_intake(s);
    if (r == 0)
        r = start_digests(s);
    if (r < 0)
        return fail("cannot start the control socket", strerror(-r));
    struct control_settings with_intake = settings;
    with_intake.intake = s->intake;
    with_intake.digests = s->digests;
    s->admin_served = settings.admin_fd >= 0;
    r = control_new(&with_intake, &s->control);
    if (r < 0)
        return fail("cannot start the control socket", strerror(-r));
    s->sockets.control = s->sockets.admin = -1;
    s->signal_watch =
        (struct watch){ .fd = s->signals, .events = EPOLLIN, .ready = signal_ready, .context = s };
    r = loop_watch(s->loop, &s->signal_watch);
    if (r < 0)
        return fail("cannot watch for signals", strerror(-r));
    r = mirror_attach(s->mirror, s->loop, event_queue_sink(recorder_queue(s->recorder)));
    if (r < 0)
        return fail("cannot hear the mirror", strerror(-r));
    r = clock_watch_start(&s->clock, s->loop, event_queue_sink(recorder_queue(s->recorder)));
    if (r < 0)
        return fail("cannot watch the clock", strerror(-r));
    r = neighbour_watch_start(&s->neighbours, s->loop, s->sockets.netlink_query,
                              event_queue_sink(recorder_queue(s->recorder)));
    return r < 0 ? fail("cannot watch the table of neighbours", strerror(-r)) : 0;
}

static void greet(struct server *s)
{
    char screen[8192], interfaces[256];
    struct text out = text_over(screen, sizeof screen), names = text_over(interfaces, 256);
    const struct view *view = site_view(s->site);
    const struct first_screen facts = {
        .view = view,
        .config_path = s->config_path,
        .rights = s->rights,
        .notes = s->notes,
        .altiris_served = s->altiris_served,
        .admin_served = s->admin_served,
    };
    struct event_sink sink = event_queue_sink(recorder_queue(s->recorder));
    struct event event = event_make(EVENT_SERVER_STARTED, loop_now(s->loop), 0);
    char link[TOKEN_TEXT_MAX] = "";
    struct first_screen shown = facts;

    if (s->admin_served && !s->options->json_events && access_account_count(s->access) == 0 &&
        access_make_link(s->access, ACCESS_LINK_FIRST, loop_now(s->loop), link) == 0)
        shown.link = link;
    first_screen_write(&shown, &out);
    if (!s->options->json_events)
        fwrite(out.data, 1, out.len, stdout);
    fflush(stdout);
    for (uint8_t i = 0; i < view->ifaces.count; i++)
        if (view_serves(view, &view->ifaces.rows[i]))
            text_addf(&names, "%s%s", names.len > 0 ? ", " : "", view->ifaces.rows[i].name);
    event_add_text(&event, "version", TUGBOOT_VERSION);
    event_add_text(&event, "interfaces", names.len > 0 ? interfaces : "no interface yet");
    /* Machines have been served since DHCP's thread began: what they caused makes room for
     * this. */
    recorder_listen(s->recorder, &s->terminal);
    recorder_flush(s->recorder);
    event_emit(&sink, &event);
    catalog_load_tell_missing(view->snapshot, &sink, loop_now(s->loop));
}

static int prepare(struct server *s)
{
    struct text notes = text_over(s->notes, sizeof s->notes);
    struct text why = text_over(s->why, sizeof s->why);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t lanes = cores > LANES_MAX ? LANES_MAX : cores > 0 ? (uint32_t)cores : 1;

    struct activation given;

    (void)sandbox_raise_descriptors();
    if (activation_read(&given, &why) < 0)
        return fail("cannot start", s->why);
    s->signals = signals_open();
    if (s->signals < 0)
        return fail("cannot take signals", strerror(-s->signals));
    if (folders_prepare(s->config, &why) < 0)
        return fail("cannot prepare the folders", s->why);
    /* Before sockets and threads, of which it gets none. Without it nothing is known of files
     * beforehand, and booting goes on. */
    if (image_worker_new(s->config->user, !is_sanitized(), &s->worker) < 0)
        text_add(&notes, "the image worker could not be started: no file is inspected. ");
    if (courier_new(s->config->user, !is_sanitized(), &s->courier) < 0)
        text_add(&notes, "the process that fetches images could not be started. ");
    if (mirror_new(s->config, !is_sanitized(), &s->mirror) < 0)
        text_add(&notes, "the mirror could not be started. ");
    manager_open(&s->manager, &notes);
    int r = sockets_open(s->config, lanes, &given, &s->sockets, &notes, &why);
    activation_close(&given);
    if (r < 0)
        return fail("cannot start", s->why);
    return give_up_rights(s);
}

/* The tokens that are out, those of the run before included. */
static int start_answers(struct server *s)
{
    int r = pick_book_new(&s->picks);
    if (r == 0)
        r = answer_book_new(&s->answers);
    if (r < 0)
        return fail("cannot start", strerror(-r));
    int folder = file_open_root(s->config->state);
    if (folder < 0)
        return fail("cannot open the state folder", strerror(-folder));
    /* Lost is an installation that was under way, which can be begun again. */
    (void)!answer_book_restore(s->answers, folder, clock_read());
    close(folder);
    return 0;
}

static void save_answers(struct server *s)
{
    int folder = file_open_root(site_view(s->site)->config->state);
    if (folder < 0)
        return;
    int r =
        answer_book_count(s->answers) == 0 ? 0 : answer_book_save(s->answers, folder, clock_read());
    if (r < 0)
        fail("the answer files that are out cannot be kept over this restart", strerror(-r));
    close(folder);
}

static int start(struct server *s)
{
    int r = loop_new(&s->loop);
    if (r == 0)
        r = view_holder_new(&s->views);
    if (r == 0)
        r = registry_new(MACHINES_MAX, &s->registry);
    if (r < 0)
        return fail("cannot start", strerror(-r));
    if (start_answers(s) != 0 || start_recorder(s) != 0 || start_site(s) != 0 ||
        start_dhcp(s) != 0 || start_lanes(s) != 0 || start_chronicle(s) != 0 ||
        start_access(s) != 0 || start_webhooks(s) != 0 || start_control(s) != 0)
        return 1;
    greet(s);
    int told = manager_start(&s->manager, s->loop, site_view(s->site));
    return told < 0 ? fail("cannot answer the watchdog", strerror(-told)) : 0;
}

/* In the reverse order of the start: nothing is told to somebody who is gone. */
static void stop(struct server *s)
{
    for (size_t i = 0; i < LANES_MAX; i++)
        if (s->lanes[i])
            lane_stop(s->lanes[i]);
    dhcp_thread_stop(s->dhcp);
    /* What the threads handed over last: a one-shot boot that was delivered is used up. */
    if (s->loop)
        loop_run_posted(s->loop);
    clock_watch_stop(&s->clock);
    neighbour_watch_stop(&s->neighbours);
    machine_keeper_stop(&s->keeper);
    manager_close(&s->manager);
    if (s->answers && s->site)
        save_answers(s);
    control_free(s->control);
    digest_keeper_free(s->digests);
    intake_free(s->intake);
    access_free(s->access);
    chronicle_free(s->chronicle);
    if (s->recorder)
        recorder_flush(s->recorder);
    webhooks_stop(s->webhooks);
    if (s->store) {
        recorder_set_store(s->recorder, NULL);
        recall_set_store(s->recall, NULL);
        store_thread_stop(s->store);
        loop_run_posted(s->loop); /* what it has reported */
        store_thread_free(s->store);
    }
    webhooks_free(s->webhooks);
    for (size_t i = 0; i < LANES_MAX; i++)
        lane_free(s->lanes[i]);
    dhcp_thread_free(s->dhcp);
    courier_free(s->courier);
    mirror_free(s->mirror);
    image_worker_free(s->worker);
    site_free(s->site);
    recorder_free(s->recorder);
    recall_free(s->recall);
    view_holder_free(s->views);
    answer_book_free(s->answers);
    pick_book_free(s->picks);
    registry_free(s->registry);
    store_close(s->own_store);
    loop_free(s->loop);
    config_free(s->config);
    sockets_close(&s->sockets);
    if (s->signals >= 0)
        close(s->signals);
}

int server_run(const struct server_options *options)
{
    struct server s = { .options = options,
                        .signals = -1,
                        .sockets = SERVER_SOCKETS_NONE,
                        .manager = MANAGER_NONE,
                        .style = terminal_style_here(options->json_events) };
    memory_prefer_pages();
    int status = read_config(&s);
    if (status == 0)
        status = prepare(&s);
    if (status == 0)
        status = start(&s);
    if (status == 0) {
        int r = loop_run(s.loop);
        if (r < 0)
            status = fail("the event loop failed", strerror(-r));
    }
    stop(&s);
    return status;
}
