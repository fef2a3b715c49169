/* list_container FILE: the index of a container as JSON, for container_peers.py. Exit 1 when it is
 * refused, with the sentence. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "image/container.h"
#include "model/image_index.h"
#include "serve/file_source.h"

/* What the source was asked for, to see that files are not read. */
struct counting {
    struct image_source under;
    uint64_t reads, bytes;
};

static int64_t count_read(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    struct counting *counting = context;
    int64_t n = counting->under.read(counting->under.context, path, offset, data, len);
    counting->reads++;
    counting->bytes += n > 0 ? (uint64_t)n : 0;
    return n;
}

static int64_t count_size(void *context, const char *path)
{
    struct counting *counting = context;
    return counting->under.size(counting->under.context, path);
}

static void print_text(struct span text)
{
    putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            putchar('\\');
        putchar(text.data[i]);
    }
    putchar('"');
}

static void print_index(const struct image_index *index, const struct counting *counting)
{
    static const char *const trees[] = { "none", "udf", "rock ridge", "joliet", "iso9660", "fat" };

    printf("{\"tree\": \"%s\", \"reads\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"volume\": ",
           trees[index->tree], counting->reads, counting->bytes);
    print_text(span_text(index->volume));
    printf(", \"system\": ");
    print_text(span_text(index->system));
    printf(", \"note\": ");
    print_text(span_text(index->note));
    printf(", \"entries\": [");
    for (uint32_t i = 0; i < index->entry_count; i++) {
        const struct image_index_entry *entry = &index->entries[i];
        printf("%s\n{\"path\": ", i > 0 ? "," : "");
        print_text(image_index_path(index, entry));
        printf(", \"folder\": %s, \"size\": %" PRIu64 ", \"modified\": %" PRId64 ", \"extents\": [",
               entry->is_folder ? "true" : "false", entry->size, entry->modified_s);
        for (uint32_t j = 0; j < entry->extent_count; j++) {
            const struct image_extent *extent = &index->extents[entry->extents + j];
            printf("%s[%" PRId64 ", %" PRIu64 "]", j > 0 ? ", " : "", (int64_t)extent->offset,
                   extent->length);
        }
        printf("]}");
    }
    printf("]}\n");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: list_container FILE\n");
        return 2;
    }
    struct file_source file = { .fd = open(argv[1], O_RDONLY | O_CLOEXEC), .name = "" };
    if (file.fd < 0) {
        perror(argv[1]);
        return 2;
    }
    struct counting counting = { .under = file_source_over(&file) };
    const struct image_source source = {
        .read = count_read, .size = count_size, .context = &counting, .file = ""
    };
    struct container container;
    int r = container_read(&source, "", &container);
    if (r < 0) {
        fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));
        return 2;
    }
    struct image_index index;
    int64_t size = source.size(source.context, "");
    if (container.verdict != CONTAINER_SOUND) {
        printf("%s\n", container.why);
    } else if (!image_index_open(span_of(container.block, container.block_len), (uint64_t)size,
                                 &index)) {
        fprintf(stderr, "%s: the index is not sound\n", argv[1]);
        r = 2;
    } else {
        print_index(&index, &counting);
    }
    if (container.verdict != CONTAINER_SOUND)
        r = 1;
    container_done(&container);
    close(file.fd);
    return r;
}
