/* See check.h. JSON is read by Jansson, which refuses double keys, as Ignition's own reader does.
 */
#include "answers/check.h"

#include <jansson.h>

bool answer_check(const struct answer_file *file, const char *name, struct span text,
                  struct text *why)
{
    json_error_t error;

    if (file->format != ANSWER_FORMAT_JSON)
        return true;
    json_t *root = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        text_addf(why, "%s.%s, as rendered, is not JSON: line %d, column %d: %s", name,
                  file->suffix, error.line, error.column, error.text);
        return false;
    }
    bool is_object = json_is_object(root);
    json_decref(root);
    if (!is_object)
        text_addf(why, "%s.%s, as rendered, is no JSON object", name, file->suffix);
    return is_object;
}
