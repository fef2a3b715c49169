/* One block of memory, filled front to back: roots, loaders, images, hosts, groups, texts. Its size
 * is reckoned from the sources beforehand; what is never used is never touched. */
#include "serve/catalog_load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/autoclean.h"

#include "boot/chain_plan.h"
#include "boot/loader.h"
#include "serve/catalog_hosts.h"
#include "serve/image_folder.h"
#include "serve/recipe_folder.h"
#include "serve/windows_load.h"

DEFINE_FREEP(struct recipe_book, recipe_book_free)

#define ROOTS_MAX    64
#define FIXED_MEMORY (6U << 20) /* images, loaders, roots: bounded by their own limits */

struct building {
    const struct catalog_sources *sources;
    struct catalog_snapshot *snapshot;
    struct arena arena;
    struct root *roots;
    int *fds;
    uint16_t root_count;
    struct arena windows; /* of its own, so that drivers cannot use up what others need */
    struct image *images;
    size_t image_count;
    struct held_container **held;
    uint16_t held_count;
    uint16_t images_root;
    const struct event_sink *events;
    struct now now;
    bool no_memory, no_descriptors;
};

static const char *keep(struct building *b, const char *text)
{
    const char *copy = arena_text(&b->arena, text);
    if (!text || copy)
        return copy;
    b->no_memory = true;
    return "";
}

/* Open a folder as a root, once: its index, or -1 when it is not there. */
static int add_root(struct building *b, enum root_kind kind, const char *path)
{
    for (uint16_t i = 0; i < b->root_count; i++)
        if (b->roots[i].kind == kind && strcmp(b->roots[i].path, path) == 0)
            return i;
    if (b->root_count == ROOTS_MAX)
        return -1;
    int fd = file_open_root(path);
    if (fd == -EMFILE || fd == -ENFILE)
        b->no_descriptors = true;
    if (fd < 0)
        return -1;
    b->fds[b->root_count] = fd;
    b->roots[b->root_count] = (struct root){ .kind = kind, .path = keep(b, path) };
    return b->root_count++;
}

/* Is the file there, and what does inspection know of it? */
static bool is_there(struct building *b, uint16_t root, const char *name,
                     struct secure_facts *ret_facts)
{
    const struct catalog_sources *from = b->sources;
    struct safe_path path;
    struct file_facts facts;
    int fd;
    if (safe_path_parse(span_text(name), &path) != PATH_SOUND ||
        file_open_beneath(b->fds[root], &path, false, &fd, &facts) != FILE_OPENED)
        return false;
    close(fd);
    *ret_facts = (struct secure_facts){ 0 };
    if (from->find_facts)
        (void)from->find_facts(from->context, &facts, &(struct file_part){ 0 }, ret_facts);
    return true;
}

const struct image_index_entry *catalog_image_entry(const struct image *image)
{
    const struct image_index_entry *entry =
        image->container ? image_index_find(image->container->index, span_text(image->kernel), true)
                         : NULL;
    return entry && !entry->is_folder && entry->size > 0 ? entry : NULL;
}

struct file_part catalog_entry_part(const struct image_index *index,
                                    const struct image_index_entry *entry)
{
    return (struct file_part){ .offset = index->extents[entry->extents].offset,
                               .length = entry->size };
}

/* What inspection knows of an image's kernel or program; a file of the folder hides the
 * container's. */
static void find_image_facts(struct building *b, struct image *image)
{
    const struct catalog_sources *from = b->sources;
    const struct image_index_entry *entry = catalog_image_entry(image);
    char file[SAFE_PATH_MAX];

    if ((!entry || image->folder[0]) && catalog_image_file(image, file, sizeof file) &&
        is_there(b, b->images_root, file, &image->secure))
        return;
    if (!entry || !from->find_facts)
        return;
    const struct held_container *held = b->held[image->container->number];
    const struct file_part part = catalog_entry_part(image->container->index, entry);
    (void)from->find_facts(from->context, &held->facts, &part, &image->secure);
}

/* "folder/kernel"; a file that lies in the images folder itself has no folder. */
bool catalog_image_file(const struct image *image, char *out, size_t cap)
{
    struct text t = text_over(out, cap);
    if (image->folder[0])
        text_addf(&t, "%s/", image->folder);
    text_add(&t, image->kernel);
    return !t.failed;
}

/* A package's file may be a link into another folder: that one becomes the root. */
static bool find_in_package(struct building *b, const char *file, struct loader *out)
{
    char place[PATH_MAX];

    if (!realpath(file, place))
        return false;
    char *slash = strrchr(place, '/');
    if (!slash || slash == place)
        return false;
    *slash = 0;
    int root = add_root(b, ROOT_LOADERS, place);
    if (root < 0 || !is_there(b, (uint16_t)root, slash + 1, &out->secure))
        return false;
    out->root = (uint16_t)root;
    out->path = keep(b, slash + 1);
    return true;
}

/* Where a loader's file is: in a loader folder, else where its package puts it. */
static bool find_loader(struct building *b, const struct config *config,
                        const struct loader_row *row, struct loader *out)
{
    char place[PATH_MAX], below[SAFE_PATH_MAX];
    struct text path = text_over(below, sizeof below);

    if (row->folder[0])
        text_addf(&path, "%s/", row->folder);
    text_add(&path, row->file);
    for (unsigned i = 0; i < config->loader_count; i++) {
        int root = add_root(b, ROOT_LOADERS, config->loaders[i]);
        if (root < 0 || !is_there(b, (uint16_t)root, below, &out->secure))
            continue;
        out->root = (uint16_t)root;
        out->path = keep(b, below);
        return true;
    }
    for (struct span rest = span_text(row->place); rest.len > 0;) {
        size_t colon = span_find(rest, ':');
        span_to_text(span_slice(rest, 0, colon), place, sizeof place);
        if (find_in_package(b, place, out))
            return true;
        rest = span_from(rest, colon + 1);
    }
    return false;
}

static void refuse(struct building *b, const char *name, const char *why)
{
    struct event e = event_make(EVENT_IMAGE_REFUSED, b->now, 0);
    event_add_text(&e, "name", name);
    event_add_text(&e, "reason", why);
    event_emit(b->events, &e);
}

/* The last resort is none without its program, which comes in a package of the distribution. */
static void drop_memdisk(struct building *b)
{
    size_t kept = 0;
    if (catalog_find_loader(&b->snapshot->catalog, span_text(LOADER_MEMDISK)))
        return;
    for (size_t i = 0; i < b->image_count; i++) {
        const struct image *image = &b->images[i];
        if (image->kind != IMAGE_MEMDISK)
            b->images[kept++] = *image;
        else if (image->entry == 0)
            refuse(b, image->name,
                   "only memdisk can start it, and that is not here: apt-get install "
                   "syslinux-common");
    }
    b->image_count = kept;
    b->snapshot->catalog.image_count = kept;
}

static void add_loaders(struct building *b, const struct config *config)
{
    size_t row_count;
    const struct loader_row *rows = loader_rows(&row_count);
    struct loader *loaders = arena_array(&b->arena, struct loader, row_count);
    size_t count = 0;

    if (!loaders) {
        b->no_memory = true;
        return;
    }
    for (size_t i = 0; i < row_count; i++) {
        struct loader found = {
            .set = rows[i].set, .file = rows[i].file, .arch = rows[i].arch, .folder = rows[i].folder
        };
        if (find_loader(b, config, &rows[i], &found))
            loaders[count++] = found;
    }
    b->snapshot->catalog.loaders = loaders;
    b->snapshot->catalog.loader_count = count;
}

static void refuse_recipe(void *context, const char *file, const char *sentence)
{
    const struct building *b = context;
    struct event e = event_make(EVENT_RECIPE_REFUSED, b->now, 0);
    event_add_text(&e, "name", file);
    event_add_text(&e, "reason", sentence);
    event_emit(b->events, &e);
}

static void tell_of_windows(void *context, const char *image, const char *sentence)
{
    struct building *b = context;
    struct event e = event_make(EVENT_WINDOWS_PART_REFUSED, b->now, 0);
    event_add_text(&e, "name", image);
    event_add_text(&e, "reason", sentence);
    event_emit(b->events, &e);
}

/* The container of an image, for as long as the snapshot lives; NULL when it has none. */
static const struct image_container *add_container(struct building *b,
                                                   const struct image_entry *entry)
{
    struct image_container *container =
        entry->container ? arena_new(&b->arena, struct image_container) : NULL;

    if (!container) {
        b->no_memory = b->no_memory || entry->container;
        return NULL;
    }
    *container = (struct image_container){ .index = &entry->container->index,
                                           .file = keep(b, entry->container_file),
                                           .number = b->held_count };
    b->held[b->held_count++] = held_container_ref(entry->container);
    return container;
}

/* False when there is no room for it. */
static bool add_windows(struct building *b, const struct image_entry *entry, struct image *image)
{
    const struct windows_load_sink sink = { tell_of_windows, b };
    if (image->kind != IMAGE_WIM)
        return true;
    image->windows = windows_load(b->fds[b->images_root], entry->name, entry->folder, entry->recipe,
                                  &b->windows, &sink);
    if (!image->windows)
        refuse(b, entry->name,
               "there is no room for what its folder holds for Windows: keep fewer "
               "drivers there");
    return image->windows;
}

/* Was the first entry of this image taken? Its further ones come right behind it. */
static bool follows_its_first(const struct building *b, const struct image_entry *entry)
{
    const struct image *last = b->image_count > 0 ? &b->images[b->image_count - 1] : NULL;
    return last && strcmp(image_main_name(last), entry->main_name) == 0 &&
           strcmp(last->folder, entry->folder) == 0;
}

static int add_image(void *context, const struct image_entry *entry)
{
    struct building *b = context;

    if (entry->is_awaited)
        return 0;
    if (!entry->recipe) {
        refuse(b, entry->name, entry->why);
        return 0;
    }
    for (size_t i = 0; i < b->image_count; i++) {
        if (strcmp(b->images[i].name, entry->name) != 0)
            continue;
        refuse(b, entry->name, "another file or folder makes an image of the same name");
        return 0;
    }
    if (entry->which > 0 && !follows_its_first(b, entry))
        return 0;
    if (b->image_count == CATALOG_IMAGES_MAX) {
        refuse(b, entry->name, "there are more images than a menu can hold (512)");
        return 0;
    }
    const struct recipe *r = entry->recipe;
    struct image *image = &b->images[b->image_count++];
    *image = (struct image){
        .name = keep(b, entry->name),
        .main_name = keep(b, entry->main_name),
        .main_title = keep(b, entry->main_title),
        .entry = entry->which,
        .title = keep(b, r->title),
        .group = keep(b, r->group),
        .kind = r->kind,
        .arches = r->arches,
        .kernel = keep(b, r->kernel),
        .initrd_count = r->initrd_count,
        .answer_kind = r->answer_kind,
        .answer_arguments = r->answer_arguments[0] ? keep(b, r->answer_arguments) : NULL,
        .answer_inside = r->answer_inside[0] ? keep(b, r->answer_inside) : NULL,
        .answer_inside_arguments =
            r->answer_inside_arguments[0] ? keep(b, r->answer_inside_arguments) : NULL,
        .is_untested = r->is_untested,
        .shim = keep(b, r->shim),
        .arguments = keep(b, r->arguments),
        .answers = keep(b, r->answers),
        .root = b->images_root,
        .folder = keep(b, entry->folder),
        .container = add_container(b, entry),
        .memory_mib = r->memory_mib,
        .order = r->order,
        .is_hidden = r->is_hidden,
    };
    for (unsigned i = 0; i < r->initrd_count; i++) {
        image->initrds[i] = keep(b, r->initrds[i]);
        image->initrd_names[i] = r->initrd_names[i][0] ? keep(b, r->initrd_names[i]) : NULL;
    }
    for (unsigned i = 0; i < r->edit_count; i++)
        image->edits[i] = (struct image_edit){ .path = keep(b, r->edits[i].path),
                                               .kind = r->edits[i].kind,
                                               .add = keep(b, r->edits[i].add) };
    image->edit_count = r->edit_count;
    for (unsigned i = 0; i < r->slim_count; i++)
        image->slim[i] = keep(b, r->slim[i]);
    image->slim_count = r->slim_count;
    find_image_facts(b, image);
    if (!add_windows(b, entry, image))
        b->image_count--;
    return 0;
}

static int compare_images(const void *a, const void *b)
{
    const struct image *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    /* The entries of one image stay together, in its recipe's order. */
    int by_title =
        strcmp(x->main_title ? x->main_title : x->title, y->main_title ? y->main_title : y->title);
    int by_main = strcmp(image_main_name(x), image_main_name(y));
    if (by_title != 0 || by_main != 0)
        return by_title != 0 ? by_title : by_main;
    return x->entry - y->entry;
}

static int add_images(struct building *b, const struct config *config)
{
    int root = add_root(b, ROOT_IMAGES, config->images);
    if (root < 0) {
        /* Landlock allows the folder that was there at start, not another of the same name. */
        if (!b->no_descriptors && access(config->images, F_OK) == 0)
            refuse(b, "*",
                   "the images folder cannot be opened: if it was moved or replaced, restart "
                   "tugboot");
        return 0;
    }
    b->images_root = (uint16_t)root;
    b->images = arena_array(&b->arena, struct image, CATALOG_IMAGES_MAX);
    b->held = arena_array(&b->arena, struct held_container *, CATALOG_IMAGES_MAX);
    if (!b->images || !b->held)
        return -ENOMEM;
    const struct yaml_folder_faults faults = { .add = refuse_recipe, .context = b };
    autoclean(recipe_book_freep) struct recipe_book *own_book = NULL;
    const struct recipe_book *book;
    int r = b->sources->recipes ? recipe_shelf_load(b->sources->recipes, config, &faults, &book)
                                : recipe_folder_load(config, &faults, &own_book);
    if (r < 0)
        return r;
    if (!b->sources->recipes)
        book = own_book;
    const struct image_walk walk = { .images_fd = b->fds[root],
                                     .book = book,
                                     .containers = b->sources->containers,
                                     .entry = add_image,
                                     .context = b };
    r = image_folder_each(&walk);
    if (r < 0)
        refuse(b, "*", "the images folder cannot be read");
    if (b->image_count > 1)
        qsort(b->images, b->image_count, sizeof *b->images, compare_images);
    b->snapshot->catalog.images = b->images;
    b->snapshot->catalog.image_count = b->image_count;
    return 0;
}

/* Templates of answer files lie beside the database; none is no fault. */
static int add_templates(struct building *b, const struct config *config)
{
    struct catalog *catalog = &b->snapshot->catalog;
    int r = answer_folder_load(config->state, &b->snapshot->answers);

    if (r < 0)
        return r;
    catalog->templates = answer_folder_templates(b->snapshot->answers, &catalog->template_count);
    catalog->ssh_keys = answer_folder_ssh_keys(b->snapshot->answers, &catalog->ssh_key_count);
    return 0;
}

static size_t memory_needed(const struct catalog_sources *from)
{
    return FIXED_MEMORY + catalog_hosts_room(from);
}

/* What could not be opened for want of descriptors would be missing from the catalog as if it were
 * not there. At the end there must be as many left as looking into an image takes. */
static bool had_descriptors(const struct building *b)
{
    if (b->no_descriptors || b->root_count == 0)
        return !b->no_descriptors;
    int spare = fcntl(b->fds[0], F_DUPFD_CLOEXEC, 0);
    int another = spare >= 0 ? fcntl(b->fds[0], F_DUPFD_CLOEXEC, 0) : -1;
    if (spare >= 0)
        close(spare);
    if (another >= 0)
        close(another);
    return another >= 0;
}

static int fill(struct building *b, const struct catalog_sources *from)
{
    const struct config *config = from->config;
    struct catalog *catalog = &b->snapshot->catalog;

    b->roots = arena_array(&b->arena, struct root, ROOTS_MAX);
    b->fds = arena_array(&b->arena, int, ROOTS_MAX);
    if (!b->roots || !b->fds)
        return -ENOMEM;
    b->snapshot->root_fds = b->fds;
    if (!catalog_hosts_add_records(from, &b->arena, catalog))
        return -ENOMEM;
    int r = add_images(b, config);
    if (r < 0)
        return r;
    if (config->files[0])
        (void)add_root(b, ROOT_FILES, config->files);
    add_loaders(b, config);
    drop_memdisk(b);
    if (!catalog_hosts_add(from, &b->arena, catalog))
        return -ENOMEM;
    r = add_templates(b, config);
    if (r < 0)
        return r;
    catalog->chains = keep(b, config->chains);
    catalog->generation = from->generation;
    catalog->roots = b->roots;
    catalog->menu = (struct menu_settings){
        .title = keep(b, config->menu.title),
        .timeout_ms = (uint32_t)duration_to_ms(config->menu.timeout),
        .default_choice = keep(b, config->menu.default_choice),
    };
    catalog->disk = (struct disk_settings){
        .size_max_mib = config->bootdisk.size_max_mib,
        .menu_max_mib = config->bootdisk.menu_max_mib,
    };
    if (b->no_memory)
        return -ENOMEM;
    return had_descriptors(b) ? 0 : -EMFILE;
}

int catalog_load(const struct catalog_sources *sources, const struct event_sink *events,
                 struct now now, struct catalog_snapshot **ret_snapshot)
{
    size_t memory = memory_needed(sources);
    struct catalog_snapshot *snapshot = calloc(1, sizeof *snapshot);
    struct building b = { .sources = sources, .snapshot = snapshot, .events = events, .now = now };

    if (!snapshot)
        return -ENOMEM;
    snapshot->references = 1;
    snapshot->memory_size = memory + WINDOWS_MEMORY;
    snapshot->memory = malloc(snapshot->memory_size);
    if (!snapshot->memory) {
        free(snapshot);
        return -ENOMEM;
    }
    b.arena = arena_over(snapshot->memory, memory);
    b.windows = arena_over((uint8_t *)snapshot->memory + memory, WINDOWS_MEMORY);
    int r = fill(&b, sources);
    snapshot->catalog.root_count = b.root_count;
    snapshot->containers = b.held;
    snapshot->container_count = b.held_count;
    if (r < 0) {
        catalog_snapshot_unref(snapshot);
        return r;
    }
    *ret_snapshot = snapshot;
    return 0;
}

void catalog_load_tell_missing(const struct catalog_snapshot *snapshot,
                               const struct event_sink *events, struct now now)
{
    static const enum arch usual[] = { ARCH_BIOS_X86, ARCH_EFI_X64 };

    struct rule_settings anybody;

    rule_settings_of_anybody(&snapshot->catalog, &anybody);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        const struct client client = { .kind = CLIENT_PXE, .arch = usual[i] };
        const struct reach reach = { .beside = true };
        struct chain_plan plan;
        chain_plan_make(&snapshot->catalog, &client, &anybody, &reach, NULL, &plan);
        if (plan.ready_count > 0)
            continue;
        char hint[200];
        struct text t = text_over(hint, sizeof hint);
        chain_plan_add_hint(&plan, false, &t);
        struct event e = event_make(EVENT_LOADER_MISSING, now, 0);
        event_add_text(&e, "arch", arch_name(usual[i]));
        event_add_text(&e, "hint", hint);
        event_emit(events, &e);
    }
}

struct catalog_snapshot *catalog_snapshot_ref(struct catalog_snapshot *snapshot)
{
    __atomic_add_fetch(&snapshot->references, 1, __ATOMIC_RELAXED);
    return snapshot;
}

void catalog_snapshot_unref(struct catalog_snapshot *snapshot)
{
    if (!snapshot || __atomic_sub_fetch(&snapshot->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (uint16_t i = 0; i < snapshot->catalog.root_count; i++)
        close(snapshot->root_fds[i]);
    answer_folder_free(snapshot->answers);
    for (uint16_t i = 0; i < snapshot->container_count; i++)
        held_container_unref(snapshot->containers[i]);
    explicit_bzero(snapshot->memory, snapshot->memory_size); /* secrets of hosts, passwords */
    free(snapshot->memory);
    free(snapshot);
}
