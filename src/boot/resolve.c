/* See resolve.h. The order of answers to a name:
 *
 *   1. what is made here: autoexec.ipxe in any folder, boot.ipxe at the root, and the script page
 *      that Broadcom's signed iPXE asks for. A text always exists,
 *      so nothing comes after it: a file of that name below `files:` is not seen.
 *   2. /loaders/<set>/<file> (in the folder of a signed pair any other name its shim makes up,
 * too), and /images/<image>/<path> for images in the catalog
 *   3. the same path below each `files:` root
 *   4. a loader of that base name, whatever folder was asked
 *   5. 2 and 3 again, below the folder the client last fetched from: with the whole name, then with
 *      its base name (loaders that forget or double their folder)
 *
 * Names are forgiven as firmware writes them: `\`, `//`, `.`, ASCII case, and 0xff bytes stuck to
 * the end (old ROMs take the end mark of the DHCP options for a part of option 67). */
#include "boot/resolve.h"

#include <stdio.h>

#include "boot/identity.h"
#include "boot/ipxe_dialect.h"
#include "boot/reach.h"
#include "boot/script.h"

/* Embedded in Broadcom's signed ipxe.efi, asked on port 4433 (rhboot/shim-review#319). */
#define BROADCOM_PAGE "Altiris/iPXE/GetPxeScript.aspx"

struct search {
    const struct catalog *catalog;
    struct resolution *out;
};

static void add_candidate(struct search *s, const struct candidate *candidate)
{
    if (s->out->count < RESOLVE_CANDIDATES_MAX)
        s->out->candidates[s->out->count++] = *candidate;
}

static bool ends_with_nocase(struct span name, const char *end)
{
    size_t n = strlen(end);
    return name.len >= n && span_is_nocase(span_from(name, name.len - n), end);
}

static const char *media_type_of(struct span name)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        /* EDK2 compares these whole: no parameters (uefi-http-boot: HttpBootCheckImageType). */
        { ".efi", "application/efi" },
        { ".iso", "application/vnd.efi-iso" },
        { ".img", "application/vnd.efi-img" },
        { ".ipxe", "text/plain" },
        { ".cfg", "text/plain" },
        { ".conf", "text/plain" },
        { ".txt", "text/plain" },
        { ".json", "application/json" },
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (ends_with_nocase(name, types[i].end))
            return types[i].type;
    return "application/octet-stream";
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
        .what = loader->file,
    };

    if (safe_path_parse(span_text(loader->path), &c.path) == PATH_SOUND)
        add_candidate(s, &c);
}

static bool is_file(const char *listed, struct span asked)
{
    struct safe_path path;

    return listed && safe_path_parse(span_text(listed), &path) == PATH_SOUND &&
           span_equals_nocase(safe_path_span(&path), asked);
}

/* What this file is to the image's boot. */
static void classify(const struct image *image, struct span rest, struct candidate *c)
{
    if (is_file(image->kernel, rest)) {
        c->served_as = SERVED_KERNEL;
        c->last_of_image = image->initrd_count == 0 || image->kind != IMAGE_LINUX;
    }
    for (uint8_t i = 0; i < image->initrd_count && i < IMAGE_INITRDS_MAX; i++) {
        if (!is_file(image->initrds[i], rest))
            continue;
        c->served_as = SERVED_INITRD;
        c->last_of_image = i + 1 == image->initrd_count;
    }
}

static void add_image_file(struct search *s, struct span below_images)
{
    struct span rest;
    struct span name = first_part(below_images, &rest);
    const struct image *image = catalog_find_image(s->catalog, name);

    if (!image || rest.len == 0)
        return;
    struct candidate c = {
        .kind = CANDIDATE_FILE,
        .root = image->root,
        .any_case = true,
        .media_type = media_type_of(rest),
        .image = image,
        .what = image->name,
    };
    if (!join(span_text(image->folder), rest, &c.path))
        return;
    classify(image, rest, &c);
    /* A plain file is an image without a folder of its own: what lies beside it is not its. */
    if (*image->folder || c.served_as != SERVED_FILE)
        add_candidate(s, &c);
}

/* May a shim ask for its second stage by this name? Distributions' shims ask for their GRUB
 * whatever they are called, iPXE's for ipxe.efi where it cannot see its own name (ipxe#1684), and
 * firmware makes others ask for what stands in the boot entry (shim#649). What shim asks for
 * besides must stay absent: it is taken for what its name says. */
static bool is_second_stage(struct span file)
{
    static const char *const others[] = { "revocations", "shim_certificate", "mm",  "fb",
                                          "shim",        "autoexec",         "boot" };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (span_is_nocase(span_slice(file, 0, strlen(others[i])), others[i]))
            return false;
    return file.len > 0 && span_find(file, '/') == file.len;
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

/* A shim of a signed pair that forgot its folder asks at the root (ipxe#1684): for an EFI program
 * it gets what it would have got beside itself, before an unsigned file of that name. */
static void add_bare_second_stage(struct search *s, struct span last_folder,
                                  const struct safe_path *path)
{
    struct safe_path folder;
    struct span set;

    if (safe_path_parse(last_folder, &folder) != PATH_SOUND ||
        !span_is_nocase(first_part(safe_path_span(&folder), &set), "loaders") ||
        safe_path_folder(path).len > 0 || !ends_with_nocase(safe_path_span(path), ".efi") ||
        !is_second_stage(safe_path_span(path)))
        return;
    const struct loader *loader = catalog_find_in_folder(s->catalog, set, safe_path_span(path));
    if (!loader)
        loader = catalog_second_stage(s->catalog, set);
    if (loader)
        add_loader(s, loader);
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

static struct span without_end_marks(struct span name)
{
    while (name.len > 0 && name.data[name.len - 1] == 0xff)
        name.len--;
    return name;
}

void resolve(const struct catalog *catalog, const struct resolve_request *request,
             struct arena *arena, struct resolution *out)
{
    struct search search = { .catalog = catalog, .out = out };
    struct safe_path path;
    bool is_script;

    out->count = 0;
    out->why[0] = 0;
    out->client = *request->client;
    identity_take(request->query, &out->client);
    enum path_flaw flaw = safe_path_parse(without_end_marks(request->name), &path);
    if (flaw != PATH_SOUND || path.len == 0) {
        snprintf(out->why, sizeof out->why, "%s",
                 flaw != PATH_SOUND ? path_flaw_text(flaw) : "the name is empty");
        return;
    }
    resolve_script(catalog, request, &path, arena, out, &is_script);
    if (is_script)
        return;
    add_bare_second_stage(&search, request->last_folder, &path);
    add_path(&search, &path);
    const struct loader *loader = catalog_find_loader(catalog, safe_path_base(&path));
    if (loader)
        add_loader(&search, loader);
    add_below_last_folder(&search, request->last_folder, &path);
    if (out->count == 0)
        snprintf(out->why, sizeof out->why, "no loader, image or file has this name");
}
