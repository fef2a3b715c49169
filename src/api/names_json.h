/* A list of names read from JSON. Apart from the routes because the JSON library's names and those
 * of base/json_write.h collide. */
#ifndef API_NAMES_JSON_H
#define API_NAMES_JSON_H

#include "api/backend.h"

/* The texts of the list under `key`, at most `max`; the texts go to the arena. On false, `sentence`
 * says what to change. */
bool names_from_json(struct span json, const char *key, struct arena *arena, const char **names,
                     size_t max, size_t *ret_count, char sentence[API_SENTENCE_MAX]);

#endif
