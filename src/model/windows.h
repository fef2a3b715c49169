/* How Windows PE or Windows Setup is started, besides what every image has: what is handed to it
 * and what it does then. Lives in a catalog snapshot; all pointers are into that snapshot's memory.
 */
#ifndef MODEL_WINDOWS_H
#define MODEL_WINDOWS_H

#include <stddef.h>

#include "model/pci.h"

#define WINDOWS_DRIVERS_MAX  512   /* of one image */
#define WINDOWS_PATTERNS_MAX 65536 /* devices they are for, together */
#define WINDOWS_NO_DISK      INT32_MAX

struct windows_driver {
    const char *folder;       /* where its .inf lies, below the image's folder; "" = at its top */
    const char *inf;          /* the file's name */
    const char *const *files; /* the others, each a path from that folder */
    uint16_t file_count;
    const char *class_name, *version; /* for people */
    uint32_t day;                     /* of its release, as 20231018 */
    uint64_t rank;                    /* its version as a number */
};

struct windows_pattern {
    struct pci_pattern pattern;
    uint16_t driver; /* a place in `drivers` */
};

struct windows_start {
    uint32_t index;    /* the WIM's image to boot, 0 = the one that is marked */
    const char *arch;  /* "amd64", "x86", "arm64": as answer files and drivers say it */
    bool is_setup;     /* installation media: it installs, and needs its files by a share */
    const char *share; /* \\server\share with the media's files; "" = none */
    const char *user, *password;
    const char *command; /* what PE runs instead of Setup; "" = nothing */
    const char *edition; /* the name of the image to install, or its number; "" = asked for */
    const char *locale, *keyboard, *time_zone, *product_key; /* "" = asked for */
    int32_t wipe_disk;   /* the number of the disk Setup may erase; WINDOWS_NO_DISK = asks */
    const char *answers; /* the owner's own answer file, a template; "" = made from the above */
    const struct windows_driver *drivers;
    size_t driver_count;
    const struct windows_pattern *patterns;
    size_t pattern_count;
};

#endif
