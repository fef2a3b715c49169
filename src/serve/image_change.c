/* See image_change.h. What comes out is read as the catalog reads it, before it is written. */
#include "serve/image_change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "image/recipe.h"
#include "net/file.h"
#include "yaml/yaml_edit.h"

#define YAML_NAME "image.yaml"
#define YAML_MAX  ((size_t)8192) /* as much as is read of one */

struct change {
    char a[YAML_MAX + 4096], b[YAML_MAX + 4096];
    struct recipe recipe;
};

static int say(char why[IMAGE_CHANGE_WHY_MAX], int error, const char *words)
{
    span_to_text(span_text(words), why, IMAGE_CHANGE_WHY_MAX);
    return error;
}

static int read_yaml(int folder, struct text *out, char why[IMAGE_CHANGE_WHY_MAX])
{
    int fd = openat(folder, YAML_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    uint8_t *data = NULL;
    size_t len = 0;

    if (fd < 0)
        return errno == ENOENT ? 0 : say(why, -errno, "its image.yaml cannot be read");
    int r = file_read_whole(fd, YAML_MAX, &data, &len);
    close(fd);
    if (r == 0)
        text_add_span(out, span_of(data, len));
    free(data);
    return r < 0 ? say(why, r, "its image.yaml cannot be read") : 0;
}

static int edit(struct change *c, int folder, const struct image_key *keys, size_t count,
                struct text *now, char why[IMAGE_CHANGE_WHY_MAX])
{
    *now = text_over(c->a, sizeof c->a);
    int r = read_yaml(folder, now, why);

    for (size_t i = 0; i < count && r == 0; i++) {
        struct text next = text_over(now->data == c->a ? c->b : c->a, sizeof c->a);
        r = yaml_edit(text_span(now), keys[i].key, keys[i].value, &next, why);
        if (r == -ENOENT)
            r = 0; /* it is not there */
        else if (r == 0)
            *now = next;
    }
    if (r == -EBADMSG)
        r = -EINVAL;
    if (r == 0 && now->len >= YAML_MAX)
        r = say(why, -EINVAL, "image.yaml would be larger than 8 KiB");
    return r == 0 ? recipe_parse(text_span(now), &c->recipe, why) : r;
}

static int apply(int folder, const struct image_key *keys, size_t count,
                 char why[IMAGE_CHANGE_WHY_MAX])
{
    struct change *c = calloc(1, sizeof *c);
    struct text now;

    if (!c)
        return say(why, -ENOMEM, "there is no memory for it");
    int r = edit(c, folder, keys, count, &now, why);
    if (r == 0) {
        r = file_write_over(folder, YAML_NAME, text_span(&now));
        if (r == -EACCES || r == -EPERM || r == -EROFS)
            r = say(
                why, -EACCES,
                "the image's folder belongs to another user, who added it by command: change its "
                "image.yaml there, or give the folder to the user tugboot runs as");
        else if (r < 0)
            (void)say(why, r, "image.yaml cannot be written");
    }
    free(c);
    return r;
}

int image_change_apply(const char *images, const char *name, const struct image_key *keys,
                       size_t count, char why[IMAGE_CHANGE_WHY_MAX])
{
    int root = file_open_root(images);
    struct stat facts;

    if (root < 0)
        return say(why, root, "the images folder cannot be opened");
    if (!recipe_is_name(span_text(name))) {
        close(root);
        return say(why, -ENOENT, "there is no image of this name");
    }
    int folder = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    int r = folder < 0 ? -errno : 0;
    if (folder < 0 && r == -ENOENT && fstatat(root, name, &facts, AT_SYMLINK_NOFOLLOW) < 0)
        r = say(why, -EINVAL,
                "this image is a file of its own, which has no place for settings: put it into a "
                "folder of its name");
    else if (folder < 0)
        (void)say(why, r, "the image's folder cannot be opened");
    close(root);
    if (r < 0)
        return r;
    r = apply(folder, keys, count, why);
    close(folder);
    return r;
}
