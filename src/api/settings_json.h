/* Changes of settings read from JSON. Apart from the routes because the JSON library's names and
 * those of base/json_write.h collide. */
#ifndef API_SETTINGS_JSON_H
#define API_SETTINGS_JSON_H

#include "api/backend.h"

/* Read {"changes": [{"path", "value"}], "preview", "digest"} into *ret; values become YAML, null an
 * empty one. All of it lives in the arena. False with a sentence. */
bool settings_from_json(struct span json, struct arena *arena, struct api_settings_changes *ret,
                        char sentence[API_SENTENCE_MAX]);

#define API_IMAGE_KEYS 6

/* Read changes of an image.yaml, {"title": TEXT, "hidden": true, ...}; null becomes an empty value.
 * False with a sentence. */
bool image_change_from_json(struct span json, struct arena *arena,
                            struct api_setting_change rows[API_IMAGE_KEYS], size_t *ret_count,
                            char sentence[API_SENTENCE_MAX]);

struct api_template_wish {
    struct span text;
    const char *mac, *image; /* "" = not said */
};

/* Read {"text", "mac", "image"}; all of it lives in the arena. False with a sentence. */
bool template_from_json(struct span json, struct arena *arena, struct api_template_wish *ret,
                        char sentence[API_SENTENCE_MAX]);

#endif
