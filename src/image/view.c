/* See view.h. Four windows, the one that was not used for the longest time is filled anew: a walk
 * looks at folders, at what continues their records, and at an allocation table by turns. */
#include "image/view.h"

#include <stdlib.h>

#define WINDOWS      4
#define WINDOW_BYTES 65536

/* A piece of the view, and where it lies in the source's file. */
struct run {
    uint64_t at;
    struct image_extent lies;
};

struct window {
    uint64_t at;
    size_t len;
    uint64_t used; /* when */
    uint8_t data[WINDOW_BYTES];
};

struct view {
    const struct image_source *source;
    const char *path;
    bool is_inside;
    uint64_t size;
    struct run *runs;
    size_t run_count;
    struct window *windows;
    uint64_t turn;
    uint64_t needed, bytes_read;
    bool is_unreadable;
};

static struct view *make(const struct image_source *source, const char *path, size_t runs)
{
    struct view *view = calloc(1, sizeof *view);
    if (!view)
        return NULL;
    view->runs = calloc(runs > 0 ? runs : 1, sizeof *view->runs);
    view->windows = calloc(WINDOWS, sizeof *view->windows);
    if (!view->runs || !view->windows) {
        view_free(view);
        return NULL;
    }
    view->source = source;
    view->path = path;
    return view;
}

struct view *view_open(const struct image_source *source, const char *path)
{
    struct view *view = make(source, path, 1);
    if (!view)
        return NULL;
    int64_t size = source->size(source->context, path);
    view->is_unreadable = size < 0;
    view->size = size < 0 ? 0 : (uint64_t)size;
    view->run_count = 1;
    view->runs[0].lies.length = view->size;
    return view;
}

struct view *view_new_inside(const struct view *outer, const struct image_extent *extents,
                             size_t count)
{
    if (count > VIEW_RUNS_MAX)
        return NULL;
    struct view *view = make(outer->source, outer->path, count);
    if (!view)
        return NULL;
    view->is_inside = true;
    view->run_count = count;
    for (size_t i = 0; i < count; i++) {
        view->runs[i] = (struct run){ view->size, extents[i] };
        view->size += extents[i].length;
    }
    return view;
}

void view_free(struct view *view)
{
    if (!view)
        return;
    free(view->windows);
    free(view->runs);
    free(view);
}

uint64_t view_size(const struct view *view)
{
    return view->size;
}

uint64_t view_needed(const struct view *view)
{
    return view->needed;
}

bool view_is_unreadable(const struct view *view)
{
    return view->is_unreadable;
}

uint64_t view_bytes_read(const struct view *view)
{
    return view->bytes_read;
}

/* False, and remembered, when it has not got these bytes. */
static bool holds(struct view *view, uint64_t offset, uint64_t length)
{
    uint64_t end;
    if (!checked_add_u64(offset, length, &end))
        end = UINT64_MAX;
    if (end <= view->size)
        return true;
    view->needed = end > view->needed ? end : view->needed;
    return false;
}

/* The piece that has the byte at `offset`, which is below the size. */
static const struct run *run_of(const struct view *view, uint64_t offset)
{
    size_t first = 0, count = view->run_count;
    while (count > 1) {
        size_t half = count / 2;
        if (view->runs[first + half].at <= offset) {
            first += half;
            count -= half;
        } else {
            count = half;
        }
    }
    return &view->runs[first];
}

/* What is left of that piece from `offset` on, at most `most` bytes. */
static struct image_extent part_of(const struct run *run, uint64_t offset, uint64_t most)
{
    uint64_t skip = offset - run->at, left = run->lies.length - skip;
    return (struct image_extent){
        .offset =
            run->lies.offset == IMAGE_EXTENT_HOLE ? IMAGE_EXTENT_HOLE : run->lies.offset + skip,
        .length = left < most ? left : most,
    };
}

static bool fill(struct view *view, struct window *window, uint64_t offset)
{
    struct image_extent part = part_of(run_of(view, offset), offset, WINDOW_BYTES);
    window->at = offset;
    window->len = 0;
    if (part.offset == IMAGE_EXTENT_HOLE)
        memset(window->data, 0, (size_t)part.length);
    else if (!image_source_read_all(view->source, view->path, part.offset, window->data,
                                    (size_t)part.length)) {
        view->is_unreadable = true;
        return false;
    } else {
        view->bytes_read += part.length;
    }
    window->len = (size_t)part.length;
    return true;
}

/* The window that has the byte at `offset`, or NULL. */
static struct window *window_of(struct view *view, uint64_t offset)
{
    struct window *oldest = &view->windows[0];

    for (size_t i = 0; i < WINDOWS; i++) {
        struct window *window = &view->windows[i];
        if (offset >= window->at && offset - window->at < window->len) {
            window->used = ++view->turn;
            return window;
        }
        if (window->used < oldest->used)
            oldest = window;
    }
    oldest->used = ++view->turn;
    return fill(view, oldest, offset) ? oldest : NULL;
}

bool view_read(struct view *view, uint64_t offset, void *data, size_t len)
{
    struct span to = span_of(data, len);
    size_t done = 0;

    if (!holds(view, offset, len))
        return false;
    while (done < to.len) {
        const struct window *window = window_of(view, offset + done);
        if (!window)
            return false;
        size_t skip = (size_t)(offset + done - window->at);
        size_t portion = min_size(window->len - skip, to.len - done);
        memcpy((uint8_t *)data + done, window->data + skip, portion);
        done += portion;
    }
    return true;
}

bool view_add_extent(struct view *view, struct index_builder *b, uint64_t offset, uint64_t length)
{
    bool works = true;

    if (length == 0)
        return true;
    if (!view->is_inside)
        return index_builder_add_extent(b, offset, length);
    if (!holds(view, offset, length)) {
        index_builder_drop_file(b);
        return true;
    }
    while (length > 0 && works) {
        struct image_extent part = part_of(run_of(view, offset), offset, length);
        works = index_builder_add_extent(b, part.offset, part.length);
        offset += part.length;
        length -= part.length;
    }
    return works;
}
