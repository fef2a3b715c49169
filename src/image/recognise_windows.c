/* See recognise_windows.h. */
#include "image/recognise_windows.h"

#include <errno.h>
#include <stdlib.h>

#include "image/windows.h"

static void take_media(const struct windows_media *media, struct recipe *recipe)
{
    recipe->has_kind = true;
    recipe->kind = IMAGE_WIM;
    recipe->arches = media->arches;
    recipe->memory_mib = media->memory_mib;
    recipe->windows = media->facts;
    span_to_text(span_text(media->wim), recipe->kernel, sizeof recipe->kernel);
    span_to_text(span_text(media->title), recipe->title, sizeof recipe->title);
    span_to_text(span_text("Windows"), recipe->group, sizeof recipe->group);
}

int recognise_windows(const struct image_source *source, struct recipe *recipe, struct text *why)
{
    struct windows_media *media = malloc(sizeof *media);
    int r = media ? windows_recognise(source, media, why) : -ENOMEM;

    if (r == 0)
        take_media(media, recipe);
    free(media);
    return r;
}

int recognise_named_wim(const struct image_source *source, const char *path,
                        struct recipe *ret_looked, struct text *why)
{
    struct windows_media *media = malloc(sizeof *media);
    int r = media ? windows_look(source, path, media, why) : -ENOMEM;

    *ret_looked = (struct recipe){ .has_kind = true, .kind = IMAGE_WIM };
    if (r == 0)
        take_media(media, ret_looked);
    free(media);
    return r;
}

void recognise_windows_fill(struct windows_recipe *written, const struct windows_recipe *found)
{
    written->index = written->index ? written->index : found->index;
    written->arch = found->arch;
    written->major = found->major;
    written->minor = found->minor;
    written->build = found->build;
    written->is_setup = found->is_setup;
}
