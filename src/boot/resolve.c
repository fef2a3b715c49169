/* See resolve.h. The order of answers to a name:
 *
 *   1. what is made here: autoexec.ipxe in any folder, boot.ipxe at the root, the script page that
 *      Broadcom's signed iPXE asks for, /disk/<mac>.img and
 * /disk/boot.img. That always exists, so nothing comes after it: a file of that name below `files:`
 * is not seen. A GRUB's configuration (boot/grub_name) is made here too, but only after 2 and 3.
 *   2. /loaders/<set>/<file> (in the folder of a signed pair any other name its shim makes up,
 *      too), and /images/<image>/<path> for images in the catalog (boot/image_files)
 *   3. the same path below each `files:` root
 *   4. 2 and 3 again, below the folder the client last fetched a loader from: with the whole name,
 *      then with its base name (loaders that forget or double their folder)
 *   5. a loader of that base name, whatever folder was asked
 *
 * A client that runs a shim of ours gets that shim's second stage before all of these when it asks
 * for it by one of its names, and after them whatever else it asks for (boot/shim_name).
 *
 * Names are forgiven as firmware writes them: `\`, `//`, `.`, ASCII case, and 0xff bytes stuck to
 * the end (old ROMs take the end mark of the DHCP options for a part of option 67). */
#include "boot/resolve.h"

#include <stdio.h>

#include "boot/bootdisk_plan.h"
#include "boot/grub_name.h"
#include "boot/identity.h"
#include "boot/image_files.h"
#include "boot/ipxe_dialect.h"
#include "boot/loader.h"
#include "boot/reach.h"
#include "boot/script.h"
#include "boot/shim_name.h"
#include "model/media_type.h"

/* Embedded in Broadcom's signed ipxe.efi, asked on port 4433 (rhboot/shim-review#319). */
#define BROADCOM_PAGE "Altiris/iPXE/GetPxeScript.aspx"

struct search {
    const struct catalog *catalog;
    const struct resolve_request *request;
    struct arena *arena;
    struct resolution *out;
};

static void add_candidate(struct search *s, const struct candidate *candidate)
{
    if (s->out->count < RESOLVE_CANDIDATES_MAX)
        s->out->candidates[s->out->count++] = *candidate;
}

/* folder "/" name as a safe path; false when that is too long. */
static bool join(struct span folder, struct span name, struct safe_path *ret_path)
{
    char buffer[2 * SAFE_PATH_MAX + 2];
    struct text text = text_over(buffer, sizeof buffer);

    text_add_span(&text, folder);
    text_add_char(&text, '/');
    text_add_span(&text, name);
    return !text.failed && safe_path_parse(text_span(&text), ret_path) == PATH_SOUND;
}

/* The first part of a path and what follows its slash (empty when nothing does). */
static struct span first_part(struct span path, struct span *ret_rest)
{
    size_t slash = span_find(path, '/');
    *ret_rest = span_from(path, slash + 1);
    return span_slice(path, 0, slash);
}

static void add_loader(struct search *s, const struct loader *loader)
{
    struct candidate c = {
        .kind = CANDIDATE_FILE,
        .served_as = SERVED_LOADER,
        .root = loader->root,
        .media_type = media_type_of(span_text(loader->file)),
        .loader = loader,
        .what = loader->file,
    };

    if (safe_path_parse(span_text(loader->path), &c.path) == PATH_SOUND)
        add_candidate(s, &c);
}

/* Firmware that was told to load the assigned program itself has no script that would use up the
 * host's one-shot boot. */
static void use_up_by_program(const struct search *s, struct candidate *c)
{
    const struct client *client = &s->out->client;
    struct entry entry;

    if (client->kind != CLIENT_HTTP || !client->chain || strcmp(client->chain, "direct") != 0)
        return;
    choose_entry(s->catalog, client, &entry);
    if (entry.one_shot && entry.image == c->image)
        c->used_next_boot = entry.host;
}

static void add_image_file(struct search *s, struct span below_images)
{
    struct candidate found[IMAGE_FILES_MAX];
    struct span rest;
    struct span name = first_part(below_images, &rest);
    const struct image *image = catalog_find_image(s->catalog, name);

    if (!image)
        return;
    const struct image_files_request request = {
        .catalog = s->catalog,
        .image = image,
        .path = rest,
        .client = &s->out->client,
        .reach = s->request->reach,
        .wants_page = s->request->transport != TRANSPORT_TFTP,
    };
    uint8_t count = image_files_find(&request, s->arena, found);
    for (uint8_t i = 0; i < count; i++) {
        if (found[i].served_as == SERVED_KERNEL)
            use_up_by_program(s, &found[i]);
        add_candidate(s, &found[i]);
    }
}

/* May a shim ask for its second stage by this name? Distributions' shims ask for their GRUB
 * whatever they are called, iPXE's for ipxe.efi where it cannot see its own name (ipxe#1684), and
 * firmware makes others ask for what stands in the boot entry (shim#649). */
static bool is_second_stage(struct span file)
{
    static const char *const others[] = { "shim", "autoexec", "boot" };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (span_is_nocase(span_slice(file, 0, strlen(others[i])), others[i]))
            return false;
    return file.len > 0 && span_find(file, '/') == file.len && !shim_name_is_optional(file);
}

static void add_loader_of_set(struct search *s, struct span below_loaders)
{
    struct span file;
    struct span set = first_part(below_loaders, &file);

    const struct loader *in_folder = catalog_find_in_folder(s->catalog, set, file);
    if (!in_folder && is_second_stage(file))
        in_folder = catalog_second_stage(s->catalog, set);
    if (in_folder)
        add_loader(s, in_folder);
    for (size_t i = 0; i < s->catalog->loader_count; i++) {
        const struct loader *l = &s->catalog->loaders[i];
        bool is_flat = !l->folder || !l->folder[0];
        if (is_flat && span_is_nocase(set, l->set) && span_is_nocase(file, l->file))
            add_loader(s, l);
    }
}

static void add_plain_files(struct search *s, const struct safe_path *path)
{
    struct candidate c = {
        .kind = CANDIDATE_FILE,
        .served_as = media_type_is_program(safe_path_span(path)) ? SERVED_LOADER : SERVED_FILE,
        .path = *path,
        .any_case = true,
        .media_type = media_type_of(safe_path_span(path)),
        .what = "file",
    };

    for (uint16_t i = 0; i < s->catalog->root_count; i++) {
        if (s->catalog->roots[i].kind != ROOT_FILES)
            continue;
        c.root = i;
        add_candidate(s, &c);
    }
}

static void add_path(struct search *s, const struct safe_path *path)
{
    struct span rest;
    struct span first = first_part(safe_path_span(path), &rest);

    if (span_is_nocase(first, "loaders"))
        add_loader_of_set(s, rest);
    if (span_is_nocase(first, "images"))
        add_image_file(s, rest);
    add_plain_files(s, path);
}

static void add_below_last_folder(struct search *s, struct span last_folder,
                                  const struct safe_path *path)
{
    struct safe_path joined;

    if (last_folder.len == 0)
        return;
    if (join(last_folder, safe_path_span(path), &joined))
        add_path(s, &joined);
    if (safe_path_folder(path).len > 0 && join(last_folder, safe_path_base(path), &joined))
        add_path(s, &joined);
}

/* Broadcom's build tells what its own server wants to know. Its version counts unless it says
 * another itself. */
static void take_broadcom(struct span query, struct client *client)
{
    identity_take_any(query, client);
    if (client->ipxe_version.major == 0)
        client->ipxe_version = ipxe_version_broadcom;
}

/* Who asks by HTTP has chosen the scheme; who asks by TFTP is given the one its rules say. */
static struct reach reach_of_request(const struct catalog *catalog,
                                     const struct resolve_request *request,
                                     const struct client *client)
{
    struct rule_settings settings;
    if (request->transport != TRANSPORT_TFTP)
        return request->reach;
    rule_settings_of(catalog, client, &settings);
    return reach_for(&request->reach, client, &settings, NULL);
}

/* The script this name stands for, if it does; *ret_is_script says whether it does. */
static void resolve_script(const struct catalog *catalog, const struct resolve_request *request,
                           const struct safe_path *path, struct arena *arena,
                           struct resolution *out, bool *ret_is_script)
{
    bool is_boot = span_is_nocase(safe_path_span(path), "boot.ipxe");
    bool is_broadcom = span_is_nocase(safe_path_span(path), BROADCOM_PAGE);
    bool made;

    *ret_is_script =
        is_boot || is_broadcom || span_is_nocase(safe_path_base(path), "autoexec.ipxe");
    if (!*ret_is_script)
        return;
    if (is_broadcom)
        take_broadcom(request->query, &out->client);
    const struct reach reach = reach_of_request(catalog, request, &out->client);
    if ((is_boot && identity_is_told(request->query)) ||
        (is_broadcom && !mac_is_zero(out->client.mac)))
        made = script_for_machine(catalog, &out->client, &reach, request->query, arena,
                                  &out->candidates[0]);
    else
        made = script_for_stranger(&reach, arena, &out->candidates[0]);
    out->count = made ? 1 : 0;
    if (!made)
        snprintf(out->why, sizeof out->why, "the script does not fit into the request's memory");
}

/* The boot disk this name stands for; true when it does, with or without candidates. The MAC in the
 * name says whose it is. */
static bool resolve_disk(const struct catalog *catalog, const struct resolve_request *request,
                         const struct safe_path *path, struct arena *arena, struct resolution *out)
{
    struct text why = text_over(out->why, sizeof out->why);
    struct mac mac;

    if (!bootdisk_name_parse(safe_path_span(path), &mac))
        return false;
    if (!mac_is_zero(mac))
        out->client.mac = mac;
    out->count =
        bootdisk_plan(catalog, &out->client, &request->reach, arena, out->candidates, &why);
    return true;
}

/* The GRUB that a machine of this kind gets from here. */
static const struct loader *grub_of(const struct catalog *catalog, enum arch arch)
{
    for (size_t i = 0; i < catalog->loader_count; i++) {
        const struct loader *l = &catalog->loaders[i];
        if (l->arch == arch && strcmp(l->set, "grub") == 0 && strncmp(l->file, "grub", 4) == 0)
            return l;
    }
    return NULL;
}

/* A GRUB's configuration: a file of that name, of an image or below `files:`, comes first, also one
 * this GRUB would ask for later; then what is made here. */
static void resolve_grub(const struct resolve_request *request, const struct grub_name *name,
                         const struct safe_path *path, struct arena *arena, struct search *s)
{
    struct safe_path later[GRUB_NAMES_MAX];
    struct candidate made;
    const struct client *client = &s->out->client;
    const struct loader *grub = grub_of(s->catalog, client->arch);
    const struct grub_place place = { .kind = GRUB_NET, .grub = grub ? &grub->secure : NULL };
    bool fits;

    add_path(s, path);
    size_t count = grub_name_list(name, path, client, later);
    for (size_t i = 0; i < count; i++)
        add_path(s, &later[i]);
    /* What is made here is the last, and needs a place. */
    if (s->out->count == RESOLVE_CANDIDATES_MAX)
        s->out->count--;
    if (name->kind == GRUB_NAME_SEARCHED)
        fits = script_to_grub_start(client, arena, &made);
    else
        fits =
            script_for_grub(s->catalog, client, &request->reach, &place, name->entry, arena, &made);
    if (fits)
        add_candidate(s, &made);
    else
        snprintf(s->out->why, sizeof s->out->why,
                 "the configuration does not fit into the request's memory");
}

static struct span without_end_marks(struct span name)
{
    while (name.len > 0 && name.data[name.len - 1] == 0xff)
        name.len--;
    return name;
}

/* A loader by its wire name: the whole path, or the base name alone whatever folder was asked. */
static void add_named_loader(struct search *s, const struct safe_path *path)
{
    const struct loader *loader = catalog_find_loader(s->catalog, safe_path_span(path));

    if (!loader)
        loader = catalog_find_loader(s->catalog, safe_path_base(path));
    if (!loader)
        loader =
            shim_find_by_alias(s->catalog, loader_arch(s->out->client.arch), safe_path_base(path));
    if (loader)
        add_loader(s, loader);
}

/* What shim looks for beside itself, put into a loader folder by hand. */
static void add_beside_loaders(struct search *s, struct span base)
{
    struct candidate c = { .kind = CANDIDATE_FILE,
                           .served_as = SERVED_FILE,
                           .media_type = media_type_of(base),
                           .what = "file" };

    if (safe_path_parse(base, &c.path) != PATH_SOUND)
        return;
    for (uint16_t i = 0; i < s->catalog->root_count; i++) {
        if (s->catalog->roots[i].kind != ROOT_LOADERS)
            continue;
        c.root = i;
        add_candidate(s, &c);
    }
}

static void resolve_file(struct search *s, const struct resolve_request *request,
                         const struct safe_path *path)
{
    struct span base = safe_path_base(path);
    struct span trimmed = shim_name_trim(safe_path_span(path));
    struct shim_stage stage = shim_stage_of(s->catalog, &s->out->client, request->last_loader);
    struct safe_path short_path = *path;
    bool has_junk = trimmed.len < path->len && safe_path_parse(trimmed, &short_path) == PATH_SOUND;

    s->out->is_optional = grub_name_is_optional(path) || shim_name_is_optional(base);
    bool asks_second = stage.second && chain_asks_as(stage.row, safe_path_base(&short_path));
    /* No other program of that name is signed for the shim that runs. */
    if (asks_second && stage.runs)
        add_loader(s, stage.second);
    add_path(s, path);
    add_below_last_folder(s, request->last_folder, path);
    if (has_junk) {
        add_path(s, &short_path);
        add_below_last_folder(s, request->last_folder, &short_path);
    }
    if (asks_second)
        add_loader(s, stage.second);
    add_named_loader(s, path);
    if (has_junk)
        add_named_loader(s, &short_path);
    if (s->out->is_optional)
        add_beside_loaders(s, base);
    /* Words of the boot entry in the place of the name: shim 15.8 ends when they are not found. */
    else if (stage.runs)
        add_loader(s, stage.second);
}

void resolve(const struct catalog *catalog, const struct resolve_request *request,
             struct arena *arena, struct resolution *out)
{
    struct search search = { .catalog = catalog, .request = request, .arena = arena, .out = out };
    struct safe_path path;
    bool is_script;

    out->count = 0;
    out->is_optional = false;
    out->why[0] = 0;
    out->client = *request->client;
    identity_take(request->query, &out->client);
    enum path_flaw flaw = safe_path_parse(without_end_marks(request->name), &path);
    if (flaw != PATH_SOUND || path.len == 0) {
        const struct shim_stage stage = shim_stage_of(catalog, &out->client, request->last_loader);
        if (stage.runs && flaw != PATH_CLIMBS)
            add_loader(&search, stage.second);
        snprintf(out->why, sizeof out->why, "%s",
                 flaw != PATH_SOUND ? path_flaw_text(flaw) : "the name is empty");
        return;
    }
    resolve_script(catalog, request, &path, arena, out, &is_script);
    if (is_script || resolve_disk(catalog, request, &path, arena, out))
        return;
    const struct grub_name name = grub_name_read(&path, &out->client);
    if (name.kind != GRUB_NAME_NONE) {
        resolve_grub(request, &name, &path, arena, &search);
        return;
    }
    resolve_file(&search, request, &path);
    if (out->count == 0)
        snprintf(out->why, sizeof out->why, "no loader, image or file has this name");
}
