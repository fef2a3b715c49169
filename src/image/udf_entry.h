/* The descriptor of one file or folder of a UDF disc (ECMA-167 4/14.9, 4/14.17): what libudfread
 * keeps to itself. */
#ifndef IMAGE_UDF_ENTRY_H
#define IMAGE_UDF_ENTRY_H

#include "base/checked.h"
#include "base/span.h"

#define UDF_SECTOR 2048

enum udf_kind {
    UDF_FOLDER = 4,
    UDF_FILE = 5,
    UDF_LINK = 12,
};

struct udf_entry {
    uint8_t kind; /* enum udf_kind, or another */
    int64_t modified_s;
    bool is_inside;  /* its bytes lie in the descriptor itself */
    uint32_t inside; /* where they begin there */
    uint64_t length;
    unsigned pieces; /* that its bytes lie in, when they are elsewhere */
};

/* Decode the sector that has it. False when it is no such descriptor. */
bool udf_entry_decode(struct span sector, struct udf_entry *ret);

#endif
