/* Replays the stories of the folder, or the files, named on the command line: as they are, then
 * with each change in turn not made durable, then with each answer in turn lost, then with ever
 * less memory for a message (style D11). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "story/runner.h"

static char *read_whole(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(STORY_TEXT_MAX + 1) : NULL;

    if (text)
        *ret_len = fread(text, 1, STORY_TEXT_MAX + 1, f);
    if (f)
        (void)fclose(f);
    return text;
}

struct folder {
    char path[512];
    char *texts[4];
    unsigned count;
};

/* Configurations lie beside the story. */
static bool read_config(void *context, struct span name, struct span *ret_text)
{
    struct folder *folder = context;
    char path[1024];
    size_t len = 0;

    if (folder->count == sizeof folder->texts / sizeof folder->texts[0])
        return false;
    (void)snprintf(path, sizeof path, "%s/%.*s", folder->path, (int)name.len,
                   (const char *)name.data);
    char *text = read_whole(path, &len);
    if (!text)
        return false;
    folder->texts[folder->count++] = text;
    *ret_text = span_of(text, len);
    return true;
}

static bool replay(const char *path, struct span text, const struct story_options *options,
                   uint8_t *block, bool quiet, struct story_result *ret_result)
{
    struct folder folder = { .count = 0 };
    struct arena memory = arena_over(block, STORY_MEMORY);
    static char said[65536];
    struct text out = text_over(said, sizeof said);
    const char *slash = strrchr(path, '/');
    struct story_input input = { slash ? slash + 1 : path, text, read_config, &folder };

    (void)snprintf(folder.path, sizeof folder.path, "%.*s", slash ? (int)(slash - path) : 1,
                   slash ? path : ".");
    story_run(&input, options, &memory, &out, ret_result);
    if (!quiet || !ret_result->passed)
        (void)fputs(said, stdout);
    for (unsigned i = 0; i < folder.count; i++)
        free(folder.texts[i]);
    return ret_result->passed;
}

static bool replay_all_ways(const char *path, uint8_t *block, unsigned *runs)
{
    struct story_options options = { 0 };
    struct story_result first, again;
    size_t len = 0;
    char *bytes = read_whole(path, &len);

    if (!bytes) {
        printf("FAIL %s cannot be read\n", path);
        return false;
    }
    struct span text = span_of(bytes, len);
    bool passed = replay(path, text, &options, block, false, &first);
    for (uint32_t n = 1; passed && n <= first.store_operations; n++, ++*runs) {
        options.failing_store_op = n;
        if (!replay(path, text, &options, block, true, &again)) {
            printf("  with store operation %u failing\n", n);
            passed = false;
        }
    }
    options.failing_store_op = 0;
    for (uint32_t n = 1; passed && n <= first.sends; n++, ++*runs) {
        options.failing_send = n;
        if (!replay(path, text, &options, block, true, &again)) {
            printf("  with answer %u lost\n", n);
            passed = false;
        }
    }
    options.failing_send = 0;
    for (size_t scratch = 128; passed && scratch < 40000; scratch += scratch / 2, ++*runs) {
        options.scratch = scratch;
        if (!replay(path, text, &options, block, true, &again)) {
            printf("  with %zu bytes of memory for a message\n", scratch);
            passed = false;
        }
    }
    free(bytes);
    return passed;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_story(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".story") == 0;
}

struct tally {
    unsigned stories, failed, runs;
};

static void replay_one(const char *path, uint8_t *block, struct tally *tally)
{
    tally->stories++;
    tally->failed += !replay_all_ways(path, block, &tally->runs);
}

int main(int argc, char **argv)
{
    uint8_t *block = malloc(STORY_MEMORY);
    struct tally tally = { 0 };

    for (int i = 1; block && i < argc; i++) {
        struct dirent **entries;
        int count = scandir(argv[i], &entries, is_story, by_name);
        if (count < 0) {
            replay_one(argv[i], block, &tally);
            continue;
        }
        for (int k = 0; k < count; k++) {
            char path[1024];
            (void)snprintf(path, sizeof path, "%s/%s", argv[i], entries[k]->d_name);
            replay_one(path, block, &tally);
            free(entries[k]);
        }
        free(entries);
    }
    printf("%u stories, %u of them failed; %u runs with injected failures\n", tally.stories,
           tally.failed, tally.runs);
    free(block);
    return tally.stories == 0 || tally.failed > 0;
}
