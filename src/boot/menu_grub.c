/* See menu_grub.h. A GRUB menu has entries and nothing else, so its title, the facts of the machine
 * and the groups' headings are entries that do nothing. Where GRUB has a network, an entry asks for
 * a configuration of its own, so the server knows what was chosen and writes it at that moment; on
 * a boot disk its commands stand in the menu itself. */
#include "boot/menu_grub.h"

#include "boot/script_ipxe.h"

#define TEXT_COLUMNS   64
#define MANY_IMAGES    256
#define ASSIGNED_PAUSE 2 /* seconds in which a key gives the menu */

/* An entry that says something. */
static void add_line(struct text *out, const char *indent, const char *lead, struct span s,
                     const char *instead)
{
    text_addf(out, "%smenuentry ", indent);
    script_grub_add_text(out, lead, s, TEXT_COLUMNS, instead);
    text_add(out, " { true }\n");
}

static void add_gap(struct text *out)
{
    text_add(out, "menuentry ' ' { true }\n");
}

static void add_machine_line(struct text *out, const struct grub_menu *menu)
{
    const struct client *client = menu->client;
    char buffer[300];
    struct text line = text_over(buffer, sizeof buffer);

    if (!mac_is_zero(client->mac))
        text_add_mac(&line, client->mac);
    if (!ipv4_is_none(client->address)) {
        text_add_char(&line, ' ');
        text_add_ipv4(&line, client->address);
    }
    if (client->arch != ARCH_NONE)
        text_addf(&line, " %s", arch_name(client->arch));
    add_line(out, "", "", text_span(&line), "a machine that is not known yet");
}

/* What it is called and who made it, as far as somebody told. */
static void add_name_line(struct text *out, const struct grub_menu *menu)
{
    const struct client *client = menu->client;
    char buffer[300];
    struct text line = text_over(buffer, sizeof buffer);

    if (menu->host)
        text_addf(&line, "%.64s", menu->host->name);
    if (client->manufacturer.len > 0 || client->product.len > 0) {
        text_add(&line, line.len > 0 ? ": " : "");
        script_add_foreign(&line, label_span(&client->manufacturer), 20, "machine");
        text_add_char(&line, ' ');
        script_add_foreign(&line, label_span(&client->product), 24, "");
    }
    if (client->serial.len > 0) {
        text_add(&line, " no. ");
        script_add_foreign(&line, label_span(&client->serial), 16, "?");
    }
    if (line.len > 0)
        add_line(out, "", "", text_span(&line), "");
}

static bool is_shown(const struct grub_menu *menu, const struct image *image)
{
    const char *why;

    return !image->is_hidden && catalog_can_boot(image, menu->client, NULL) &&
           script_grub_can_start(menu->place, image, &why);
}

static void begin_entry(struct text *out, const struct grub_menu *menu, const char *indent,
                        const struct image *image, const char *note)
{
    char buffer[400];
    struct text title = text_over(buffer, sizeof buffer);

    script_add_foreign(&title, span_text(image->title), TEXT_COLUMNS - 16, image->name);
    if (catalog_has_namesake(menu->catalog, image))
        text_addf(&title, " [%.64s]", image->name);
    text_add(&title, note);
    text_addf(out, "%smenuentry ", indent);
    script_grub_add_text(out, "  ", text_span(&title), 200, image->name);
    text_add(out, " --id ");
    script_grub_add_word(out, span_text(image->name));
    text_add(out, " {\n");
}

/* Machines are known by their address, too: where the menu is long, that has to do. */
static const struct client nobody = { .kind = CLIENT_UNKNOWN };

static bool names_machine(const struct grub_menu *menu)
{
    return menu->catalog->image_count <= MANY_IMAGES;
}

static void add_entry(struct text *out, const struct grub_menu *menu, const char *indent,
                      const struct image *image, const char *note)
{
    const char *deeper = *indent ? "    " : "  ";

    begin_entry(out, menu, indent, image, note);
    if (menu->place->kind == GRUB_DISK)
        menu->write_start(menu->context, out, deeper, image);
    else
        script_grub_write_chain(out, deeper, names_machine(menu) ? menu->client : &nobody,
                                image->name);
    text_addf(out, "%s}\n", indent);
}

/* What Secure Boot refuses is marked where that is on. */
static void add_image(struct text *out, const struct grub_menu *menu, const struct image *image)
{
    if (!script_grub_refusal(menu->place, image)) {
        add_entry(out, menu, "", image, "");
        return;
    }
    text_add(out, "if [ \"$lockdown\" = y ]; then\n");
    add_entry(out, menu, "  ", image, " (Secure Boot refuses it)");
    text_add(out, "else\n");
    add_entry(out, menu, "  ", image, "");
    text_add(out, "fi\n");
}

/* The group of images[first] with all its members on offer, unless an earlier image had it. */
static size_t add_group(struct text *out, const struct grub_menu *menu, size_t first)
{
    const struct catalog *catalog = menu->catalog;
    const struct image *head = &catalog->images[first];
    size_t shown = 0;

    if (!catalog_begins_group(catalog, first))
        return 0;
    for (size_t i = first; i < catalog->image_count; i++) {
        const struct image *image = &catalog->images[i];
        if (!catalog_same_group(image, head) || !is_shown(menu, image))
            continue;
        if (shown++ == 0) {
            add_gap(out);
            add_line(out, "", "", span_text(head->group), "Start");
        }
        add_image(out, menu, image);
    }
    return shown;
}

static void add_fact(struct text *out, const char *lead, struct span value)
{
    add_line(out, "  ", lead, value, "not told");
}

static void add_facts(struct text *out, const struct grub_menu *menu)
{
    const struct client *client = menu->client;
    char uuid[UUID_TEXT_MAX] = "", memory_buffer[32], server_buffer[32];
    struct text memory = text_over(memory_buffer, sizeof memory_buffer);
    struct text server = text_over(server_buffer, sizeof server_buffer);

    if (client->has_uuid)
        uuid_format(&client->uuid, uuid);
    if (client->memory_mib > 0)
        text_addf(&memory, "%u MiB", client->memory_mib);
    text_add_ipv4(&server, menu->reach->server);
    text_add(out, "submenu '  Machine facts' --hotkey i {\n");
    add_fact(out, "Host: ", span_text(menu->host ? menu->host->name : "none"));
    add_fact(out, "Manufacturer: ", label_span(&client->manufacturer));
    add_fact(out, "Product: ", label_span(&client->product));
    add_fact(out, "Serial: ", label_span(&client->serial));
    add_fact(out, "Asset tag: ", label_span(&client->asset));
    add_fact(out, "UUID: ", span_text(uuid));
    add_fact(out, "Memory: ", text_span(&memory));
    add_fact(out, "Boot server: ", text_span(&server));
    text_add(out, "  if [ \"$lockdown\" = y ]; then\n"
                  "    menuentry 'Secure Boot: on' { true }\n"
                  "  else\n"
                  "    menuentry 'Secure Boot: off' { true }\n"
                  "  fi\n"
                  "  menuentry \"GRUB: for $grub_cpu $grub_platform\" { true }\n"
                  "}\n");
}

/* Can the choice be made on a phone? A boot disk's GRUB has no way to ask again. */
static bool has_pick(const struct grub_menu *menu)
{
    return menu->catalog->menu.pick && menu->place->kind == GRUB_NET;
}

static void add_own_entries(struct text *out, const struct grub_menu *menu)
{
    add_gap(out);
    text_add(out, "menuentry 'This machine' { true }\n"
                  "menuentry '  Boot from local disk' --id '@local' --hotkey l {\n");
    if (menu->place->kind == GRUB_DISK)
        script_grub_write_local(out, "  ");
    else
        script_grub_write_chain(out, "  ", menu->client, ENTRY_WORD_LOCAL);
    text_add(out, "}\n");
    if (has_pick(menu)) {
        text_add(out, "menuentry '  Choose on your phone' --id '@pick' --hotkey p {\n");
        script_grub_write_chain(out, "  ", menu->client, ENTRY_WORD_PICK);
        text_add(out, "}\n");
    }
    add_facts(out, menu);
    text_add(out, "if [ \"$grub_platform\" = efi ]; then\n"
                  "  menuentry '  Firmware setup' --hotkey f {\n    fwsetup\n  }\n"
                  "fi\n"
                  "menuentry '  Reboot' --hotkey r {\n  reboot\n}\n");
}

/* Default and timeout. GRUB counts in seconds, and 0 is "at once" to it. */
static void add_settings(struct text *out, const struct grub_menu *menu)
{
    const struct menu_settings *settings = &menu->catalog->menu;
    const char *word = settings->default_choice ? settings->default_choice : "local";
    const struct image *image = catalog_find_image(menu->catalog, span_text(word));
    bool waits = settings->timeout_ms == 0 || strcmp(word, "shell") == 0;

    if (menu->assigned) {
        text_addf(out, "set default='%s'\nset timeout=%d\nset timeout_style=countdown\necho ",
                  menu->assigned->name, ASSIGNED_PAUSE);
        script_grub_add_text(out, "tugboot: Esc for the menu, else ",
                             span_text(menu->assigned->title), 40, menu->assigned->name);
        text_add_char(out, '\n');
        return;
    }
    const char *own =
        strcmp(word, "pick") == 0 && has_pick(menu) ? ENTRY_WORD_PICK : ENTRY_WORD_LOCAL;
    text_addf(out, "set default='%s'\n", image && is_shown(menu, image) ? image->name : own);
    if (waits)
        text_add(out, "set timeout=-1\n");
    else
        text_addf(out, "set timeout=%u\n",
                  settings->timeout_ms / 1000 + (settings->timeout_ms % 1000 > 0));
    text_add(out, "set timeout_style=menu\n");
}

void menu_write_grub(struct text *out, const struct grub_menu *menu)
{
    const struct catalog *catalog = menu->catalog;
    size_t shown = 0;

    add_settings(out, menu);
    add_line(out, "", "", span_text(catalog->menu.title), "tugboot");
    add_name_line(out, menu);
    add_machine_line(out, menu);
    if (menu->notice.len > 0)
        add_line(out, "", "! ", menu->notice, "");
    for (size_t i = 0; i < catalog->image_count; i++)
        shown += add_group(out, menu, i);
    if (shown == 0) {
        add_gap(out);
        add_line(out, "", "",
                 span_text(catalog->image_count == 0
                               ? "No images yet: tugboot image add FOLDER"
                               : "No image can be booted by this kind of machine"),
                 "");
    }
    add_own_entries(out, menu);
}
