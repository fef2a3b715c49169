/* Whether the words of a recipe hang together: nothing is named that nobody defines, and what would
 * be shown to people is always known. A recipe that passes cannot fail for its own sake later. */
#include "image/family.h"
#include "image/pattern.h"

#define NAMES_MAX 96

/* Names a recipe defines. Those that are certain have a value whenever the recipe matches. */
struct names {
    struct {
        struct span name;
        bool is_certain;
    } rows[NAMES_MAX];
    unsigned count;
    bool is_certain; /* of what is added next */
};

struct checking {
    const struct yaml_fault_sink *faults;
    struct names names;
    unsigned fault_count;
    const char *where;
    bool must_be_certain, knows_machine;
};

static void fault(struct checking *c, const char *text)
{
    c->fault_count++;
    c->faults->add(c->faults->context, 1, 1, text);
}

static void add_name(void *context, struct span name)
{
    struct names *names = context;
    if (names->count == NAMES_MAX)
        return;
    names->rows[names->count].name = name;
    names->rows[names->count++].is_certain = names->is_certain;
}

static void add_clue(struct names *names, const struct clue *clue)
{
    if (clue->as)
        add_name(names, span_text(clue->as));
    if (clue->part)
        add_name(names, span_text(clue->part));
    if (clue->pattern && clue->kind != CLUE_PATH)
        pattern_each_capture(clue->pattern, add_name, names);
    for (unsigned i = 0; i < clue->set_count; i++)
        add_name(names, span_text(clue->sets[i].name));
}

static bool knows(const struct names *names, struct span name, bool certainly)
{
    for (unsigned i = 0; i < names->count; i++)
        if (span_equals(names->rows[i].name, name) && (names->rows[i].is_certain || !certainly))
            return true;
    return false;
}

static bool is_machines(struct span name)
{
    static const char *const names[] = {
#define VARIABLE(id, name, text) name,
#include "model/variable.def"
#undef VARIABLE
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is(name, names[i]))
            return true;
    return false;
}

static void check_name(void *context, struct span name, bool has_default)
{
    struct checking *c = context;
    char sentence[240];
    struct text t = text_over(sentence, sizeof sentence);

    if (knows(&c->names, name, c->must_be_certain) ||
        (c->knows_machine && (has_default || is_machines(name))))
        return;
    text_addf(&t, "%s names ${", c->where);
    text_add_escaped(&t, span_slice(name, 0, 40));
    if (knows(&c->names, name, false))
        text_add(&t, "}, which is not always found: give it a value under defaults");
    else if (c->knows_machine)
        text_add(&t, "}, which no clue finds and no machine has: write ${name:-text} if it is a "
                     "variable of hosts or groups");
    else
        text_add(&t, "}, which no clue finds");
    fault(c, sentence);
}

/* How a text may be written: with what was surely found, with what may have been found, and with
 * what is known of the machine. */
enum may_name { CERTAIN, FOUND, MACHINE };

static void check_text(struct checking *c, const char *where, const char *text, enum may_name may)
{
    c->where = where;
    c->must_be_certain = may == CERTAIN;
    c->knows_machine = may == MACHINE;
    if (text)
        captures_each_name(text, check_name, c);
}

static void gather_names(struct checking *c, const struct family *family)
{
    unsigned inside = 0;
    for (unsigned i = 0; i < family->clue_count; i++) {
        const struct clue *clue = &family->clues[i];
        c->names.is_certain = i < family->match_count && inside == 0;
        add_clue(&c->names, clue);
        inside = clue->kind == CLUE_ANY ? clue->any_count : inside > 0 ? inside - 1 : 0;
    }
    c->names.is_certain = true;
    for (unsigned i = 0; i < family->default_count; i++)
        add_name(&c->names, span_text(family->defaults[i].name));
}

static void check_entry(struct checking *c, const struct family_entry *e)
{
    check_text(c, "kernel", e->kernel, FOUND);
    for (unsigned i = 0; i < e->initrd_count; i++)
        check_text(c, "an initrd", e->initrds[i].path, FOUND);
    for (unsigned i = 0; i < e->need_count; i++)
        check_text(c, "needs", e->needs[i], FOUND);
    check_text(c, "label", e->label, CERTAIN);
    check_text(c, "arguments", e->arguments, MACHINE);
    check_text(c, "more", e->more, MACHINE);
    check_text(c, "the answers' arguments", e->answer_arguments, MACHINE);
    check_text(c, "the answers' inside-arguments", e->answer_inside_arguments, MACHINE);
}

/* The image itself is what is started. */
static bool is_whole(const struct family_entry *e)
{
    return e->has_kind && (e->kind == IMAGE_SANBOOT || e->kind == IMAGE_MEMDISK);
}

static void check_entries(struct checking *c, const struct family *family)
{
    bool has_kernel = family->common.kernel != NULL || is_whole(&family->common);

    check_entry(c, &family->common);
    for (unsigned i = 0; i < family->entry_count; i++) {
        const struct family_entry *e = &family->entries[i];
        check_entry(c, e);
        if (!has_kernel && !e->kernel && !is_whole(e))
            fault(c, "each entry needs a kernel: write it at the top, for all, or in the entry");
        if (i > 0 && !e->variant)
            fault(c, "entries behind the first need a name, as rescue");
        for (unsigned k = 0; k < i && e->variant; k++)
            if (family->entries[k].variant && strcmp(family->entries[k].variant, e->variant) == 0)
                fault(c, "two entries have the same name");
    }
    if (family->refuse ? family->entry_count > 0 || has_kernel
                       : family->entry_count == 0 && !has_kernel)
        fault(c, family->refuse
                     ? "with refuse there is nothing to boot: leave kernel and entries out"
                     : "a recipe needs a kernel (or kind: disk), or refuse");
}

unsigned family_check(const struct family *family, const struct yaml_fault_sink *faults)
{
    struct checking c = { .faults = faults };

    gather_names(&c, family);
    if (!recipe_is_name(span_text(family->name)))
        fault(&c, "a recipe's name, or its file's, has a-z, 0-9, ., - and _ only");
    if (!family->title)
        fault(&c, "a recipe needs a title");
    if (family->match_count == 0)
        fault(&c, "a recipe needs match: what tells the family from others");
    check_text(&c, "title", family->title, CERTAIN);
    check_text(&c, "group", family->group, CERTAIN);
    check_text(&c, "image-name", family->image_name, CERTAIN);
    for (unsigned i = 0; i < family->clue_count; i++) {
        const struct clue *clue = &family->clues[i];
        for (unsigned k = 0; k < clue->path_count; k++)
            check_text(&c, "a clue's path", clue->paths[k], FOUND);
        for (unsigned k = 0; k < clue->set_count; k++)
            check_text(&c, "set", clue->sets[k].value, FOUND);
    }
    for (unsigned i = 0; i < family->edit_count; i++) {
        check_text(&c, "an edit's file", family->edits[i].path, FOUND);
        check_text(&c, "an edit's add", family->edits[i].add, MACHINE);
    }
    for (unsigned i = 0; i < family->slim_count; i++)
        check_text(&c, "slim", family->slim[i], FOUND);
    check_entries(&c, family);
    return c.fault_count;
}
