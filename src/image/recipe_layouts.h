/* Layouts of images as the tests make them, one or more for each recipe, and what must come out of
 * them. Files are names with their content: a text, or one of the marks below. */
#ifndef IMAGE_RECIPE_LAYOUTS_H
#define IMAGE_RECIPE_LAYOUTS_H

#include <stddef.h>

#define K "\001" /* a Linux kernel for x86 that is an EFI program, too */
#define E "\002" /* an EFI program for x64 */
#define D "\003" /* a disk image */

#define LAYOUT_FILES_MAX   16
#define LAYOUT_ENTRIES_MAX 4

struct layout_file {
    const char *path, *content;
};

struct layout_entry {
    const char *variant, *title, *kernel;
    const char *initrds; /* with blanks between them; "a:/b" for one that has a name inside */
    const char *arguments;
    const char *answers; /* kind and arguments: "preseed url=x"; NULL = none */
    const char *arches;  /* with blanks between them; NULL = bios-x86 efi-x64 */
};

struct layout {
    const char *name, *recipe; /* the recipe that must match */
    struct layout_file files[LAYOUT_FILES_MAX];
    struct layout_entry entries[LAYOUT_ENTRIES_MAX]; /* empty: it must be refused */
    const char *container, *label, *file, *path;     /* of the source; NULL = none */
    const char *suggested;                           /* image name; NULL = not looked at */
};

extern const struct layout layouts[];
extern const size_t layout_count;

#endif
