/* See runner.h. One step after the other; with failures injected the expectations are left out,
 * since the story goes otherwise then. */
#include "story/runner.h"

#include "story/story_world.h"

static void set_next_boot(struct world *w, const struct story_step *step)
{
    struct span host = step->rest.at[0].key, image = step->rest.at[1].key;
    const struct image *found = catalog_find_image(&w->catalog, image);

    if (!found) {
        world_fail(w, "the story has no image of this name (image NAME)");
        return;
    }
    for (size_t i = 0; i < w->catalog.host_count; i++)
        if (span_is(host, w->hosts[i].name)) {
            w->hosts[i].next_boot = found->name;
            w->catalog.generation++;
            return;
        }
    world_fail(w, "the configuration has no host of this name");
}

static void forget_answer(struct world *w, const struct story_step *step)
{
    struct world_machine *m = &w->machines[step->machine];
    struct client client = m->client;
    bool has_client = m->has_client;

    *m = (struct world_machine){ .client = client, .has_client = has_client };
}

static void do_step(struct world *w, const struct story_step *step)
{
    switch (step->verb) {
    case STORY_SENDS:
        world_send(w, step);
        break;
    case STORY_MISSES:
        forget_answer(w, step);
        break;
    case STORY_FETCHES:
        world_fetch(w, step);
        break;
    case STORY_PROBE_FREE:
    case STORY_PROBE_TAKEN:
        world_probed(w, step);
        break;
    case STORY_STORE_REFUSES:
        w->store_refuses = true;
        break;
    case STORY_STORE_WORKS:
        w->store_refuses = false;
        break;
    case STORY_CLOCK_JUMPS:
        w->now.calendar = calendar_after(w->now.calendar, step->by);
        break;
    case STORY_RESTARTS:
        world_restart(w);
        break;
    case STORY_NEXT_BOOT:
        set_next_boot(w, step);
        break;
    case STORY_EXPECT_REPLY:
    case STORY_EXPECT_SILENCE:
    case STORY_EXPECT_PROBE:
    case STORY_EXPECT_CHANGE:
    case STORY_EXPECT_EVENT:
    case STORY_EXPECT_UNTOLD:
    case STORY_EXPECT_LEASE:
    case STORY_EXPECT_SERVED:
    case STORY_EXPECT_NOTHING:
        if (world_is_undisturbed(w))
            world_expect(w, step);
        break;
    case STORY_VERB_COUNT:
        break;
    }
}

static void tell_step(struct world *w, const struct story_step *step)
{
    bool spoke = step->verb == STORY_SENDS || step->verb == STORY_PROBE_FREE ||
                 step->verb == STORY_PROBE_TAKEN;

    for (uint8_t i = 0; spoke && i < w->event_count; i++) {
        text_addf(w->out, "  %6.1f s  line %u: %s: ", (double)step->at.ns / 1e9, step->line,
                  event_name(w->events[i].id));
        event_format(&w->events[i], w->out);
        text_add_char(w->out, '\n');
    }
}

static void run(struct world *w)
{
    const struct story *story = w->story;

    for (uint16_t i = 0; i < story->step_count; i++) {
        const struct story_step *step = &story->steps[i];
        w->line = step->line;
        world_pass(w, step->at);
        do_step(w, step);
        if (w->options->trace)
            tell_step(w, step);
    }
}

static void tell_faults(const struct story_input *input, const struct story_faults *faults,
                        struct text *out)
{
    text_addf(out, "FAIL %s\n", input->label);
    for (uint8_t i = 0; i < faults->count; i++) {
        text_addf(out, "  line %u: ", faults->rows[i].line);
        text_add_escaped(out, span_text(faults->rows[i].text));
        text_add_char(out, '\n');
    }
    if (faults->more)
        text_add(out, "  and more\n");
}

void story_run(const struct story_input *input, const struct story_options *options,
               struct arena *memory, struct text *out, struct story_result *ret_result)
{
    struct story_faults *faults = arena_new(memory, struct story_faults);
    struct world *w = arena_new(memory, struct world);

    *ret_result = (struct story_result){ .unreadable = true };
    if (!faults || !w) {
        text_addf(out, "FAIL %s\n  not enough memory to replay it\n", input->label);
        return;
    }
    const struct story *story = story_parse(input->text, memory, faults);
    if (!story) {
        tell_faults(input, faults, out);
        return;
    }
    w->story = story;
    w->options = options;
    w->label = input->label;
    w->out = out;
    w->result = ret_result;
    if (world_open(w, input, memory)) {
        ret_result->unreadable = false;
        run(w);
    }
    if (w->config)
        world_close(w);
    ret_result->passed = !ret_result->unreadable && ret_result->failures == 0;
    if (ret_result->passed)
        text_addf(out, "ok   %s: %u expectations\n", input->label, ret_result->expectations);
}
