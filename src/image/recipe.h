/* How one image is booted: what image.yaml says, or what was recognised. Plain values with room of
 * their own; the catalog makes a struct image of each entry. */
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

#define RECIPE_ENTRIES_MAX     8
#define RECIPE_VARIANT_MAX     24
#define RECIPE_INITRD_NAME_MAX 64
#define RECIPE_ANSWER_MAX      256
#define RECIPE_NOTES_MAX       400
#define RECIPE_EDIT_MAX        128
#define RECIPE_SLIM_MAX        64

/* One entry of the menu. */
struct recipe {
    char variant[RECIPE_VARIANT_MAX]; /* "" = the image's own name, else it is <name>.<variant> */
    char title[128];
    char group[64];
    bool has_kind;
    enum image_kind kind;
    uint32_t arches;
    char kernel[RECIPE_PATH_MAX]; /* kernel, EFI program, disk image or WIM */
    bool has_initrds;
    char initrds[IMAGE_INITRDS_MAX][RECIPE_PATH_MAX];
    char initrd_names[IMAGE_INITRDS_MAX][RECIPE_INITRD_NAME_MAX]; /* "/x": see model/image.h */
    uint8_t initrd_count;
    bool has_arguments;
    char arguments[1024];
    enum answer_kind answer_kind; /* ANSWER_NONE = not said, not known */
    char answer_arguments[RECIPE_ANSWER_MAX];
    bool has_answer_inside;                     /* "" = written: it is fetched by its URL */
    char answer_inside[RECIPE_INITRD_NAME_MAX]; /* "/x": see model/image.h */
    char answer_inside_arguments[RECIPE_ANSWER_MAX];
    char answers[ANSWER_TEMPLATE_NAME_MAX]; /* the template; "" = not said */
    bool has_shim;                          /* "" = written: there is none */
    char shim[RECIPE_PATH_MAX];
    struct {
        char path[RECIPE_PATH_MAX];
        enum image_edit_kind kind;
        char add[RECIPE_EDIT_MAX]; /* a template */
    } edits[IMAGE_EDITS_MAX];      /* not in image.yaml */
    uint8_t edit_count;
    char slim[IMAGE_SLIM_MAX][RECIPE_SLIM_MAX]; /* what ${slim} holds of the container */
    uint8_t slim_count;
    uint32_t memory_mib;
    int32_t order;
    bool is_untested;
    bool is_hidden;                /* not on the menu, but assigned to machines all the same */
    bool is_alone;                 /* image.yaml: no further entries */
    struct windows_recipe windows; /* IMAGE_WIM */
};

/* All entries of one image, the first of which has the image's name. */
struct recipe_set {
    struct recipe entries[RECIPE_ENTRIES_MAX];
    uint8_t count;
    char family[48];              /* the recipe that matched; "" = none */
    char suggested[64];           /* for a name, before it is made one; "" = none */
    char signed_by[64];           /* whose signature the kernel has; "" = not said */
    char notes[RECIPE_NOTES_MAX]; /* for people; "" = none */
};

struct recipe_book;
struct family_trail;

/* Read image.yaml into *recipe; what it does not say stays unset (empty, zero, has_ false). 0, or
 * -EINVAL with all faults as one sentence in `why` ("line 3: ..."), or -ENOMEM. */
must_check int recipe_parse(struct span yaml, struct recipe *recipe, char why[RECIPE_WHY_MAX]);

/* Append the recipe as an image.yaml that recipe_parse() takes back. */
void recipe_write(const struct recipe *recipe, struct text *out);

/* "linux", "efi", "disk", as in image.yaml. */
must_check bool recipe_parse_kind(struct span name, enum image_kind *ret_kind);
const char *recipe_kind_name(enum image_kind kind);

/* What the source's image.yaml says; *recipe is empty when there is none. 0, or a negative errno
 * and a sentence. */
must_check int recipe_read_written(const struct image_source *source, struct recipe *recipe,
                                   char why[RECIPE_WHY_MAX]);

/* The whole way: image.yaml where there is one, recognition for what it leaves unsaid, and a look
 * whether every file named is there. `trail` may be NULL; `name` is the fallback title. 0 and
 * entries ready to boot, or a negative errno and a sentence. */
must_check int recipe_load(const struct image_source *source, const struct recipe_book *book,
                           const struct family_trail *trail, const char *name,
                           struct recipe_set *set, char why[RECIPE_WHY_MAX]);

/* May an image be called so: [a-z0-9._-]+, at most 63, not beginning with "." or "-", and none of
 * the words menu, local, shell. */
bool recipe_is_name(struct span name);

/* May it be the place of a file in an initramfs: "/x", without "..", "." or empty parts? */
bool recipe_is_inside_path(const char *path);

/* A name for the image: as its recipe suggests, else made of its path; set may be NULL. */
void recipe_suggest_name(const struct recipe_set *set, const char *path, struct text *out);

#endif
