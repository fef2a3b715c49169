/* The block of an index, written of what an index_builder has collected: model/image_index_block.h
 * tells how it lies in memory. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "image/index_nodes.h"
#include "model/image_index_block.h"

#define LABEL_MAX 256

static_assert(sizeof(struct image_index_head) % 8 == 0 &&
                  sizeof(struct image_index_entry) % 8 == 0 && sizeof(struct image_extent) % 8 == 0,
              "each part of a block begins at a multiple of 8");

static const char *flaw_phrase(enum index_flaw flaw)
{
    static const char *const phrases[] = {
        [INDEX_NAME_EMPTY] = "without a name",
        [INDEX_NAME_CLIMBS] = "called \".\" or \"..\"",
        [INDEX_NAME_SLASH] = "with a slash in the name",
        [INDEX_NAME_CONTROL] = "with a control character in the name",
        [INDEX_NAME_LONG] = "with a path longer than 511 bytes",
        [INDEX_NAME_TWICE] = "there a second time",
        [INDEX_LINK_DEAD] = "a link that leads to nothing in it",
    };
    static_assert(sizeof phrases / sizeof phrases[0] == INDEX_FLAWS, "a phrase for each flaw");
    return phrases[flaw];
}

/* "3 names are left out: with a slash in the name (the first: "a\x5cb")". */
static void note_flaws(struct index_builder *b)
{
    for (int i = 0; i < INDEX_FLAWS; i++) {
        const struct index_flaw_seen *seen = &b->flaws[i];
        if (seen->count == 1)
            index_builder_note(b, "one name is left out, %s: \"%s\"",
                               flaw_phrase((enum index_flaw)i), seen->example);
        else if (seen->count > 1)
            index_builder_note(b, "%u names are left out, each %s: \"%s\" is the first",
                               (unsigned)seen->count, flaw_phrase((enum index_flaw)i),
                               seen->example);
    }
}

/* Printable ASCII without blanks at its ends. */
static struct span clean_label(struct span label, char out[LABEL_MAX])
{
    size_t len = 0;
    label = span_slice(label, 0, span_find(label, 0));
    while (label.len > 0 && label.data[0] == ' ')
        label = span_from(label, 1);
    for (size_t i = 0; i < label.len && len < LABEL_MAX; i++)
        out[len++] = label.data[i] >= ' ' && label.data[i] <= '~' ? (char)label.data[i] : '?';
    while (len > 0 && out[len - 1] == ' ')
        len--;
    return span_of(out, len);
}

static int by_path(const void *x, const void *y, void *context)
{
    const struct index_builder *b = context;
    const uint32_t *i = x, *j = y;
    return image_index_compare(index_node_path(b, &b->nodes[*i]),
                               index_node_path(b, &b->nodes[*j]));
}

/* What goes into the block, counted before it is made. */
struct plan {
    uint32_t *order;
    uint32_t entry_count;
    uint64_t extent_count, texts_len;
    struct span volume, system, note;
    char volume_data[LABEL_MAX], system_data[LABEL_MAX];
    enum image_tree tree;
};

static bool make_plan(struct index_builder *b, const struct index_facts *facts, struct plan *plan)
{
    plan->order = malloc((b->count > 0 ? b->count : 1) * sizeof *plan->order);
    if (!plan->order)
        return false;
    plan->tree = facts->tree;
    plan->volume = clean_label(facts->volume, plan->volume_data);
    plan->system = clean_label(facts->system, plan->system_data);
    plan->note = span_of(b->note, b->note_len);
    plan->texts_len = plan->volume.len + plan->system.len + plan->note.len + 3;
    for (uint32_t i = 0; i < b->count; i++) {
        if (!index_node_is_real(&b->nodes[i]))
            continue;
        plan->order[plan->entry_count++] = i;
        plan->extent_count += b->nodes[i].extent_count;
        plan->texts_len += b->nodes[i].path_len + 1U;
    }
    qsort_r(plan->order, plan->entry_count, sizeof *plan->order, by_path, b);
    return true;
}

/* The block as it is filled. */
struct writing {
    struct image_index_entry *entries;
    struct image_extent *extents;
    char *texts;
    uint32_t extent_count, texts_len;
};

static uint32_t put_text(struct writing *w, struct span s)
{
    uint32_t at = w->texts_len;
    if (s.len > 0)
        memcpy(w->texts + at, s.data, s.len);
    w->texts[at + s.len] = 0;
    w->texts_len += (uint32_t)s.len + 1;
    return at;
}

static void put_entry(const struct index_builder *b, const struct index_node *node,
                      struct writing *w, struct image_index_entry *entry)
{
    *entry = (struct image_index_entry){
        .size = node->size,
        .modified_s = node->modified_s,
        .path = put_text(w, index_node_path(b, node)),
        .path_len = node->path_len,
        .is_folder = node->kind == INDEX_FOLDER,
        .extents = w->extent_count,
        .extent_count = node->extent_count,
    };
    for (uint32_t i = 0; i < node->extent_count; i++)
        w->extents[w->extent_count++] = b->extents[node->extents + i];
}

static int write_block(const struct index_builder *b, const struct plan *plan,
                       struct index_result *ret)
{
    struct image_index_head head = { .magic = IMAGE_INDEX_MAGIC,
                                     .container_size = b->container_size,
                                     .entry_count = plan->entry_count,
                                     .extent_count = (uint32_t)plan->extent_count,
                                     .texts_len = (uint32_t)plan->texts_len,
                                     .tree = plan->tree };
    size_t entries_len = plan->entry_count * sizeof(struct image_index_entry);
    size_t extents_len = (size_t)plan->extent_count * sizeof(struct image_extent);
    size_t len = sizeof head + entries_len + extents_len + (size_t)plan->texts_len;
    /* malloc's alignment is that of any type */
    union {
        uint8_t *bytes;
        struct image_index_head *head;
        struct image_index_entry *entries;
        struct image_extent *extents;
        char *texts;
    } at = { .bytes = malloc(len) };

    if (!at.bytes)
        return -ENOMEM;
    ret->block = at.bytes;
    ret->block_len = len;
    struct image_index_head *written = at.head;
    struct writing w = { .extent_count = 0 };
    at.bytes += sizeof head;
    w.entries = at.entries;
    at.bytes += entries_len;
    w.extents = at.extents;
    at.bytes += extents_len;
    w.texts = at.texts;
    head.volume = put_text(&w, plan->volume);
    head.system = put_text(&w, plan->system);
    head.note = put_text(&w, plan->note);
    for (uint32_t i = 0; i < plan->entry_count; i++)
        put_entry(b, &b->nodes[plan->order[i]], &w, &w.entries[i]);
    *written = head;
    return 0;
}

int index_builder_finish(struct index_builder *b, const struct index_facts *facts,
                         struct index_result *ret)
{
    struct plan plan = { .order = NULL };
    int r = 0;

    *ret = (struct index_result){ .verdict = INDEX_SOUND };
    if (b->needed > 0) {
        ret->verdict = INDEX_CUT;
        ret->needed = b->needed;
        return 0;
    }
    index_links_resolve(b);
    if (b->is_out_of_memory)
        return -ENOMEM;
    note_flaws(b);
    if (!b->is_full && !make_plan(b, facts, &plan))
        return -ENOMEM;
    uint64_t len = sizeof(struct image_index_head) +
                   plan.entry_count * sizeof(struct image_index_entry) +
                   plan.extent_count * sizeof(struct image_extent) + plan.texts_len;
    if (b->is_full || len > IMAGE_INDEX_SIZE_MAX)
        ret->verdict = INDEX_FULL;
    else
        r = write_block(b, &plan, ret);
    free(plan.order);
    return r;
}
