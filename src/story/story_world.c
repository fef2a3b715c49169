/* See story_world.h. How a story's world comes to be, how time goes by in it, and its disk. */
#include "story/story_world.h"

#include <stdarg.h>
#include <stdio.h>

#include "boot/chain.h"
#include "boot/loader.h"

/* 2026-01-01 00:00 UTC */
#define CALENDAR_BEGIN_MS INT64_C(1767225600000)
#define STEADY_BEGIN_NS   INT64_C(1000000000000)

void world_fail(struct world *w, const char *format, ...)
{
    char block[512];
    va_list args;

    if (!w->has_failed_now)
        text_addf(w->out, "FAIL %s\n", w->label);
    w->has_failed_now = true;
    w->result->failures++;
    va_start(args, format);
    (void)vsnprintf(block, sizeof block, format, args);
    va_end(args);
    text_addf(w->out, "  line %u: %s\n", w->line, block);
}

bool world_is_undisturbed(const struct world *w)
{
    return w->options->failing_store_op == 0 && w->options->failing_send == 0 &&
           w->options->scratch == 0;
}

static bool read_config(struct world *w, const struct story_input *input)
{
    static const char *const what = "configuration";
    struct config_faults faults = { .count = 0 };
    const struct story *story = w->story;
    struct span text = story->config;

    w->line = story->config_line;
    if (story->config_file.len > 0 &&
        (!input->read_config || !input->read_config(input->context, story->config_file, &text))) {
        world_fail(w, "the %s file %.*s cannot be read", what, (int)story->config_file.len,
                   (const char *)story->config_file.data);
        return false;
    }
    int r = config_parse(text, &w->config, &faults);
    for (uint16_t i = 0; i < faults.count; i++) {
        uint32_t from = story->config_file.len > 0 ? 0 : story->config_line;
        w->line = from + faults.rows[i].line;
        world_fail(w, "%s: %s", what, faults.rows[i].text);
    }
    if (r < 0 && faults.count == 0)
        world_fail(w, "the %s could not be read: no memory", what);
    return r == 0;
}

/* Does the file start an unsigned chain? Those are here where a story does not say which are. */
static bool is_unsigned(const char *file)
{
    size_t count;
    const struct chain_row *rows = chain_rows(&count);

    for (size_t i = 0; i < count; i++)
        if (rows[i].secure == CHAIN_SECURE_UNSIGNED && strcmp(rows[i].first, file) == 0)
            return true;
    return false;
}

static bool is_wanted(const struct story *story, const char *file)
{
    if (!story->has_loaders)
        return is_unsigned(file);
    for (uint8_t i = 0; i < story->loaders.count; i++)
        if (span_is(story->loaders.at[i].key, file))
            return true;
    return false;
}

static bool add_loaders(struct world *w, struct arena *memory)
{
    size_t count, used = 0;
    const struct loader_row *rows = loader_rows(&count);
    struct loader *loaders = arena_array(memory, struct loader, count);

    if (!loaders)
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_wanted(w->story, rows[i].file))
            loaders[used++] = (struct loader){ .set = rows[i].set,
                                               .file = rows[i].file,
                                               .arch = rows[i].arch,
                                               .path = rows[i].file,
                                               .folder = rows[i].folder };
    w->catalog.loaders = loaders;
    w->catalog.loader_count = used;
    return true;
}

static bool add_images(struct world *w, struct arena *memory)
{
    struct image *images = arena_array(memory, struct image, STORY_IMAGES_MAX);

    if (!images)
        return false;
    for (uint8_t i = 0; i < w->story->image_count; i++)
        images[i] = (struct image){ .name = w->story->images[i].name,
                                    .title = w->story->images[i].name,
                                    .group = "",
                                    .kind = IMAGE_LINUX,
                                    .arches = w->story->images[i].arches,
                                    .kernel = "linux",
                                    .initrds = { "initrd.gz" },
                                    .initrd_count = 1,
                                    .arguments = "",
                                    .root = 1,
                                    .folder = w->story->images[i].name };
    w->catalog.images = images;
    w->catalog.image_count = w->story->image_count;
    return true;
}

static bool make_catalog(struct world *w, struct arena *memory)
{
    const struct config *config = w->config;
    size_t hosts = config->host_count < WORLD_HOSTS ? config->host_count : WORLD_HOSTS;

    w->roots[0] = (struct root){ ROOT_LOADERS, "loaders" };
    w->roots[1] = (struct root){ ROOT_IMAGES, "images" };
    w->hosts = arena_array(memory, struct host, WORLD_HOSTS);
    if (!w->hosts)
        return false;
    for (size_t i = 0; i < hosts; i++)
        w->hosts[i] = config->hosts[i];
    w->catalog = (struct catalog){ .generation = 1,
                                   .roots = w->roots,
                                   .root_count = 2,
                                   .hosts = w->hosts,
                                   .host_count = hosts,
                                   .groups = config->groups,
                                   .group_count = config->group_count,
                                   .chains = config->chains };
    w->catalog.menu =
        (struct menu_settings){ .title = config->menu.title,
                                .timeout_ms = (uint32_t)duration_to_ms(config->menu.timeout),
                                .default_choice = config->menu.default_choice };
    w->catalog.disk = (struct disk_settings){ .size_max_mib = config->bootdisk.size_max_mib,
                                              .menu_max_mib = config->bootdisk.menu_max_mib };
    return add_loaders(w, memory) && add_images(w, memory);
}

static bool make_server(struct world *w, struct arena *memory)
{
    const struct config *config = w->config;
    uint32_t rows = config->dhcp.leases_max < WORLD_ROWS ? config->dhcp.leases_max : WORLD_ROWS;

    w->settings = (struct dhcp4_server_settings){ .subnets = config->dhcp.subnets,
                                                  .subnet_count = config->dhcp.subnet_count,
                                                  .leases_max = rows,
                                                  .pending_max = 8,
                                                  .hash_key = { 1, 2 },
                                                  .probe = config->dhcp.probe };
    w->server_bytes = dhcp4_server_memory(&w->settings);
    w->server_memory = arena_alloc(memory, w->server_bytes);
    void *limit = arena_alloc(memory, limit_memory(64));
    if (!w->server_memory || !limit)
        return false;
    w->server = dhcp4_server_init(w->server_memory, &w->settings);
    w->limit = limit_init(limit, 64, (struct hash_key){ 3, 4 });
    return true;
}

/* The memory of chains, and what the store has of it. */

static void keep_result(void *context, const struct chain_result *result)
{
    struct world *w = context;
    uint32_t i = 0;

    while (i < w->result_count && !(mac_equals(w->results[i].mac, result->mac) &&
                                    strcmp(w->results[i].chain, result->chain) == 0))
        i++;
    if (i == WORLD_RESULTS)
        return;
    if (i == w->result_count)
        w->result_count++;
    w->results[i] = *result;
}

static void recall(void *context, const struct client *client, bool begins, struct now now,
                   struct recollection *out)
{
    struct world *w = context;
    memory_recall(w->memory, client, begins, now, out);
}

static void remember_anew(struct world *w)
{
    const struct memory_listener listener = { keep_result, w };

    memset(w->memory_block, 0, memory_size(STORY_MACHINES_MAX));
    w->memory =
        memory_init(w->memory_block, STORY_MACHINES_MAX, (struct hash_key){ 5, 6 }, &listener);
    for (uint32_t i = 0; i < w->result_count; i++)
        memory_restore(w->memory, &w->results[i]);
}

static bool make_memory(struct world *w, struct arena *memory)
{
    w->memory_block = arena_alloc(memory, memory_size(STORY_MACHINES_MAX));
    if (!w->memory_block)
        return false;
    w->recall = (struct recall_source){ recall, w };
    remember_anew(w);
    return true;
}

void world_note(struct world *w, struct mac mac, enum event_id id)
{
    struct event event = event_make(id, w->now, mac_to_u64(mac));
    memory_note(w->memory, &event, w->now);
}

bool world_open(struct world *w, const struct story_input *input, struct arena *memory)
{
    w->now = (struct now){ { STEADY_BEGIN_NS }, { CALENDAR_BEGIN_MS } };
    if (!read_config(w, input))
        return false;
    w->scratch_bytes = w->options->scratch > 0 ? w->options->scratch : WORLD_SCRATCH;
    w->scratch_block = arena_alloc(memory, w->scratch_bytes);
    w->text_block = arena_alloc(memory, WORLD_TEXT_BYTES);
    if (!w->scratch_block || !w->text_block || !make_catalog(w, memory) ||
        !make_server(w, memory) || !make_memory(w, memory)) {
        world_fail(w, "not enough memory for this story");
        return false;
    }
    return true;
}

void world_close(struct world *w)
{
    config_free(w->config);
    w->config = NULL;
}

static void move_clocks(struct world *w, struct instant to)
{
    struct duration by = instant_since(to, w->now.steady);
    w->now.steady = to;
    w->now.calendar = calendar_after(w->now.calendar, by);
}

void world_pass(struct world *w, struct duration at)
{
    struct instant to = { STEADY_BEGIN_NS + at.ns };

    for (int turns = 0; turns < 10000; turns++) {
        struct instant due = dhcp4_server_next_deadline(w->server);
        if (!instant_reached(to, due))
            break;
        if (due.ns > w->now.steady.ns)
            move_clocks(w, due);
        dhcp4_server_expire(w->server, w->now);
    }
    if (to.ns > w->now.steady.ns)
        move_clocks(w, to);
    memory_settle(w->memory, w->now);
    if (!dhcp4_server_is_sound(w->server))
        world_fail(w, "the lease table is not sound after time went by");
}

void world_restart(struct world *w)
{
    memset(w->server_memory, 0, w->server_bytes);
    w->server = dhcp4_server_init(w->server_memory, &w->settings);
    for (uint32_t i = 0; i < w->disk_count; i++) {
        struct world_disk_row *row = &w->disk[i];
        int64_t ms = row->lease.expires.ms - w->now.calendar.ms;
        row->due = instant_after(w->now.steady, duration_ms(ms < 0 ? 0 : ms));
        if (!dhcp4_server_restore(w->server, &row->lease, w->now))
            world_fail(w, "a stored lease does not fit the table after the restart");
    }
    if (!dhcp4_server_is_sound(w->server))
        world_fail(w, "the lease table is not sound after the restart");
    remember_anew(w);
    w->reply = (struct span){ 0 };
    w->outcome.action = DHCP4_SILENT;
}

bool world_lease(const struct world *w, struct ipv4 address, struct lease *ret_lease)
{
    for (uint32_t row = 0; dhcp4_server_lease_at(w->server, row, ret_lease); row++)
        if (!ipv4_is_none(ret_lease->address) && ipv4_equals(ret_lease->address, address))
            return true;
    return false;
}
