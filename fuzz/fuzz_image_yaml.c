/* An image.yaml of any bytes: what is taken is written as a text that is taken back and is written
 * the same; every path in it is safe; what is refused is refused with a sentence. */
#include <assert.h>
#include <errno.h>

#include "image/recipe.h"
#include "model/safe_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *path)
{
    struct safe_path safe;
    assert(safe_path_parse(span_text(path), &safe) == PATH_SOUND);
    assert(span_is(safe_path_span(&safe), path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char first[32768], second[32768];
    struct text a = text_over(first, sizeof first), b = text_over(second, sizeof second);
    struct recipe recipe = { 0 }, again = { 0 };
    char why[RECIPE_WHY_MAX] = "";
    int r = recipe_parse(span_of(data, size), &recipe, why);

    if (r < 0) {
        assert(r != -EINVAL || why[0] != 0);
        return 0;
    }
    if (recipe.kernel[0])
        check_path(recipe.kernel);
    assert(recipe.initrd_count <= IMAGE_INITRDS_MAX);
    for (uint8_t i = 0; i < recipe.initrd_count; i++)
        check_path(recipe.initrds[i]);
    recipe_write(&recipe, &a);
    assert(!a.failed);
    assert(recipe_parse(text_span(&a), &again, why) == 0);
    recipe_write(&again, &b);
    assert(span_equals(text_span(&a), text_span(&b)));
    return 0;
}
