/* replay: runs stories against the protocol cores. The running is story/runner; here are the files
 * and the verdicts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"

#include "cli/session.h"
#include "story/runner.h"

#define CONFIG_BYTES_MAX ((size_t)1 << 20)
#define SAID_BYTES       ((size_t)256 * 1024)
#define CONFIGS_MAX      4

/* The configurations one story names. */
struct beside {
    const char *story; /* the story's path: they lie in its folder */
    char *texts[CONFIGS_MAX];
    size_t count;
};

struct replay {
    const struct arguments *args;
    uint8_t *memory;
    char *said, *json;
};

static bool read_beside(void *context, struct span name, struct span *ret_text)
{
    struct beside *beside = context;
    const char *slash = strrchr(beside->story, '/');
    char path[4096];
    size_t len;

    int n = snprintf(path, sizeof path, "%.*s%.*s", slash ? (int)(slash - beside->story) + 1 : 0,
                     beside->story, (int)name.len, (const char *)name.data);
    if (n < 0 || (size_t)n >= sizeof path || beside->count == CONFIGS_MAX ||
        session_read_file(path, CONFIG_BYTES_MAX, &beside->texts[beside->count], &len) < 0)
        return false;
    *ret_text = span_of(beside->texts[beside->count++], len);
    return true;
}

static void print_verdict(const struct replay *r, const char *path, const struct text *said,
                          const struct story_result *result)
{
    if (!arguments_has(r->args, "--json")) {
        if (!result->passed || !arguments_has(r->args, "--quiet"))
            fwrite(said->data, 1, said->len, stdout);
        return;
    }
    struct text text = text_over(r->json, SAID_BYTES);
    struct json_writer j = json_over(&text);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "story", path);
    json_write_bool(&j, "passed", result->passed);
    json_write_bool(&j, "readable", !result->unreadable);
    json_write_number(&j, "expectations", result->expectations);
    json_write_number(&j, "failures", result->failures);
    json_write_text(&j, "said", said->data);
    json_write_object_end(&j);
    puts(r->json);
}

static enum exit_code replay_file(const struct replay *r, const char *path)
{
    const struct story_options options = { .trace = arguments_has(r->args, "--trace") };
    struct arena memory = arena_over(r->memory, STORY_MEMORY);
    struct text said = text_over(r->said, SAID_BYTES / 2);
    struct beside beside = { .story = path };
    struct story_result result;
    char *text;
    size_t len;

    int error = session_read_file(path, STORY_TEXT_MAX, &text, &len);
    if (error < 0) {
        complain("%s cannot be read: %s", path,
                 error == -EFBIG ? "it is longer than 64 KiB" : strerror(-error));
        return EXIT_NOT_FOUND;
    }
    const struct story_input input = {
        .label = path, .text = span_of(text, len), .read_config = read_beside, .context = &beside
    };
    story_run(&input, &options, &memory, &said, &result);
    print_verdict(r, path, &said, &result);
    for (size_t i = 0; i < beside.count; i++)
        free(beside.texts[i]);
    free(text);
    return result.passed ? EXIT_OK : EXIT_FAILED;
}

enum exit_code cmd_replay(const struct arguments *args)
{
    struct replay r = { .args = args,
                        .memory = malloc(STORY_MEMORY),
                        .said = malloc(SAID_BYTES),
                        .json = malloc(SAID_BYTES) };
    enum exit_code worst = EXIT_OK;

    if (!r.memory || !r.said || !r.json) {
        complain("out of memory");
        worst = EXIT_FAILED;
    }
    for (int i = 0;
         worst != EXIT_NOT_FOUND && r.memory && r.said && r.json && i < args->operand_count; i++) {
        enum exit_code code = replay_file(&r, args->operands[i]);
        if (code > worst)
            worst = code;
    }
    free(r.memory);
    free(r.said);
    free(r.json);
    return worst;
}
