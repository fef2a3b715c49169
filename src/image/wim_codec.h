/* The decompressors of WIMs: libwim's, and nothing else of that library. For processes without
 * rights only. */
#ifndef IMAGE_WIM_CODEC_H
#define IMAGE_WIM_CODEC_H

#include "base/checked.h"

#include "image/wim.h"

struct wim_codec;

/* For blocks that unpack to at most `block_size` bytes. 0; -ENOTSUP for a packing or size it does
 * not know; -ENOMEM. */
must_check int wim_codec_new(enum wim_packing packing, size_t block_size,
                             struct wim_codec **ret_codec);
void wim_codec_free(struct wim_codec *codec); /* NULL is fine */

/* Unpack one block to exactly `out_len` bytes; false when it is damaged. */
must_check bool wim_codec_unpack(struct wim_codec *codec, struct span packed, uint8_t *out,
                                 size_t out_len);

#endif
