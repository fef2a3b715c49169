/* Machines that wait for a choice on a phone. Signing in gives their list; who has the number from
 * a machine's screen may look and choose with the role operator, or, where admin.pick-open says so,
 * without signing in. Then each wrong number counts as a failed try to sign in, so that four digits
 * cannot be found by trying. What may be chosen is what that machine's menu has. */
#include "api/call.h"
#include "api/paging.h"
#include "api/request_json.h"
#include "boot/ipxe_secure.h"
#include "boot/script_grub.h"
#include "boot/script_ipxe.h"

static bool is_on_menu(const struct catalog *catalog, const struct api_pick *pick,
                       const struct image *image)
{
    const struct grub_place place = { .kind = GRUB_NET };
    const char *why;

    (void)catalog;
    return !image->is_hidden && catalog_can_boot(image, &pick->client, NULL) &&
           (!pick->is_grub || script_grub_can_start(&place, image, &why));
}

static bool may_choose(const struct catalog *catalog, const struct api_pick *pick,
                       const char *entry)
{
    const struct image *image = catalog_find_image(catalog, span_text(entry));

    return strcmp(entry, ENTRY_WORD_LOCAL) == 0 || strcmp(entry, ENTRY_WORD_MENU) == 0 ||
           (image && is_on_menu(catalog, pick, image));
}

static void add_entry(struct json_writer *j, const char *entry, const char *title,
                      const char *group, const char *note)
{
    json_write_object_begin(j, NULL);
    json_write_text(j, "entry", entry);
    json_write_text(j, "title", title);
    if (group && group[0])
        json_write_text(j, "group", group);
    if (note)
        json_write_text(j, "note", note);
    json_write_object_end(j);
}

static void add_entries(struct json_writer *j, const struct catalog *catalog,
                        const struct api_pick *pick)
{
    json_write_array_begin(j, "entries");
    for (size_t i = 0; i < catalog->image_count; i++) {
        const struct image *image = &catalog->images[i];
        if (is_on_menu(catalog, pick, image))
            add_entry(j, image->name, image->title, image->group,
                      ipxe_secure_refusal(catalog, &pick->client, image));
    }
    add_entry(j, ENTRY_WORD_LOCAL, "Boot from local disk", "This machine", NULL);
    add_entry(j, ENTRY_WORD_MENU, "Show the menu on its screen", "This machine", NULL);
    json_write_array_end(j);
}

static void add_label(struct json_writer *j, const char *key, const struct label *label)
{
    if (label->len > 0)
        json_write_string(j, key, label_span(label));
}

static void add_pick(struct json_writer *j, const struct catalog *catalog,
                     const struct api_pick *pick, bool with_entries)
{
    const struct client *c = &pick->client;
    const struct host *host = choose_host(catalog, c);
    char mac[MAC_TEXT_MAX], address[IPV4_TEXT_MAX];

    mac_format(c->mac, mac);
    json_write_object_begin(j, NULL);
    json_write_text(j, "number", pick->number);
    json_write_text(j, "mac", mac);
    if (!ipv4_is_none(c->address)) {
        ipv4_format(c->address, address);
        json_write_text(j, "address", address);
    }
    if (host)
        json_write_text(j, "host", host->name);
    add_label(j, "manufacturer", &c->manufacturer);
    add_label(j, "product", &c->product);
    add_label(j, "serial", &c->serial);
    if (c->arch != ARCH_NONE)
        json_write_text(j, "arch", arch_name(c->arch));
    json_write_text(j, "loader", pick->is_grub ? "grub" : "ipxe");
    json_write_time(j, "since", pick->since);
    if (with_entries)
        add_entries(j, catalog, pick);
    json_write_object_end(j);
}

void route_picks(struct api_call *call)
{
    const struct api_backend *b = call->backend;
    const struct catalog *catalog = b->catalog(b->context);
    struct api_pick pick;
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);

    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "picks");
    for (size_t i = 0; b->pick_at(b->context, i, &pick); i++)
        add_pick(&j, catalog, &pick, false);
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

/* May this caller look at a number at all, or (needed OPERATOR) choose by it? */
static bool is_let_in(struct api_call *call, enum api_role needed)
{
    const struct api_backend *b = call->backend;
    char detail[160], seconds[16];
    struct text t = text_over(detail, sizeof detail), s = text_over(seconds, sizeof seconds);

    if (call->caller->role >= needed)
        return true;
    if (!b->picks_open(b->context)) {
        call_refuse_access(call, call->caller->role == API_ROLE_NOBODY ? ACCESS_NOT_SIGNED_IN
                                                                       : ACCESS_ROLE_TOO_LOW);
        return false;
    }
    uint32_t wait = access_wait_s(b->access, call->caller, "", call->request->now);
    if (wait == 0)
        return true;
    text_addf(&t, "Too many wrong numbers: wait %u seconds before the next.", wait);
    text_add_number(&s, wait);
    call_problem(call, 429, "too-many-tries", detail);
    call_add_field(call, "Retry-After", text_span(&s));
    return false;
}

static bool find_pick(struct api_call *call, struct api_pick *ret_pick)
{
    const struct api_backend *b = call->backend;

    if (b->pick_find(b->context, call->parameters[0], ret_pick) == API_DONE)
        return true;
    if (call->caller->role < API_ROLE_VIEWER)
        access_tried(b->access, call->caller, "", false, call->request->now);
    call_problem(
        call, 404, "no-such-number",
        "No machine waits by this number. Look at its screen: the number changes after half "
        "an hour, and when the machine starts again.");
    return false;
}

void route_pick_get(struct api_call *call)
{
    const struct api_backend *b = call->backend;
    struct api_pick pick;

    if (!is_let_in(call, API_ROLE_VIEWER) || !find_pick(call, &pick))
        return;
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    add_pick(&j, b->catalog(b->context), &pick, true);
    call_reply_json(call, &body);
}

void route_pick_post(struct api_call *call)
{
    const struct api_backend *b = call->backend;
    char entry[API_PICK_ENTRY_MAX] = "", by[API_NAME_MAX + 8];
    struct request_field fields[] = { { "entry", entry, sizeof entry, true } };
    struct api_pick pick;

    if (!is_let_in(call, API_ROLE_OPERATOR) || !request_json_read(call, fields, 1) ||
        !find_pick(call, &pick))
        return;
    if (!may_choose(b->catalog(b->context), &pick, entry)) {
        call_problem(call, 422, "no-such-image",
                     "The menu of this machine has no such entry; GET /api/v1/picks/{number} lists "
                     "them.");
        return;
    }
    struct text who = text_over(by, sizeof by);
    text_addf(&who, "%s",
              call->caller->name[0]                   ? call->caller->name
              : call->caller->role == API_ROLE_NOBODY ? "somebody not signed in"
                                                      : "an operator");
    enum api_result result = b->pick_choose(b->context, call->parameters[0], entry, by);
    if (result == API_DONE)
        call_reply_nothing(call);
    else if (result == API_NOT_FOUND)
        call_problem(call, 404, "no-such-number", "The machine has gone on or was switched off.");
    else
        call_problem(call, 409, "chosen",
                     "Somebody else has just chosen for this machine: look at its screen.");
}
