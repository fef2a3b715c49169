/* How one image is booted: what image.yaml says, or what was recognised. A plain value with room of
 * its own; the catalog makes a struct image of it. */
#ifndef IMAGE_RECIPE_H
#define IMAGE_RECIPE_H

#include "base/checked.h"
#include "base/text.h"

#include "image/source.h"
#include "image/windows.h"
#include "model/image.h"

#define RECIPE_PATH_MAX 256
#define RECIPE_YAML_MAX (64U << 10)
#define RECIPE_WHY_MAX  512

struct recipe {
    char title[128];
    char group[64];
    bool has_kind;
    enum image_kind kind;
    uint32_t arches;
    char kernel[RECIPE_PATH_MAX]; /* kernel, EFI program, disk image or WIM */
    bool has_initrds;
    char initrds[IMAGE_INITRDS_MAX][RECIPE_PATH_MAX];
    uint8_t initrd_count;
    bool has_arguments;
    char arguments[1024];
    bool has_shim; /* "" = written: there is none */
    char shim[RECIPE_PATH_MAX];
    uint32_t memory_mib;
    int32_t order;
    struct windows_recipe windows; /* IMAGE_WIM */
};

/* Read image.yaml into *recipe; what it does not say stays unset (empty, zero, has_ false). 0, or
 * -EINVAL with all faults as one sentence in `why` ("line 3: ..."), or -ENOMEM. */
must_check int recipe_parse(struct span yaml, struct recipe *recipe, char why[RECIPE_WHY_MAX]);

/* Append the recipe as an image.yaml that recipe_parse() takes back. */
void recipe_write(const struct recipe *recipe, struct text *out);

/* Find out what a folder or file is, without image.yaml. 0, or -ENOENT and a sentence that says
 * what was looked for. */
must_check int recipe_recognise(const struct image_source *source, struct recipe *recipe,
                                char why[RECIPE_WHY_MAX]);

/* The whole way: image.yaml where there is one, recognition for what it leaves unsaid, and a look
 * whether every file named is there. `name` is the fallback title. 0 and a recipe ready to boot, or
 * a negative errno and a sentence. */
must_check int recipe_load(const struct image_source *source, const char *name,
                           struct recipe *recipe, char why[RECIPE_WHY_MAX]);

/* May an image be called so: [a-z0-9._-]+, at most 63, not beginning with "." or "-", and none of
 * the words menu, local, shell. */
bool recipe_is_name(struct span name);

/* A name made of a path or title: "/.../12/amd64/text" of Debian gives "debian-12-amd64-text". */
void recipe_suggest_name(const struct recipe *recipe, const char *path, struct text *out);

#endif
