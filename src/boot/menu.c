/* See menu.h. An item is chosen by a word with "@" before it for what tugboot itself offers, which
 * no image name can have. Every choice is a new request with `entry=`, so the server knows what was
 * chosen and the script for it is made at that moment. Texts are ASCII, at most 72 columns. */
#include "boot/menu.h"

#include "boot/ipxe_secure.h"
#include "boot/script_ipxe.h"

#define TEXT_COLUMNS 70
#define MARK_COLUMNS 26 /* of " (Secure Boot refuses it)" and a blank */

static void add_item(struct text *out, const char *key, const char *name, const char *text)
{
    text_addf(out, "item --key %s %s %s\n", key, name, text);
}

static void add_gap(struct text *out, struct span text)
{
    text_add(out, "item --gap -- ");
    script_add_foreign(out, text, TEXT_COLUMNS, ".");
    text_add_char(out, '\n');
}

static void add_facts_line(struct text *out, const struct client *client, const struct host *host)
{
    text_add(out, "item --gap -- ");
    if (host) {
        script_add_foreign(out, span_text(host->name), 24, "?");
        text_add(out, ": ");
    }
    script_add_foreign(out, label_span(&client->manufacturer), 20, "machine");
    text_add_char(out, ' ');
    script_add_foreign(out, label_span(&client->product), 24, "");
    if (client->serial.len > 0) {
        text_add(out, " no. ");
        script_add_foreign(out, label_span(&client->serial), 16, "?");
    }
    text_add(out, "\nitem --gap -- ");
    if (!mac_is_zero(client->mac))
        text_add_mac(out, client->mac);
    if (!ipv4_is_none(client->address)) {
        text_add_char(out, ' ');
        text_add_ipv4(out, client->address);
    }
    text_addf(out, " %s\n", client->arch == ARCH_NONE ? "" : arch_name(client->arch));
}

/* ${refused} stands behind what Secure Boot refuses. iPXE tells whether that is on since 2023; an
 * older one, or firmware that knows no Secure Boot, gets the plain statement. */
static void add_mark(struct text *out, const struct client *client)
{
    text_add(out, "clear refused ||\n");
    if (client->arch != ARCH_NONE && !arch_is_efi(client->arch))
        return;
    text_add(out, "iseq x${efi/SecureBoot} x00 || set refused (not with Secure Boot)\n"
                  "iseq x${efi/SecureBoot} x01 && set refused (Secure Boot refuses it) ||\n"
                  "iseq ${platform} efi || clear refused ||\n");
}

/* Entries with the same title, the same installer with other arguments say, are told apart by name.
 */
static void add_image(struct text *out, const struct catalog *catalog, const struct client *client,
                      const struct image *image)
{
    const char *mark = ipxe_secure_refusal(catalog, client, image) ? " ${refused}" : "";
    size_t columns = TEXT_COLUMNS - (*mark ? MARK_COLUMNS : 0);

    text_addf(out, "item -- %s ", image->name);
    if (catalog_has_namesake(catalog, image)) {
        script_add_foreign(out, span_text(image->title), columns * 2 / 3, image->name);
        text_addf(out, " [%s]", image->name);
    } else {
        script_add_foreign(out, span_text(image->title), columns, image->name);
    }
    text_addf(out, "%s\n", mark);
}

/* The group of images[first] with all its bootable members, unless an earlier image had it. */
static size_t add_group(struct text *out, const struct catalog *catalog,
                        const struct client *client, size_t first)
{
    const struct image *head = &catalog->images[first];
    size_t shown = 0;

    if (!catalog_begins_group(catalog, first))
        return 0;
    for (size_t i = first; i < catalog->image_count; i++) {
        const struct image *image = &catalog->images[i];
        if (!catalog_same_group(image, head) || image->is_hidden ||
            !catalog_can_boot(image, client, NULL))
            continue;
        if (shown++ == 0) {
            text_add(out, "item\n");
            add_gap(out,
                    head->group && head->group[0] ? span_text(head->group) : span_text("Start"));
        }
        add_image(out, catalog, client, image);
    }
    return shown;
}

/* The default as an item's name: what is set if this machine can boot it, else the local disk. */
static const char *default_item(const struct catalog *catalog, const struct client *client)
{
    const char *word = catalog->menu.default_choice;

    if (word && strcmp(word, "shell") == 0)
        return "@shell";
    if (word && strcmp(word, "pick") == 0 && catalog->menu.pick)
        return ENTRY_WORD_PICK;
    const struct image *image = word ? catalog_find_image(catalog, span_text(word)) : NULL;
    return image && catalog_can_boot(image, client, NULL) ? image->name : "@local";
}

static void add_branches(struct text *out, const struct reach *reach)
{
    text_add(out, "iseq ${pick} @shell && goto @shell ||\n"
                  "iseq ${pick} @reboot && goto @reboot ||\n"
                  "chain --replace ");
    script_add_identity_url(out, reach, NULL);
    text_add(out, "&entry=${pick} || goto failed\ngoto top\n"
                  ":@shell\necho Type exit for the menu.\nshell ||\ngoto top\n");
    text_add(out, ":@reboot\nreboot ||\ngoto top\n"
                  ":failed\nprompt --timeout 10000 The boot server did not answer (${errno}). "
                  "Press any key. ||\ngoto top\n");
}

void menu_write_ipxe(struct text *out, const struct catalog *catalog, const struct client *client,
                     const struct host *host, const struct reach *reach, struct span notice)
{
    size_t shown = 0;

    text_addf(out, "#!ipxe\nset menu-timeout %u\n", catalog->menu.timeout_ms);
    add_mark(out, client);
    text_add(out, ":top\nmenu ");
    script_add_foreign(out, span_text(catalog->menu.title), TEXT_COLUMNS, "tugboot");
    text_add_char(out, '\n');
    add_facts_line(out, client, host);
    if (notice.len > 0)
        add_gap(out, notice);
    for (size_t i = 0; i < catalog->image_count; i++)
        shown += add_group(out, catalog, client, i);
    if (shown == 0)
        add_gap(out, span_text(catalog->image_count == 0
                                   ? "No images yet: tugboot image add FOLDER"
                                   : "No image can be booted by this kind of machine"));
    text_add(out, "item\nitem --gap -- This machine\n");
    add_item(out, "l", "@local", "Boot from local disk");
    if (catalog->menu.pick)
        add_item(out, "p", ENTRY_WORD_PICK, "Choose on your phone");
    add_item(out, "i", "@facts", "Machine facts");
    add_item(out, "s", "@shell", "iPXE shell");
    add_item(out, "r", "@reboot", "Reboot");
    text_addf(
        out,
        "choose --default %s --timeout ${menu-timeout} pick || goto escaped\nset menu-timeout 0\n",
        default_item(catalog, client));
    add_branches(out, reach);
    /* Escape and Ctrl-C: the menu again, without the clock. */
    text_add(out, ":escaped\nset menu-timeout 0\ngoto top\n");
}

static void add_fact(struct text *out, const char *name, struct span value)
{
    text_addf(out, "echo %s: ", name);
    script_add_foreign(out, value, 60, "not told");
    text_add_char(out, '\n');
}

void menu_write_facts(struct text *out, const struct client *client, const struct host *host,
                      const struct reach *reach)
{
    char uuid[UUID_TEXT_MAX] = "", mac[MAC_TEXT_MAX];

    mac_format(client->mac, mac);
    if (client->has_uuid)
        uuid_format(&client->uuid, uuid);
    text_add(out, "#!ipxe\necho\necho What tugboot knows of this machine\n");
    add_fact(out, "Host", span_text(host ? host->name : "none, known by its address only"));
    add_fact(out, "Manufacturer", label_span(&client->manufacturer));
    add_fact(out, "Product", label_span(&client->product));
    add_fact(out, "Serial", label_span(&client->serial));
    add_fact(out, "Asset tag", label_span(&client->asset));
    add_fact(out, "UUID", span_text(uuid));
    add_fact(out, "MAC", span_text(mac));
    add_fact(out, "Kind", span_text(arch_name(client->arch)));
    if (client->memory_mib > 0)
        text_addf(out, "echo Memory: %u MiB\n", client->memory_mib);
    text_add(out, "echo Address: ${ip} / ${netmask}, router ${gateway}, DNS ${dns}\n"
                  "echo iPXE: ${version} for ${platform} ${buildarch}, NIC ${netX/chip}\n"
                  "echo Boot server: ");
    text_add_ipv4(out, reach->server);
    text_add(out, "\necho\nprompt Press any key for the menu ||\n:tomenu\nchain --replace ");
    script_add_identity_url(out, reach, ENTRY_WORD_MENU);
    text_add(out, " ||\nprompt --key 0x02 --timeout 5000 The boot server does not answer. Ctrl-B: "
                  "iPXE shell && shell ||\ngoto tomenu\n");
}
