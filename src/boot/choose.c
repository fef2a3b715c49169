/* See choose.h. What this site wants is asked of boot/rule; which files exist, of the catalog. Here
 * is only the order of the questions, and the trail that tells of each. A chain loop cannot arise:
 * a client known as iPXE is given a script before any loader is looked at. */
#include "boot/choose.h"

#include "boot/loader.h"
#include "boot/reach.h"
#include "boot/rule.h"

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
    text_addf(&url, "/%s", path);
}

static const struct loader *find_best(const struct catalog *catalog, enum arch arch,
                                      const char *set)
{
    const struct loader *best = NULL;

    for (size_t i = 0; i < catalog->loader_count; i++) {
        const struct loader *l = &catalog->loaders[i];
        if (l->arch != arch || l->rank == RANK_HELPER)
            continue;
        if (set ? strcmp(l->set, set) != 0 && strcmp(l->file, set) != 0
                : l->rank >= RANK_ON_REQUEST)
            continue;
        if (!best || l->rank < best->rank)
            best = l;
    }
    return best;
}

/* The loader this site's rules and the ranks give to the client, or NULL with out->hint. */
static const struct loader *pick_loader(const struct catalog *catalog, const struct client *client,
                                        const struct rule_settings *settings, struct choice *out)
{
    enum arch arch = loader_arch(client->arch);
    const struct loader *loader = NULL;
    const char *set = settings->loader.value;

    if (set) {
        loader = find_best(catalog, arch, set);
        trail_add(&out->trail, "loader setting", "%s %s asks for '%s': %s", settings->loader.kind,
                  settings->loader.by, set, loader ? loader->file : "not here for this machine");
    }
    if (!loader) {
        loader = find_best(catalog, arch, NULL);
        trail_add(&out->trail, "architecture", "%s: %s", arch_name(client->arch),
                  loader ? loader->file : "no loader is here");
    }
    if (!loader) {
        struct text hint = text_over(out->hint, sizeof out->hint);
        loader_add_hint(&hint, client->arch, NULL);
    }
    return loader;
}

static void give_nothing(struct choice *out, const char *rule, const char *why)
{
    out->kind = CHOICE_NOTHING;
    trail_add(&out->trail, rule, "%s", why);
}

static void give_loader(const struct catalog *catalog, const struct client *client,
                        const struct reach *reach, struct choice *out)
{
    struct rule_settings settings;

    rule_settings_of(catalog, client, &settings);
    note_host(&out->trail, &settings);
    const struct loader *loader = pick_loader(catalog, client, &settings, out);
    if (!loader)
        return;
    out->kind = CHOICE_LOADER;
    struct text file = text_over(out->file, sizeof out->file);
    loader_add_wire_name(&file, loader->folder, loader->file);
    span_to_text(span_text(loader->set), out->loader, sizeof out->loader);
    out->transport = client->kind == CLIENT_HTTP ? TRANSPORT_HTTP : TRANSPORT_TFTP;
    if (out->transport == TRANSPORT_HTTP)
        write_url(reach, out->file, out->url, sizeof out->url);
    trail_add(&out->trail, "transport", "%s",
              out->transport == TRANSPORT_HTTP ? "HTTP, the firmware asked as HTTPClient" : "TFTP");
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
                   const struct reach *reach, struct choice *out)
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
        give_loader(catalog, client, &its, out);
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
        strcmp(word->value, "shell") == 0) {
        out->kind = word->value[0] == 'm'   ? ENTRY_MENU
                    : word->value[0] == 'l' ? ENTRY_LOCAL
                                            : ENTRY_SHELL;
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
    if (settings.boot.value && take_boot_word(catalog, client, &settings.boot, "assignment", out))
        return;
    trail_add(&out->trail, "default", "the menu");
}
