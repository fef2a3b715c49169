/* See image_look.h. One inspection after another in the same memory. */
#include "cli/image_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/session.h"
#include "image/wim_inspection.h"
#include "net/file.h"
#include "serve/file_source.h"
#include "serve/trust_files.h"

struct image_look {
    const struct config *config;
    struct trust *trust;
    struct inspection inspection;
    struct wim_inspection wim;
};

static void tell(void *context, const char *sentence)
{
    (void)context;
    complain("%s", sentence);
}

struct image_look *image_look_new(const struct config *config)
{
    struct image_look *look = calloc(1, sizeof *look);
    if (!look)
        return NULL;
    look->config = config;
    look->trust = trust_new();
    if (look->trust && trust_files_load(look->trust, config, tell, NULL) == 0)
        return look;
    image_look_free(look);
    return NULL;
}

void image_look_free(struct image_look *look)
{
    if (!look)
        return;
    trust_free(look->trust);
    free(look);
}

static void look_at(struct image_look *look, const struct file_source *file,
                    struct secure_facts *ret_facts)
{
    struct image_source source = file_source_over(file);
    if (wim_is(&source, file->name)) {
        if (wim_inspection_make(&source, file->name, 0, look->trust, &look->wim) == 0)
            *ret_facts = look->wim.facts;
    } else if (inspection_make(&source, file->name, look->trust, &look->inspection) == 0) {
        *ret_facts = look->inspection.facts;
    }
}

/* A file of the folder hides one of the container. */
static bool look_beside(struct image_look *look, const struct image_entry *image,
                        struct secure_facts *ret_facts)
{
    char path[2 * CONFIG_PATH_MAX];
    struct text t = text_over(path, sizeof path);
    struct file_facts facts;
    int fd;

    text_addf(&t, "%s/%s%s%s", look->config->images, image->folder, image->folder[0] ? "/" : "",
              image->recipe->kernel);
    if (t.failed || file_open_path(path, &fd, &facts) != FILE_OPENED)
        return false;
    const struct file_source file = { .fd = fd, .name = "" };
    look_at(look, &file, ret_facts);
    close(fd);
    return true;
}

void image_look_at(struct image_look *look, const struct image_entry *image,
                   struct secure_facts *ret_facts)
{
    const struct held_container *held = image->container;

    *ret_facts = (struct secure_facts){ 0 };
    if ((image->folder[0] || !held) && look_beside(look, image, ret_facts))
        return;
    const struct image_index_entry *entry =
        held ? image_index_find(&held->index, span_text(image->recipe->kernel), true) : NULL;
    if (!entry || entry->is_folder || entry->extent_count == 0)
        return;
    const struct file_source file = { .fd = held->fd,
                                      .name = "",
                                      .extents = held->index.extents + entry->extents,
                                      .extent_count = entry->extent_count };
    look_at(look, &file, ret_facts);
}
