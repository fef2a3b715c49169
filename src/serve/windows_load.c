/* See windows_load.h. A driver that cannot be used is no reason to leave the image out: the machine
 * it is for may not be there at all. */
#include "serve/windows_load.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "image/driver_folder.h"
#include "image/wim_xml.h"
#include "serve/image_folder.h"

struct loading {
    const char *name;
    const struct windows_load_sink *sink;
    struct arena *arena;
    bool no_memory;
};

static const char *keep(struct loading *l, const char *text)
{
    const char *copy = arena_text(l->arena, text);
    l->no_memory = l->no_memory || !copy;
    return copy ? copy : "";
}

static void tell(const struct loading *l, const char *path, const char *why)
{
    char buffer[600];
    struct text sentence = text_over(buffer, sizeof buffer);
    text_addf(&sentence, "%s %s", path, why);
    l->sink->told(l->sink->context, l->name, buffer);
}

static void refused(void *context, const char *path, const char *why)
{
    tell(context, path, why);
}

static const char *read_answers(struct loading *l, const struct image_source *source,
                                const char *path)
{
    uint8_t *data = malloc(WINDOWS_ANSWERS_MAX + 1);
    int64_t n = data ? source->read(source->context, path, 0, data, WINDOWS_ANSWERS_MAX + 1) : 0;
    const char *answers = "";

    if (!data) {
        l->no_memory = true;
    } else if (n <= 0) {
        tell(l, path, "is to answer Setup's questions, and cannot be read: Setup will ask");
    } else if (n > WINDOWS_ANSWERS_MAX) {
        tell(l, path, "is larger than 32 KiB: Setup will ask");
    } else if (span_find(span_of(data, (size_t)n), 0) < (size_t)n) {
        tell(l, path, "is no UTF-8 text: save it as such; Setup will ask");
    } else {
        data[n] = 0;
        answers = keep(l, (const char *)data);
    }
    free(data);
    return answers;
}

static const char *arch_word(uint32_t arch)
{
    const char *name = wim_arch_name(arch);
    return strcmp(name, "x64") == 0 ? "amd64" : name[0] ? name : "amd64";
}

static void read_drivers(struct loading *l, const struct image_source *source,
                         const struct windows_recipe *from, struct windows_start *to)
{
    const struct driver_folder_sink sink = { refused, l };
    const struct inf_target target = {
        .arch = from->arch, .major = from->major, .minor = from->minor, .build = from->build
    };
    int r = driver_folder_read(source, from->drivers, &target, l->arena, &sink, to);
    if (r == -ENOENT)
        tell(l, from->drivers, "is to be the folder of drivers, and is not there");
    else if (r < 0)
        tell(l, from->drivers, "has more drivers than there is room for: the rest is left out");
    else if (to->driver_count == 0)
        tell(l, from->drivers,
             "has no driver that could help Windows PE: those for network and storage do");
}

const struct windows_start *windows_load(int images_fd, const char *name, const char *folder,
                                         const struct recipe *recipe, struct arena *arena,
                                         const struct windows_load_sink *sink)
{
    const struct windows_recipe *from = &recipe->windows;
    struct loading l = { .name = name, .sink = sink, .arena = arena };
    struct windows_start *to = arena_new(arena, struct windows_start);
    struct safe_path path;

    if (!to)
        return NULL;
    *to = (struct windows_start){
        .index = from->index,
        .arch = arch_word(from->arch),
        .is_setup = from->is_setup,
        .share = keep(&l, from->share),
        .user = keep(&l, from->user),
        .password = keep(&l, from->password),
        .command = keep(&l, from->command),
        .edition = keep(&l, from->edition),
        .locale = keep(&l, from->locale),
        .keyboard = keep(&l, from->keyboard),
        .time_zone = keep(&l, from->time_zone),
        .product_key = keep(&l, from->product_key),
        .wipe_disk = from->has_wipe_disk ? (int32_t)from->wipe_disk : WINDOWS_NO_DISK,
        .answers = "",
    };
    if (!folder[0] || safe_path_parse(span_text(folder), &path) != PATH_SOUND)
        return l.no_memory ? NULL : to;
    int fd = file_open_folder(images_fd, &path);
    if (fd < 0)
        return l.no_memory ? NULL : to;
    struct image_source source = image_folder_source(&fd, NULL);
    if (from->answers[0])
        to->answers = read_answers(&l, &source, from->answers);
    if (from->drivers[0])
        read_drivers(&l, &source, from, to);
    close(fd);
    return l.no_memory ? NULL : to;
}
