/* See image_landing.h. */
#include "serve/image_landing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "image/recipe.h"
#include "net/file.h"

static int write_yaml(const struct image_landing *what, int folder)
{
    struct recipe recipe = { 0 };
    char data[8192];
    struct text t = text_over(data, sizeof data);

    text_add(&t, "# ");
    text_add_escaped(&t, span_text(what->origin));
    text_add(&t, "\n# Change it as you like. What is not said here is recognised anew each time; "
                 "'tugboot image show ");
    text_add(&t, what->name);
    text_add(&t, "' has it.\n");
    span_to_text(span_text(what->title), recipe.title, sizeof recipe.title);
    recipe.has_arguments = what->arguments[0] != 0;
    span_to_text(span_text(what->arguments), recipe.arguments, sizeof recipe.arguments);
    recipe_write(&recipe, &t);
    return t.failed ? -EFBIG : file_write_new(folder, "image.yaml", text_span(&t));
}

static int name_it(const struct image_landing *what, int folder, const char *hidden)
{
    int r = write_yaml(what, folder);

    if (r == 0 && renameat(what->images, what->part, folder, what->file) < 0)
        r = -errno;
    if (r < 0)
        return r;
    r = fsync(folder) < 0 ? -errno : file_rename_new(what->images, hidden, what->name);
    if (r < 0)
        (void)!renameat(folder, what->file, what->images, what->part);
    return r;
}

int image_landing_run(const struct image_landing *what, char why[IMAGE_LANDING_WHY_MAX])
{
    char hidden[96];
    struct text t = text_over(why, IMAGE_LANDING_WHY_MAX), h = text_over(hidden, sizeof hidden);
    struct stat facts;

    text_addf(&h, ".landing-%s", what->name);
    if (fstatat(what->images, what->name, &facts, AT_SYMLINK_NOFOLLOW) == 0) {
        text_addf(&t, "there is an image named %s already: remove it first, or choose another name",
                  what->name);
        return -EEXIST;
    }
    (void)!file_remove_tree(what->images, hidden); /* of an attempt that was cut */
    int folder = -1, r = mkdirat(what->images, hidden, 0755) < 0 ? -errno : 0;
    if (r == 0) {
        folder = openat(what->images, hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        r = folder < 0 ? -errno : name_it(what, folder, hidden);
    }
    if (folder >= 0)
        close(folder);
    if (r == 0)
        return 0;
    (void)!file_remove_tree(what->images, hidden);
    if (r == -EEXIST)
        text_addf(&t, "there is an image named %s already: choose another name", what->name);
    else
        text_addf(&t, "the image %s cannot get its folder: %s", what->name, strerror(-r));
    return r;
}
