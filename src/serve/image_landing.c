/* See image_landing.h. */
#include "serve/image_landing.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"

#include "image/recipe.h"
#include "net/file.h"

#define YAML_NAME "image.yaml"

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
    return t.failed ? -EFBIG : file_write_new(folder, YAML_NAME, text_span(&t));
}

int image_landing_run(const struct image_landing *what, char why[IMAGE_LANDING_WHY_MAX])
{
    struct text t = text_over(why, IMAGE_LANDING_WHY_MAX);
    int folder =
        openat(what->images, what->hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    int r = folder < 0 ? -errno : 0;

    if (r == 0) {
        (void)unlinkat(folder, YAML_NAME, 0); /* of an attempt that was cut */
        r = write_yaml(what, folder);
    }
    if (r == 0)
        r = fsync(folder) < 0 ? -errno : file_rename_new(what->images, what->hidden, what->name);
    if (r < 0 && folder >= 0)
        (void)unlinkat(folder, YAML_NAME, 0);
    if (folder >= 0)
        close(folder);
    if (r == -EEXIST)
        text_addf(&t, "there is an image named %s already: remove it first, or choose another name",
                  what->name);
    else if (r < 0)
        text_addf(&t, "the image %s cannot get its name: %s", what->name, strerror(-r));
    return r;
}
