/* A tree of files in memory, with folders, as recognition of whole media needs it. */
#ifndef IMAGE_TEST_TREE_H
#define IMAGE_TEST_TREE_H

#include <assert.h>
#include <string.h>

#include "image/source.h"

#define TEST_TREE_MAX 32

struct test_tree {
    struct {
        const char *path;
        struct span data;
    } files[TEST_TREE_MAX];
    size_t count;
};

static inline void test_tree_add(struct test_tree *tree, const char *path, struct span data)
{
    assert(tree->count < TEST_TREE_MAX);
    tree->files[tree->count].path = path;
    tree->files[tree->count++].data = data;
}

static inline const struct span *test_tree_find(const struct test_tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->count; i++)
        if (strcmp(tree->files[i].path, path) == 0)
            return &tree->files[i].data;
    return NULL;
}

static inline int64_t test_tree_size(void *context, const char *path)
{
    const struct span *data = test_tree_find(context, path);
    return data ? (int64_t)data->len : -1;
}

static inline int64_t test_tree_read(void *context, const char *path, uint64_t offset, void *out,
                                     size_t len)
{
    const struct span *data = test_tree_find(context, path);
    if (!data)
        return -1;
    struct span part = offset > SIZE_MAX ? (struct span){ 0 } : span_slice(*data, offset, len);
    if (part.len > 0)
        memcpy(out, part.data, part.len);
    return (int64_t)part.len;
}

/* What stands in the folder, each folder once; in the order in which the files were added. */
static inline bool test_tree_list(void *context, const char *folder,
                                  int (*entry)(void *entry_context, const char *name,
                                               bool is_folder),
                                  void *entry_context)
{
    const struct test_tree *tree = context;
    size_t skip = *folder ? strlen(folder) + 1 : 0;
    char last[64] = "", name[64];
    bool any = skip == 0;

    for (size_t i = 0; i < tree->count; i++) {
        const char *path = tree->files[i].path;
        if (skip > 0 && (strncmp(path, folder, skip - 1) != 0 || path[skip - 1] != '/'))
            continue;
        any = true;
        const char *slash = strchr(path + skip, '/');
        size_t len = slash ? (size_t)(slash - path) - skip : strlen(path + skip);
        assert(len < sizeof name);
        memcpy(name, path + skip, len);
        name[len] = 0;
        if (slash && strcmp(name, last) == 0)
            continue;
        memcpy(last, name, sizeof last);
        if (entry(entry_context, name, slash != NULL) != 0)
            break;
    }
    return any;
}

static inline struct image_source test_tree_source(struct test_tree *tree)
{
    return (struct image_source){
        .list = test_tree_list, .read = test_tree_read, .size = test_tree_size, .context = tree
    };
}

#endif
