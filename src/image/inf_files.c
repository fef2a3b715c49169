/* The files of a driver: from the install sections of its models by CopyFiles to names, and by
 * [SourceDisksFiles] and [SourceDisksNames] to places. Which install section counts: Microsoft,
 * "Creating INF Files for Multiple Platforms and Operating Systems". */
#include <errno.h>
#include <stdlib.h>

#include "image/inf_models.h"
#include "model/safe_path.h"

#define FILES_MAX 1024
#define NEEDS_MAX 16

struct files {
    const struct inf_lines *lines;
    const struct inf_target *target;
    int (*visit)(void *context, const char *path);
    void *context;
    bool *seen; /* sections that were walked already */
    unsigned count;
    bool ended;
};

static uint32_t find_decorated(const struct files *f, struct span name, const char *end)
{
    char whole[INF_NAME_MAX + 32];
    struct text t = text_over(whole, sizeof whole);

    text_add_span(&t, name);
    text_add(&t, end);
    return t.failed ? INF_NO_SECTION : inf_find_section(f->lines, text_span(&t));
}

/* [SourceDisksFiles] and [SourceDisksNames], that of the architecture first. */
static const struct inf_line *find_source(const struct files *f, const char *section,
                                          const char *key)
{
    char end[16];
    struct text t = text_over(end, sizeof end);

    text_addf(&t, ".%s", inf_arch_word(f->target->arch));
    const struct inf_line *line =
        inf_find_line(f->lines, find_decorated(f, span_text(section), end), key);
    return line ? line
                : inf_find_line(f->lines, inf_find_section(f->lines, span_text(section)), key);
}

static void add_part(struct text *path, const char *part)
{
    if (path->len > 0 && part[0])
        text_add_char(path, '/');
    text_add(path, part);
}

/* file = disk, subfolder: its path is that of the disk, the subfolder, the file. */
static void emit_file(struct files *f, const char *file)
{
    char disk[32] = "", folder[INF_PATH_MAX] = "", below[INF_PATH_MAX] = "";
    char buffer[3 * INF_PATH_MAX];
    struct text path = text_over(buffer, sizeof buffer);
    struct safe_path safe;

    if (!file[0] || f->ended || f->count == FILES_MAX)
        return;
    const struct inf_line *source = find_source(f, "SourceDisksFiles", file);
    if (source) {
        (void)inf_field(f->lines, source->value, 0, disk, sizeof disk);
        (void)inf_field(f->lines, source->value, 1, below, sizeof below);
    }
    const struct inf_line *name = disk[0] ? find_source(f, "SourceDisksNames", disk) : NULL;
    if (name)
        (void)inf_field(f->lines, name->value, 3, folder, sizeof folder);
    add_part(&path, folder);
    add_part(&path, below);
    add_part(&path, file);
    for (size_t i = 0; i < path.len; i++)
        if (buffer[i] == '\\')
            buffer[i] = '/';
    if (path.failed || safe_path_parse(text_span(&path), &safe) != PATH_SOUND || safe.len == 0 ||
        safe.len >= INF_PATH_MAX)
        return;
    f->count++;
    span_to_text(safe_path_span(&safe), buffer, sizeof buffer);
    f->ended = f->visit(f->context, buffer) != 0;
}

static bool see(struct files *f, uint32_t section)
{
    if (section == INF_NO_SECTION || f->seen[section])
        return false;
    f->seen[section] = true;
    return true;
}

/* [copy]: destination, source where it has another name. */
static void emit_list(struct files *f, struct span name)
{
    char file[INF_PATH_MAX];
    uint32_t section = inf_find_section(f->lines, name);

    if (!see(f, section))
        return;
    for (const struct inf_line *line = inf_first(f->lines, section);
         line < inf_end(f->lines, section) && !f->ended; line++) {
        if (!inf_field(f->lines, line->value, 1, file, sizeof file))
            continue;
        if (!file[0] && !inf_field(f->lines, line->value, 0, file, sizeof file))
            continue;
        emit_file(f, file);
    }
}

/* CopyFiles = @file | list, ... */
static void emit_copies(struct files *f, struct span value)
{
    char word[INF_NAME_MAX];

    while (value.len > 0 && !f->ended) {
        struct text t = text_over(word, sizeof word);
        inf_add_field(f->lines, inf_take_field(&value), &t);
        if (t.failed)
            continue;
        if (word[0] == '@')
            emit_file(f, word + 1);
        else
            emit_list(f, text_span(&t));
    }
}

/* The files an install section copies, and those of the sections of this file it needs. */
static void emit_section(struct files *f, uint32_t section)
{
    uint32_t waiting[NEEDS_MAX];
    unsigned count = 0;
    char word[INF_NAME_MAX];

    if (see(f, section))
        waiting[count++] = section;
    while (count > 0 && !f->ended) {
        uint32_t at = waiting[--count];
        for (const struct inf_line *line = inf_first(f->lines, at); line < inf_end(f->lines, at);
             line++) {
            if (span_is_nocase(line->key, "CopyFiles"))
                emit_copies(f, line->value);
            if (!span_is_nocase(line->key, "Needs"))
                continue;
            struct span rest = line->value;
            while (rest.len > 0 && count < NEEDS_MAX) {
                struct text t = text_over(word, sizeof word);
                inf_add_field(f->lines, inf_take_field(&rest), &t);
                uint32_t needed = inf_find_section(f->lines, text_span(&t));
                if (!t.failed && see(f, needed))
                    waiting[count++] = needed;
            }
        }
    }
}

static int visit_install(void *context, const struct inf_line *model)
{
    struct files *f = context;
    char name[INF_NAME_MAX], arch_end[16];
    struct text t = text_over(arch_end, sizeof arch_end);

    if (!inf_field(f->lines, model->value, 0, name, sizeof name))
        return 0;
    text_addf(&t, ".NT%s", inf_arch_word(f->target->arch));
    const char *const ends[] = { arch_end, ".NT", "" };
    struct span base = span_text(name);
    for (size_t i = 0; i < 3; i++) {
        uint32_t section = find_decorated(f, base, ends[i]);
        if (section == INF_NO_SECTION)
            continue;
        emit_section(f, section);
        /* Its co-installers have a section beside it. */
        char beside[INF_NAME_MAX + 48];
        struct text b = text_over(beside, sizeof beside);
        text_addf(&b, "%s%s.CoInstallers", name, ends[i]);
        emit_section(f, inf_find_section(f->lines, text_span(&b)));
        break;
    }
    return f->ended;
}

static void emit_catalogs(struct files *f, const struct inf *inf)
{
    char key[32], file[INF_PATH_MAX];
    struct text t = text_over(key, sizeof key);

    text_addf(&t, "CatalogFile.NT%s", inf_arch_word(f->target->arch));
    const char *const keys[] = { key, "CatalogFile.NT", "CatalogFile" };
    for (size_t i = 0; i < 3 && !f->ended; i++) {
        const struct inf_line *line = inf_find_line(f->lines, inf_version_section(inf), keys[i]);
        /* The catalog lies beside the .inf, wherever the other files are. */
        struct safe_path safe;
        if (!line || !inf_field(f->lines, line->value, 0, file, sizeof file) ||
            safe_path_parse(span_text(file), &safe) != PATH_SOUND || safe.len == 0)
            continue;
        span_to_text(safe_path_span(&safe), file, sizeof file);
        f->ended = f->visit(f->context, file) != 0;
        return;
    }
}

int inf_each_file(const struct inf *inf, const struct inf_target *target,
                  int (*visit)(void *context, const char *path), void *context)
{
    struct files f = { .lines = &inf->lines, .target = target, .visit = visit, .context = context };
    f.seen = calloc((size_t)inf->lines.section_count + 1, sizeof *f.seen);
    if (!f.seen)
        return -ENOMEM;
    emit_catalogs(&f, inf);
    inf_each_model(&inf->lines, target, visit_install, &f);
    free(f.seen);
    return 0;
}
