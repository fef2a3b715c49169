/* See disk_open.h. A plan that is too large is given up at the file that passes its limit. */
#include "serve/disk_open.h"

#include <errno.h>
#include <unistd.h>

#include "boot/bootdisk.h"
#include "net/file.h"

struct opening {
    const int *root_fds;
    struct arena *arena;
    struct bootdisk_file *files;
    size_t count;
    uint64_t bytes_left;
    struct text *why;
};

static int refuse(struct opening *o, int error, const char *path, const char *phrase)
{
    text_addf(o->why, "its boot disk: %s%s%s", path, path[0] ? ": " : "", phrase);
    return error;
}

static void add_text(struct opening *o, const struct disk_part *part)
{
    o->files[o->count++] = (struct bootdisk_file){
        .path = part->path,
        .identity = "",
        .source = { .fd = -1, .memory = part->text.data, .length = part->text.len },
    };
}

static int add_file(struct opening *o, const struct disk_part *part)
{
    struct safe_path path;
    struct file_facts facts;
    int fd = -1, root_fd = o->root_fds[part->root];
    char *tag = arena_alloc(o->arena, FILE_TAG_MAX);

    if (!tag)
        return refuse(o, -ENOMEM, "", bootdisk_flaw_text(BOOTDISK_NO_MEMORY));
    if (root_fd < 0 || safe_path_parse(span_text(part->name), &path) != PATH_SOUND)
        return refuse(o, -ENOENT, part->path, file_verdict_text(FILE_ABSENT));
    enum file_verdict verdict = file_open_beneath(root_fd, &path, part->any_case, &fd, &facts);
    if (verdict != FILE_OPENED)
        return refuse(o, file_verdict_errno(verdict, &facts), part->path,
                      file_verdict_text(verdict));
    file_write_tag(&facts, tag);
    o->files[o->count++] = (struct bootdisk_file){
        .path = part->path,
        .identity = tag,
        .source = { .fd = fd, .length = facts.size },
    };
    return 0;
}

static int add_part(struct opening *o, const struct disk_part *part)
{
    int r = 0;

    if (part->name)
        r = add_file(o, part);
    else
        add_text(o, part);
    if (r < 0)
        return r;
    uint64_t bytes = o->files[o->count - 1].source.length;
    if (bytes > o->bytes_left)
        return refuse(o, -EFBIG, "",
                      "it would be larger than 'bootdisk' in the configuration allows");
    o->bytes_left -= bytes;
    return 0;
}

static void close_all(struct opening *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->files[i].source.fd >= 0)
            close(o->files[i].source.fd);
}

int disk_open(const struct disk_plan *plan, const int *root_fds, struct arena *arena,
              struct body *out, struct text *why)
{
    struct opening o = { .root_fds = root_fds,
                         .arena = arena,
                         .files = arena_array(arena, struct bootdisk_file, plan->count),
                         .bytes_left = plan->bytes_max,
                         .why = why };
    int r = o.files ? 0 : refuse(&o, -ENOMEM, "", bootdisk_flaw_text(BOOTDISK_NO_MEMORY));

    for (uint16_t i = 0; i < plan->count && r == 0; i++)
        r = add_part(&o, &plan->parts[i]);
    if (r == 0) {
        enum bootdisk_flaw flaw = bootdisk_lay_out(o.files, o.count, arena, out);
        if (flaw != BOOTDISK_SOUND)
            r = refuse(&o, flaw == BOOTDISK_NO_MEMORY ? -ENOMEM : -EFBIG, "",
                       bootdisk_flaw_text(flaw));
    }
    if (r < 0)
        close_all(&o);
    return r;
}
