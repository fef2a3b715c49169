/* UDF (ECMA-167, OSTA UDF): what is on such a disc, read by libudfread. */
#ifndef IMAGE_UDF_H
#define IMAGE_UDF_H

#include "image/index_builder.h"
#include "image/iso9660.h"
#include "image/tree_flaw.h"
#include "image/view.h"

/* Add what is on it below `parent`, and tell its label. TREE_ABSENT when it is no UDF disc. */
enum tree_flaw udf_read_tree(struct view *view, struct index_builder *b, uint32_t parent,
                             struct iso_label *label);

#endif
