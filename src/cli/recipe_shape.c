/* See recipe_shape.h. */
#include "cli/recipe_shape.h"

#include "api/shapes.h"

void recipe_shape(struct json_writer *j, const char *name, const struct recipe *recipe,
                  const struct secure_facts *secure)
{
    struct image image = { .name = name,
                           .title = recipe->title,
                           .group = recipe->group,
                           .kind = recipe->kind,
                           .arches = recipe->arches,
                           .kernel = recipe->kernel,
                           .initrd_count = recipe->initrd_count,
                           .shim = recipe->shim,
                           .arguments = recipe->arguments,
                           .answer_kind = recipe->answer_kind,
                           .answer_arguments = recipe->answer_arguments,
                           .answer_inside = recipe->answer_inside[0] ? recipe->answer_inside : NULL,
                           .is_untested = recipe->is_untested,
                           .memory_mib = recipe->memory_mib,
                           .order = recipe->order,
                           .secure = *secure };
    for (size_t i = 0; i < recipe->initrd_count; i++)
        image.initrds[i] = recipe->initrds[i];
    shape_image(j, NULL, &image, NULL);
}
