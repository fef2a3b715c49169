/* The recipes that are known to this site: ours, and those in the user's folder. */
#ifndef SERVE_RECIPE_FOLDER_H
#define SERVE_RECIPE_FOLDER_H

#include "config/config.h"
#include "image/recipe_book.h"
#include "serve/yaml_folder.h"

/* The folder of the user's recipes: as configured, else recipes in the state folder. */
void recipe_folder_path(const struct config *config, char out[CONFIG_PATH_MAX]);

/* All recipes. Files of the user's that are no sound recipes are told to `faults` and left out; a
 * missing folder is an empty one. 0 or -ENOMEM. Blocks on the disk. */
must_check int recipe_folder_load(const struct config *config,
                                  const struct yaml_folder_faults *faults,
                                  struct recipe_book **ret_book);

/* The same for who needs them again and again: they are read anew only when the folder is another,
 * has changed, or had a fault to tell. */
struct recipe_shelf;

/* 0 or -ENOMEM. */
must_check int recipe_shelf_new(struct recipe_shelf **ret_shelf);
void recipe_shelf_free(struct recipe_shelf *shelf);
/* The shelf's own book, good until the next call. Else as recipe_folder_load(). */
must_check int recipe_shelf_load(struct recipe_shelf *shelf, const struct config *config,
                                 const struct yaml_folder_faults *faults,
                                 const struct recipe_book **ret_book);

#endif
