/* The pinned list of `tugboot loader fetch` (fetch_list.def): only data, nothing is fetched here.
 */
#ifndef CLI_FETCH_LIST_H
#define CLI_FETCH_LIST_H

#include "base/span.h"

#define FETCH_DIGEST_TEXT 64

enum fetch_asset_id {
#define ASSET(id, ...) FETCH_##id,
#define DIGEST(...)
#define ITEM(...)
#include "cli/fetch_list.def"
#undef ASSET
#undef DIGEST
#undef ITEM
    FETCH_ASSETS,
};

struct fetch_asset {
    const char *base, *file; /* the address is both, one after the other */
    bool is_archive;         /* tar.gz */
};

struct fetch_digest {
    enum fetch_asset_id asset;
    uint64_t size; /* 0 = not known */
    const char *sha256;
    const char *note;
};

struct fetch_item {
    const char *group;
    enum fetch_asset_id asset;
    const char *member; /* "" = the asset itself */
    const char *sha256; /* of the member, "" = not known */
    const char *target; /* below the loader folder */
};

extern const struct fetch_asset fetch_assets[FETCH_ASSETS];
extern const struct fetch_item fetch_items[];
extern const size_t fetch_item_count;

bool fetch_is_group(const char *name);

/* The digest row of an asset that has this SHA-256 (lower-case hex); NULL when it is not pinned. */
const struct fetch_digest *fetch_find_digest(enum fetch_asset_id asset, const char *sha256);

/* The largest size pinned for it; 0 when none is. */
uint64_t fetch_size_of(enum fetch_asset_id asset);

/* 64 digits as lower case into `out`; false on anything else. */
bool fetch_read_digest(const char *text, char out[FETCH_DIGEST_TEXT + 1]);

#endif
