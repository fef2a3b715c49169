/* The rows of schema.def as a table: what each key is called, how its value is read and written,
 * where it goes, and its text for the manual. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "base/span.h"
#include "base/text.h"

/* The maps a key may stand in; each has a struct of its own. */
enum schema_scope {
    SCOPE_TOP,       /* struct config */
    SCOPE_INTERFACE, /* struct config_interface */
    SCOPE_SUBNET,    /* struct subnet */
    SCOPE_HOST,      /* struct host */
    SCOPE_GROUP,     /* struct host_group */
    SCOPE_WEBHOOK,   /* struct config_webhook */
};

enum schema_type {
    /* single values */
    TYPE_BOOL,
    TYPE_U16,
    TYPE_U32,
    TYPE_DURATION,
    TYPE_CHARS,  /* char[]: any text on one line */
    TYPE_PATH,   /* char[]: absolute path */
    TYPE_USER,   /* char[]: user name, may be empty */
    TYPE_WORD,   /* char[]: interface name */
    TYPE_DOMAIN, /* char[]: domain name */
    TYPE_BOOT,   /* char[]: name of something to boot */
    TYPE_MODE,
    TYPE_INTERFACE_MODE,
    TYPE_IPV4,
    TYPE_PREFIX,
    TYPE_ENDPOINT, /* struct endpoint */
    TYPE_ADMIN_TLS,
    TYPE_MATCH_MAC, /* into struct host_match, and its has_ flag */
    TYPE_MATCH_UUID,
    TYPE_MATCH_ARCH,
    TYPE_MATCH_SUBNET,
    TYPE_STRING,       /* const char *: any text on one line */
    TYPE_HOST_NAME,    /* const char * */
    TYPE_NAME_STRING,  /* const char *: lower-case name */
    TYPE_BOOT_STRING,  /* const char *: name of something to boot */
    TYPE_HTTPS_STRING, /* const char *: "true", "false" or "always" */
    /* lists and maps */
    TYPE_INTERFACES,
    TYPE_PATHS,
    TYPE_CHAINS, /* const char *: names with a space between them */
    TYPE_SUBNETS,
    TYPE_POOLS,
    TYPE_ADDRESSES,
    TYPE_HOSTS,
    TYPE_GROUPS,
    TYPE_VARIABLES,
    TYPE_SECRETS,
    TYPE_UPSTREAMS,
    TYPE_HOST_NAMES,      /* of https.names */
    TYPE_AREAS,           /* into bits */
    TYPE_ADMIN_NAMES,     /* of admin.names */
    TYPE_ADMIN_ADDRESSES, /* of admin.proxy-addresses */
    TYPE_ADMIN_GROUPS,    /* struct config_group_names */
    TYPE_WEBHOOKS,
    TYPE_WEBHOOK_EVENTS,
};

struct schema_key {
    enum schema_scope scope;
    const char *path; /* "tftp.port" */
    enum schema_type type;
    size_t offset, size;
    uint32_t min, max;
    const char *fallback; /* NULL = none */
    const char *unit, *doc;
};

size_t schema_count(void);
const struct schema_key *schema_at(size_t index);

/* The key with this path in this scope, or NULL. */
const struct schema_key *schema_find(enum schema_scope scope, struct span path);

/* Is `name` a section, that is the part before the dot of some key? */
bool schema_has_section(struct span name);

/* The part of a path after its section. */
const char *schema_key_name(const struct schema_key *key);
/* The section of a path; empty when it has none. */
struct span schema_key_section(const struct schema_key *key);

/* What a value of this type looks like: "a port from 1 to 65535", "an IPv4 address, as 192.0.2.1".
 */
void schema_add_expected(struct text *out, const struct schema_key *key);

/* The keys as paragraphs of a manual page in scdoc's form. */
void schema_write_manual(struct text *out);

#endif
