/* See explain.h. Asks the very functions that decide, so it cannot tell a different story. */
#include "boot/explain.h"

#include "boot/loader.h"
#include "boot/script_grub.h"
#include "boot/script_windows.h"

#define WORDS_MAX 16384

/* What the loader that runs there lacks for the entry. */
static const char *find_obstacle(const struct catalog *catalog, const struct explanation *e,
                                 const struct chain_row *row)
{
    const struct grub_place network = { .kind = GRUB_NET };
    const char *why = NULL;

    if (e->entry.kind != ENTRY_IMAGE)
        return NULL;
    if (row && row->next == CHAIN_NEXT_GRUB)
        (void)script_grub_can_start(&network, e->entry.image, &why);
    else if (e->runs_ipxe && e->entry.image->kind == IMAGE_WIM)
        why = script_windows_refusal(catalog, e->ipxe.arch);
    return why;
}

void explain(const struct catalog *catalog, const struct client *client, const struct reach *reach,
             const struct recollection *recalled, struct explanation *out)
{
    struct rule_settings settings;

    *out = (struct explanation){ .firmware = *client };

    if (out->firmware.kind == CLIENT_UNKNOWN)
        out->firmware.kind = client->transport == TRANSPORT_HTTP ? CLIENT_HTTP : CLIENT_PXE;
    out->assumed_arch = client->arch == ARCH_NONE && !client->has_arch;
    if (out->assumed_arch) {
        out->firmware.arch = ARCH_EFI_X64;
        out->firmware.has_arch =
            arch_to_wire(ARCH_EFI_X64, client->transport, &out->firmware.arch_wire);
    }
    if (recalled)
        out->recalled = *recalled;
    choose_loader(catalog, &out->firmware, reach, &out->recalled, &out->loader);
    if (choose_by_chain(out->firmware.kind)) {
        rule_settings_of(catalog, &out->firmware, &settings);
        chain_plan_make(catalog, &out->firmware, &settings, reach, &out->recalled, &out->plan);
    }
    out->ipxe = out->firmware;
    out->ipxe.kind = CLIENT_IPXE;
    const struct chain_row *row =
        out->loader.chain ? chain_find(out->loader.chain, loader_arch(out->firmware.arch), NULL)
                          : NULL;
    out->runs_ipxe = out->loader.kind == CHOICE_SCRIPT || (row && row->next == CHAIN_NEXT_IPXE);
    if (out->runs_ipxe)
        choose_loader(catalog, &out->ipxe, reach, recalled, &out->script);
    choose_entry(catalog, &out->ipxe, &out->entry);
    out->obstacle = find_obstacle(catalog, out, row);
}

static const char *entry_text(const struct entry *entry)
{
    switch (entry->kind) {
    case ENTRY_MENU:
        return "the menu";
    case ENTRY_IMAGE:
        return entry->image->name;
    case ENTRY_LOCAL:
        return "its local disk";
    case ENTRY_SHELL:
        return "the iPXE shell";
    }
    return "";
}

static const char *choice_text(const struct choice *choice)
{
    switch (choice->kind) {
    case CHOICE_NOTHING:
        return "nothing";
    case CHOICE_LOADER:
        return choice->url[0] ? choice->url : choice->file;
    case CHOICE_SCRIPT:
        return choice->url;
    case CHOICE_MENU_RPI:
        return "the Raspberry Pi boot menu";
    }
    return "";
}

static void write_trail(const struct trail *trail, struct text *out)
{
    for (uint8_t i = 0; i < trail->count; i++) {
        text_addf(out, "    %s: ", trail->steps[i].rule);
        text_add_escaped(out, span_text(trail->steps[i].said));
        text_add_char(out, '\n');
    }
}

static void write_choice(const struct choice *choice, const char *who, struct text *out)
{
    text_addf(out, "%s is told to start %s\n", who, choice_text(choice));
    if (choice->kind == CHOICE_NOTHING && choice->hint[0])
        text_addf(out, "    to change that: %s\n", choice->hint);
    write_trail(&choice->trail, out);
}

static const char *trust_name(enum chain_trust trust)
{
    return trust == CHAIN_TRUST_YES ? "yes" : trust == CHAIN_TRUST_OWN_KEYS ? "own-keys" : "no";
}

/* What is known of a chain that is ready, beside that. */
static void write_standing(const struct chain_option *option, struct text *out)
{
    if (arch_is_efi(option->row->arch) && option->trust == CHAIN_TRUST_YES)
        text_add(out, ", with Secure Boot too");
    else if (option->refusal[0])
        text_addf(out, ", not with Secure Boot: %s", option->refusal);
    if (option->result && option->result->last == CHAIN_MARK_STARTED)
        text_addf(out, "; started this machine last time (%u of %u)", option->result->started,
                  option->result->started + option->result->stalled);
    else if (option->result)
        text_addf(out, "; did not start this machine last time (%u of %u)", option->result->stalled,
                  option->result->started + option->result->stalled);
    else if (option->elsewhere)
        text_add(out, "; started other machines of this firmware");
}

static void write_plan(const struct chain_plan *plan, struct text *out)
{
    if (plan->count == 0)
        return;
    text_add(out, plan->is_pinned ? "the chain it is given, whatever happens\n"
                                  : "chains, in the order in which they are tried\n");
    for (uint8_t i = 0; i < plan->count; i++) {
        const struct chain_option *o = &plan->options[i];
        if (o->state == CHAIN_READY)
            text_addf(out, "    %u. %s (%s): ready", i + 1, o->name, o->row->text);
        else
            text_addf(out, "    -  %s: ", o->name);
        if (o->state == CHAIN_READY)
            write_standing(o, out);
        else
            chain_option_write(o, out);
        text_add_char(out, '\n');
    }
}

/* Can this entry run where Secure Boot is on? Only UEFI asks. */
static void write_secure(const struct entry *entry, struct text *out)
{
    if (entry->kind != ENTRY_IMAGE || !entry->image->secure.inspected)
        return;
    text_add(out, "    with Secure Boot: ");
    secure_facts_write(&entry->image->secure, out);
    text_add_char(out, '\n');
}

static void write_untested(const struct entry *entry, struct text *out)
{
    const struct image *image = entry->kind == ENTRY_IMAGE ? entry->image : NULL;
    if (image && image->kind == IMAGE_MEMDISK)
        text_addf(
            out,
            "    memdisk keeps the whole image in memory (BIOS only, %u MiB of RAM at least): "
            "what looks for its disc by drivers of its own does not find it\n",
            image->memory_mib);
    if (image && image->is_untested)
        text_add(out, "    untested here: nobody has booted it like this yet\n");
}

static void write_obstacle(const struct explanation *e, struct text *out)
{
    if (e->obstacle)
        text_addf(out, "%s cannot be started there: %s\n", entry_text(&e->entry), e->obstacle);
}

void explain_write(const struct explanation *e, struct text *out)
{
    write_choice(&e->loader, "firmware", out);
    if (e->loader.kind == CHOICE_LOADER && e->loader.hint[0])
        text_addf(out, "    for a chain that works with Secure Boot: %s\n", e->loader.hint);
    write_plan(&e->plan, out);
    if (e->runs_ipxe && e->loader.kind != CHOICE_SCRIPT)
        write_choice(&e->script, "iPXE", out);
    write_obstacle(e, out);
    if (!e->runs_ipxe)
        return;
    text_addf(out, "the script starts %s%s\n", entry_text(&e->entry),
              e->entry.one_shot ? ", this once" : "");
    write_secure(&e->entry, out);
    write_untested(&e->entry, out);
    write_trail(&e->entry.trail, out);
}

static void trail_json(const struct trail *trail, struct json_writer *j)
{
    json_write_array_begin(j, "trail");
    for (uint8_t i = 0; i < trail->count; i++) {
        json_write_object_begin(j, NULL);
        json_write_text(j, "rule", trail->steps[i].rule);
        json_write_text(j, "said", trail->steps[i].said);
        json_write_object_end(j);
    }
    json_write_array_end(j);
}

static void add_some(struct json_writer *j, const char *key, const char *value)
{
    if (value[0])
        json_write_text(j, key, value);
}

static void choice_json(const struct choice *choice, struct json_writer *j, const char *key)
{
    static const char *const kinds[] = {
        [CHOICE_NOTHING] = "nothing",
        [CHOICE_LOADER] = "loader",
        [CHOICE_SCRIPT] = "script",
        [CHOICE_MENU_RPI] = "raspberry-pi-menu",
    };

    json_write_object_begin(j, key);
    json_write_text(j, "starts", kinds[choice->kind]);
    if (choice->kind != CHOICE_NOTHING)
        json_write_text(j, "transport", choice->transport == TRANSPORT_HTTP ? "http" : "tftp");
    add_some(j, "loader", choice->loader);
    add_some(j, "file", choice->file);
    add_some(j, "url", choice->url);
    add_some(j, "hint", choice->hint);
    trail_json(&choice->trail, j);
    json_write_object_end(j);
}

static void plan_json(const struct chain_plan *plan, struct json_writer *j)
{
    json_write_array_begin(j, "chains");
    for (uint8_t i = 0; i < plan->count; i++) {
        const struct chain_option *o = &plan->options[i];
        char data[256];
        struct text why = text_over(data, sizeof data);
        chain_option_write(o, &why);
        json_write_object_begin(j, NULL);
        json_write_text(j, "chain", o->name);
        json_write_bool(j, "ready", o->state == CHAIN_READY);
        if (o->state != CHAIN_READY)
            json_write_text(j, "why", data);
        if (o->row) {
            json_write_text(j, "text", o->row->text);
            json_write_text(j, "secure_boot", trust_name(o->trust));
            add_some(j, "refusal", o->refusal);
        }
        if (o->result)
            json_write_text(j, "last", chain_mark_name(o->result->last));
        json_write_bool(j, "started_others", o->elsewhere);
        json_write_object_end(j);
    }
    json_write_array_end(j);
}

static void entry_json(const struct entry *entry, const char *obstacle, struct json_writer *j)
{
    static const char *const kinds[] = {
        [ENTRY_MENU] = "menu",
        [ENTRY_IMAGE] = "image",
        [ENTRY_LOCAL] = "local",
        [ENTRY_SHELL] = "shell",
    };

    json_write_object_begin(j, "boot");
    json_write_text(j, "starts", kinds[entry->kind]);
    if (entry->image)
        json_write_text(j, "image", entry->image->name);
    if (entry->image && entry->image->secure.inspected)
        json_write_text(j, "secure_boot",
                        secure_answer_name(secure_facts_answer(&entry->image->secure)));
    json_write_bool(j, "one_shot", entry->one_shot);
    if (obstacle)
        json_write_text(j, "obstacle", obstacle);
    trail_json(&entry->trail, j);
    json_write_object_end(j);
}

void explain_json(const struct explanation *e, struct json_writer *j)
{
    char data[WORDS_MAX];
    struct text words = text_over(data, sizeof data);

    json_write_bool(j, "assumed_arch", e->assumed_arch);
    if (e->entry.host)
        json_write_text(j, "host", e->entry.host->name);
    choice_json(&e->loader, j, "firmware");
    if (e->runs_ipxe)
        choice_json(&e->script, j, "ipxe");
    else
        json_write_null(j, "ipxe");
    entry_json(&e->entry, e->obstacle, j);
    plan_json(&e->plan, j);
    explain_write(e, &words);
    json_write_string(j, "words", text_span(&words));
}
