/* See boot_menu.h. Where boot menus lie on install media, and what becomes of their entries: paths
 * are looked up in the image, arguments are taken as they are. */
#include "image/boot_menu.h"

#include <stdlib.h>

#include "image/menu_item.h"
#include "image/program.h"

#define FILES_MAX 16 /* that are read, those included by others counted in */

struct gathering {
    const struct image_source *source;
    struct recipe_set *set;
    char *data; /* MENU_FILE_MAX bytes for each file at hand, one inside the other */
    void (*read)(struct span text, const struct menu_sink *sink);
    const char *folder; /* of the file that began it: names are relative to it */
    unsigned files_left, depth;
};

#define DEPTH_MAX 3

/* The file of that name in the image: from its top, else from the menu's folder. */
static bool find_file(const struct gathering *g, const char *name, char out[RECIPE_PATH_MAX])
{
    char path[2 * RECIPE_PATH_MAX];
    struct safe_path safe;

    for (unsigned i = 0; i < 2; i++) {
        struct text t = text_over(path, sizeof path);
        if (i == (name[0] == '/' ? 0 : 1))
            text_add(&t, name);
        else
            text_addf(&t, "%s/%s", g->folder, name);
        if (t.failed || safe_path_parse(text_span(&t), &safe) != PATH_SOUND || safe.len == 0 ||
            safe.len >= RECIPE_PATH_MAX || g->source->size(g->source->context, safe.text) <= 0)
            continue;
        span_to_text(safe_path_span(&safe), out, RECIPE_PATH_MAX);
        return true;
    }
    return false;
}

/* Foreign arguments as a template that means nothing but themselves. */
static bool write_arguments(const char *arguments, struct recipe *recipe)
{
    struct text t = text_over(recipe->arguments, sizeof recipe->arguments);
    for (; *arguments; arguments++)
        text_add(&t, (const char[]){ *arguments, *arguments == '$' ? '$' : 0, 0 });
    recipe->has_arguments = true;
    return !t.failed;
}

static bool is_known(const struct recipe_set *set, const struct recipe *recipe)
{
    for (unsigned i = 0; i < set->count; i++) {
        const struct recipe *r = &set->entries[i];
        if (strcmp(r->kernel, recipe->kernel) == 0 && r->initrd_count == recipe->initrd_count &&
            memcmp(r->initrds, recipe->initrds, sizeof r->initrds) == 0 &&
            strcmp(r->arguments, recipe->arguments) == 0)
            return true;
    }
    return false;
}

static void write_title(const char *title, unsigned number, struct recipe *recipe)
{
    struct text t = text_over(recipe->title, sizeof recipe->title);
    struct span s = span_text(title);

    for (size_t i = 0; i < s.len; i++)
        text_add_char(&t, s.data[i] >= 0x20 && s.data[i] < 0x7f ? title[i] : ' ');
    if (t.len == 0)
        text_addf(&t, "Entry %u", number);
    text_add(&t, " (untested here)");
}

static void take_item(void *context, const struct menu_item *item)
{
    struct gathering *g = context;
    struct recipe recipe = { .has_kind = true,
                             .kind = item->is_efi ? IMAGE_EFI : IMAGE_LINUX,
                             .has_initrds = true,
                             .is_untested = true };
    struct program program;

    if (g->set->count == RECIPE_ENTRIES_MAX || !find_file(g, item->kernel, recipe.kernel))
        return;
    for (unsigned i = 0; i < item->initrd_count; i++)
        if (!find_file(g, item->initrds[i], recipe.initrds[recipe.initrd_count++]))
            return;
    program_probe(g->source, recipe.kernel, &program);
    bool is_wanted = item->is_efi ? program.kind == PROGRAM_EFI || program.kind == PROGRAM_UKI
                                  : program.kind == PROGRAM_LINUX;
    recipe.arches = program.arches;
    if (!is_wanted || !write_arguments(item->arguments, &recipe) || is_known(g->set, &recipe))
        return;
    write_title(item->title, g->set->count + 1u, &recipe);
    if (g->set->count > 0) {
        struct text t = text_over(recipe.variant, sizeof recipe.variant);
        text_addf(&t, "%u", g->set->count + 1u);
    }
    g->set->entries[g->set->count++] = recipe;
}

static void read_file(struct gathering *g, const char *path);

static void take_include(void *context, struct span name)
{
    struct gathering *g = context;
    char text[RECIPE_PATH_MAX], path[RECIPE_PATH_MAX];
    size_t device = span_starts_with(name, "(") ? span_find(name, ')') + 1 : 0;

    span_to_text(span_from(name, device), text, sizeof text);
    if (text[0] && find_file(g, text, path))
        read_file(g, path);
}

/* Files that include others go DEPTH_MAX deep, and not more than FILES_MAX are read. */
static void read_file(struct gathering *g, const char *path)
{
    const struct menu_sink sink = { .item = take_item, .include = take_include, .context = g };

    if (g->files_left == 0 || g->depth == DEPTH_MAX)
        return;
    g->files_left--;
    char *data = g->data + (size_t)g->depth * MENU_FILE_MAX;
    int64_t n = g->source->read(g->source->context, path, 0, data, MENU_FILE_MAX);
    g->depth++;
    if (n > 0 && n <= MENU_FILE_MAX)
        g->read(span_of(data, (size_t)n), &sink);
    g->depth--;
}

static int read_entry(void *context, const char *name, bool is_folder)
{
    struct gathering *g = context;
    char path[RECIPE_PATH_MAX];
    struct text t = text_over(path, sizeof path);
    struct span s = span_text(name);

    text_addf(&t, "%s/", g->folder);
    text_add_span(&t, s);
    if (!is_folder && !t.failed && s.len > 5 && span_is_nocase(span_from(s, s.len - 5), ".conf"))
        read_file(g, path);
    return g->files_left > 0 ? 0 : 1;
}

static bool begin(struct gathering *g, const char *folder)
{
    g->folder = folder;
    g->files_left = FILES_MAX;
    return g->set->count == 0;
}

static void find_in_files(struct gathering *g)
{
    static const struct {
        void (*read)(struct span text, const struct menu_sink *sink);
        const char *folder, *name;
    } places[] = {
        { menu_grub_cfg_read, "boot/grub", "grub.cfg" },
        { menu_grub_cfg_read, "boot/grub2", "grub.cfg" },
        { menu_grub_cfg_read, "EFI/BOOT", "grub.cfg" },
        { menu_grub_cfg_read, "EFI/boot", "grub.cfg" },
        { menu_grub_cfg_read, "grub", "grub.cfg" },
        { menu_syslinux_read, "isolinux", "isolinux.cfg" },
        { menu_syslinux_read, "boot/isolinux", "isolinux.cfg" },
        { menu_syslinux_read, "syslinux", "syslinux.cfg" },
        { menu_syslinux_read, "boot/syslinux", "syslinux.cfg" },
        { menu_syslinux_read, "", "isolinux.cfg" },
        { menu_syslinux_read, "", "syslinux.cfg" },
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char path[RECIPE_PATH_MAX];
        if (!begin(g, places[i].folder))
            return;
        g->read = places[i].read;
        if (find_file(g, places[i].name, path))
            read_file(g, path);
    }
}

bool boot_menu_find(const struct image_source *source, struct recipe_set *set)
{
    char *data = malloc((size_t)DEPTH_MAX * MENU_FILE_MAX);
    struct gathering g = { .source = source, .folder = "", .set = set, .data = data };

    *set = (struct recipe_set){ .count = 0 };
    if (!data)
        return false;
    find_in_files(&g);
    if (begin(&g, "loader/entries") && source->list) {
        g.read = menu_bls_read;
        (void)source->list(source->context, g.folder, read_entry, &g);
    }
    free(data);
    return set->count > 0;
}
