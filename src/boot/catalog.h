/* Everything on offer at one moment: images, hosts, groups, loaders, menu settings. Immutable once
 * built; the shell builds a new one when a folder, a host or the configuration changes and swaps it
 * whole. All pointers lie in memory the snapshot's owner frees at once. */
#ifndef BOOT_CATALOG_H
#define BOOT_CATALOG_H

#include "model/client.h"
#include "model/host.h"
#include "model/image.h"
#include "model/installed.h"
#include "model/record.h"
#include "model/secure.h"

/* Folders names are resolved in; the shell holds a descriptor for each, by the same index. */
enum root_kind {
    ROOT_LOADERS, /* loader files of a package or of tugboot's own folder */
    ROOT_IMAGES,
    ROOT_FILES, /* `files:`, served as it is at / */
};

struct root {
    enum root_kind kind;
    const char *path; /* absolute, for people */
};

/* A loader file that was found. Which files are looked for is loader.def. */
struct loader {
    const char *set;  /* "ipxe", "snponly", "undionly", "grub", ... */
    const char *file; /* its name on the wire, unique in its folder: "ipxe.efi", "undionly.kpxe" */
    enum arch arch;
    uint16_t root;
    const char *path; /* safe path below the root */
    struct secure_facts secure;
    const char *folder; /* it is asked for below /loaders/<folder>/ only; NULL or "" = flat */
};

struct menu_settings {
    const char *title;
    uint32_t timeout_ms;        /* 0 = wait for ever */
    const char *default_choice; /* an image's name, "local", "shell" or "pick" */
    bool pick;                  /* offer to choose on a phone */
};

/* How large a boot disk may be where no host or group says it. */
struct disk_settings {
    uint32_t size_max_mib; /* one with an image */
    uint32_t menu_max_mib; /* one with all images of the menu */
};

/* Hosts found without looking at each: places in `hosts`. */
struct host_index {
    const uint32_t *by_mac; /* those with a hardware address, by that, then by place */
    size_t by_mac_count;
    const uint32_t *others; /* those without, by place */
    size_t other_count;
};

struct catalog {
    uint64_t generation;
    const struct root *roots;
    uint16_t root_count;
    const struct loader *loaders;
    size_t loader_count;
    const struct image *images; /* in menu order */
    size_t image_count;
    const struct host *hosts;
    size_t host_count;
    const struct host_index *host_index; /* NULL = each is looked at */
    const struct host_group *groups;
    size_t group_count;
    const struct answer_template *templates; /* of answer files; the built-in ones too */
    size_t template_count;
    const struct span *ssh_keys; /* of everybody, from answers/authorized_keys */
    size_t ssh_key_count;
    const struct host_secret *secrets; /* that were set by command */
    size_t secret_count;
    const struct installed *installed;
    size_t installed_count;
    const struct record *records; /* by kind and name */
    size_t record_count;
    struct menu_settings menu;
    struct disk_settings disk;
    const char *chains; /* their order where no host or group says one; NULL = by chain.def */
};

const struct image *catalog_find_image(const struct catalog *c, struct span name);
/* May a host's settings say that it boots this: an image that is there, a word (menu, local, shell,
 * pick), or "" for what else is set? */
bool catalog_takes_boot_word(const struct catalog *c, const char *word);
const struct host *catalog_find_host(const struct catalog *c, const char *name);
const struct host_group *catalog_find_group(const struct catalog *c, const char *name);

/* The loader of that wire name, ASCII case ignored; NULL when it is not here. A bare name does not
 * find the helpers that lie in a set's own folder: they share their names with other programs. */
const struct loader *catalog_find_loader(const struct catalog *c, struct span file);

/* The template of that name and file; NULL when there is none. */
const struct answer_template *catalog_find_template(const struct catalog *c, struct span name,
                                                    const struct answer_file *file);

/* What people wrote about this machine; "" = nothing. */
const char *catalog_find_note(const struct catalog *c, struct mac mac);

/* What this machine's installer last said it was done with; NULL when nothing is known. */
const struct installed *catalog_find_installed(const struct catalog *c, struct mac mac);

/* Has another image the same title? The same installer with other arguments, say. */
bool catalog_has_namesake(const struct catalog *c, const struct image *image);

/* Do they stand under the same heading of the menu? No group and "" are one. */
bool catalog_same_group(const struct image *a, const struct image *b);

/* Is images[i] the first of its group? */
bool catalog_begins_group(const struct catalog *c, size_t i);

/* The loader `file` of a set's own folder; NULL when it is not here. */
const struct loader *catalog_find_in_folder(const struct catalog *c, struct span folder,
                                            struct span file);

/* What the shim in a set's own folder starts next: its chain's second. NULL when there is
 * no such folder, or the helper is not here. */
const struct loader *catalog_second_stage(const struct catalog *c, struct span folder);

/* Can this machine boot that image: architecture, and memory where both are known. `ret_why`, when
 * not NULL, gets a phrase for people on false. */
bool catalog_can_boot(const struct image *image, const struct client *client, const char **ret_why);

#endif
