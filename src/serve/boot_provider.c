/* See boot_provider.h. A fetch keeps the view it was resolved in until it is closed, since its
 * candidate points into that view's catalog. */
#include "serve/boot_provider.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "boot/loader.h"
#include "net/file_share.h"
#include "net/raw.h"
#include "serve/answer_serve.h"
#include "serve/composed_open.h"
#include "serve/disk_open.h"
#include "serve/pick_serve.h"

struct boot_provider {
    struct boot_provider_settings settings;
    struct view_cache views;
    struct provider provider;
    struct file_share *share;
};

/* What a fetch holds on to. */
struct holding {
    struct view *view;
    char name[SAFE_PATH_MAX]; /* as asked, cleaned: its folder is remembered once it is delivered */
    size_t folder_len;
    struct answer_output answer; /* of an answer file */
};

/* The MAC of whoever asks, where a link tells; zero = none does, as behind a router. The address
 * that was asked for says little about the link: every address of this machine can be asked over
 * each of them. */
static struct mac link_mac(const struct boot_provider *p, const struct view *view,
                           struct endpoint source, struct ipv4 local)
{
    const struct iface *asked = iface_by_address(&view->ifaces, local);
    struct mac mac;

    if (asked && raw_find_neighbour(p->settings.inet_fd, asked->name, source.addr, &mac))
        return mac;
    for (uint8_t i = 0; i < view->ifaces.count; i++) {
        const struct iface *iface = &view->ifaces.rows[i];
        if (iface != asked && iface->ethernet &&
            raw_find_neighbour(p->settings.inet_fd, iface->name, source.addr, &mac))
            return mac;
    }
    return (struct mac){ 0 };
}

static void identify(const struct boot_provider *p, const struct view *view, struct endpoint source,
                     struct ipv4 local, struct now now, struct client *out)
{
    *out = (struct client){ .address = source.addr };
    if (registry_find_address(p->settings.registry, source.addr, out))
        return;
    struct mac mac = link_mac(p, view, source, local);
    if (mac_is_zero(mac))
        return;
    if (!registry_find_mac(p->settings.registry, mac, out))
        out->mac = mac;
    out->address = source.addr;
    registry_note(p->settings.registry, out, now);
}

/* Whose name stands in that of a boot disk: what is known of that machine. */
static void take_named(const struct boot_provider *p, const struct fetch_request *request,
                       struct client *client)
{
    struct safe_path path;
    struct client named;
    struct mac mac;

    if (safe_path_parse(request->name, &path) != PATH_SOUND ||
        !bootdisk_name_parse(safe_path_span(&path), &mac) || mac_equals(mac, client->mac) ||
        !registry_find_mac(p->settings.registry, mac, &named))
        return;
    *client = named;
    client->address = request->source.addr;
}

/* May what this request tells of its machine go into the registry? Whoever reads another machine's
 * script (curl 'http://.../boot.ipxe?mac=...', here or from the next desk) gets it, but does not
 * become that machine: its address would be taken for that machine's from then on. Behind a router
 * the link does not tell, and the query is believed. */
static bool is_about_itself(const struct boot_provider *p, const struct view *view,
                            const struct fetch_request *request, struct mac told)
{
    if (iface_by_address(&view->ifaces, request->source.addr))
        return false;
    struct mac mac = link_mac(p, view, request->source, request->local);
    return mac_is_zero(mac) || mac_equals(mac, told);
}

static void describe_file(struct body *body, int fd, const struct file_facts *facts,
                          const char *media_type)
{
    *body = (struct body){ .pieces = { { .fd = fd, .length = facts->size } },
                           .piece_count = 1,
                           .size = facts->size,
                           .modified_s = facts->modified_s,
                           .media_type = media_type };
    static_assert(sizeof body->etag == FILE_TAG_MAX, "a file's tag is a body's");
    file_write_tag(facts, body->etag);
}

static void describe_text(struct body *body, const struct candidate *candidate)
{
    *body = (struct body){
        .pieces = { { .fd = -1, .length = candidate->text.len, .memory = candidate->text.data } },
        .piece_count = 1,
        .size = candidate->text.len,
        .media_type = candidate->media_type
    };
}

/* One after another; true when the candidate was taken. */
struct opening {
    const struct boot_provider *provider;
    const struct view *view;
    struct arena *arena;
    struct fetch *out;
    int result;
};

static int open_file(struct opening *o, const struct candidate *c)
{
    const struct view *view = o->view;
    struct file_facts facts;
    int fd;

    if (view->snapshot->root_fds[c->root] < 0)
        return -ENOENT;
    enum file_verdict verdict =
        file_share_open(o->provider->share, view->generation, view->snapshot->root_fds[c->root],
                        &c->path, c->any_case, &fd, &facts);
    if (verdict == FILE_OPENED) {
        describe_file(&o->out->body, fd, &facts, c->media_type);
        return 0;
    }
    if (verdict != FILE_ABSENT || o->result == -ENOENT)
        snprintf(o->out->why, sizeof o->out->why, "%s", file_verdict_text(verdict));
    return file_verdict_errno(verdict, &facts);
}

static int open_disk(struct opening *o, const struct candidate *c)
{
    const struct part_places places = { .root_fds = o->view->snapshot->root_fds,
                                        .containers = o->view->snapshot->containers };
    struct text why = text_over(o->out->why, sizeof o->out->why);
    int r = disk_open(c->disk, &places, o->arena, &o->out->body, &why);
    /* There is no such disk; `why` says what there would be. */
    return r == -EFBIG ? -ENOENT : r;
}

static int open_inside(struct opening *o, const struct candidate *c)
{
    const struct held_container *held = o->view->snapshot->containers[c->container->number];
    struct text why = text_over(o->out->why, sizeof o->out->why);
    int r = part_open_inside(held, c->entry, o->arena, &o->out->body, &why);
    o->out->body.media_type = c->media_type;
    return r;
}

static int open_parts(struct opening *o, const struct candidate *c)
{
    const struct part_places places = { .root_fds = o->view->snapshot->root_fds,
                                        .containers = o->view->snapshot->containers };
    struct text why = text_over(o->out->why, sizeof o->out->why);
    int r;

    if (c->edit && c->edit->fault) {
        text_add(&why, c->edit->fault);
        return -EFBIG;
    }
    if (c->edit)
        r = edited_open(c->edit, &c->plan->parts[0], &places, o->arena, &o->out->body, &why);
    else
        r = composed_open(c->plan, &places, o->arena, &o->out->body, &why);
    o->out->body.media_type = c->media_type;
    return r == -EFBIG && !c->edit ? -ENOENT : r;
}

/* A text that was to be changed is not sent as it lies there: what is written for a disc leads the
 * machine astray, or installs it without its answers. */
static bool is_last_word(const struct candidate *c, int r)
{
    return c->edit ? r != -ENOENT : c->kind == CANDIDATE_DISK && (r == -EMFILE || r == -ENFILE);
}

static int open_candidate(struct opening *o, const struct candidate *c)
{
    switch (c->kind) {
    case CANDIDATE_TEXT:
        describe_text(&o->out->body, c);
        return 0;
    case CANDIDATE_DISK:
        return open_disk(o, c);
    case CANDIDATE_INSIDE:
        return open_inside(o, c);
    case CANDIDATE_PARTS:
        return open_parts(o, c);
    case CANDIDATE_FILE:
        break;
    }
    return open_file(o, c);
}

/* The first candidate that is there. The refusal of a file that exists but may not be served counts
 * more than "absent". */
static int open_first(const struct boot_provider *p, const struct view *view,
                      const struct resolution *found, struct arena *arena, struct fetch *out)
{
    struct opening o = {
        .provider = p, .view = view, .arena = arena, .out = out, .result = -ENOENT
    };
    for (uint8_t i = 0; i < found->count; i++) {
        const struct candidate *c = &found->candidates[i];
        int r = open_candidate(&o, c);
        if (r == 0 || is_last_word(c, r)) {
            out->candidate = *c;
            return r;
        }
        if (c->kind == CANDIDATE_DISK)
            out->candidate = *c;
        if (r != -ENOENT || o.result == -ENOENT || c->kind == CANDIDATE_DISK)
            o.result = r;
    }
    return o.result;
}

/* One request, for what asks back on the way (boot/answer). */
struct asking {
    const struct boot_provider *provider;
    const struct view *view;
    const struct fetch_request *request;
};

/* A token for the machine that asks; nobody on a link of this machine gets one by naming another,
 * and nobody who is logged in on this machine itself. Behind a router no link tells who asks: there
 * the name that was told is believed, unless answers.routed says otherwise. */
static bool give_token(void *context, const struct client *client, const struct image *image,
                       char token[ANSWER_TOKEN_MAX])
{
    const struct asking *a = context;
    const struct fetch_request *request = a->request;

    if (mac_is_zero(client->mac) || iface_by_address(&a->view->ifaces, request->source.addr))
        return false;
    struct mac mac = link_mac(a->provider, a->view, request->source, request->local);
    if (mac_is_zero(mac) ? !a->view->config->answers.routed : !mac_equals(mac, client->mac))
        return false;
    return answer_book_give(a->provider->settings.answers, client->mac, request->source.addr,
                            image->name, a->view->config->answers.window, request->now, token);
}

static struct pick_serve pick_serve_of(const struct boot_provider *p, const struct view *view,
                                       const struct fetch_request *request, struct mac link)
{
    return (struct pick_serve){ .book = p->settings.picks,
                                .view = view,
                                .request = request,
                                .link_mac = link,
                                .events = p->provider.events };
}

static bool give_ticket(void *context, const struct client *client, struct pick_ticket *out)
{
    const struct asking *a = context;
    const struct pick_serve s = pick_serve_of(a->provider, a->view, a->request, (struct mac){ 0 });
    return is_about_itself(a->provider, a->view, a->request, client->mac) &&
           pick_serve_give(&s, client, out);
}

/* Is this kept for machines that show a certificate? Decided by what is found, not by its name,
 * since one file has many names. */
static bool is_guarded(const struct view *view, const struct candidate *c)
{
    uint8_t areas = view->config->https.client_areas;
    if (c->served_as == SERVED_ANSWER) /* with the image's initrds before it, or without */
        return areas & (c->kind == CANDIDATE_PARTS ? CONFIG_AREA_ANSWERS | CONFIG_AREA_IMAGES
                                                   : CONFIG_AREA_ANSWERS);
    if (c->kind == CANDIDATE_TEXT && c->served_as != SERVED_FILE)
        return areas & CONFIG_AREA_SCRIPTS;
    if (c->kind == CANDIDATE_DISK) /* kernels of images, and what this machine boots */
        return areas & (CONFIG_AREA_IMAGES | CONFIG_AREA_SCRIPTS);
    if (c->image)
        return areas & CONFIG_AREA_IMAGES;
    return view->catalog->roots[c->root].kind == ROOT_FILES && areas & CONFIG_AREA_FILES;
}

/* 0, or -EACCES when the client has to show a certificate and does not. */
static int check_guard(const struct boot_provider *p, const struct view *view,
                       const struct fetch_request *request, struct fetch *out)
{
    if (request->is_certified || !is_guarded(view, &out->candidate))
        return 0;
    snprintf(out->why, sizeof out->why, "%s",
             request->over_tls
                 ? "it is for machines that show a certificate of https.client-ca"
                 : "it is given by HTTPS only, to machines that show a certificate of "
                   "https.client-ca");
    struct event event =
        event_make(EVENT_CERTIFICATE_MISSING, request->now, mac_to_u64(out->client.mac));
    char name[256];
    struct text shown = text_over(name, sizeof name);
    answer_path_show(request->name, &shown);
    event_add_text(&event, "file", name);
    event_add_ipv4(&event, "source", request->source.addr.value);
    event_emit(&p->provider.events, &event);
    return -EACCES;
}

static void close_pieces(const struct boot_provider *p, struct fetch *fetch)
{
    for (uint32_t i = 0; i < fetch->body.piece_count; i++)
        if (body_piece_at(&fetch->body, i)->fd >= 0 && !body_piece_at(&fetch->body, i)->is_lent)
            file_share_close(p->share, body_piece_at(&fetch->body, i)->fd);
    fetch->body.piece_count = 0;
}

/* What is asked for below /answers/; with the answer's text in *holding. */
static int open_answer(struct boot_provider *p, const struct view *view,
                       const struct fetch_request *request, const struct safe_path *path,
                       const struct client *client, struct arena *arena, struct holding *holding,
                       struct fetch *out)
{
    const struct answer_serve serve = { .book = p->settings.answers,
                                        .events = p->provider.events,
                                        .installed = p->settings.installed,
                                        .context = p->settings.context };

    out->client = *client;
    out->candidate = (struct candidate){ .kind = CANDIDATE_TEXT, .served_as = SERVED_ANSWER };
    int r = check_guard(p, view, request, out);
    if (r < 0)
        return r;
    r = answer_serve_open(&serve, view, request, path, client,
                          link_mac(p, view, request->source, request->local), arena, out,
                          &holding->answer);
    if (r < 0)
        return r;
    r = check_guard(p, view, request, out);
    if (r < 0) {
        close_pieces(p, out);
        answer_output_done(&holding->answer);
    }
    return r;
}

/* Keep what an open fetch needs until it is closed. */
static int keep_answer(struct boot_provider *p, const struct view *view,
                       const struct fetch_request *request, const struct safe_path *path,
                       const struct client *client, struct arena *arena, struct fetch *out)
{
    struct holding *holding = calloc(1, sizeof *holding);

    if (!holding)
        return -ENOMEM;
    int r = open_answer(p, view, request, path, client, arena, holding, out);
    if (r < 0) {
        free(holding);
        return r;
    }
    holding->view = view_ref(p->views.view);
    out->handle = holding;
    return 0;
}

static int open_fetch(void *context, const struct fetch_request *request, struct arena *arena,
                      struct fetch *out)
{
    struct boot_provider *p = context;
    const struct view *view = view_cache_get(&p->views);
    struct client client, meant;
    struct resolution found;
    struct safe_path name;
    struct span token, file;

    *out = (struct fetch){ 0 };
    identify(p, view, request->source, request->local, request->now, &client);
    if (safe_path_parse(request->name, &name) == PATH_SOUND &&
        answer_path_split(&name, &token, &file))
        return keep_answer(p, view, request, &name, &client, arena, out);
    bool is_grub;
    struct span number;
    if (safe_path_parse(request->name, &name) == PATH_SOUND &&
        pick_serve_is_asking(&name, &number, &is_grub)) {
        const struct pick_serve s =
            pick_serve_of(p, view, request, link_mac(p, view, request->source, request->local));
        out->client = client;
        int r = pick_serve_open(&s, number, is_grub, arena, out);
        return r < 0 ? r : check_guard(p, view, request, out);
    }
    struct asking asking = { p, view, request };
    const struct pick_source tickets = { .give = give_ticket, .context = &asking };
    const struct answer_source tokens = { .give = give_token, .context = &asking };
    meant = client;
    take_named(p, request, &meant);
    const struct last_loader last = registry_get_loader(p->settings.registry, client.mac);
    const struct resolve_request question = {
        .name = request->name,
        .query = request->query,
        .last_folder = span_text(last.folder),
        .last_loader = span_text(last.name),
        .transport = request->transport,
        .client = &meant,
        .reach = { .server = request->local,
                   .http_port = view->config->http.port,
                   .https_port = view->https_port,
                   .mirror_port = config_mirror_port(view->config),
                   .offer_https = view->config->https.offer,
                   .secure = request->over_tls,
                   .answers = &tokens,
                   .picks = &tickets },
    };
    resolve(view->catalog, &question, arena, &found);
    out->client = found.client;
    out->is_optional = found.is_optional;
    snprintf(out->why, sizeof out->why, "%s", found.why);
    if (mac_equals(found.client.mac, client.mac) ||
        is_about_itself(p, view, request, found.client.mac))
        registry_note(p->settings.registry, &found.client, request->now);

    struct holding *holding = calloc(1, sizeof *holding);
    if (!holding)
        return -ENOMEM;
    int r = open_first(p, view, &found, arena, out);
    bool is_signpost = r == -ENOENT && safe_path_parse(request->name, &name) == PATH_SOUND &&
                       pick_serve_is_signpost(request, &name);
    if (is_signpost) {
        const struct pick_serve s = pick_serve_of(p, view, request, (struct mac){ 0 });
        r = pick_serve_signpost(&s, &name, arena, out);
    }
    if (r == 0 && !is_signpost) { /* phones have no certificate of a machine's */
        r = check_guard(p, view, request, out);
        if (r < 0)
            close_pieces(p, out);
    }
    if (r < 0) {
        free(holding);
        return r;
    }
    if (safe_path_parse(request->name, &name) == PATH_SOUND) {
        struct span folder_asked = safe_path_folder(&name);
        holding->folder_len = folder_asked.len;
        if (folder_asked.len > 0)
            memcpy(holding->name, folder_asked.data, folder_asked.len);
    }
    holding->view = view_ref(p->views.view);
    out->handle = holding;
    return 0;
}

static void close_fetch(void *context, struct fetch *fetch)
{
    const struct boot_provider *p = context;
    struct holding *holding = fetch->handle;
    close_pieces(p, fetch);
    if (holding) {
        view_unref(holding->view);
        answer_output_done(&holding->answer);
    }
    free(holding);
    fetch->handle = NULL;
}

static void tell(const struct boot_provider *p, enum event_id id, const char *key,
                 const char *value, const struct fetch *fetch, struct now now)
{
    struct event event = event_make(id, now, mac_to_u64(fetch->client.mac));
    event_add_text(&event, key, value);
    if (!ipv4_is_none(fetch->client.address))
        event_add_ipv4(&event, "source", fetch->client.address.value);
    event_emit(&p->provider.events, &event);
}

static void tell_answer(const struct boot_provider *p, const struct fetch *fetch, struct now now)
{
    struct event event = event_make(EVENT_ANSWER_SENT, now, mac_to_u64(fetch->client.mac));
    event_add_text(&event, "file", fetch->candidate.what);
    event_add_text(&event, "image", fetch->candidate.image->name);
    event_add_ipv4(&event, "source", fetch->client.address.value);
    event_emit(&p->provider.events, &event);
}

static void delivered(void *context, const struct fetch *fetch, struct now now)
{
    struct boot_provider *p = context;
    const struct candidate *c = &fetch->candidate;
    const struct holding *holding = fetch->handle;

    if (c->served_as == SERVED_WAIT)
        return;
    if (c->served_as == SERVED_ANSWER) {
        if (c->image)
            tell_answer(p, fetch, now);
        return;
    }
    if (c->served_as == SERVED_SCRIPT || c->served_as == SERVED_GRUB_CONFIG) {
        tell(p, c->served_as == SERVED_SCRIPT ? EVENT_SCRIPT_SENT : EVENT_GRUB_CONFIG_SENT, "what",
             c->what, fetch, now);
    } else if (holding && c->served_as == SERVED_LOADER) {
        char name[REGISTRY_LOADER_MAX];
        struct text wire = text_over(name, sizeof name);
        if (c->loader)
            loader_add_wire_name(&wire, c->loader->folder, c->loader->file);
        registry_set_loader(p->settings.registry, fetch->client.mac,
                            span_of(holding->name, holding->folder_len), name);
    }
    if ((c->kind == CANDIDATE_TEXT || c->kind == CANDIDATE_DISK) && c->what &&
        strcmp(c->what, "local disk") == 0)
        tell(p, EVENT_BOOT_LOCAL, "what", c->what, fetch, now);
    if (c->last_of_image && c->image)
        tell(p, EVENT_BOOT_DONE, "image", c->image->name, fetch, now);
    if (c->used_next_boot && c->used_next_boot->next_boot)
        p->settings.next_boot_used(p->settings.context, c->used_next_boot->name,
                                   c->used_next_boot->next_boot);
}

static void keep_packet(void *context, const struct client *client, bool sent, struct endpoint from,
                        struct endpoint to, struct span bytes, struct now now)
{
    struct boot_provider *p = context;
    if (!mac_is_zero(client->mac))
        event_queue_packet(p->settings.events, mac_to_u64(client->mac), now, sent, from, to, bytes);
}

static bool serves(void *context, struct ipv4 local)
{
    struct boot_provider *p = context;
    const struct view *view = view_cache_get(&p->views);
    return view_serves(view, iface_by_address(&view->ifaces, local));
}

static struct tls_context *give_tls(void *context)
{
    struct boot_provider *p = context;
    const struct view *view = view_cache_get(&p->views);
    return view->tls ? tls_context_ref(view->tls) : NULL;
}

static void identify_source(void *context, struct endpoint source, struct ipv4 local,
                            struct now now, struct client *out)
{
    struct boot_provider *p = context;
    identify(p, view_cache_get(&p->views), source, local, now, out);
}

int boot_provider_new(const struct boot_provider_settings *settings,
                      struct boot_provider **ret_provider)
{
    struct boot_provider *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->settings = *settings;
    view_cache_init(&p->views, settings->views);
    p->provider = (struct provider){ .open = open_fetch,
                                     .close = close_fetch,
                                     .delivered = delivered,
                                     .packet = keep_packet,
                                     .serves = serves,
                                     .tls = give_tls,
                                     .identify = identify_source,
                                     .events = event_queue_sink(settings->events),
                                     .context = p };
    int r = file_share_new(settings->loop, &p->share);
    if (r < 0) {
        boot_provider_free(p);
        return r;
    }
    *ret_provider = p;
    return 0;
}

void boot_provider_free(struct boot_provider *provider)
{
    if (!provider)
        return;
    view_cache_done(&provider->views);
    file_share_free(provider->share);
    free(provider);
}

const struct provider *boot_provider_get(struct boot_provider *provider)
{
    return &provider->provider;
}
