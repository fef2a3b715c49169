/* Symbolic links of a container become what they lead to: a file under another name, a folder with
 * all it holds. A link may lead to another, and through others; a folder may hold a link to a
 * folder it lies in ("debian -> ."), whose copy then ends where the link itself would come. Both
 * are bounded. Rules of the way: POSIX.1-2017, 4.13 "Pathname Resolution". */
#include <stdlib.h>

#include "image/index_nodes.h"

#define FOLLOWED_MAX 40        /* links on one way, as Linux has it */
#define COPIES_MAX   (1 << 18) /* names that all links to folders make together */
#define LOOKS_MAX    (1 << 26) /* at names, to find those that are in such a folder */

/* A way being walked: where it is, and what is still to go, which fills its buffer from the back.
 */
struct way {
    struct safe_path at; /* without links */
    char rest[2 * INDEX_TARGET_MAX];
    size_t rest_at;
    unsigned followed;
};

static void climb(struct safe_path *path)
{
    path->len = (uint16_t)safe_path_folder(path).len;
    path->text[path->len] = 0;
}

/* The next part of the rest, taken off it; empty at its end. */
static struct span take_part(struct way *way)
{
    while (way->rest_at < sizeof way->rest && way->rest[way->rest_at] == '/')
        way->rest_at++;
    struct span rest = span_from(span_of(way->rest, sizeof way->rest), way->rest_at);
    struct span name = span_slice(rest, 0, span_find(rest, '/'));
    way->rest_at += name.len;
    return name;
}

/* Put the target before what is still to go. */
static bool follow(const struct index_builder *b, const struct index_node *link, struct way *way)
{
    struct span target = span_of(b->texts + link->target, link->target_len);

    if (++way->followed > FOLLOWED_MAX || target.len >= way->rest_at || target.len == 0)
        return false;
    way->rest[--way->rest_at] = '/';
    way->rest_at -= target.len;
    memcpy(way->rest + way->rest_at, target.data, target.len);
    if (target.data[0] == '/')
        way->at.len = 0;
    else
        climb(&way->at);
    way->at.text[way->at.len] = 0;
    return true;
}

static bool step_into(struct way *way, struct span part)
{
    struct text t = text_over(way->at.text + way->at.len, sizeof way->at.text - way->at.len);
    if (way->at.len > 0)
        text_add_char(&t, '/');
    text_add_span(&t, part);
    way->at.len = (uint16_t)(way->at.len + t.len);
    return !t.failed;
}

/* Where the link leads: the number of a file or folder, INDEX_TOP, or INDEX_NOWHERE. */
static uint32_t resolve(const struct index_builder *b, uint32_t link)
{
    struct way way = { .rest_at = sizeof way.rest };
    uint32_t at = INDEX_TOP;
    struct span path = index_node_path(b, &b->nodes[link]);

    memcpy(way.at.text, path.data, path.len);
    way.at.len = (uint16_t)path.len;
    if (!follow(b, &b->nodes[link], &way))
        return INDEX_NOWHERE;
    for (struct span name = take_part(&way); name.len > 0; name = take_part(&way)) {
        if (span_is(name, ".."))
            climb(&way.at); /* above the top there is the top */
        else if (!span_is(name, ".") && !step_into(&way, name))
            return INDEX_NOWHERE;
        at = way.at.len > 0 ? index_node_find(b, safe_path_span(&way.at)) : INDEX_TOP;
        if (at == INDEX_NOWHERE)
            return INDEX_NOWHERE;
        if (at != INDEX_TOP && b->nodes[at].kind == INDEX_LINK && !follow(b, &b->nodes[at], &way))
            return INDEX_NOWHERE;
    }
    at = way.at.len > 0 ? index_node_find(b, safe_path_span(&way.at)) : INDEX_TOP;
    return at < b->count && !index_node_is_real(&b->nodes[at]) ? INDEX_NOWHERE : at;
}

struct link {
    uint32_t number, leads_to;
    unsigned depth;
};

static unsigned depth_of(struct span path)
{
    unsigned depth = 0;
    for (size_t i = 0; i < path.len; i++)
        depth += path.data[i] == '/';
    return depth;
}

/* The deepest first, so that a copy of a folder has what the links in it made. */
static int by_depth(const void *a, const void *b)
{
    const struct link *x = a, *y = b;
    if (x->depth != y->depth)
        return x->depth > y->depth ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static bool is_within(struct span path, struct span folder)
{
    return folder.len == 0 || (path.len > folder.len && path.data[folder.len] == '/' &&
                               span_equals(span_slice(path, 0, folder.len), folder));
}

/* What may still be done for links to folders. */
struct budget {
    uint32_t copies, looks;
};

/* Every name in the folder `from` again below `to`, but not what lies below `to` already. */
static void copy_folder(struct index_builder *b, uint32_t from, uint32_t to, struct budget *budget)
{
    char text[SAFE_PATH_MAX];
    uint32_t end = b->count;

    budget->looks = end < budget->looks ? budget->looks - end : 0;
    for (uint32_t i = 0; i < end; i++) {
        struct span folder =
            from == INDEX_TOP ? (struct span){ 0 } : index_node_path(b, &b->nodes[from]);
        struct span target = index_node_path(b, &b->nodes[to]);
        struct span path = index_node_path(b, &b->nodes[i]);
        if (!index_node_is_real(&b->nodes[i]) || i == to || !is_within(path, folder) ||
            is_within(path, target))
            continue;
        if (budget->copies == 0 || budget->looks == 0)
            return;
        budget->copies--;
        struct text t = text_over(text, sizeof text);
        text_add_span(&t, target);
        if (folder.len == 0)
            text_add_char(&t, '/');
        text_add_span(&t, span_from(path, folder.len));
        struct index_node like = b->nodes[i];
        if (t.failed)
            index_flaw_add(b, INDEX_NAME_LONG, span_from(path, folder.len));
        else
            (void)index_node_add(b, text_span(&t), &like);
    }
}

static void make_real(struct index_builder *b, const struct link *link, struct budget *budget)
{
    struct index_node *node = &b->nodes[link->number];
    struct index_node folder = { .kind = INDEX_FOLDER };
    const struct index_node *target =
        link->leads_to == INDEX_TOP ? &folder : &b->nodes[link->leads_to];

    if (link->leads_to == INDEX_NOWHERE) {
        index_flaw_add(b, INDEX_LINK_DEAD, index_node_path(b, node));
        return;
    }
    node->kind = target->kind;
    node->size = target->size;
    node->modified_s = target->modified_s;
    node->extents = target->extents;
    node->extent_count = target->extent_count;
    if (target->kind == INDEX_FOLDER)
        copy_folder(b, link->leads_to, link->number, budget);
}

void index_links_resolve(struct index_builder *b)
{
    uint32_t count = 0, end = b->count;
    struct budget budget = { COPIES_MAX, LOOKS_MAX };
    struct link *links;

    for (uint32_t i = 0; i < end; i++)
        count += b->nodes[i].kind == INDEX_LINK;
    if (count == 0)
        return;
    links = malloc(count * sizeof *links);
    if (!links) {
        b->is_out_of_memory = true;
        return;
    }
    count = 0;
    for (uint32_t i = 0; i < end; i++)
        if (b->nodes[i].kind == INDEX_LINK)
            links[count++] =
                (struct link){ .number = i, .depth = depth_of(index_node_path(b, &b->nodes[i])) };
    /* All of them while they are links still: a folder made of one is no way to others. */
    for (uint32_t i = 0; i < count; i++)
        links[i].leads_to = resolve(b, links[i].number);
    qsort(links, count, sizeof *links, by_depth);
    for (uint32_t i = 0; i < count && budget.copies > 0 && budget.looks > 0; i++)
        make_real(b, &links[i], &budget);
    if (budget.copies == 0 || budget.looks == 0)
        index_builder_note(b, "the links to folders in it make too many names: some are left out");
    free(links);
}
