/* See driver_folder.h. The walk is bounded in depth, in folders and in files, and no name gets
 * through that could mean something in a script. */
#include "image/driver_folder.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"

#define FOLDERS_MAX     1024
#define DEPTH_MAX       8
#define FILES_OF_DRIVER 38 /* more than wimboot has room for are of no use */
#define PATH_MAX_BYTES  256
#define TOTAL_BYTES_MAX (UINT64_C(128) << 20) /* of all .inf */

struct folder {
    char path[PATH_MAX_BYTES];
    unsigned depth;
};

struct walk {
    const struct image_source *source;
    const struct inf_target *target;
    const struct driver_folder_sink *sink;
    struct arena *arena;
    struct windows_start *out;
    struct windows_driver *drivers;
    struct windows_pattern *patterns; /* WINDOWS_PATTERNS_MAX, until they are copied */
    struct folder *folders;           /* those that are still to be read */
    size_t folder_count, folders_seen;
    struct folder here;
    char (*infs)[PATH_MAX_BYTES]; /* names in `here` */
    size_t inf_count, inf_room;
    uint64_t bytes;
    int result;
};

static bool is_inf(const char *name)
{
    size_t len = strlen(name);
    return len > 4 && span_is_nocase(span_text(name + len - 4), ".inf");
}

/* Letters, digits, and what file names of drivers have besides. */
static bool is_harmless(const char *path)
{
    for (size_t i = 0; path[i]; i++) {
        uint8_t c = ascii_lower((uint8_t)path[i]);
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !strchr("._-+~()@#/ ", c))
            return false;
    }
    return path[0] != 0;
}

static void refuse(const struct walk *w, const char *name, const char *why)
{
    char buffer[2 * PATH_MAX_BYTES];
    struct text path = text_over(buffer, sizeof buffer);
    text_addf(&path, "%s%s%s", w->here.path, w->here.path[0] ? "/" : "", name);
    w->sink->refused(w->sink->context, buffer, why);
}

/* One name of the folder that is read: folders are kept for later, .inf files for when the listing
 * has ended. */
static int take_name(void *context, const char *name, bool is_folder)
{
    struct walk *w = context;

    if (!is_folder && !is_inf(name))
        return 0;
    if (!is_harmless(name)) {
        if (!is_folder)
            refuse(w, name, "has a character in its name that a script could stumble over");
        return 0;
    }
    if (!is_folder) {
        if (strlen(name) >= PATH_MAX_BYTES || w->inf_count == w->inf_room)
            return 0;
        span_to_text(span_text(name), w->infs[w->inf_count++], PATH_MAX_BYTES);
        return 0;
    }
    if (w->here.depth == DEPTH_MAX || w->folders_seen == FOLDERS_MAX)
        return 0;
    struct folder *next = &w->folders[w->folder_count];
    struct text path = text_over(next->path, sizeof next->path);
    text_addf(&path, "%s%s%s", w->here.path, w->here.path[0] ? "/" : "", name);
    next->depth = w->here.depth + 1;
    if (path.failed)
        return 0;
    w->folder_count++;
    w->folders_seen++;
    return 0;
}

static bool is_wanted_class(const char *name)
{
    static const char *const classes[] = { "Net", "SCSIAdapter", "HDC", "System", "USB" };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (span_is_nocase(span_text(name), classes[i]))
            return true;
    return false;
}

struct patterns {
    struct walk *walk;
    size_t first;
};

static int take_pattern(void *context, const struct pci_pattern *pattern)
{
    struct patterns *p = context;
    struct windows_start *out = p->walk->out;
    if (out->pattern_count == WINDOWS_PATTERNS_MAX)
        return 1;
    p->walk->patterns[out->pattern_count++] =
        (struct windows_pattern){ .pattern = *pattern, .driver = (uint16_t)out->driver_count };
    return 0;
}

struct names {
    char rows[FILES_OF_DRIVER][INF_PATH_MAX];
    size_t count;
    const char *why;
};

static int take_file(void *context, const char *path)
{
    struct names *n = context;

    for (size_t i = 0; i < n->count; i++)
        if (span_is_nocase(span_text(path), n->rows[i]))
            return 0;
    if (!is_harmless(path))
        n->why = "needs a file with a character in its name that a script could stumble over";
    else if (n->count == FILES_OF_DRIVER)
        n->why = "needs more files than wimboot has room for";
    if (n->why)
        return 1;
    span_to_text(span_text(path), n->rows[n->count++], INF_PATH_MAX);
    return 0;
}

struct lookup {
    struct span name;
    char found[PATH_MAX_BYTES];
};

static int match(void *context, const char *name, bool is_folder)
{
    struct lookup *l = context;
    (void)is_folder;
    if (!span_is_nocase(l->name, name) || strlen(name) >= sizeof l->found)
        return 0;
    span_to_text(span_text(name), l->found, sizeof l->found);
    return 1;
}

/* Is the file there, in any case? `path` becomes what it is called. */
static bool find_file(const struct walk *w, char path[INF_PATH_MAX])
{
    char whole[2 * PATH_MAX_BYTES], found[INF_PATH_MAX];
    struct text folder = text_over(whole, sizeof whole);
    struct text as = text_over(found, sizeof found);
    struct span rest = span_text(path);

    text_add(&folder, w->here.path);
    while (rest.len > 0) {
        size_t slash = span_find(rest, '/');
        struct lookup l = { .name = span_slice(rest, 0, slash) };
        rest = span_from(rest, slash + 1);
        if (!w->source->list(w->source->context, whole, match, &l) || !l.found[0])
            return false;
        text_addf(&folder, "%s%s", folder.len > 0 ? "/" : "", l.found);
        text_addf(&as, "%s%s", as.len > 0 ? "/" : "", l.found);
    }
    if (folder.failed || as.failed || w->source->size(w->source->context, whole) < 0)
        return false;
    span_to_text(text_span(&as), path, INF_PATH_MAX);
    return true;
}

static const char *keep(struct walk *w, const char *text)
{
    const char *copy = arena_text(w->arena, text);
    if (!copy)
        w->result = -ENOMEM;
    return copy ? copy : "";
}

static void add_driver(struct walk *w, const char *name, const struct inf_facts *facts,
                       const struct names *files)
{
    const char **list = arena_array(w->arena, const char *, files->count + 1);
    struct windows_driver driver = {
        .folder = keep(w, w->here.path),
        .inf = keep(w, name),
        .files = list,
        .file_count = (uint16_t)files->count,
        .class_name = keep(w, facts->class_name),
        .version = keep(w, facts->version),
        .day = facts->day,
        .rank = facts->rank,
    };
    if (!list)
        w->result = -ENOMEM;
    for (size_t i = 0; list && i < files->count; i++)
        list[i] = keep(w, files->rows[i]);
    if (w->result == 0)
        w->drivers[w->out->driver_count++] = driver;
}

/* Why the driver is passed over, NULL when it was taken or when Windows PE has no use for it. */
static const char *take_driver(struct walk *w, const char *name, const struct inf *inf)
{
    struct inf_facts facts;
    struct names *files;
    size_t patterns_before = w->out->pattern_count;
    struct patterns p = { .walk = w };

    inf_describe(inf, &facts);
    if (!is_wanted_class(facts.class_name))
        return NULL;
    inf_each_device(inf, w->target, take_pattern, &p);
    if (w->out->pattern_count == patterns_before)
        return NULL;
    files = calloc(1, sizeof *files);
    if (!files || inf_each_file(inf, w->target, take_file, files) < 0)
        w->result = -ENOMEM;
    const char *why = files ? files->why : NULL;
    /* It is always one of those beside it. */
    for (size_t i = 0; files && !why && i < files->count; i++)
        if (!find_file(w, files->rows[i]))
            why = "needs a file that is not there: unpack the whole driver, not its .inf alone";
    if (w->result == 0 && !why)
        add_driver(w, name, &facts, files);
    if (w->result < 0 || why)
        w->out->pattern_count = patterns_before;
    free(files);
    return why;
}

static void read_inf(struct walk *w, const char *name)
{
    char buffer[2 * PATH_MAX_BYTES];
    struct text path = text_over(buffer, sizeof buffer);
    struct inf *inf = NULL;
    enum inf_flaw flaw;

    text_addf(&path, "%s%s%s", w->here.path, w->here.path[0] ? "/" : "", name);
    int64_t size = w->source->size(w->source->context, buffer);
    if (size < 0 || (uint64_t)size > INF_BYTES_MAX) {
        refuse(w, name, size < 0 ? "cannot be read" : inf_flaw_text(INF_TOO_LARGE));
        return;
    }
    w->bytes += (uint64_t)size;
    uint8_t *data = malloc((size_t)size + 1);
    if (!data) {
        w->result = -ENOMEM;
        return;
    }
    int r = image_source_read_all(w->source, buffer, 0, data, (size_t)size)
                ? inf_read(span_of(data, (size_t)size), &inf, &flaw)
                : -EIO;
    free(data);
    if (r == -ENOMEM)
        w->result = r;
    else if (r < 0)
        refuse(w, name, r == -EIO ? "cannot be read" : inf_flaw_text(flaw));
    const char *why = r == 0 ? take_driver(w, name, inf) : NULL;
    if (why)
        refuse(w, name, why);
    inf_free(inf);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void read_folder(struct walk *w)
{
    w->inf_count = 0;
    if (!w->source->list(w->source->context, w->here.path, take_name, w))
        return;
    /* The order of a folder is chance, and of two drivers that are alike the first counts. */
    if (w->inf_count > 1)
        qsort(w->infs, w->inf_count, sizeof w->infs[0], compare_names);
    for (size_t i = 0; i < w->inf_count && w->result == 0; i++) {
        if (w->out->driver_count == WINDOWS_DRIVERS_MAX || w->bytes > TOTAL_BYTES_MAX) {
            refuse(w, w->infs[i], "is one too many: keep only drivers for network and storage");
            return;
        }
        read_inf(w, w->infs[i]);
    }
}

static void read_all(struct walk *w, const char *folder)
{
    span_to_text(span_text(folder), w->folders[0].path, sizeof w->folders[0].path);
    w->folder_count = w->folders_seen = 1;
    while (w->folder_count > 0 && w->result == 0) {
        w->here = w->folders[--w->folder_count];
        read_folder(w);
    }
}

int driver_folder_read(const struct image_source *source, const char *folder,
                       const struct inf_target *target, struct arena *arena,
                       const struct driver_folder_sink *sink, struct windows_start *out)
{
    struct walk w = {
        .source = source, .target = target, .sink = sink, .arena = arena, .out = out
    };
    struct lookup nothing = { 0 };

    out->driver_count = out->pattern_count = 0;
    if (!source->list || !source->list(source->context, folder, match, &nothing))
        return -ENOENT;
    w.inf_room = 1024;
    w.drivers = arena_array(arena, struct windows_driver, WINDOWS_DRIVERS_MAX);
    w.patterns = calloc(WINDOWS_PATTERNS_MAX, sizeof *w.patterns);
    w.folders = calloc(FOLDERS_MAX, sizeof *w.folders);
    w.infs = calloc(w.inf_room, sizeof *w.infs);
    if (!w.drivers || !w.patterns || !w.folders || !w.infs)
        w.result = -ENOMEM;
    else
        read_all(&w, folder);
    struct windows_pattern *patterns =
        arena_array(arena, struct windows_pattern, out->pattern_count + 1);
    if (!patterns) {
        w.result = -ENOMEM;
        out->driver_count = out->pattern_count = 0;
    } else if (out->pattern_count > 0) {
        memcpy(patterns, w.patterns, out->pattern_count * sizeof *patterns);
    }
    out->drivers = w.drivers;
    out->patterns = patterns;
    free(w.patterns);
    free(w.folders);
    free(w.infs);
    return w.result;
}
