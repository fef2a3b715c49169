/* ISO 9660 (ECMA-119): which volumes a disc has, and what is in them. */
#ifndef IMAGE_ISO9660_H
#define IMAGE_ISO9660_H

#include "image/index_builder.h"
#include "image/tree_flaw.h"
#include "image/view.h"

#define ISO_LABEL_MAX 132

/* Where a folder's records lie. */
struct iso_folder {
    uint32_t extent, length;
};

struct iso_label {
    uint8_t data[ISO_LABEL_MAX];
    size_t len;
};

/* What the volume descriptors say. */
struct iso_volumes {
    bool has_primary, has_joliet;
    bool has_enhanced;   /* ISO 9660:1999: names need not be upper case */
    bool has_rock_ridge; /* its top folder says so */
    bool has_udf;        /* a UDF volume is on the disc as well */
    bool has_catalog;    /* of El Torito */
    uint32_t block_bytes;
    uint64_t bytes; /* that the primary volume says it has */
    struct iso_folder primary, joliet;
    uint32_t catalog;  /* logical block */
    uint8_t susp_skip; /* see rock_ridge.h */
    struct iso_label label, system;
};

/* Read the volume descriptors. TREE_ABSENT when it is neither ISO 9660 nor UDF. */
enum tree_flaw iso9660_probe(struct view *view, struct iso_volumes *ret);

/* Add what is in one of the trees (IMAGE_TREE_ROCK_RIDGE, _JOLIET or _ISO9660) below `parent`. */
enum tree_flaw iso9660_read_tree(struct view *view, const struct iso_volumes *volumes,
                                 enum image_tree tree, struct index_builder *b, uint32_t parent);

#endif
