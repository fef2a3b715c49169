/* A recipe applied to a source: clues first, then each entry with its files. An entry whose files
 * are not all there is left out; when none is left, the first one's missing file is the reason. */
#include "image/family.h"

#define MIB (UINT64_C(1) << 20)

struct matching {
    const struct family *family;
    const struct image_source *source;
    const struct family_trail *trail;
    struct captures captures;
    char missing[CAPTURE_VALUE_MAX + 32]; /* the first thing that was looked for in vain */
};

static bool look(struct matching *m, const struct clue *clue)
{
    bool holds = clue_holds(clue, m->source, &m->captures);
    if (m->trail) {
        char data[400];
        struct text t = text_over(data, sizeof data);
        clue_describe(clue, &t);
        m->trail->step(m->trail->context, m->family, data, holds);
    }
    return holds;
}

/* Clue number *at, and those it is made of; *at goes on behind them. */
static bool look_next(struct matching *m, unsigned *at)
{
    const struct clue *clue = &m->family->clues[(*at)++];
    if (clue->kind != CLUE_ANY)
        return look(m, clue);
    bool holds = false;
    for (unsigned i = 0; i < clue->any_count; i++, (*at)++)
        holds = holds || look(m, &m->family->clues[*at]);
    return holds;
}

/* The template with captures, as one line without blanks that are doubled or at an end. */
static bool expand_title(const struct matching *m, const char *template, char *out, size_t cap)
{
    char data[512];
    struct text raw = text_over(data, sizeof data), t = text_over(out, cap);
    if (!captures_expand(&m->captures, template, false, &raw))
        return false;
    for (size_t i = 0; i < raw.len; i++) {
        bool is_odd = data[i] == ' ' && (t.len == 0 || data[i + 1] == ' ' || data[i + 1] == 0 ||
                                         data[i + 1] == ')' || data[i + 1] == ',');
        if (!is_odd)
            text_add_char(&t, data[i]);
    }
    return true; /* a title that is cut is still a title */
}

static void miss(struct matching *m, const char *what)
{
    if (!m->missing[0])
        span_to_text(span_text(what), m->missing, sizeof m->missing);
}

/* A path of the recipe as the file it means in this image. */
static bool find_file(struct matching *m, const char *template, char out[RECIPE_PATH_MAX])
{
    char path[CAPTURE_VALUE_MAX], found[CAPTURE_VALUE_MAX];
    struct text t = text_over(path, sizeof path);
    struct safe_path safe;

    if (!captures_expand(&m->captures, template, false, &t)) {
        miss(m, template);
        return false;
    }
    if (!clue_find_file(m->source, path, found, NULL) ||
        safe_path_parse(span_text(found), &safe) != PATH_SOUND || safe.len >= RECIPE_PATH_MAX) {
        miss(m, path);
        return false;
    }
    span_to_text(safe_path_span(&safe), out, RECIPE_PATH_MAX);
    return true;
}

static bool has_container(struct matching *m)
{
    if (!m->source->container)
        miss(m, "the ISO itself (what it holds is not enough: its files would have to lie in it)");
    return m->source->container != NULL;
}

static bool fill_initrds(struct matching *m, const struct family_entry *e, struct recipe *recipe)
{
    recipe->has_initrds = true;
    for (unsigned i = 0; i < e->initrd_count; i++) {
        unsigned at = recipe->initrd_count;
        char path[RECIPE_PATH_MAX];
        if (!e->initrds[i].path) {
            if (!has_container(m))
                return false;
            span_to_text(span_text(m->source->container), path, sizeof path);
        } else if (e->initrds[i].is_optional) {
            struct matching quiet = *m;
            if (!find_file(&quiet, e->initrds[i].path, path))
                continue;
        } else if (!find_file(m, e->initrds[i].path, path)) {
            return false;
        }
        span_to_text(span_text(path), recipe->initrds[at], RECIPE_PATH_MAX);
        if (e->initrds[i].as)
            span_to_text(span_text(e->initrds[i].as), recipe->initrd_names[at],
                         RECIPE_INITRD_NAME_MAX);
        recipe->initrd_count++;
    }
    return true;
}

static void mention(void *context, struct span name, bool has_default)
{
    bool *mentions = context;
    *mentions = *mentions || (!has_default && (span_is(name, "iso") || span_is(name, "slim")));
}

static bool fill_arguments(struct matching *m, const char *common, const char *more,
                           struct recipe *recipe)
{
    struct text t = text_over(recipe->arguments, sizeof recipe->arguments);
    bool mentions_iso = false;
    const char *const parts[] = { common, more };

    for (size_t i = 0; i < 2; i++) {
        if (!parts[i] || !parts[i][0])
            continue;
        captures_each_name(parts[i], mention, &mentions_iso);
        text_add(&t, t.len > 0 ? " " : "");
        if (!captures_expand(&m->captures, parts[i], true, &t)) {
            miss(m, "room for its arguments (they are longer than 1023 bytes)");
            return false;
        }
    }
    recipe->has_arguments = true;
    return !mentions_iso || has_container(m);
}

static uint32_t memory_of(const struct family_entry *e, const struct image_source *source)
{
    uint64_t container_mib = source->container_size / MIB;
    uint64_t mib = e->memory_mib + container_mib * e->memory_percent / 100;
    return mib < UINT32_MAX ? (uint32_t)mib : UINT32_MAX;
}

static void fill_answers(const struct matching *m, const struct family_entry *e,
                         struct recipe *recipe)
{
    struct text t = text_over(recipe->answer_arguments, sizeof recipe->answer_arguments);
    recipe->answer_kind = e->answers;
    if (!e->answer_arguments || !captures_expand(&m->captures, e->answer_arguments, true, &t))
        recipe->answer_arguments[0] = 0;
    if (!e->answer_inside)
        return;
    recipe->has_answer_inside = true;
    span_to_text(span_text(e->answer_inside), recipe->answer_inside, sizeof recipe->answer_inside);
    t = text_over(recipe->answer_inside_arguments, sizeof recipe->answer_inside_arguments);
    if (!e->answer_inside_arguments ||
        !captures_expand(&m->captures, e->answer_inside_arguments, true, &t))
        recipe->answer_inside_arguments[0] = 0;
}

static bool fill_program(struct matching *m, const char *kernel, struct recipe *recipe)
{
    recipe->has_kind = true;
    if (kernel)
        return find_file(m, kernel, recipe->kernel);
    if (m->source->container)
        span_to_text(span_text(m->source->container), recipe->kernel, sizeof recipe->kernel);
    else if (m->source->file)
        span_to_text(span_text(m->source->file), recipe->kernel, sizeof recipe->kernel);
    return recipe->kernel[0] != 0 || has_container(m);
}

static bool fill_title(const struct matching *m, const struct family_entry *e,
                       struct recipe *recipe)
{
    static const char mark[] = " (untested here)";
    char label[64];

    if (!expand_title(m, m->family->title, recipe->title, sizeof recipe->title - sizeof mark - 64))
        return false;
    size_t used = strlen(recipe->title);
    struct text t = text_over(recipe->title + used, sizeof recipe->title - used);
    if (e->label && e->label[0] && expand_title(m, e->label, label, sizeof label) && label[0])
        text_addf(&t, "%s%s", label[0] == ',' ? "" : " ", label);
    if (recipe->is_untested)
        text_add(&t, mark);
    return !m->family->group ||
           expand_title(m, m->family->group, recipe->group, sizeof recipe->group);
}

/* Files that are changed on their way; one that is not there needs no change. */
static void fill_edits(struct matching *m, struct recipe *recipe)
{
    for (unsigned i = 0; i < m->family->edit_count; i++) {
        struct matching quiet = *m;
        unsigned at = recipe->edit_count;
        struct text t = text_over(recipe->edits[at].add, sizeof recipe->edits[at].add);
        if (!find_file(&quiet, m->family->edits[i].path, recipe->edits[at].path) ||
            !captures_expand(&m->captures, m->family->edits[i].add, true, &t))
            continue;
        recipe->edits[at].kind = m->family->edits[i].kind;
        recipe->edit_count++;
    }
}

static void fill_slim(const struct matching *m, struct recipe *recipe)
{
    for (unsigned i = 0; i < m->family->slim_count; i++) {
        struct text t = text_over(recipe->slim[recipe->slim_count], RECIPE_SLIM_MAX);
        if (captures_expand(&m->captures, m->family->slim[i], false, &t))
            recipe->slim_count++;
    }
}

static bool needs_are_there(struct matching *m, const struct family_entry *e)
{
    char path[RECIPE_PATH_MAX];
    for (unsigned i = 0; i < e->need_count; i++)
        if (!find_file(m, e->needs[i], path))
            return false;
    return true;
}

/* One entry: what it says itself, else what the family's entries share. */
static bool fill_entry(struct matching *m, const struct family_entry *e, struct recipe *recipe)
{
    const struct family_entry *common = &m->family->common;
    const struct family_entry *kind = e->has_kind ? e : common;
    const struct family_entry *memory = e->has_memory ? e : common;

    *recipe = (struct recipe){ .kind = kind->has_kind ? kind->kind : IMAGE_LINUX,
                               .is_untested = e->is_untested || common->is_untested,
                               .arches = e->arches ? e->arches : common->arches,
                               .memory_mib = memory_of(memory, m->source) };
    if (e->variant)
        span_to_text(span_text(e->variant), recipe->variant, sizeof recipe->variant);
    fill_answers(m, e->has_answers ? e : common, recipe);
    fill_edits(m, recipe);
    fill_slim(m, recipe);
    return fill_program(m, e->kernel ? e->kernel : common->kernel, recipe) &&
           fill_initrds(m, e->has_initrds ? e : common, recipe) &&
           fill_arguments(m, e->arguments ? e->arguments : common->arguments, e->more, recipe) &&
           needs_are_there(m, common) && (e == common || needs_are_there(m, e)) &&
           fill_title(m, e, recipe);
}

static void fill_entries(struct matching *m, struct recipe_set *set)
{
    const struct family *family = m->family;
    unsigned count = family->entry_count > 0 ? family->entry_count : 1;

    set->count = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct family_entry *e =
            family->entry_count > 0 ? &family->entries[i] : &family->common;
        if (!fill_entry(m, e, &set->entries[set->count]))
            continue;
        if (set->count == 0)
            set->entries[0].variant[0] = 0;
        set->count++;
    }
}

static bool gather(struct matching *m)
{
    unsigned at = 0;
    while (at < m->family->match_count)
        if (!look_next(m, &at))
            return false;
    while (at < m->family->clue_count)
        (void)look_next(m, &at);
    for (unsigned i = 0; i < m->family->default_count; i++)
        (void)captures_add(&m->captures, span_text(m->family->defaults[i].name),
                           span_text(m->family->defaults[i].value));
    return true;
}

static void keep_texts(const struct matching *m, struct recipe_set *set)
{
    const struct family *family = m->family;
    struct text t = text_over(set->suggested, sizeof set->suggested);

    span_to_text(span_text(family->name), set->family, sizeof set->family);
    if (family->notes)
        span_to_text(span_text(family->notes), set->notes, sizeof set->notes);
    if (family->signed_by)
        span_to_text(span_text(family->signed_by), set->signed_by, sizeof set->signed_by);
    if (family->image_name)
        (void)captures_expand(&m->captures, family->image_name, false, &t);
}

enum family_verdict family_match(const struct family *family, const struct image_source *source,
                                 const struct family_trail *trail, struct recipe_set *set,
                                 char why[RECIPE_WHY_MAX])
{
    struct matching m = { .family = family, .source = source, .trail = trail };
    struct text t = text_over(why, RECIPE_WHY_MAX);
    char title[128] = "";

    *set = (struct recipe_set){ .count = 0 };
    if (!gather(&m))
        return FAMILY_OTHER;
    (void)expand_title(&m, family->title, title, sizeof title);
    if (family->refuse) {
        text_addf(&t, "this is %s: %s", title, family->refuse);
        return FAMILY_REFUSED;
    }
    keep_texts(&m, set);
    fill_entries(&m, set);
    if (set->count > 0)
        return FAMILY_MATCHED;
    text_addf(&t, "it looks like %s, but %s is missing", title, m.missing);
    return FAMILY_INCOMPLETE;
}
