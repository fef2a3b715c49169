/* A container as a row of bytes that can be read: a whole file of the source, or a file inside it
 * (which may lie there in several pieces). Parsers read small things in any order; the source is
 * asked for larger pieces, a few of which are kept. */
#ifndef IMAGE_VIEW_H
#define IMAGE_VIEW_H

#include "base/checked.h"

#include "image/index_builder.h"
#include "image/source.h"

#define VIEW_RUNS_MAX 4096 /* pieces of a container within the container */

struct view;

/* The whole file `path` of the source, both of which must outlive the view. NULL when memory is
 * out. A file that cannot be read is one of 0 bytes, and view_is_unreadable(). */
struct view *view_open(const struct image_source *source, const char *path);

/* A file inside another view's file, by its extents there (of the outermost file, as an index has
 * them). NULL when memory is out or there are more extents than VIEW_RUNS_MAX. */
struct view *view_new_inside(const struct view *outer, const struct image_extent *extents,
                             size_t count);
void view_free(struct view *view);

uint64_t view_size(const struct view *view);

/* Exactly `len` bytes at `offset`. False when it is shorter, which view_needed() then tells of, or
 * the source cannot read it. */
must_check bool view_read(struct view *view, uint64_t offset, void *data, size_t len);

/* Add these bytes to the file that the builder was given last. When a file inside has not got them,
 * the builder's file is dropped; when the whole one has not, the builder remembers. */
must_check bool view_add_extent(struct view *view, struct index_builder *b, uint64_t offset,
                                uint64_t length);

/* How long it would have to be for all that was asked of it; 0 when nothing lay behind its end. */
uint64_t view_needed(const struct view *view);

/* The source failed at bytes that it should have. */
bool view_is_unreadable(const struct view *view);

/* Bytes that were read from the source for it. */
uint64_t view_bytes_read(const struct view *view);

#endif
