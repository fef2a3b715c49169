/* See catalog.h. Look-ups are linear: a catalog has tens of entries, and a look-up is one of a
 * boot's few requests. */
#include "boot/catalog.h"

#include "boot/chain.h"

const struct image *catalog_find_image(const struct catalog *c, struct span name)
{
    for (size_t i = 0; i < c->image_count; i++)
        if (span_is(name, c->images[i].name))
            return &c->images[i];
    /* Firmware and loaders may change the case of a path on its way. */
    for (size_t i = 0; i < c->image_count; i++)
        if (span_is_nocase(name, c->images[i].name))
            return &c->images[i];
    return NULL;
}

bool catalog_takes_boot_word(const struct catalog *c, const char *word)
{
    static const char *const words[] = { "", "menu", "local", "shell", "pick" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return catalog_find_image(c, span_text(word)) != NULL;
}

const struct host *catalog_find_host(const struct catalog *c, const char *name)
{
    for (size_t i = 0; i < c->host_count; i++)
        if (strcmp(c->hosts[i].name, name) == 0)
            return &c->hosts[i];
    return NULL;
}

const struct host_group *catalog_find_group(const struct catalog *c, const char *name)
{
    if (!name || !name[0])
        return NULL;
    for (size_t i = 0; i < c->group_count; i++)
        if (strcmp(c->groups[i].name, name) == 0)
            return &c->groups[i];
    return NULL;
}

static bool is_in_folder(const struct loader *loader, struct span folder)
{
    return loader->folder && loader->folder[0] && span_is_nocase(folder, loader->folder);
}

const struct loader *catalog_find_in_folder(const struct catalog *c, struct span folder,
                                            struct span file)
{
    for (size_t i = 0; i < c->loader_count; i++)
        if (is_in_folder(&c->loaders[i], folder) && span_is_nocase(file, c->loaders[i].file))
            return &c->loaders[i];
    return NULL;
}

const struct answer_template *catalog_find_template(const struct catalog *c, struct span name,
                                                    const struct answer_file *file)
{
    for (size_t i = 0; i < c->template_count; i++)
        if (c->templates[i].file == file && span_is(name, c->templates[i].name))
            return &c->templates[i];
    return NULL;
}

static const struct record *find_record(const struct catalog *c, enum record_kind kind,
                                        const char *name)
{
    size_t first = 0, end = c->record_count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        const struct record *r = &c->records[middle];
        int order = r->kind != kind ? (r->kind < kind ? -1 : 1) : strcmp(r->name, name);
        if (order == 0)
            return r;
        if (order < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return NULL;
}

const char *catalog_find_note(const struct catalog *c, struct mac mac)
{
    char name[MAC_TEXT_MAX];
    mac_format(mac, name);
    const struct record *note = find_record(c, RECORD_NOTE, name);
    return note ? note->text : "";
}

const struct installed *catalog_find_installed(const struct catalog *c, struct mac mac)
{
    for (size_t i = 0; i < c->installed_count; i++)
        if (mac_equals(c->installed[i].mac, mac))
            return &c->installed[i];
    return NULL;
}

bool catalog_has_namesake(const struct catalog *c, const struct image *image)
{
    for (size_t i = 0; i < c->image_count; i++)
        if (&c->images[i] != image && strcmp(c->images[i].title, image->title) == 0)
            return true;
    return false;
}

bool catalog_same_group(const struct image *a, const struct image *b)
{
    return strcmp(a->group ? a->group : "", b->group ? b->group : "") == 0;
}

bool catalog_begins_group(const struct catalog *c, size_t i)
{
    for (size_t earlier = 0; earlier < i; earlier++)
        if (catalog_same_group(&c->images[earlier], &c->images[i]))
            return false;
    return true;
}

const struct loader *catalog_second_stage(const struct catalog *c, struct span folder)
{
    for (size_t i = 0; i < c->loader_count; i++) {
        const struct loader *l = &c->loaders[i];
        if (is_in_folder(l, folder) && chain_part_of(l->set, l->arch, l->file) == CHAIN_PART_SECOND)
            return l;
    }
    return NULL;
}

const struct loader *catalog_find_loader(const struct catalog *c, struct span file)
{
    static const char prefix[] = "loaders/";
    size_t skip = sizeof prefix - 1;

    if (file.len > skip && span_is_nocase(span_slice(file, 0, skip), prefix)) {
        struct span below = span_from(file, skip);
        size_t slash = span_find(below, '/');
        return catalog_find_in_folder(c, span_slice(below, 0, slash), span_from(below, slash + 1));
    }
    for (size_t i = 0; i < c->loader_count; i++) {
        const struct loader *l = &c->loaders[i];
        bool is_shared = l->folder && l->folder[0] &&
                         chain_part_of(l->set, l->arch, l->file) != CHAIN_PART_FIRST;
        if (!is_shared && span_is_nocase(file, l->file))
            return l;
    }
    return NULL;
}

bool catalog_can_boot(const struct image *image, const struct client *client, const char **ret_why)
{
    const char *why = NULL;

    /* What iPXE counts as memory leaves out what the firmware keeps: allow a sixteenth. */
    uint64_t memory = (uint64_t)client->memory_mib + client->memory_mib / 16;
    if (client->arch != ARCH_NONE && !(image->arches & arch_bit(client->arch)))
        why = "it is for another architecture";
    else if (client->memory_mib > 0 && memory < image->memory_mib)
        why = "the machine has too little memory";
    if (why && ret_why)
        *ret_why = why;
    return !why;
}
