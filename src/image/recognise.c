/* The whole way from a folder, file or container to entries that can be booted: written words
 * (image.yaml) first, recognition for the rest, then a look at every file. Recognition asks the
 * recipes, then the image's own boot menu, then looks for programs. */
#include <errno.h>

#include "image/boot_menu.h"
#include "image/find_program.h"
#include "image/memdisk.h"
#include "image/recipe_book.h"
#include "image/recognise_windows.h"
#include "image/shim.h"

/* The first recipe that matches. Else -ENOENT, with the nearest miss in `why` ("" = none), or
 * -EINVAL when a recipe says that it cannot be booted. */
static int ask_recipes(const struct image_source *source, const struct recipe_book *book,
                       const struct family_trail *trail, struct recipe_set *set,
                       char why[RECIPE_WHY_MAX])
{
    char sentence[RECIPE_WHY_MAX];

    why[0] = 0;
    for (size_t i = 0; i < recipe_book_count(book); i++) {
        switch (family_match(recipe_book_at(book, i), source, trail, set, sentence)) {
        case FAMILY_MATCHED:
            return 0;
        case FAMILY_REFUSED:
            memcpy(why, sentence, RECIPE_WHY_MAX);
            return -EINVAL;
        case FAMILY_INCOMPLETE:
            if (!why[0])
                memcpy(why, sentence, RECIPE_WHY_MAX);
            break;
        case FAMILY_OTHER:
            break;
        }
    }
    return -ENOENT;
}

/* iPXE gives the whole disc to the firmware. Many an installer finds nothing there once its kernel
 * runs, so it is the last thing that is offered. */
static bool offer_container(const struct image_source *source, struct recipe_set *set)
{
    struct recipe *recipe = &set->entries[0];

    *set = (struct recipe_set){ .count = 1 };
    if (!source->container)
        return false;
    recipe->has_kind = true;
    recipe->kind = IMAGE_SANBOOT;
    recipe->is_untested = true;
    recipe->arches = arch_bit(ARCH_BIOS_X86) | arch_bit(ARCH_EFI_X64) | arch_bit(ARCH_EFI_ARM64);
    span_to_text(span_text(source->container), recipe->kernel, sizeof recipe->kernel);
    struct span name =
        span_text(source->label && source->label[0] ? source->label : source->container);
    name = span_slice(name, 0, 25);
    while (name.len > 0 && name.data[name.len - 1] == ' ')
        name.len--;
    struct text t = text_over(recipe->title, sizeof recipe->title);
    text_add_escaped(&t, name);
    text_add(&t, " (untested here)");
    return true;
}

static bool find_program(const struct image_source *source, struct recipe_set *set)
{
    *set = (struct recipe_set){ .count = 1 };
    return find_program_in_folder(source, "", &set->entries[0]) ||
           find_program_in_folder(source, "boot", &set->entries[0]);
}

static int recognise_file(const struct image_source *source, struct recipe_set *set,
                          struct text *why)
{
    enum program_kind kind;

    *set = (struct recipe_set){ .count = 1 };
    if (find_program_set(source, source->file, &set->entries[0], &kind))
        return 0;
    text_addf(why,
              "the file is %s; a single file must be a Linux kernel, an EFI program, a unified "
              "kernel image, an ISO, a disk image or a WIM of Windows",
              program_kind_text(kind));
    return -ENOENT;
}

/* Find out what a folder, file or container is, without image.yaml: by the recipes of the book
 * first, then by its own boot menu, then by what programs there are. `trail` may be NULL. 0, or
 * -ENOENT and a sentence that says what was looked for. */
static int recognise(const struct image_source *source, const struct recipe_book *book,
                     const struct family_trail *trail, struct recipe_set *set,
                     char why[RECIPE_WHY_MAX])
{
    char nearest[RECIPE_WHY_MAX];
    struct text t = text_over(why, RECIPE_WHY_MAX);

    *set = (struct recipe_set){ .count = 1 };
    int r = recognise_windows(source, &set->entries[0], &t);
    if (r != -ENOENT || t.len > 0)
        return r;
    r = ask_recipes(source, book, trail, set, nearest);
    if (r != -ENOENT) {
        text_add(&t, r < 0 ? nearest : "");
        return r;
    }
    if (source->file) {
        r = recognise_file(source, set, &t);
        if (r == 0)
            memdisk_offer(source, set);
        return r;
    }
    if (boot_menu_find(source, set) || find_program(source, set) || offer_container(source, set)) {
        memdisk_offer(source, set);
        /* What is offered instead of what it looks like is worth a word. */
        span_to_text(span_text(nearest), set->notes, sizeof set->notes);
        return 0;
    }
    *set = (struct recipe_set){ .count = 0 };
    if (nearest[0])
        text_addf(&t, "%s; 'tugboot image recognise --all' tells what was looked for", nearest);
    else
        text_add(
            &t, "nothing to boot was recognised: no recipe matches, there is no boot menu of GRUB, "
                "syslinux or systemd-boot whose files are there, no kernel (vmlinuz*, linux, "
                "bzImage*, Image) with an initrd (initrd*, initramfs*), no single .efi program and "
                "no single .iso or .img, here and in boot/, and no WIM of Windows; write an "
                "image.yaml that names the kernel, or a recipe");
    return -ENOENT;
}

/* What image.yaml left unsaid, from recognition. */
static void fill_up(struct recipe *recipe, const struct recipe *found)
{
    bool same = recipe->kernel[0] == 0 ||
                (recipe->kind == found->kind && strcmp(recipe->kernel, found->kernel) == 0);
    if (recipe->kernel[0] == 0 && (!recipe->has_kind || recipe->kind == found->kind)) {
        recipe->has_kind = found->has_kind;
        recipe->kind = found->kind;
        memcpy(recipe->kernel, found->kernel, sizeof recipe->kernel);
    }
    if (!same)
        return;
    if (!recipe->has_initrds) {
        memcpy(recipe->initrds, found->initrds, sizeof recipe->initrds);
        memcpy(recipe->initrd_names, found->initrd_names, sizeof recipe->initrd_names);
        recipe->initrd_count = found->initrd_count;
        recipe->has_initrds = found->has_initrds;
    }
    if (!recipe->has_arguments) {
        memcpy(recipe->arguments, found->arguments, sizeof recipe->arguments);
        recipe->has_arguments = found->has_arguments;
        recipe->is_untested = found->is_untested;
    }
    /* Arguments of the owner's own name the file's URL: it is not put inside behind their back. */
    bool is_by_own_words = recipe->answer_arguments[0] != 0;
    if (recipe->answer_kind == ANSWER_NONE && !is_by_own_words) {
        recipe->answer_kind = found->answer_kind;
        memcpy(recipe->answer_arguments, found->answer_arguments, RECIPE_ANSWER_MAX);
    }
    if (!recipe->has_answer_inside && !is_by_own_words &&
        recipe->answer_kind == found->answer_kind) {
        memcpy(recipe->answer_inside, found->answer_inside, sizeof recipe->answer_inside);
        recipe->has_answer_inside = found->has_answer_inside;
        if (!recipe->answer_inside_arguments[0])
            memcpy(recipe->answer_inside_arguments, found->answer_inside_arguments,
                   RECIPE_ANSWER_MAX);
    }
    if (!recipe->title[0])
        memcpy(recipe->title, found->title, sizeof recipe->title);
    if (!recipe->group[0])
        memcpy(recipe->group, found->group, sizeof recipe->group);
    if (!recipe->arches)
        recipe->arches = found->arches;
    if (!recipe->memory_mib)
        recipe->memory_mib = found->memory_mib;
    if (recipe->kind == IMAGE_WIM)
        recognise_windows_fill(&recipe->windows, &found->windows);
    memcpy(recipe->edits, found->edits, sizeof recipe->edits);
    recipe->edit_count = found->edit_count;
    if (recipe->slim_count == 0) {
        memcpy(recipe->slim, found->slim, sizeof recipe->slim);
        recipe->slim_count = found->slim_count;
    }
}

/* Is it the container the files lie in? Then `read` does not know it. */
static bool is_container(const struct image_source *source, const char *path)
{
    return source->container && strcmp(path, source->container) == 0;
}

static int check_initrds(const struct image_source *source, const struct recipe *recipe,
                         struct text *why)
{
    uint8_t byte;
    for (unsigned i = 0; i < recipe->initrd_count; i++) {
        if (is_container(source, recipe->initrds[i]) ||
            source->read(source->context, recipe->initrds[i], 0, &byte, 1) == 1)
            continue;
        text_addf(why, "the initrd %s is not there, is empty, or cannot be read",
                  recipe->initrds[i]);
        return -ENOENT;
    }
    return 0;
}

static int check_files(const struct image_source *source, struct recipe *recipe, struct text *why)
{
    struct program program = { .kind = PROGRAM_UNKNOWN };

    if (!is_container(source, recipe->kernel))
        program_probe(source, recipe->kernel, &program);
    if (program.kind == PROGRAM_UNREADABLE) {
        text_addf(why, "the file %s is not there, or cannot be read", recipe->kernel);
        return -ENOENT;
    }
    if (!recipe->arches)
        recipe->arches = program.arches;
    if (!recipe->arches) {
        text_addf(why,
                  "%s is %s, so it cannot be told which machines can boot it: add architectures: "
                  "to image.yaml",
                  recipe->kernel, program_kind_text(program.kind));
        return -EINVAL;
    }
    int r = check_initrds(source, recipe, why);
    if (r < 0)
        return r;
    if (recipe->shim[0] && !shim_is(source, recipe->shim)) {
        text_addf(why, "%s is not there, or is no shim", recipe->shim);
        return -ENOENT;
    }
    if (!recipe->has_shim)
        recipe->has_shim = shim_find(source, recipe, recipe->shim);
    return 0;
}

/* Further entries take from image.yaml what is about the image as a whole. */
static void share(const struct recipe *written, struct recipe *entry)
{
    if (written->group[0])
        memcpy(entry->group, written->group, sizeof entry->group);
    if (written->arches)
        entry->arches = written->arches;
    if (written->memory_mib)
        entry->memory_mib = written->memory_mib;
    if (written->has_shim) {
        entry->has_shim = true;
        memcpy(entry->shim, written->shim, sizeof entry->shim);
    }
    entry->order = written->order;
    entry->is_hidden = written->is_hidden;
}

/* A WIM that image.yaml names, and recognition did not find. */
static int look_at_named_wim(const struct image_source *source, const struct recipe_set *found,
                             struct recipe *written, char why[RECIPE_WHY_MAX])
{
    struct recipe looked;
    struct text t;

    if (written->kind != IMAGE_WIM || !written->kernel[0] ||
        (found->count > 0 && strcmp(written->kernel, found->entries[0].kernel) == 0))
        return 0;
    t = text_over(why, RECIPE_WHY_MAX);
    int r = recognise_named_wim(source, written->kernel, &looked, &t);
    if (r == 0)
        fill_up(written, &looked);
    return r;
}

/* What was written and what was found, put together; `written` with a kernel of its own that is not
 * the found one stands alone. */
static void join(const struct recipe *written, struct recipe_set *set)
{
    struct recipe first = *written;
    bool is_own = written->kernel[0] &&
                  (set->count == 0 || strcmp(written->kernel, set->entries[0].kernel) != 0);

    if (set->count > 0)
        fill_up(&first, &set->entries[0]);
    for (unsigned i = 1; i < set->count; i++)
        share(written, &set->entries[i]);
    set->entries[0] = first;
    if (set->count == 0 || is_own || written->is_alone)
        set->count = 1;
}

/* Entries whose files are not sound are left out; the first has to be. */
static int check_all(const struct image_source *source, struct recipe_set *set, struct text *why)
{
    char sentence[RECIPE_WHY_MAX];
    unsigned kept = 1;
    int r = check_files(source, &set->entries[0], why);

    for (unsigned i = 1; i < set->count && r == 0; i++) {
        struct text t = text_over(sentence, sizeof sentence);
        if (check_files(source, &set->entries[i], &t) < 0)
            continue;
        if (kept != i)
            set->entries[kept] = set->entries[i];
        kept++;
    }
    set->count = (uint8_t)kept;
    return r;
}

int recipe_read_written(const struct image_source *source, struct recipe *written,
                        char why[RECIPE_WHY_MAX])
{
    uint8_t yaml[8192];
    struct text t = text_over(why, RECIPE_WHY_MAX);
    int64_t n = source->file || !source->read
                    ? -1
                    : source->read(source->context, "image.yaml", 0, yaml, sizeof yaml);

    *written = (struct recipe){ 0 };
    if (n == sizeof yaml) {
        text_add(&t, "image.yaml is larger than 8 KiB");
        return -EINVAL;
    }
    return n < 0 ? 0 : recipe_parse(span_of(yaml, (size_t)n), written, why);
}

int recipe_load(const struct image_source *source, const struct recipe_book *book,
                const struct family_trail *trail, const char *name, struct recipe_set *set,
                char why[RECIPE_WHY_MAX])
{
    struct recipe written;
    struct text t = text_over(why, RECIPE_WHY_MAX);

    *set = (struct recipe_set){ .count = 0 };
    int r = recipe_read_written(source, &written, why);
    if (r < 0)
        return r;
    r = recognise(source, book, trail, set, why);
    if (r < 0)
        *set = (struct recipe_set){ .count = 0 };
    int named = look_at_named_wim(source, set, &written, why);
    if (named < 0)
        return named;
    join(&written, set);
    if (!set->entries[0].kernel[0])
        return r < 0 ? r : -ENOENT;
    t = text_over(why, RECIPE_WHY_MAX);
    r = check_all(source, set, &t);
    if (r == 0 && !set->entries[0].title[0])
        span_to_text(span_text(name), set->entries[0].title, sizeof set->entries[0].title);
    return r;
}

static void add_name_part(struct text *out, struct span part)
{
    for (size_t i = 0; i < part.len && out->len < 60; i++) {
        uint8_t c = ascii_lower(part.data[i]);
        bool sound = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
        if (sound && !(c == '.' && out->len == 0))
            text_add_char(out, (char)c);
        else if (out->len > 0 && out->data[out->len - 1] != '-')
            text_add_char(out, '-');
    }
    while (out->len > 0 && out->data[out->len - 1] == '-')
        out->data[--out->len] = 0;
}

void recipe_suggest_name(const struct recipe_set *set, const char *path, struct text *out)
{
    if (set && set->suggested[0]) {
        add_name_part(out, span_text(set->suggested));
        return;
    }
    struct span rest = span_text(path);
    while (rest.len > 0 && rest.data[rest.len - 1] == '/')
        rest.len--;
    for (size_t slash; (slash = span_find(rest, '/')) < rest.len;)
        rest = span_from(rest, slash + 1);
    static const char *const endings[] = { ".efi", ".iso", ".img", ".raw", ".wim" };
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (rest.len > 4 && span_is_nocase(span_from(rest, rest.len - 4), endings[i])) {
            rest.len -= 4;
            break;
        }
    add_name_part(out, rest);
}
