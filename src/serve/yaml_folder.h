/* A folder of the user's YAML files, each read into a book: recipes, families of the catalog. */
#ifndef SERVE_YAML_FOLDER_H
#define SERVE_YAML_FOLDER_H

#include "base/checked.h"

#include "yaml/yaml_tree.h"

/* Who is told, as a sentence with its place, what is wrong with a file: its name, and "line 3,
 * column 5: ...". */
struct yaml_folder_faults {
    void (*add)(void *context, const char *file, const char *sentence);
    void *context;
};

struct yaml_folder {
    const char *path;
    size_t most; /* bytes of a file */
    /* Take a file; `name` is without its ending. 0, -EINVAL with faults told, -ENOBUFS, -ENOMEM. */
    int (*add)(void *book, struct span yaml, const char *name,
               const struct yaml_fault_sink *faults);
    void *book;
    const char *too_large, *too_many; /* sentences */
    const struct yaml_folder_faults *faults;
};

/* Each *.yaml of the folder in the order of names, but hidden ones. What cannot be used is told and
 * left out; a missing folder is an empty one. 0 or -ENOMEM. Blocks on the disk. */
must_check int yaml_folder_read(const struct yaml_folder *folder);

#endif
