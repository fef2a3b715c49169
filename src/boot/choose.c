/* See choose.h. What this site wants is asked of boot/rule; which chains are ready and in which
 * order, of boot/chain_plan. Here is only the order of the questions, and the trail that tells of
 * each. A chain loop cannot arise: a client known as iPXE is given a script before any chain is
 * looked at. */
#include "boot/choose.h"

#include "boot/chain_plan.h"
#include "boot/loader.h"
#include "boot/reach.h"
#include "boot/rule.h"
#include "model/url.h"

static void note_host(struct trail *trail, const struct rule_settings *settings)
{
    if (settings->host)
        trail_add(trail, "host", "it is %s, known by %s", settings->host->name,
                  rule_match_text(&settings->host->match));
    else
        trail_add(trail, "host", "no host matches");
    for (uint8_t i = 0; i < settings->group_count; i++)
        trail_add(trail, "group", "%s %s", i == 0 ? "belongs to" : "which inherits from",
                  settings->groups[i]->name);
}

static void write_url(const struct reach *reach, const char *path, char *out, size_t cap)
{
    struct text url = text_over(out, cap);

    reach_add_server(&url, reach);
    text_add_char(&url, '/');
    url_encode(&url, span_text(path));
}

static void give_nothing(struct choice *out, const char *rule, const char *why)
{
    out->kind = CHOICE_NOTHING;
    trail_add(&out->trail, rule, "%s", why);
}

/* The site's word on chains. The plan as a whole is shown by boot/explain. */
static void note_source(const struct chain_plan *plan, bool is_pin, struct trail *trail)
{
    char why[160] = "";
    struct text text = text_over(why, sizeof why);

    if (!plan->source.value)
        return;
    if (is_pin && !plan->is_pinned) {
        const struct chain_option *pin = chain_plan_find(plan, plan->source.value);
        text_add(&text, ", which cannot be given: ");
        if (pin)
            chain_option_write(pin, &text);
        else
            text_add(&text, "there is none");
    }
    trail_add(trail, is_pin ? "loader setting" : "chains", "%s%s%s asks for '%s'%s",
              plan->source.kind, plan->source.by[0] ? " " : "", plan->source.by, plan->source.value,
              why);
}

static void note_memory(const struct chain_plan *plan, struct trail *trail)
{
    const struct chain_option *chosen = &plan->options[0];

    if (plan->is_pinned)
        return;
    for (uint8_t i = 0; i < plan->ready_count; i++)
        if (plan->options[i].result && plan->options[i].result->last == CHAIN_MARK_STALLED)
            trail_add(trail, "memory", "%s did not start this machine last time",
                      plan->options[i].name);
    if (plan->started_over)
        trail_add(trail, "memory", "none of its chains started it: from the first again");
    else if (chosen->result && chosen->result->last == CHAIN_MARK_STARTED)
        trail_add(trail, "memory", "%s started this machine before", chosen->name);
    else if (chosen->elsewhere)
        trail_add(trail, "memory", "%s started other machines of this firmware", chosen->name);
}

static void write_disk_name(const struct client *client, struct text *out)
{
    if (mac_is_zero(client->mac)) {
        text_add(out, "disk/boot.img");
        return;
    }
    text_add(out, "disk/");
    for (size_t i = 0; i < sizeof client->mac.bytes; i++)
        text_addf(out, "%s%02x", i > 0 ? "-" : "", client->mac.bytes[i]);
    text_add(out, ".img");
}

/* The path firmware is told; what is given lies at it. */
static void write_file(const struct chain_option *chain, const struct client *client,
                       struct choice *out)
{
    struct text file = text_over(out->file, sizeof out->file);

    switch (chain->row->next) {
    case CHAIN_NEXT_DISK:
        write_disk_name(client, &file);
        break;
    case CHAIN_NEXT_PROGRAM:
        text_addf(&file, "images/%s/%s", chain->image->name, chain->image->kernel);
        break;
    case CHAIN_NEXT_IPXE:
    case CHAIN_NEXT_GRUB:
    case CHAIN_NEXT_OTHER:
        loader_add_wire_name(&file, chain->first->folder, chain->first->file);
        break;
    }
}

static void take_chain(const struct chain_plan *plan, const struct client *client,
                       const struct reach *reach, const struct recollection *recalled,
                       struct choice *out)
{
    const struct chain_option *chain = &plan->options[0];
    struct text hint = text_over(out->hint, sizeof out->hint);

    out->kind = CHOICE_LOADER;
    write_file(chain, client, out);
    span_to_text(span_text(chain->name), out->loader, sizeof out->loader);
    out->chain = chain->row->name;
    out->started_over = plan->started_over;
    out->is_pinned = plan->is_pinned;
    out->is_signed = chain->trust == CHAIN_TRUST_YES;
    span_to_text(span_text(chain->refusal), out->refusal, sizeof out->refusal);
    if (recalled && recalled->came_back && !plan->is_pinned &&
        strcmp(recalled->came_back, out->chain) != 0)
        out->came_back = recalled->came_back;
    if (!out->is_signed && !plan->is_pinned)
        chain_plan_add_hint(plan, true, &hint);
    out->transport = client->kind == CLIENT_HTTP ? TRANSPORT_HTTP : TRANSPORT_TFTP;
    if (out->transport == TRANSPORT_HTTP)
        write_url(reach, out->file, out->url, sizeof out->url);
    trail_add(&out->trail, "chain", "%s: %s", chain->name, chain->row->text);
    trail_add(&out->trail, "transport", "%s",
              out->transport == TRANSPORT_HTTP ? "HTTP, the firmware asked as HTTPClient" : "TFTP");
}

static void give_loader(const struct catalog *catalog, const struct client *client,
                        const struct reach *reach, const struct recollection *recalled,
                        struct choice *out)
{
    struct rule_settings settings;
    struct chain_plan plan;

    rule_settings_of(catalog, client, &settings);
    note_host(&out->trail, &settings);
    chain_plan_make(catalog, client, &settings, reach, recalled, &plan);
    note_source(&plan, settings.loader.value != NULL, &out->trail);
    if (plan.ready_count > 0) {
        note_memory(&plan, &out->trail);
        take_chain(&plan, client, reach, recalled, out);
        return;
    }
    struct text hint = text_over(out->hint, sizeof out->hint);
    trail_add(&out->trail, "architecture", "%s: no loader is here", arch_name(client->arch));
    chain_plan_add_hint(&plan, false, &hint);
    if (plan.count == 0)
        text_addf(&hint, "tugboot knows no boot program for %s", arch_name(client->arch));
}

static void give_script(const struct reach *reach, struct choice *out)
{
    out->kind = CHOICE_SCRIPT;
    out->transport = TRANSPORT_HTTP;
    span_to_text(span_text("boot.ipxe"), out->file, sizeof out->file);
    span_to_text(span_text("script"), out->loader, sizeof out->loader);
    write_url(reach, out->file, out->url, sizeof out->url);
    trail_add(&out->trail, "iPXE", "it runs iPXE already and gets its script");
}

bool choose_by_chain(enum client_kind kind)
{
    return kind == CLIENT_PXE || kind == CLIENT_HTTP || kind == CLIENT_UBOOT;
}

/* By HTTPS or plain HTTP, where the client takes URLs. */
static struct reach give_reach(const struct catalog *catalog, const struct client *client,
                               const struct reach *reach, struct choice *out)
{
    struct rule_settings settings;
    if (client->kind != CLIENT_HTTP && client->kind != CLIENT_IPXE)
        return *reach;
    rule_settings_of(catalog, client, &settings);
    return reach_for(reach, client, &settings, &out->trail);
}

void choose_loader(const struct catalog *catalog, const struct client *client,
                   const struct reach *reach, const struct recollection *recalled,
                   struct choice *out)
{
    *out = (struct choice){ .kind = CHOICE_NOTHING };

    trail_add(&out->trail, "client", "%s, %s", client_kind_name(client->kind),
              arch_name(client->arch));
    const struct reach its = give_reach(catalog, client, reach, out);
    switch (client->kind) {
    case CLIENT_IPXE:
        give_script(&its, out);
        break;
    case CLIENT_PXE:
    case CLIENT_HTTP:
    case CLIENT_UBOOT:
        give_loader(catalog, client, &its, recalled, out);
        break;
    case CLIENT_RPI:
        out->kind = CHOICE_MENU_RPI;
        span_to_text(span_text("raspberry-pi"), out->loader, sizeof out->loader);
        trail_add(&out->trail, "Raspberry Pi", "gets its boot menu text and files by TFTP");
        break;
    case CLIENT_PETITBOOT:
        give_nothing(out, "Petitboot", "it looks for pxelinux.cfg by itself");
        span_to_text(span_text("Petitboot reads pxelinux.cfg/<its MAC> by itself: put that file "
                               "into the folder named by 'files:'"),
                     out->hint, sizeof out->hint);
        break;
    case CLIENT_OS:
    case CLIENT_UNKNOWN:
        give_nothing(out, "boot", "it does not ask to boot");
        break;
    }
}

/* Turn a word of the settings into an entry; false, with the reason in the trail, when that cannot
 * be booted. */
static bool take_boot_word(const struct catalog *catalog, const struct client *client,
                           const struct rule_word *word, const char *rule, struct entry *out)
{
    const char *why = "there is no image of that name";

    if (strcmp(word->value, "menu") == 0 || strcmp(word->value, "local") == 0 ||
        strcmp(word->value, "shell") == 0 || strcmp(word->value, "pick") == 0) {
        out->kind = word->value[0] == 'm'   ? ENTRY_MENU
                    : word->value[0] == 'l' ? ENTRY_LOCAL
                    : word->value[0] == 's' ? ENTRY_SHELL
                                            : ENTRY_PICK;
        trail_add(&out->trail, rule, "%s %s says %s", word->kind, word->by, word->value);
        return true;
    }
    const struct image *image = catalog_find_image(catalog, span_text(word->value));
    if (image && catalog_can_boot(image, client, &why)) {
        out->kind = ENTRY_IMAGE;
        out->image = image;
        trail_add(&out->trail, rule, "%s %s says %s", word->kind, word->by, image->name);
        return true;
    }
    trail_add(&out->trail, rule, "%s %s says %s, which cannot be booted: %s", word->kind, word->by,
              word->value, why);
    return false;
}

/* An installer that was assigned for good and has said that it is done is not started again. */
static bool is_installed(const struct catalog *catalog, const struct client *client,
                         const struct rule_word *word, struct entry *out)
{
    const struct installed *installed =
        mac_is_zero(client->mac) ? NULL : catalog_find_installed(catalog, client->mac);

    if (!installed || strcmp(installed->image, word->value) != 0)
        return false;
    out->kind = ENTRY_LOCAL;
    trail_add(&out->trail, "installed",
              "%s %s says %s, whose installer has said it is done: its own disk", word->kind,
              word->by, word->value);
    return true;
}

void choose_entry(const struct catalog *catalog, const struct client *client, struct entry *out)
{
    struct rule_settings settings;

    *out = (struct entry){ .kind = ENTRY_MENU };
    rule_settings_of(catalog, client, &settings);
    out->host = settings.host;
    note_host(&out->trail, &settings);
    if (settings.host && settings.host->next_boot && settings.host->next_boot[0]) {
        const struct rule_word word = { settings.host->next_boot, "host", settings.host->name };
        /* Used up even when it cannot be booted: else it would come back at some later boot, when
         * the image happens to be there again. */
        out->one_shot = true;
        if (take_boot_word(catalog, client, &word, "one-shot", out))
            return;
    }
    if (settings.boot.value && is_installed(catalog, client, &settings.boot, out))
        return;
    if (settings.boot.value && take_boot_word(catalog, client, &settings.boot, "assignment", out))
        return;
    trail_add(&out->trail, "default", "the menu");
}
