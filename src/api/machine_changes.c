/* See machine_changes.h. The shape of the object was checked before (api/body_check); what is left
 * are the values, and what goes together. */
#include "api/machine_changes.h"

#include <jansson.h>

#include "model/record.h"

#define NAME_MAX_BYTES 63

static bool is_named_already(const struct machine_changes *c, struct mac mac)
{
    for (size_t i = 0; i < c->count; i++)
        if (mac_equals(c->macs[i], mac))
            return true;
    return false;
}

static bool read_machines(const json_t *list, struct machine_changes *c, struct text *why)
{
    if (json_array_size(list) == 0) {
        text_add(why, "\"machines\" is a list of hardware addresses, and needs at least one.");
        return false;
    }
    if (json_array_size(list) > MACHINES_AT_ONCE_MAX) {
        text_addf(why, "\"machines\" has more than %d entries: send several requests.",
                  MACHINES_AT_ONCE_MAX);
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        struct mac mac;
        if (!text || !mac_parse(span_text(text), &mac) || mac_is_zero(mac)) {
            text_addf(why, "\"machines\" has something at place %zu that is no hardware address.",
                      i + 1);
            return false;
        }
        if (!is_named_already(c, mac))
            c->macs[c->count++] = mac;
    }
    return true;
}

static bool is_refused(uint8_t c, bool in_lines)
{
    return (c < 0x20 || c == 0x7f) && !(in_lines && (c == '\n' || c == '\t'));
}

/* A text that may be absent; NULL then. */
static bool read_text(const json_t *object, const char *key, bool in_lines, struct arena *arena,
                      const char **ret, struct text *why)
{
    const json_t *value = json_object_get(object, key);
    size_t max = in_lines ? MACHINE_NOTE_MAX : NAME_MAX_BYTES;

    if (!value)
        return true;
    struct span s = span_of(json_string_value(value), json_string_length(value));
    if (!json_is_string(value) || s.len > max) {
        text_addf(why, "\"%s\" must be a text of at most %zu bytes.", key, max);
        return false;
    }
    for (size_t i = 0; i < s.len; i++)
        if (is_refused(s.data[i], in_lines)) {
            text_addf(why, "\"%s\" has a control character in it.", key);
            return false;
        }
    char *copy = arena_alloc(arena, s.len + 1);
    if (!copy) {
        text_addf(why, "\"%s\" does not fit into the request's memory.", key);
        return false;
    }
    span_to_text(s, copy, s.len + 1);
    *ret = copy;
    return true;
}

static bool fits_together(const struct machine_changes *c, struct text *why)
{
    bool sets = c->boot || c->next_boot || c->group || c->note;

    if (c->forgets && (sets || c->wakes))
        text_add(why, "\"forget\" stands alone: nothing else can be set of what is forgotten.");
    else if (!sets && !c->wakes && !c->forgets)
        text_add(why, "Say what to change: boot, next_boot, group, note, wake or forget.");
    return !why->len;
}

bool machine_changes_from_json(struct span json, struct arena *arena, struct machine_changes *ret,
                               char sentence[API_SENTENCE_MAX])
{
    struct text why = text_over(sentence, API_SENTENCE_MAX);
    struct machine_changes c = { 0 };
    json_error_t error;
    json_auto_t *root =
        json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);

    if (!read_machines(json_object_get(root, "machines"), &c, &why) ||
        !read_text(root, "boot", false, arena, &c.boot, &why) ||
        !read_text(root, "next_boot", false, arena, &c.next_boot, &why) ||
        !read_text(root, "group", false, arena, &c.group, &why) ||
        !read_text(root, "note", true, arena, &c.note, &why))
        return false;
    c.wakes = json_is_true(json_object_get(root, "wake"));
    c.forgets = json_is_true(json_object_get(root, "forget"));
    c.all_or_none = json_is_true(json_object_get(root, "all"));
    *ret = c;
    return fits_together(&c, &why);
}
