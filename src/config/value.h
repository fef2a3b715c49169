/* Single values of the configuration: text to field and back, by the type in the schema's row. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"

#include "config/schema.h"
#include "model/subnet.h"

enum value_verdict {
    VALUE_SOUND,
    VALUE_WRONG,     /* not of the type, or out of bounds */
    VALUE_NO_MEMORY, /* the arena is used up */
};

/* Read `text` into the field of `key` inside `base`, the struct of its scope. `hint` gets a phrase
 * when more can be said than what the type expects. The field is untouched unless VALUE_SOUND. */
enum value_verdict value_parse(const struct schema_key *key, struct span text, void *base,
                               struct arena *arena, struct text *hint);

/* Append the field's value as it would be written; false (and nothing) when it is not set. */
bool value_print(const struct schema_key *key, const void *base, struct text *out);

/* "192.168.50.100-192.168.50.199", or one address. */
bool value_parse_range(struct span text, struct ipv4_range *ret_range);

bool value_is_path(struct span text);      /* absolute, one line */
bool value_is_interface(struct span text); /* what the kernel takes as a name */
bool value_is_boot_name(struct span text); /* [a-z0-9._-]+, not beginning with a dot */
/* The area's bit (enum config_area); 0 when there is none of that name. */
uint8_t value_parse_area(struct span text);
/* "images", or NULL when `bit` is none of them. */
const char *value_area_name(uint8_t bit);
/* A DNS name, also with "*" in front, or an IPv4 or IPv6 address. */
bool value_is_dns_name(struct span text);

/* "http://" or "https://" and a host, in printable ASCII, without a user or a fragment. */
bool value_is_hook_url(struct span text);

bool value_is_one_line(struct span text); /* no control characters */

/* Append a text as a double-quoted YAML value. */
void value_add_quoted(struct text *out, struct span text);

#endif
