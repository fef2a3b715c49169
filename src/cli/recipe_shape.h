/* What was recognised, in the shape images have in the API. */
#ifndef CLI_RECIPE_SHAPE_H
#define CLI_RECIPE_SHAPE_H

#include "base/json_write.h"

#include "image/recipe.h"
#include "model/secure.h"

/* A recipe under its name, as an object. */
void recipe_shape(struct json_writer *j, const char *name, const struct recipe *recipe,
                  const struct secure_facts *secure);

#endif
