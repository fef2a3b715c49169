/* See mirror_index.h. */
#include "mirror/mirror_index.h"

#include <errno.h>
#include <stdlib.h>

#define BLOCK_BYTES 4096 /* what a small file takes at least */
#define NONE        UINT32_MAX

struct mirror_index {
    struct mirror_file *rows;
    void *slots;
    struct table table;
    struct list used;
    uint64_t bytes, most;
    uint32_t taken, first_free; /* rows ever used; free ones among them */
};

static struct span key_of(const void *rows, uint32_t row)
{
    const struct mirror_file *files = rows;
    return span_text(files[row].key);
}

int mirror_index_new(uint64_t most, struct hash_key key, struct mirror_index **ret)
{
    struct mirror_index *index = calloc(1, sizeof *index);
    if (!index)
        return -ENOMEM;
    index->rows = calloc(MIRROR_FILES_MAX, sizeof *index->rows);
    index->slots = calloc(1, table_memory(MIRROR_FILES_MAX));
    if (!index->rows || !index->slots) {
        mirror_index_free(index);
        return -ENOMEM;
    }
    table_init(&index->table, index->slots, MIRROR_FILES_MAX, index->rows, key_of, key);
    list_init(&index->used);
    index->most = most;
    index->first_free = NONE;
    *ret = index;
    return 0;
}

void mirror_index_free(struct mirror_index *index)
{
    if (!index)
        return;
    for (uint32_t i = 0; index->rows && i < index->taken; i++)
        free(index->rows[i].key);
    free(index->rows);
    free(index->slots);
    free(index);
}

uint64_t mirror_index_room(uint64_t size)
{
    uint64_t room;
    if (!checked_add_u64(size / BLOCK_BYTES * BLOCK_BYTES,
                         (uint64_t)BLOCK_BYTES + MIRROR_HEADER_BYTES, &room))
        return UINT64_MAX;
    return room;
}

struct mirror_file *mirror_index_find(struct mirror_index *index, struct span key)
{
    uint32_t row = table_find(&index->table, key);
    return row == TABLE_NONE ? NULL : &index->rows[row];
}

static struct mirror_file *new_row(struct mirror_index *index, const char *key)
{
    uint32_t row = index->first_free;
    if (row == NONE && index->taken == MIRROR_FILES_MAX)
        return NULL;
    char *copy = strdup(key);
    if (!copy)
        return NULL;
    if (row != NONE)
        index->first_free = index->rows[row].next_free;
    else
        row = index->taken++;
    index->rows[row] = (struct mirror_file){ .key = copy };
    list_init(&index->rows[row].used);
    (void)table_insert(&index->table, row);
    return &index->rows[row];
}

struct mirror_file *mirror_index_put(struct mirror_index *index, const struct mirror_header *header,
                                     int64_t checked_s)
{
    struct mirror_file *file = mirror_index_find(index, span_text(header->key));
    if (file)
        index->bytes -= mirror_index_room(file->size);
    else
        file = new_row(index, header->key);
    if (!file)
        return NULL;
    struct span key = span_text(header->key);
    file->size = header->size;
    file->kind = mirror_kind_of(span_from(key, span_find(key, '/') + 1));
    file->checked_s = checked_s;
    memcpy(file->etag, header->etag, sizeof file->etag);
    memcpy(file->modified, header->modified, sizeof file->modified);
    index->bytes += mirror_index_room(file->size);
    mirror_index_use(index, file);
    return file;
}

void mirror_index_use(struct mirror_index *index, struct mirror_file *file)
{
    list_remove(&file->used);
    list_append(&index->used, &file->used);
}

void mirror_index_drop(struct mirror_index *index, struct mirror_file *file)
{
    uint32_t row = (uint32_t)(file - index->rows);
    index->bytes -= mirror_index_room(file->size);
    list_remove(&file->used);
    (void)table_remove(&index->table, row);
    free(file->key);
    *file = (struct mirror_file){ .next_free = index->first_free };
    list_init(&file->used);
    index->first_free = row;
}

bool mirror_index_could_fit(const struct mirror_index *index, uint64_t more)
{
    return mirror_index_room(more) <= index->most;
}

bool mirror_index_fits(const struct mirror_index *index, uint64_t more)
{
    return index->bytes <= index->most && mirror_index_room(more) <= index->most - index->bytes;
}

struct mirror_file *mirror_index_to_drop(struct mirror_index *index, uint64_t more)
{
    bool is_full = index->taken == MIRROR_FILES_MAX && index->first_free == NONE;
    if (!mirror_index_could_fit(index, more)) /* nothing goes in vain */
        return NULL;
    if ((mirror_index_fits(index, more) && !is_full) || list_is_empty(&index->used))
        return NULL;
    return list_entry(index->used.next, struct mirror_file, used);
}

static struct mirror_file *file_at(const struct mirror_index *index, struct list *link)
{
    return link == &index->used ? NULL : list_entry(link, struct mirror_file, used);
}

struct mirror_file *mirror_index_oldest(const struct mirror_index *index)
{
    return file_at(index, index->used.next);
}

struct mirror_file *mirror_index_next(const struct mirror_index *index,
                                      const struct mirror_file *file)
{
    return file_at(index, file->used.next);
}

uint64_t mirror_index_bytes(const struct mirror_index *index)
{
    return index->bytes;
}

uint32_t mirror_index_count(const struct mirror_index *index)
{
    return index->table.count;
}
