/* A machine the owner has named, and how to know it again. */
#ifndef MODEL_HOST_H
#define MODEL_HOST_H

#include "base/arena.h"
#include "base/checked.h"

#include "model/addr.h"
#include "model/arch.h"
#include "model/mac.h"
#include "model/secret.h"
#include "model/uuid.h"

#define HOST_NAME_MAX      64
#define HOST_VARIABLES_MAX 16

struct host_variable {
    const char *name, *value;
};

/* What identifies a machine; every field that is set must agree. */
struct host_match {
    bool has_mac, has_uuid, has_arch, has_subnet;
    struct mac mac;
    struct uuid uuid;
    enum arch arch;
    struct ipv4_prefix subnet;
    const char *serial, *asset, *vendor; /* NULL = any; vendor: prefix of manufacturer or class */
};

/* NULL or "" means: not said here, ask the group, then the defaults. */
struct host {
    const char *name;
    struct host_match match;
    struct ipv4 address;   /* reservation; none = from the pool */
    const char *boot;      /* an image's name, "menu" or "local" */
    const char *next_boot; /* the same for one boot only */
    const char *loader; /* the one chain it gets: "undionly", "ipxe", "snponly-shim", "grub", ... */
    const char *chains; /* chains in the order to be tried, separated by spaces */
    const char *https;  /* https:// addresses: "true", "false" or "always" (boot/reach.h) */
    const char *arguments; /* kernel arguments added for this host, a template */
    const char *answers;   /* the answer file's template: "web", "web.preseed" or "default" */
    const char *group;
    const char *note;      /* about the machine: kept by its hardware address (model/record.h) */
    uint32_t disk_max_mib; /* the largest boot disk made for it; 0 = not said here */
    struct host_variable variables[HOST_VARIABLES_MAX];
    uint8_t variable_count;
    struct named_secret secrets[SECRETS_MAX]; /* of the configuration file */
    uint8_t secret_count;
    bool from_file; /* stands in the configuration file: read-only for commands */
};

/* A named set of settings hosts inherit; groups may have a parent. */
struct host_group {
    const char *name, *parent;
    struct host_match match; /* machines that belong by themselves; all unset = none */
    const char *boot, *loader, *chains, *https, *arguments, *answers;
    uint32_t disk_max_mib;
    struct host_variable variables[HOST_VARIABLES_MAX];
    uint8_t variable_count;
    struct named_secret secrets[SECRETS_MAX];
    uint8_t secret_count;
    bool from_file; /* stands in the configuration file: read-only for commands */
};

/* A secret that was set by command, for a host of either kind. */
struct host_secret {
    const char *host;
    struct named_secret secret;
};

/* A copy whose texts, those of secrets too, lie in the arena. False when it is used up; *to is of
 * no use then. */
must_check bool host_copy(struct arena *arena, const struct host *from, struct host *to);
must_check bool host_group_copy(struct arena *arena, const struct host_group *from,
                                struct host_group *to);

/* How much of an arena the texts take, at most. */
size_t host_copy_room(const struct host *host);
size_t host_group_copy_room(const struct host_group *group);

#endif
