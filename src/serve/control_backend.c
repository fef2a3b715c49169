/* See control_backend.h. Events come from the recorder's memory where they are young and from the
 * store where they are not; leases come from the store, so what is shown is what is durable. */
#include "serve/control_backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/clock.h"
#include "serve/admin_url.h"
#include "serve/answer_preview.h"
#include "serve/control_answers.h"
#include "serve/control_hooks.h"
#include "serve/control_intake.h"
#include "serve/control_observed.h"
#include "serve/control_picks.h"
#include "serve/control_settings.h"
#include "serve/mode_name.h"
#include "serve/site_records.h"
#include "serve/wake.h"
#include "story/pcap_write.h"

static struct control_settings *settings_of(void *context)
{
    return context;
}

static enum api_result result_of(int r)
{
    switch (r) {
    case 0:
        return API_DONE;
    case -ENOENT:
        return API_NOT_FOUND;
    case -EROFS:
        return API_READ_ONLY;
    case -EINVAL:
        return API_INVALID;
    case -E2BIG:
        return API_FULL;
    case -ENOSPC:
    case -EBUSY:
        return API_UNAVAILABLE;
    default:
        return API_FAILED;
    }
}

static void add_interfaces(const struct view *view, struct api_status *out)
{
    for (uint8_t i = 0; i < view->ifaces.count; i++) {
        const struct iface *iface = &view->ifaces.rows[i];
        if (!view_serves(view, iface))
            continue;
        for (uint8_t k = 0; k < iface->address_count; k++) {
            if (out->interface_count == API_INTERFACES_MAX)
                return;
            struct api_interface *row = &out->interfaces[out->interface_count++];
            span_to_text(span_text(iface->name), row->name, sizeof row->name);
            span_to_text(span_text(mode_name(view_mode(view, iface))), row->mode, sizeof row->mode);
            row->address = iface->addresses[k].addr;
            row->prefix_length = iface->addresses[k].link.length;
            row->up = iface->running;
        }
    }
}

static void add_port(struct api_status *out, const char *name, uint16_t port)
{
    if (out->port_count == API_PORTS_MAX)
        return;
    struct api_port *row = &out->ports[out->port_count++];
    span_to_text(span_text(name), row->name, sizeof row->name);
    row->port = port;
}

static int count_lease(void *context, const struct lease *lease)
{
    *(uint64_t *)context += lease->status == LEASE_ACTIVE;
    return 0;
}

static void get_status(void *context, struct api_status *out)
{
    const struct control_settings *s = settings_of(context);
    const struct view *view = site_view(s->site);
    const struct config *config = view->config;
    struct recorder_counts counts = recorder_counts(s->recorder);
    struct store_thread_counts store = { 0 };

    *out = (struct api_status){ .pid = (uint32_t)getpid(),
                                .started = s->started,
                                .now = loop_now(s->loop).calendar };
    span_to_text(span_text(s->config_path), out->config, sizeof out->config);
    span_to_text(span_text(config->state), out->state, sizeof out->state);
    span_to_text(span_text(config->images), out->images, sizeof out->images);
    add_interfaces(view, out);
    add_port(out, "dhcp", 67);
    add_port(out, "pxe", 4011);
    if (config->tftp.enabled)
        add_port(out, "tftp", config->tftp.port);
    if (config->http.enabled)
        add_port(out, "http", config->http.port);
    if (view->https_port != 0)
        add_port(out, "https", view->https_port);
    if (s->altiris_served)
        add_port(out, "altiris", config->altiris.port);
    if (s->admin_fd >= 0)
        add_port(out, "admin", config->admin.listen.port);
    out->leases_max = config->dhcp.subnet_count > 0 ? config->dhcp.leases_max : 0;
    out->machines_seen = registry_count(s->registry);
    out->boots_done = counts.boots_done;
    out->boots_stalled = counts.boots_stalled;
    out->bytes_tftp = counts.bytes_tftp;
    out->bytes_http = counts.bytes_http;
    out->packets_refused = counts.refused;
    out->last_sequence = counts.last_sequence;
    store_thread_read_counts(s->store, &store);
    out->store_works = !store.is_failing;
    if (store.is_failing)
        span_to_text(span_text("the database refuses changes; see the STORE_FAILED event"),
                     out->store_trouble, sizeof out->store_trouble);
    if (store_each_lease(s->own_store, count_lease, &out->leases_active) < 0)
        out->leases_active = 0;
    span_to_text(span_text(site_reload_trouble(s->site)), out->reload_trouble,
                 sizeof out->reload_trouble);
}

static const struct catalog *get_catalog(void *context)
{
    return site_view(settings_of(context)->site)->catalog;
}

static struct reach get_reach(void *context, const struct client *client)
{
    const struct view *view = site_view(settings_of(context)->site);
    struct reach reach = { .http_port = view->config->http.port,
                           .https_port = view->https_port,
                           .mirror_port = config_mirror_port(view->config),
                           .offer_https = view->config->https.offer };
    const struct iface_address *best = NULL;

    for (uint8_t i = 0; i < view->ifaces.count; i++) {
        const struct iface *iface = &view->ifaces.rows[i];
        if (!view_serves(view, iface))
            continue;
        const struct iface_address *own = iface_address_for(iface, client->address);
        bool fits = own && ipv4_prefix_contains(own->link, client->address);
        if (own && (!best || fits)) {
            best = own;
            reach.beside = view_mode(view, iface) == DHCP_PROXY;
        }
        if (fits)
            break;
    }
    if (best)
        reach.server = best->addr;
    return reach;
}

static enum api_result put_host(void *context, const struct host *host,
                                char sentence[API_SENTENCE_MAX])
{
    return result_of(site_put_host(settings_of(context)->site, host, sentence, API_SENTENCE_MAX));
}

static enum api_result put_hosts(void *context, const struct host *hosts, size_t count,
                                 char sentence[API_SENTENCE_MAX])
{
    return result_of(
        site_put_hosts(settings_of(context)->site, hosts, count, sentence, API_SENTENCE_MAX));
}

static enum api_result commit_changes(void *context, const struct change *changes, size_t count,
                                      char sentence[API_SENTENCE_MAX])
{
    return result_of(
        site_commit_all(settings_of(context)->site, changes, count, sentence, API_SENTENCE_MAX));
}

static enum api_result remove_host(void *context, const char *name, char sentence[API_SENTENCE_MAX])
{
    return result_of(
        site_remove_host(settings_of(context)->site, name, sentence, API_SENTENCE_MAX));
}

static enum api_result set_next_boot(void *context, const char *host, const char *image,
                                     char sentence[API_SENTENCE_MAX])
{
    return result_of(
        site_set_next_boot(settings_of(context)->site, host, image, sentence, API_SENTENCE_MAX));
}

struct lease_walk {
    struct ipv4 after;
    api_lease_fn row;
    void *context;
};

static int show_lease(void *context, const struct lease *lease)
{
    const struct lease_walk *walk = context;
    if (!ipv4_is_none(walk->after) && lease->address.value <= walk->after.value)
        return 0;
    return walk->row(walk->context, lease) ? 0 : 1;
}

static enum api_result each_lease(void *context, struct ipv4 after, api_lease_fn row,
                                  void *row_context)
{
    struct lease_walk walk = { after, row, row_context };
    int r = store_each_lease(settings_of(context)->own_store, show_lease, &walk);
    return r < 0 ? API_FAILED : API_DONE;
}

struct event_walk {
    uint64_t machine;
    uint64_t until; /* events from here on are in the recorder's memory */
    uint64_t last;
    uint32_t left;
    bool ended;
    api_event_fn row;
    void *context;
};

static bool show(struct event_walk *walk, const struct api_event *event)
{
    if (walk->left == 0) {
        walk->ended = true;
        return false;
    }
    walk->left--;
    walk->last = event->sequence;
    walk->ended = !walk->row(walk->context, event);
    return !walk->ended;
}

static int show_stored(void *context, const struct stored_event *event)
{
    struct event_walk *walk = context;
    const struct api_event shown = { event->sequence, event->machine, event->at, event->json };
    if (event->sequence >= walk->until)
        return 1;
    return show(walk, &shown) ? 0 : 1;
}

static bool show_young(void *context, const struct event *event)
{
    char json[EVENT_JSON_MAX];
    struct text text = text_over(json, sizeof json);
    struct json_writer j = json_over(&text);
    event_json(event, &j, NULL);
    const struct api_event shown = { event->sequence, event->machine, event->at, text_span(&text) };
    return show(context, &shown);
}

static bool note_first(void *context, const struct event *event)
{
    (void)context;
    (void)event;
    return false;
}

static enum api_result each_event(void *context, uint64_t machine, uint64_t after, uint32_t limit,
                                  api_event_fn row, void *row_context)
{
    const struct control_settings *s = settings_of(context);
    struct event_walk walk = {
        .machine = machine, .last = after, .left = limit, .row = row, .context = row_context
    };
    recorder_each_event(s->recorder, 0, UINT64_MAX, note_first, NULL, &walk.until);
    if (after + 1 < walk.until &&
        store_each_event(s->own_store, machine, after, limit, show_stored, &walk) < 0)
        return API_FAILED;
    if (!walk.ended)
        recorder_each_event(s->recorder, machine, walk.last, show_young, &walk, &walk.until);
    return API_DONE;
}

struct machine_order {
    struct calendar last;
    uint32_t row;
};

static int newest_first(const void *a, const void *b)
{
    const struct machine_order *x = a, *y = b;
    return x->last.ms < y->last.ms ? 1 : x->last.ms > y->last.ms ? -1 : 0;
}

static enum api_result each_machine(void *context, api_machine_fn row, void *row_context)
{
    const struct control_settings *s = settings_of(context);
    const struct catalog *catalog = get_catalog(context);
    uint32_t count = registry_count(s->registry);
    struct machine_order *order = calloc(count + 1, sizeof *order);
    struct client client;
    struct calendar first, last;

    if (!order)
        return API_FAILED;
    for (uint32_t i = 0; i < count; i++)
        if (registry_at(s->registry, i, &client, &first, &last))
            order[i] = (struct machine_order){ last, i };
    qsort(order, count, sizeof *order, newest_first);
    for (uint32_t i = 0; i < count; i++) {
        struct api_machine machine = { 0 };
        struct recollection recalled;
        if (!registry_at(s->registry, order[i].row, &machine.client, &machine.first_seen,
                         &machine.last_seen))
            continue;
        uint64_t mac = mac_to_u64(machine.client.mac);
        const struct host *host = choose_host(catalog, &machine.client);
        const struct progress *progress = recorder_progress(s->recorder, mac);
        machine.host = host ? host->name : "";
        machine.assigned = host;
        machine.note = catalog_find_note(catalog, machine.client.mac);
        machine.stage = progress ? progress_step_name(progress->step) : "";
        machine.message = recorder_last_message(s->recorder, mac);
        recall_look(s->recall, &machine.client, &recalled);
        machine.recalled = &recalled;
        if (!row(row_context, &machine))
            break;
    }
    free(order);
    return API_DONE;
}

static void recall(void *context, const struct client *client, struct recollection *out)
{
    recall_look(settings_of(context)->recall, client, out);
}

static enum api_result forget(void *context, struct mac mac)
{
    return recall_forget(settings_of(context)->recall, mac) ? API_DONE : API_NOT_FOUND;
}

struct pcap_walk {
    struct writer w;
    struct mac machine;
    const struct view *view;
};

static bool write_packet(void *context, const struct seen_packet *seen)
{
    struct pcap_walk *walk = context;
    struct pcap_packet packet = { .at = seen->at,
                                  .source = seen->from,
                                  .destination = seen->to,
                                  .payload = span_of(seen->bytes, seen->len) };
    if (seen->sent)
        packet.destination_mac = walk->machine;
    else
        packet.source_mac = walk->machine;
    pcap_write_packet(&walk->w, &packet);
    return !walk->w.failed;
}

static enum api_result get_pcap(void *context, struct mac mac, struct arena *arena,
                                struct span *ret_pcap)
{
    const struct control_settings *s = settings_of(context);
    size_t cap = arena->cap - arena->used - 64;
    uint8_t *memory = arena_alloc(arena, cap);
    struct pcap_walk walk = { .w = writer_over(memory, memory ? cap : 0), .machine = mac };

    pcap_write_header(&walk.w);
    if (!recorder_each_packet(s->recorder, mac_to_u64(mac), write_packet, &walk))
        return API_NOT_FOUND;
    if (walk.w.failed)
        return API_FULL;
    *ret_pcap = writer_span(&walk.w);
    return API_DONE;
}

static enum api_result set_secret(void *context, const struct host_secret *secret,
                                  char sentence[API_SENTENCE_MAX])
{
    return result_of(
        site_set_secret(settings_of(context)->site, secret, sentence, API_SENTENCE_MAX));
}

static enum api_result reinstall(void *context, struct mac mac, char sentence[API_SENTENCE_MAX])
{
    return result_of(
        site_forget_installed(settings_of(context)->site, mac, sentence, API_SENTENCE_MAX));
}

static bool serves_for_wake(const void *context, const struct iface *iface)
{
    return view_serves(context, iface);
}

static enum api_result wake(void *context, const struct host *host, const struct mac *password,
                            char interfaces[API_SENTENCE_MAX], char sentence[API_SENTENCE_MAX])
{
    const struct control_settings *s = settings_of(context);
    const struct view *view = site_view(s->site);
    struct client client = { .address = host->address };
    struct text sent = text_over(interfaces, API_SENTENCE_MAX);

    if (ipv4_is_none(client.address) && !registry_find_mac(s->registry, host->match.mac, &client))
        client.address = IPV4_NONE;
    const struct wake_order order = { .machine = host->match.mac,
                                      .password = password,
                                      .address = client.address,
                                      .ifaces = &view->ifaces,
                                      .serves = serves_for_wake,
                                      .context = view,
                                      .packet_fd = s->packet_fd };
    int r = wake_machine(&order, &sent);
    if (r < 0) {
        snprintf(sentence, API_SENTENCE_MAX, "No packet could be sent: %s.",
                 r == -ENODEV ? "no interface is served" : strerror(-r));
        return API_FAILED;
    }
    struct event_sink sink = event_queue_sink(recorder_queue(s->recorder));
    struct event event =
        event_make(EVENT_WAKE_SENT, loop_now(s->loop), mac_to_u64(host->match.mac));
    event_add_text(&event, "host", host->name);
    event_add_text(&event, "interface", interfaces);
    event_emit(&sink, &event);
    return API_DONE;
}

/* A draft stands for all templates of its kind: its fault is told under its own name. */
static void add_fault(const struct api_render *what, const char *said, struct text *why)
{
    size_t colon = strcspn(said, ":");
    bool has_place = said[colon] && said[colon + 1] >= '0' && said[colon + 1] <= '9';

    if (what->draft_file && has_place) {
        text_add(why, what->draft_file);
        said += colon;
    }
    text_add(why, said);
}

static enum api_result render(void *context, const struct api_render *what, struct arena *arena,
                              struct api_rendered *out, char sentence[API_SENTENCE_MAX])
{
    const struct control_settings *s = settings_of(context);
    const struct view *view = site_view(s->site);
    struct client machine, seen;
    struct answer_made made;
    struct answer_preview p = { .catalog = view->catalog,
                                .config = view->config,
                                .ifaces = &view->ifaces,
                                .host = what->host,
                                .mac = what->mac,
                                .image = what->image,
                                .kind = what->kind,
                                .file = what->file,
                                .reveal = what->reveal };
    struct text why = text_over(sentence, API_SENTENCE_MAX);

    if (!answer_preview_machine(&p, &machine, &why))
        return API_NOT_FOUND;
    if (!mac_is_zero(machine.mac) && registry_find_mac(s->registry, machine.mac, &seen)) {
        p.seen = &seen;
        machine = seen;
    }
    p.reach = get_reach(context, &machine);
    const struct answer_file *kind =
        what->draft_file ? control_answer_file(what->draft_file) : NULL;
    if (what->draft_file && !kind) {
        text_add(&why, "a template is called NAME.KIND, as web.preseed");
        return API_INVALID;
    }
    if (kind) {
        p.catalog = control_answer_draft(view->catalog, kind, what->draft, arena);
        p.kind = answer_kind_name(kind->kind);
        p.file = kind->wire;
        if (!p.catalog)
            return API_FULL;
    }
    int r = answer_preview_make(&p, &made);
    if (r < 0) {
        add_fault(what, made.output.why, &why);
        return result_of(r);
    }
    *out = (struct api_rendered){ .template = made.template->name,
                                  .suffix = made.template->file->suffix,
                                  .said_by = made.source.kind,
                                  .name = made.source.by,
                                  .built_in = made.template->built_in,
                                  .has_secrets = made.output.has_secrets,
                                  .text = arena_copy(arena,
                                                     span_of(made.output.text, made.output.len)) };
    bool fits = out->text.data || made.output.len == 0;
    answer_output_done(&made.output);
    return fits ? API_DONE : API_FULL;
}

static enum api_result reload(void *context, char sentence[API_SENTENCE_MAX])
{
    int r = site_reload(settings_of(context)->site, sentence, API_SENTENCE_MAX);
    return r == 0 ? API_DONE : API_INVALID;
}

/* By the control thread's own handle, at once: these are few, and nothing of the catalog changes.
 */
static enum api_result commit(void *context, const struct change *change,
                              char sentence[API_SENTENCE_MAX])
{
    char why[STORE_WHY_MAX] = "";
    int r = store_commit(settings_of(context)->own_store, change, 1, why);
    if (r < 0)
        span_to_text(span_text(why), sentence, API_SENTENCE_MAX);
    return result_of(r);
}

static enum api_result put_account(void *context, const struct account *account,
                                   char sentence[API_SENTENCE_MAX])
{
    const struct change change = { .kind = CHANGE_ACCOUNT_PUT, .account = account };
    return commit(context, &change, sentence);
}

static enum api_result remove_account(void *context, const struct account *account,
                                      char sentence[API_SENTENCE_MAX])
{
    const struct change change = { .kind = CHANGE_ACCOUNT_REMOVE, .account = account };
    return commit(context, &change, sentence);
}

static enum api_result put_token(void *context, const struct access_token *token,
                                 char sentence[API_SENTENCE_MAX])
{
    const struct change change = { .kind = CHANGE_TOKEN_PUT, .token = token };
    return commit(context, &change, sentence);
}

static enum api_result remove_token(void *context, const struct access_token *token,
                                    char sentence[API_SENTENCE_MAX])
{
    const struct change change = { .kind = CHANGE_TOKEN_REMOVE, .token = token };
    return commit(context, &change, sentence);
}

struct audit_walk {
    api_audit_fn row;
    void *context;
};

static int show_audit(void *context, const struct audit_entry *entry)
{
    const struct audit_walk *walk = context;
    return walk->row(walk->context, entry) ? 0 : 1;
}

static enum api_result each_audit(void *context, uint64_t before, uint32_t limit, api_audit_fn row,
                                  void *row_context)
{
    struct audit_walk walk = { row, row_context };
    int r = store_each_audit(settings_of(context)->own_store, before, limit, show_audit, &walk);
    return r < 0 ? API_FAILED : API_DONE;
}

static void page_url(void *context, char *out, size_t cap)
{
    const struct control_settings *s = settings_of(context);
    struct text url = text_over(out, cap);
    if (s->admin_fd >= 0)
        admin_url_write(site_view(s->site), &url);
}

struct api_backend control_backend(const struct control_settings *settings)
{
    struct api_backend backend = {
        .context = (void *)(uintptr_t)settings,
        .status = get_status,
        .catalog = get_catalog,
        .reach = get_reach,
        .host_put = put_host,
        .hosts_put = put_hosts,
        .changes = commit_changes,
        .host_remove = remove_host,
        .next_boot = set_next_boot,
        .each_lease = each_lease,
        .each_event = each_event,
        .each_machine = each_machine,
        .recall = recall,
        .forget = forget,
        .pcap = get_pcap,
        .secret = set_secret,
        .reinstall = reinstall,
        .wake = wake,
        .render = render,
        .reload = reload,
        .account_put = put_account,
        .account_remove = remove_account,
        .token_put = put_token,
        .token_remove = remove_token,
        .each_audit = each_audit,
        .access = settings->access,
        .page_url = page_url,
        .pick_at = control_pick_at,
        .pick_find = control_pick_find,
        .pick_choose = control_pick_choose,
        .picks_open = control_picks_open,
        .upload_begin = control_upload_begin,
        .upload_piece = control_upload_piece,
        .upload_cancel = control_upload_cancel,
        .upload_at = control_upload_at,
        .upload = control_upload,
        .image_remove = control_image_remove,
        .answer_put = control_answer_put,
        .answer_remove = control_answer_remove,
        .image_change = control_image_change,
        .images_order = control_images_order,
        .image_digest = control_image_digest,
        .each_setting = control_each_setting,
        .each_setting_field = control_each_setting_field,
        .each_setting_row = control_each_setting_row,
        .settings_file = control_settings_file,
        .settings_change = control_settings_change,
    };
    control_observed_add(&backend);
    control_hooks_add(&backend);
    return backend;
}
