/* The language of recipes: which keys there are, and what each takes. Texts stay in the YAML tree,
 * which the family keeps. What the words mean together is family_check.c; docs/guide/recipes.md
 * tells it to people. */
#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "image/family_words.h"

DEFINE_FREEP(struct family, family_free)

/* Entries. */

static void read_label(struct reading *r, const struct yaml_node *node)
{
    r->entry->label = words_take_text(r, node, 60);
}

static void read_variant(struct reading *r, const struct yaml_node *node)
{
    r->entry->variant = words_take_text(r, node, RECIPE_VARIANT_MAX - 1);
    if (!recipe_is_name(span_text(r->entry->variant)))
        words_fault(r, node, "an entry's name has a-z, 0-9, - and _ only, as rescue");
}

static void read_kernel(struct reading *r, const struct yaml_node *node)
{
    r->entry->kernel = words_take_path(r, node);
}

static void read_kind(struct reading *r, const struct yaml_node *node)
{
    r->entry->has_kind = node->kind == YAML_TEXT &&
                         recipe_parse_kind(node->text, &r->entry->kind) &&
                         r->entry->kind != IMAGE_WIM; /* those are recognised by what is in them */
    if (!r->entry->has_kind)
        words_fault(r, node, "kind takes linux, efi, disk or memdisk");
}

static void read_initrd(struct reading *r, const struct yaml_node *node)
{
    unsigned at = r->entry->initrd_count++;
    if (node->kind == YAML_TEXT) {
        r->entry->initrds[at].path = words_take_path(r, node);
        return;
    }
    bool has_source = false;
    for (const struct yaml_node *n = node->kind == YAML_MAP ? node->first : NULL; n; n = n->next) {
        if (span_is(n->key, "path") || span_is(n->key, "optional"))
            r->entry->initrds[at].path = words_take_path(r, n);
        else if (span_is(n->key, "container") || span_is(n->key, "as"))
            r->entry->initrds[at].as = words_take_text(r, n, RECIPE_INITRD_NAME_MAX - 1);
        else
            words_count_fault(r, n->key_line, n->key_column,
                              "an initrd has path or optional (a path) and as (its name inside the "
                              "initramfs), or container (the name the ISO gets there)");
        r->entry->initrds[at].is_optional |= span_is(n->key, "optional");
        has_source |= !span_is(n->key, "as");
    }
    const char *as = r->entry->initrds[at].as;
    if (!has_source || (as && as[0] != '/'))
        words_fault(r, node, "an initrd is a path, or {path: x, as: /x}, or {container: /x.iso}");
}

static void read_initrds(struct reading *r, const struct yaml_node *node)
{
    r->entry->has_initrds = true;
    for (const struct yaml_node *n = words_first(node); n; n = words_next(node, n)) {
        if (r->entry->initrd_count == IMAGE_INITRDS_MAX) {
            words_fault(r, n, "at most 8 initrds are taken");
            return;
        }
        read_initrd(r, n);
    }
}

static void read_arguments(struct reading *r, const struct yaml_node *node)
{
    r->entry->arguments = words_take_text(r, node, 900);
}

static void read_more(struct reading *r, const struct yaml_node *node)
{
    r->entry->more = words_take_text(r, node, 400);
}

/* 2048, or {container: 100, plus: 2048}: percent of its size, and MiB. */
static void read_memory(struct reading *r, const struct yaml_node *node)
{
    const struct yaml_node *percent = NULL, *plus = NULL;
    bool sound = words_take_number(node, 16777216, &r->entry->memory_mib);

    r->entry->has_memory = true;
    if (node->kind == YAML_MAP) {
        percent = yaml_node_find(node, "container");
        plus = yaml_node_find(node, "plus");
        sound = percent && words_take_number(percent, 1000, &r->entry->memory_percent) &&
                (!plus || words_take_number(plus, 16777216, &r->entry->memory_mib)) &&
                node->count == (plus ? 2 : 1);
    }
    if (!sound)
        words_fault(
            r, node,
            "memory takes the least RAM in MiB, as 2048, or {container: 100, plus: 2048}: that "
            "many percent of the ISO's size, and MiB");
}

/* {kind: preseed, arguments: x, inside: /preseed.cfg, inside-arguments: y} */
static bool read_answer_map(struct reading *r, const struct yaml_node *map)
{
    bool sound = true;
    for (const struct yaml_node *n = map->first; n; n = n->next) {
        if (span_is(n->key, "kind"))
            r->entry->has_answers =
                n->kind == YAML_TEXT && answer_kind_parse(n->text, &r->entry->answers);
        else if (span_is(n->key, "arguments"))
            r->entry->answer_arguments = words_take_text(r, n, RECIPE_ANSWER_MAX - 1);
        else if (span_is(n->key, "inside"))
            r->entry->answer_inside = words_take_text(r, n, RECIPE_INITRD_NAME_MAX - 1);
        else if (span_is(n->key, "inside-arguments"))
            r->entry->answer_inside_arguments = words_take_text(r, n, RECIPE_ANSWER_MAX - 1);
        else
            sound = false;
    }
    const char *inside = r->entry->answer_inside;
    return sound && (!inside || recipe_is_inside_path(inside)) &&
           (inside || !r->entry->answer_inside_arguments);
}

static void read_answers(struct reading *r, const struct yaml_node *node)
{
    bool sound = true;
    if (node->kind == YAML_MAP)
        sound = read_answer_map(r, node);
    else
        r->entry->has_answers =
            node->kind == YAML_TEXT && answer_kind_parse(node->text, &r->entry->answers);
    if (!sound || !r->entry->has_answers)
        words_fault(
            r, node,
            "answers takes none, or {kind: kickstart, arguments: \"inst.ks=${answer}\"} and, where "
            "the file is to lie in the initramfs, inside (its place there, as /ks.cfg) and "
            "inside-arguments; kinds are preseed, kickstart, autoyast, agama, autoinstall, "
            "ignition, proxmox and unattend");
}

static void read_architectures(struct reading *r, const struct yaml_node *node)
{
    for (const struct yaml_node *n = words_first(node); n; n = words_next(node, n)) {
        enum arch arch;
        if (n->kind == YAML_TEXT && arch_parse(n->text, &arch) && arch != ARCH_NONE)
            r->entry->arches |= arch_bit(arch);
        else
            words_fault(r, n, "an architecture is bios-x86, efi-x64, efi-arm64, efi-ia32, ...");
    }
}

static void read_untested(struct reading *r, const struct yaml_node *node)
{
    r->entry->is_untested = words_take_bool(r, node);
}

static void read_needs(struct reading *r, const struct yaml_node *node)
{
    words_take_paths(r, node, r->entry->needs, FAMILY_NEEDS_MAX, &r->entry->need_count);
}

#define SHARED_KEYS                                                                                \
    { "kernel", read_kernel }, { "kind", read_kind }, { "initrds", read_initrds },                 \
        { "arguments", read_arguments }, { "memory", read_memory }, { "answers", read_answers },   \
        { "architectures", read_architectures }, { "untested", read_untested },                    \
    {                                                                                              \
        "needs", read_needs                                                                        \
    }

static const struct key entry_keys[] = {
    { "name", read_variant }, { "label", read_label }, { "more", read_more }, SHARED_KEYS
};

static void read_entries(struct reading *r, const struct yaml_node *node)
{
    if (node->kind != YAML_LIST || node->count > RECIPE_ENTRIES_MAX) {
        words_fault(r, node, "entries takes a list of at most 8");
        return;
    }
    for (const struct yaml_node *n = node->first; n; n = n->next) {
        r->entry = &r->family->entries[r->family->entry_count++];
        words_read_map(r, n, entry_keys, sizeof entry_keys / sizeof entry_keys[0]);
        r->entry = &r->family->common;
    }
}

/* The top. */

static void read_name(struct reading *r, const struct yaml_node *node)
{
    r->family->name = words_take_text(r, node, 40);
    if (!recipe_is_name(span_text(r->family->name)))
        words_fault(r, node, "a recipe's name has a-z, 0-9, ., - and _ only");
}

static void read_title(struct reading *r, const struct yaml_node *node)
{
    r->family->title = words_take_text(r, node, 100);
}

static void read_group(struct reading *r, const struct yaml_node *node)
{
    r->family->group = words_take_text(r, node, 60);
}

static void read_image_name(struct reading *r, const struct yaml_node *node)
{
    r->family->image_name = words_take_text(r, node, 100);
}

static void read_notes(struct reading *r, const struct yaml_node *node)
{
    r->family->notes = words_take_text(r, node, RECIPE_NOTES_MAX - 1);
}

static void read_signed_by(struct reading *r, const struct yaml_node *node)
{
    r->family->signed_by = words_take_text(r, node, 60);
}

static void read_refuse(struct reading *r, const struct yaml_node *node)
{
    r->family->refuse = words_take_text(r, node, 360);
}

static void read_priority(struct reading *r, const struct yaml_node *node)
{
    uint32_t number = 0;
    if (!words_take_number(node, 100, &number))
        words_fault(r, node, "priority takes a number from 0 to 100; 50 is usual");
    r->family->priority = (int32_t)number;
}

static void read_defaults(struct reading *r, const struct yaml_node *node)
{
    if (node->kind != YAML_MAP || node->count > FAMILY_DEFAULTS_MAX) {
        words_fault(r, node, "defaults takes at most 16 names with their values");
        return;
    }
    for (const struct yaml_node *n = node->first; n; n = n->next) {
        if (!capture_is_name(n->key))
            words_count_fault(r, n->key_line, n->key_column,
                              "a name is expected here: letters, digits, _ and -");
        r->family->defaults[r->family->default_count].name = (const char *)n->key.data;
        r->family->defaults[r->family->default_count++].value =
            words_take_text(r, n, CAPTURE_VALUE_MAX - 1);
    }
}

static void read_slim(struct reading *r, const struct yaml_node *node)
{
    words_take_paths(r, node, r->family->slim, IMAGE_SLIM_MAX, &r->family->slim_count);
    for (unsigned i = 0; i < r->family->slim_count; i++)
        if (strlen(r->family->slim[i]) >= RECIPE_SLIM_MAX || strchr(r->family->slim[i], '*'))
            words_fault(r, node, "slim takes plain paths of at most 63 bytes each");
}

static bool parse_edit_kind(struct span name, enum image_edit_kind *ret_kind)
{
    bool is_esxi = span_is(name, "esxi");
    *ret_kind = is_esxi ? IMAGE_EDIT_ESXI : IMAGE_EDIT_GRUB;
    return is_esxi || span_is(name, "grub");
}

/* {file: boot.cfg, kind: esxi, add: "ks=${answer}"} */
static void read_edit(struct reading *r, const struct yaml_node *node)
{
    const struct yaml_node *file = node->kind == YAML_MAP ? yaml_node_find(node, "file") : NULL,
                           *kind = file ? yaml_node_find(node, "kind") : NULL,
                           *add = kind ? yaml_node_find(node, "add") : NULL;
    unsigned at = r->family->edit_count;

    if (!kind || kind->kind != YAML_TEXT || node->count != (add ? 3 : 2) ||
        !parse_edit_kind(kind->text, &r->family->edits[at].kind)) {
        words_fault(r, node,
                    "an edit is {file: boot.cfg, kind: esxi or grub, add: what the kernel is told "
                    "besides}");
        return;
    }
    r->family->edits[at].path = words_take_path(r, file);
    r->family->edits[at].add = add ? words_take_text(r, add, RECIPE_EDIT_MAX - 1) : "";
    r->family->edit_count++;
}

static void read_edits(struct reading *r, const struct yaml_node *node)
{
    for (const struct yaml_node *n = words_first(node); n; n = words_next(node, n)) {
        if (r->family->edit_count == IMAGE_EDITS_MAX) {
            words_fault(r, n, "at most 4 files are changed on their way");
            return;
        }
        read_edit(r, n);
    }
}

/* Read in their order, not the file's: clues of facts come behind those of match. */
static void read_in_turn(struct reading *r, const struct yaml_node *node)
{
    (void)r;
    (void)node;
}

static const struct key top_keys[] = {
    { "name", read_name },
    { "title", read_title },
    { "group", read_group },
    { "image-name", read_image_name },
    { "notes", read_notes },
    { "signed-by", read_signed_by },
    { "refuse", read_refuse },
    { "priority", read_priority },
    { "defaults", read_defaults },
    { "edits", read_edits },
    { "slim", read_slim },
    { "match", read_in_turn },
    { "facts", read_in_turn },
    { "entries", read_entries },
    SHARED_KEYS,
};

static void read_top(struct reading *r, const struct yaml_node *root)
{
    const struct yaml_node *match = yaml_node_find(root, "match"),
                           *facts = yaml_node_find(root, "facts");
    words_read_map(r, root, top_keys, sizeof top_keys / sizeof top_keys[0]);
    if (match && !yaml_node_is_empty(match))
        words_read_clues(r, match);
    r->family->match_count = r->family->clue_count;
    if (facts && !yaml_node_is_empty(facts))
        words_read_clues(r, facts);
}

static int make_family(const char *name, struct family **ret_family)
{
    struct family *family = calloc(1, sizeof *family);
    if (!family)
        return -ENOMEM;
    span_to_text(span_text(name), family->file_name, sizeof family->file_name);
    family->name = family->file_name;
    family->priority = 50;
    family->clues = calloc(FAMILY_CLUES_MAX, sizeof *family->clues);
    family->entries = calloc(RECIPE_ENTRIES_MAX, sizeof *family->entries);
    *ret_family = family;
    return family->clues && family->entries ? 0 : -ENOMEM;
}

/* Give back the memory of rows that were not used. */
static void shrink(struct family *family)
{
    struct clue *clues =
        realloc(family->clues, (size_t)(family->clue_count + 1) * sizeof *family->clues);
    struct family_entry *entries =
        realloc(family->entries, (size_t)(family->entry_count + 1) * sizeof *family->entries);
    family->clues = clues ? clues : family->clues;
    family->entries = entries ? entries : family->entries;
}

int family_read(struct span yaml, const char *name, const struct yaml_fault_sink *faults,
                struct family **ret_family)
{
    autoclean(family_freep) struct family *family = NULL;
    struct reading r = { .faults = faults };
    const struct yaml_fault_sink counting = { .add = words_count_fault, .context = &r };

    if (yaml.len > FAMILY_YAML_MAX) {
        faults->add(faults->context, 1, 1, "a recipe is at most 64 KiB");
        return -EINVAL;
    }
    int result = make_family(name, &family);
    if (result == 0)
        result = yaml_tree_parse(yaml, &counting, &family->tree);
    if (result < 0)
        return result;
    const struct yaml_node *root = yaml_tree_root(family->tree);
    if (!root || root->kind != YAML_MAP) {
        faults->add(faults->context, 1, 1, "a recipe has keys and values, as \"title: Debian\"");
        return -EINVAL;
    }
    r.family = family;
    r.entry = &family->common;
    read_top(&r, root);
    if (r.fault_count == 0)
        r.fault_count = family_check(family, faults);
    if (r.fault_count > 0)
        return -EINVAL;
    shrink(family);
    *ret_family = take_ptr(&family);
    return 0;
}

void family_free(struct family *family)
{
    if (!family)
        return;
    yaml_tree_free(family->tree);
    free(family->clues);
    free(family->entries);
    free(family);
}
