/* See fetch_list.h. */
#include "cli/fetch_list.h"

enum packing {
    PLAIN,
    TAR_GZ,
};

const struct fetch_asset fetch_assets[FETCH_ASSETS] = {
#define ASSET(id, base_, file_, packing)                                                           \
    [FETCH_##id] = { .base = base_, .file = file_, .is_archive = packing == TAR_GZ },
#define DIGEST(...)
#define ITEM(...)
#include "cli/fetch_list.def"
#undef ASSET
#undef DIGEST
};

static const struct fetch_digest digests[] = {
#define ASSET(...)
#define DIGEST(id, size_, sha256_, note_)                                                          \
    { .asset = FETCH_##id, .size = size_, .sha256 = sha256_, .note = note_ },
#include "cli/fetch_list.def"
#undef DIGEST
#undef ITEM
};

const struct fetch_item fetch_items[] = {
#define DIGEST(...)
#define ITEM(group_, id, member_, sha256_, target_)                                                \
    { .group = group_,                                                                             \
      .asset = FETCH_##id,                                                                         \
      .member = member_,                                                                           \
      .sha256 = sha256_,                                                                           \
      .target = target_ },
#include "cli/fetch_list.def"
#undef ASSET
#undef DIGEST
#undef ITEM
};

const size_t fetch_item_count = sizeof fetch_items / sizeof fetch_items[0];

bool fetch_is_group(const char *name)
{
    for (size_t i = 0; i < fetch_item_count; i++)
        if (strcmp(fetch_items[i].group, name) == 0)
            return true;
    return false;
}

const struct fetch_digest *fetch_find_digest(enum fetch_asset_id asset, const char *sha256)
{
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
        if (digests[i].asset == asset && strcmp(digests[i].sha256, sha256) == 0)
            return &digests[i];
    return NULL;
}

uint64_t fetch_size_of(enum fetch_asset_id asset)
{
    uint64_t size = 0;
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++)
        if (digests[i].asset == asset && digests[i].size > size)
            size = digests[i].size;
    return size;
}

bool fetch_read_digest(const char *text, char out[FETCH_DIGEST_TEXT + 1])
{
    char digits[FETCH_DIGEST_TEXT + 1] = "";

    if (strlen(text) != FETCH_DIGEST_TEXT)
        return false;
    for (size_t i = 0; i < FETCH_DIGEST_TEXT; i++) {
        uint8_t c = ascii_lower((uint8_t)text[i]);
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        digits[i] = (char)c;
    }
    memcpy(out, digits, sizeof digits);
    return true;
}
