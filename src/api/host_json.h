/* Hosts read from JSON, with every value checked. Apart from shapes.h because the JSON library's
 * names and those of base/json_write.h collide. */
#ifndef API_HOST_JSON_H
#define API_HOST_JSON_H

#include "api/backend.h"

/* Read a host from JSON text: the form shape_host() writes ("read_only" is passed over). Unknown
 * keys, wrong types and impossible values are refused. `name`: the host's name, which a "name" in
 * the text must agree with; NULL = it must be in the text. Strings go to the arena. On false,
 * `sentence` says what to change. */
bool host_from_json(struct span json, const char *name, struct arena *arena, struct host *ret_host,
                    char sentence[API_SENTENCE_MAX]);

/* The text of a note, {"text": TEXT}: not empty, at most MACHINE_NOTE_MAX bytes, in lines. It goes
 * to the arena. On false, `sentence` says what to change. */
bool note_from_json(struct span json, struct arena *arena, const char **ret_text,
                    char sentence[API_SENTENCE_MAX]);

/* The hardware address and the host ("" = not said) of a reservation, in the form of its shape. On
 * false, `sentence` says what to change. */
bool reservation_from_json(struct span json, struct arena *arena, struct mac *ret_mac,
                           const char **ret_host, char sentence[API_SENTENCE_MAX]);

/* The same for a host, from a merge patch (RFC 7396) applied to `old`, a host as shape_host() wrote
 * it: null takes a setting back. */
bool host_from_patch(struct span old, struct span patch, const char *name, struct arena *arena,
                     struct host *ret_host, char sentence[API_SENTENCE_MAX]);

/* Hand over each object of the list under "hosts", the only key of a JSON object: its name, and its
 * text, which dies with the call. False with a sentence when it is no such JSON, or when `row` was
 * not content, whose sentence stands. */
bool hosts_from_json(struct span json,
                     bool (*row)(void *context, const char *name, struct span json, char *sentence),
                     void *context, char sentence[API_SENTENCE_MAX]);

/* The same for a group, in the form shape_group() writes. */
bool group_from_json(struct span json, const char *name, struct arena *arena,
                     struct host_group *ret_group, char sentence[API_SENTENCE_MAX]);

/* A merge patch applied to an object, both sound JSON; the result, with a NUL behind it, is in the
 * arena. False when it does not fit. */
bool json_merge(struct span old, struct span patch, struct arena *arena, struct span *ret);

/* May it be a host's name: letters, digits, "-", "_" and ".", shorter than HOST_NAME_MAX, not
 * beginning with a dot or dash. */
bool host_name_is_sound(struct span name);

/* May it be a secret's name, and a variable's: letters, digits and underscores, not beginning with
 * a digit, shorter than SECRET_NAME_MAX. */
bool secret_name_is_sound(const char *name);

/* The text under the only key of a JSON object; false on anything else, or when it is longer than
 * cap - 1 bytes. */
bool json_single_text(struct span json, const char *key, char *out, size_t cap);

#endif
