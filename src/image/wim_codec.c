/* See wim_codec.h. libwim.a is linked, and its decompressors ask for memory by the four names at
 * the end of this file. As long as they are defined here, in the file that asks for the
 * decompressors, the linker takes nothing but those out of the archive: the library's own way to
 * memory would bring its XML, NTFS and FUSE along, which cost an idle daemon megabytes. */
#include "image/wim_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <wimlib.h>

struct wim_codec {
    struct wimlib_decompressor *unpacker;
};

int wim_codec_new(enum wim_packing packing, size_t block_size, struct wim_codec **ret_codec)
{
    static const enum wimlib_compression_type types[] = {
        [WIM_STORED] = WIMLIB_COMPRESSION_TYPE_NONE,
        [WIM_XPRESS] = WIMLIB_COMPRESSION_TYPE_XPRESS,
        [WIM_LZX] = WIMLIB_COMPRESSION_TYPE_LZX,
        [WIM_LZMS] = WIMLIB_COMPRESSION_TYPE_LZMS,
    };
    struct wim_codec *codec = malloc(sizeof *codec);

    if (!codec)
        return -ENOMEM;
    int failed = wimlib_create_decompressor(types[packing], block_size, &codec->unpacker);
    if (!failed) {
        *ret_codec = codec;
        return 0;
    }
    free(codec);
    return failed == WIMLIB_ERR_NOMEM ? -ENOMEM : -ENOTSUP;
}

void wim_codec_free(struct wim_codec *codec)
{
    if (!codec)
        return;
    wimlib_free_decompressor(codec->unpacker);
    free(codec);
}

bool wim_codec_unpack(struct wim_codec *codec, struct span packed, uint8_t *out, size_t out_len)
{
    return wimlib_decompress(packed.data, packed.len, out, out_len, codec->unpacker) == 0;
}

/* libwim declares them in no header that is installed. */
void *wimlib_malloc(size_t size);
void wimlib_free_memory(void *memory);
void *wimlib_aligned_malloc(size_t size, size_t alignment);
void wimlib_aligned_free(void *memory);

void *wimlib_malloc(size_t size)
{
    return malloc(size);
}

void wimlib_free_memory(void *memory)
{
    free(memory);
}

void *wimlib_aligned_malloc(size_t size, size_t alignment)
{
    void *memory = NULL;
    return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}

void wimlib_aligned_free(void *memory)
{
    free(memory);
}
