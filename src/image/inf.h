/* Setup information files of Windows drivers (.inf): which devices they are for, and which files
 * belong to them. Microsoft, "INF File Sections and Directives". The file is hostile: sections,
 * lines and walks are bounded, and nothing in it can lead to itself for ever. */
#ifndef IMAGE_INF_H
#define IMAGE_INF_H

#include "base/checked.h"
#include "base/span.h"

#include "model/pci.h"

#define INF_BYTES_MAX (UINT32_C(4) << 20)
#define INF_PATH_MAX  192

enum inf_flaw {
    INF_SOUND,
    INF_TOO_LARGE, /* more than INF_BYTES_MAX, or more lines than any driver needs */
    INF_TEXT,      /* neither UTF-16 nor 8-bit text */
    INF_SIGNATURE, /* [Version] has no Signature of Windows */
    INF_FLAWS,
};

/* Which Windows the driver is for: its models are chosen by this. */
struct inf_target {
    uint32_t arch; /* WIM_ARCH_* */
    uint32_t major, minor, build;
};

/* What [Version] says. Texts are cut where too long, "" = not said. */
struct inf_facts {
    char class_name[32]; /* "Net", "SCSIAdapter" */
    char provider[64];
    char date[16];    /* "10/18/2023" */
    char version[32]; /* "12.19.2.55" */
    uint32_t day;     /* the date as 20231018; 0 = not understood */
    uint64_t rank;    /* the version as a number that compares */
};

struct inf;

/* Read a file. 0, -ENOMEM, or -EBADMSG with *ret_flaw. */
must_check int inf_read(struct span bytes, struct inf **ret_inf, enum inf_flaw *ret_flaw);

void inf_describe(const struct inf *inf, struct inf_facts *out);

/* Call `visit` for each PCI device it has a driver for on this Windows. A non-zero return ends it.
 */
void inf_each_device(const struct inf *inf, const struct inf_target *target,
                     int (*visit)(void *context, const struct pci_pattern *pattern), void *context);

/* Call `visit` for each file that must lie beside the .inf for those devices, as a path from its
 * folder with "/" between the parts; one may come more than once. A non-zero return ends it. Names
 * that are no safe paths are passed over. 0 or -ENOMEM. */
must_check int inf_each_file(const struct inf *inf, const struct inf_target *target,
                             int (*visit)(void *context, const char *path), void *context);

void inf_free(struct inf *inf);

/* "is no driver: ...", follows the file's name. */
const char *inf_flaw_text(enum inf_flaw flaw);

#endif
