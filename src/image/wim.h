/* A WIM container (.wim, .esd, .swm): its header, and whether what it points to lies within the
 * file. Layout as in Microsoft's "Windows Imaging File Format (WIM)" of 2007 and, for what came
 * later (solid resources, LZMS), in wimlib's include/wimlib/header.h and resource.h. */
#ifndef IMAGE_WIM_H
#define IMAGE_WIM_H

#include "base/checked.h"

#include "image/source.h"

#define WIM_SHA1_BYTES 20
#define WIM_IMAGES_MAX 128 /* a medium with every edition of Windows has a dozen */

/* What is wrong with the file, or with what was looked for in it. */
enum wim_flaw {
    WIM_SOUND,
    WIM_UNREADABLE, /* no such file, or the disk failed */
    WIM_NOT_WIM,    /* does not begin with the mark */
    WIM_PIPABLE,    /* wimlib's own variant, which nothing else reads */
    WIM_HEADER,     /* the header is cut, or its numbers contradict each other */
    WIM_UNFINISHED, /* its maker did not finish it */
    WIM_OUTSIDE,    /* a part of it lies behind its end: mostly a cut download */
    WIM_TOO_MANY,   /* more images than WIM_IMAGES_MAX */
    WIM_PACKING,    /* packed in a way, or in blocks of a size, that is not known */
    WIM_BLOCKS,     /* the table of a resource's blocks is senseless */
    WIM_DATA,       /* a block does not unpack */
    WIM_DIGEST,     /* a file in it is not the one whose digest it gives */
    WIM_TEXT,       /* its description is no XML, or not about images */
    WIM_TREE,       /* its table of names is broken */
    WIM_NO_IMAGE,   /* has no image of that number */
    WIM_NO_FILE,    /* has no file of that name */
    WIM_TOO_LARGE,  /* the file in it is larger than was asked for */
    WIM_OTHER_PART, /* what was looked for lies in another part of a split WIM */
    WIM_FLAWS,
};

enum wim_packing {
    WIM_STORED,
    WIM_XPRESS,
    WIM_LZX,
    WIM_LZMS,
};

/* A run of bytes of the file, packed or not. */
struct wim_resource_header {
    uint64_t size;   /* in the file */
    uint64_t offset; /* in the file */
    uint64_t original_size;
    uint8_t flags; /* WIM_RESOURCE_* */
};

#define WIM_RESOURCE_METADATA 0x02
#define WIM_RESOURCE_PACKED   0x04
#define WIM_RESOURCE_SPANNED  0x08
#define WIM_RESOURCE_SOLID    0x10

struct wim {
    const struct image_source *source;
    const char *path; /* in the source */
    uint64_t file_size;
    enum wim_flaw flaw; /* of the last call that returned -EBADMSG */
    uint32_t version, flags, chunk_size;
    uint16_t part, parts; /* from 1 */
    uint32_t image_count;
    uint32_t boot_index; /* the image a boot starts, from 1; 0 = none is marked */
    enum wim_packing packing;
    struct wim_resource_header blobs, xml;
};

/* Read the header. `source` and `path` must outlive *out. 0, or -EBADMSG with out->flaw. */
must_check int wim_open(const struct image_source *source, const char *path, struct wim *out);

/* Keep the flaw and return -EBADMSG. */
int wim_refuse(struct wim *wim, enum wim_flaw flaw);

/* Decode the 24 bytes of a resource header, and say whether it lies within the file. */
bool wim_resource_header_decode(struct span bytes, uint64_t file_size,
                                struct wim_resource_header *out);

/* Does it begin like a WIM, of any variant? */
bool wim_is(const struct image_source *source, const char *path);

/* "a part of it lies behind its end: ...", follows the file's name in a sentence. */
const char *wim_flaw_text(enum wim_flaw flaw);

/* "LZX", "solid" is not a packing. */
const char *wim_packing_name(enum wim_packing packing);

#endif
