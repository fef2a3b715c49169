/* Windows media: recognised by what lies in them, and what image.yaml can say about starting them.
 */
#ifndef IMAGE_WINDOWS_H
#define IMAGE_WINDOWS_H

#include "base/checked.h"
#include "base/text.h"

#include "image/source.h"
#include "yaml/yaml_tree.h"

#define WINDOWS_TEXT_MAX    128
#define WINDOWS_PATH_MAX    256
#define WINDOWS_ANSWERS_MAX 32768 /* bytes of the owner's answer file */

/* The map `windows:` of image.yaml, and what was found out. Texts are printable ASCII without
 * quotation marks; "" = not said. */
struct windows_recipe {
    uint32_t index; /* the WIM's image to boot; 0 = the marked one */
    uint32_t arch;  /* WIM_ARCH_* of the image that is booted */
    uint32_t major, minor, build;
    bool is_setup;
    char share[WINDOWS_PATH_MAX];
    char user[WINDOWS_TEXT_MAX], password[WINDOWS_TEXT_MAX];
    char command[WINDOWS_PATH_MAX];
    char edition[WINDOWS_TEXT_MAX], locale[32], keyboard[64], time_zone[64], product_key[32];
    bool has_wipe_disk;
    uint32_t wipe_disk;
    char answers[WINDOWS_PATH_MAX]; /* a file of the image's folder */
    char drivers[WINDOWS_PATH_MAX]; /* a folder in it */
};

/* Read the map; a fault is told by line and sentence. */
void windows_keys_read(const struct yaml_node *map, struct windows_recipe *out,
                       void (*fault)(void *context, const struct yaml_node *node, const char *text),
                       void *context);

/* Append the map as windows_keys_read() takes it back, without the password: who shows a recipe
 * shows it to anybody. Nothing when it says nothing. */
void windows_keys_write(const struct windows_recipe *windows, struct text *out);

/* What is recognised. */
struct windows_media {
    char wim[WINDOWS_PATH_MAX]; /* the WIM that is booted, a path in the source */
    char title[WINDOWS_TEXT_MAX];
    uint32_t arches; /* arch_bit() of what can boot it */
    uint32_t memory_mib;
    struct windows_recipe facts; /* index, arch, version, is_setup */
};

/* Look for Windows media. 0: found. -ENOENT: it is none, `why` is empty, or has a sentence when it
 * is one that cannot be booted. -ENOMEM. */
must_check int windows_recognise(const struct image_source *source, struct windows_media *out,
                                 struct text *why);

/* The same for a WIM that is known: what is in it, without looking for others. */
must_check int windows_look(const struct image_source *source, const char *path,
                            struct windows_media *out, struct text *why);

#endif
