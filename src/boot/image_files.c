/* See image_files.h. The order: what is made of several files or changed on its way; a file of the
 * folder, which hides one of that name in the container; the file in the container; the container
 * itself by its own name; a file of the folder again, with the case of its name forgiven. */
#include "boot/image_files.h"

#include "base/text.h"

#include "boot/answer.h"
#include "boot/edit.h"
#include "boot/listing.h"
#include "boot/reach.h"
#include "boot/slim_iso.h"
#include "boot/template.h"
#include "model/media_type.h"
#include "model/url.h"

#define PAGE_BYTES_MAX 32768

/* Where the request's memory is used up, a text that is to be changed cannot be. */
static const struct edit without_memory = {
    .fault = "the changed text does not fit into the request's memory"
};

struct finding {
    const struct image_files_request *request;
    const struct image *image;
    struct arena *arena;
    struct candidate *out;
    uint8_t count;
};

static bool is_file(const char *listed, struct span asked)
{
    struct safe_path path;

    return listed && safe_path_parse(span_text(listed), &path) == PATH_SOUND &&
           span_equals_nocase(safe_path_span(&path), asked);
}

void image_files_add_initrd(struct text *out, const struct image *image, uint8_t which)
{
    text_add(out, image->initrds[which]);
    if (image->initrd_names[which])
        text_add(out, IMAGE_CPIO_ENDING);
}

/* Is this the path by which that initrd is asked for? */
static bool is_initrd(const struct image *image, uint8_t which, struct span path)
{
    char buffer[SAFE_PATH_MAX + sizeof IMAGE_CPIO_ENDING];
    struct text asked = text_over(buffer, sizeof buffer);
    image_files_add_initrd(&asked, image, which);
    return !asked.failed && is_file(buffer, path);
}

/* What this file is to the image's boot. */
static void classify(const struct image *image, struct span path, struct candidate *c)
{
    if (is_file(image->kernel, path)) {
        c->served_as = SERVED_KERNEL;
        c->last_of_image = image->initrd_count == 0 || image->kind != IMAGE_LINUX;
    }
    for (uint8_t i = 0; i < image->initrd_count && i < IMAGE_INITRDS_MAX; i++) {
        if (!is_initrd(image, i, path))
            continue;
        c->served_as = SERVED_INITRD;
        c->last_of_image = i + 1 == image->initrd_count;
    }
}

static struct candidate *add(struct finding *f, enum candidate_kind kind)
{
    const struct image_files_request *r = f->request;
    if (f->count == IMAGE_FILES_MAX)
        return NULL;
    struct candidate *c = &f->out[f->count++];
    *c = (struct candidate){ .kind = kind,
                             .root = f->image->root,
                             .media_type = media_type_of(r->path),
                             .image = f->image,
                             .what = f->image->name };
    classify(f->image, r->path, c);
    return c;
}

/* folder "/" path as a safe path; false when that is too long. */
static bool join(const char *folder, struct span path, struct safe_path *ret_path)
{
    char buffer[2 * SAFE_PATH_MAX + 2];
    struct text text = text_over(buffer, sizeof buffer);

    text_addf(&text, "%s/", folder);
    text_add_span(&text, path);
    return !text.failed && safe_path_parse(text_span(&text), ret_path) == PATH_SOUND;
}

/* What the folder says of the image is for its owner: where it came from, and what a kernel is
 * told.
 */
static bool is_description(struct span path)
{
    return is_file("image.yaml", path) || is_file(".origin.yaml", path);
}

static void add_beside(struct finding *f, struct span path, bool any_case)
{
    struct safe_path whole;
    struct candidate *c = NULL;

    if (!is_description(path) && join(f->image->folder, path, &whole))
        c = add(f, CANDIDATE_FILE);
    if (!c)
        return;
    c->path = whole;
    c->any_case = any_case;
    if (c->served_as == SERVED_FILE && media_type_is_program(path))
        c->served_as = SERVED_LOADER;
}

static void add_inside(struct finding *f, const struct image_index_entry *entry)
{
    struct candidate *c = add(f, CANDIDATE_INSIDE);
    if (!c)
        return;
    c->container = f->image->container;
    c->entry = entry;
    if (c->served_as == SERVED_FILE && entry && media_type_is_program(f->request->path))
        c->served_as = SERVED_LOADER;
}

bool image_files_plan(const struct image *image, const char *file, struct arena *arena,
                      struct part *ret_part)
{
    struct part part = { .kind = PART_FILE, .root = image->root, .any_case = true };
    struct span copy = { 0 };
    struct safe_path whole;

    if (!join(image->folder, span_text(file), &whole))
        return false;
    if (image->container) {
        part.entry = image_index_find(image->container->index, span_text(file), true);
        part.container = image->container;
        if (part.entry ? !part.entry->is_folder
                       : span_is_nocase(span_text(file), image->container->file))
            part.kind = PART_INSIDE;
    }
    /* What lies beside a container without a folder of its own is not the image's. */
    if (part.kind == PART_FILE || *image->folder) {
        copy = arena_copy(arena, span_of(whole.text, (size_t)whole.len + 1));
        if (!copy.data)
            return false;
    }
    part.path = (const char *)copy.data;
    *ret_part = part;
    return true;
}

static void add_plan(struct finding *f, const struct part *parts, uint16_t count)
{
    struct part *copy = arena_array(f->arena, struct part, count);
    struct part_plan *plan = arena_new(f->arena, struct part_plan);
    struct candidate *c = copy && plan ? add(f, CANDIDATE_PARTS) : NULL;
    if (!c)
        return;
    memcpy(copy, parts, count * sizeof *parts);
    *plan = (struct part_plan){ .parts = copy, .count = count };
    c->plan = plan;
}

/* An initrd that is an archive with one file in it. */
static void add_wrapped(struct finding *f)
{
    for (uint8_t i = 0; i < f->image->initrd_count && i < IMAGE_INITRDS_MAX; i++) {
        struct part part;
        if (!f->image->initrd_names[i] || !is_initrd(f->image, i, f->request->path) ||
            !image_files_plan(f->image, f->image->initrds[i], f->arena, &part))
            continue;
        part.cpio_name = f->image->initrd_names[i];
        add_plan(f, &part, 1);
        return;
    }
}

static struct span write_place(const struct finding *f, enum image_edit_kind kind)
{
    char buffer[300];
    struct text text = text_over(buffer, sizeof buffer);
    if (kind == IMAGE_EDIT_ESXI)
        reach_add_server(&text, &f->request->reach);
    text_add(&text, "/images/");
    url_encode(&text, span_text(f->image->name));
    return arena_copy(f->arena, text_span(&text));
}

/* What the kernel is told besides. Where a variable has no value, as when there is no answer file
 * for the machine, that is nothing. False with a phrase when it cannot be written. */
static bool write_addition(const struct finding *f, const char *source, struct span *ret_addition,
                           const char **ret_fault)
{
    char buffer[EDIT_ADD_MAX];
    struct text text = text_over(buffer, sizeof buffer);
    char why[160];
    struct text said = text_over(why, sizeof why);
    struct rule_settings settings;
    struct answer answer;

    rule_settings_of(f->request->catalog, f->request->client, &settings);
    bool has_answer = answer_choose(f->request->catalog, &settings, f->image, &answer, &said);
    const struct template_scope scope = { .client = f->request->client,
                                          .settings = &settings,
                                          .reach = &f->request->reach,
                                          .image = f->image,
                                          .answer = has_answer ? &answer : NULL };
    enum template_flaw flaw = template_render(span_text(source), &scope, &text, NULL);
    *ret_addition = (struct span){ 0 };
    if (template_flaw_is_absence(flaw))
        return true;
    *ret_fault = flaw == TEMPLATE_TOO_LONG
                     ? "what the kernel is to be told besides becomes too long"
                     : "what the kernel is to be told besides has a variable that is written wrong";
    if (flaw != TEMPLATE_SOUND)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < ' ')
            text.data[i] = ' ';
    *ret_addition = arena_copy(f->arena, text_span(&text));
    *ret_fault = without_memory.fault;
    return text.len == 0 || ret_addition->data;
}

/* What is done to the text at the asked path; `without_memory` when not even the fault can be kept.
 */
static const struct edit *plan_edit(const struct finding *f, const struct image_edit *wanted)
{
    struct edit *edit = arena_new(f->arena, struct edit);
    if (!edit)
        return &without_memory;
    *edit = (struct edit){ .kind = wanted->kind, .files = write_place(f, wanted->kind) };
    if (!edit->files.data)
        return &without_memory;
    if (write_addition(f, wanted->add, &edit->add, &edit->fault))
        edit->fault = NULL;
    return edit;
}

/* A text that is to be changed stands first, and whoever opens it takes no other in its place. */
static void add_edited(struct finding *f)
{
    for (uint8_t i = 0; i < f->image->edit_count && i < IMAGE_EDITS_MAX; i++) {
        const struct image_edit *wanted = &f->image->edits[i];
        struct part part;
        if (!is_file(wanted->path, f->request->path))
            continue;
        const struct edit *edit = plan_edit(f, wanted);
        uint8_t before = f->count;
        if (!edit->fault && image_files_plan(f->image, wanted->path, f->arena, &part))
            add_plan(f, &part, 1);
        else if (edit->fault)
            (void)add(f, CANDIDATE_PARTS);
        if (f->count == before) {
            edit = &without_memory;
            (void)add(f, CANDIDATE_PARTS);
        }
        f->out[f->count - 1].edit = edit;
        return;
    }
}

/* The container, holding only what its installer needs. */
static void add_slim(struct finding *f)
{
    const struct image *image = f->image;
    struct part_plan *plan = NULL;

    if (image->slim_count == 0 || !image->container ||
        !span_is_nocase(f->request->path, IMAGE_SLIM_NAME))
        return;
    plan = arena_new(f->arena, struct part_plan);
    if (!plan || slim_iso_plan(image->container, image->slim, image->slim_count, f->arena, plan) !=
                     SLIM_ISO_SOUND)
        return;
    struct candidate *c = add(f, CANDIDATE_PARTS);
    if (c)
        c->plan = plan;
}

static void add_page(struct finding *f)
{
    size_t left = f->arena->cap - f->arena->used;
    size_t cap = left / 2 < PAGE_BYTES_MAX ? left / 2 : PAGE_BYTES_MAX;
    char *page = cap > 0 ? arena_alloc(f->arena, cap) : NULL;
    if (!page)
        return;
    struct text text = text_over(page, cap);
    struct candidate *c =
        listing_write(f->image, f->request->path, &text) ? add(f, CANDIDATE_TEXT) : NULL;
    if (!c)
        return;
    c->text = text_span(&text);
    c->media_type = "text/html; charset=utf-8";
}

static void find_in_container(struct finding *f)
{
    const struct image_container *container = f->image->container;
    struct span path = f->request->path;
    const struct image_index_entry *entry = image_index_find(container->index, path, true);

    if (entry && !entry->is_folder)
        add_inside(f, entry);
    if (span_is_nocase(path, container->file))
        add_inside(f, NULL);
}

static bool is_folder(const struct image *image, struct span path)
{
    const struct image_index_entry *entry = image_index_find(image->container->index, path, true);
    return path.len == 0 || (entry && entry->is_folder);
}

uint8_t image_files_find(const struct image_files_request *request, struct arena *arena,
                         struct candidate out[IMAGE_FILES_MAX])
{
    const struct image *image = request->image;
    struct finding f = { .request = request, .image = image, .arena = arena, .out = out };

    if (request->path.len > 0) {
        add_wrapped(&f);
        add_edited(&f);
        add_slim(&f);
        /* A plain file is an image without a folder of its own: what lies beside it is not its. */
        if (*image->folder || (!image->container && is_file(image->kernel, request->path)))
            add_beside(&f, request->path, !image->container);
        if (image->container)
            find_in_container(&f);
        if (*image->folder && image->container)
            add_beside(&f, request->path, true);
    }
    if (request->wants_page && image->container && is_folder(image, request->path))
        add_page(&f);
    return f.count;
}
