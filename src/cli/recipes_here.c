/* See recipes_here.h. */
#include "cli/recipes_here.h"

#include "serve/recipe_folder.h"

static void tell_fault(void *context, const char *file, const char *sentence)
{
    char data[1024];
    struct text t = text_over(data, sizeof data);
    (void)context;
    text_add_escaped(&t, span_text(file));
    text_add(&t, " is not used: ");
    text_add_escaped(&t, span_text(sentence));
    complain("the recipe %s", data);
}

enum exit_code recipes_here(const struct config *config, struct recipe_book **ret_book)
{
    const struct yaml_folder_faults faults = { .add = tell_fault };
    if (recipe_folder_load(config, &faults, ret_book) == 0)
        return EXIT_OK;
    complain("out of memory");
    return EXIT_FAILED;
}
