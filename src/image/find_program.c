/* What can be started in a folder nobody knows: a kernel with its initrd, one EFI program, one disk
 * image, by their names and first bytes. */
#include "image/find_program.h"

#define NAMES_MAX      64
#define NAME_MAX_BYTES 128

/* Names of one folder that may matter. */
struct names {
    char rows[NAMES_MAX][NAME_MAX_BYTES];
    unsigned count;
};

static bool starts(const char *name, const char *prefix)
{
    return span_starts_with(span_text(name), prefix);
}

static bool ends(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n >= m && span_is_nocase(span_text(name + (n - m)), suffix);
}

static bool is_kernel_name(const char *name)
{
    if (ends(name, ".sig") || ends(name, ".sha256") || ends(name, ".asc") || ends(name, ".efi"))
        return false;
    return starts(name, "vmlinuz") || starts(name, "vmlinux") || strcmp(name, "linux") == 0 ||
           strcmp(name, "linux26") == 0 || starts(name, "bzImage") || strcmp(name, "Image") == 0 ||
           strcmp(name, "kernel") == 0;
}

static bool is_initrd_name(const char *name)
{
    if (ends(name, ".sig") || ends(name, ".sha256") || ends(name, ".asc"))
        return false;
    return starts(name, "initrd") || starts(name, "initramfs");
}

static bool is_disk_name(const char *name)
{
    return ends(name, ".iso") || ends(name, ".img") || ends(name, ".raw");
}

static int collect(void *context, const char *name, bool is_folder)
{
    struct names *names = context;
    bool wanted =
        is_kernel_name(name) || is_initrd_name(name) || is_disk_name(name) || ends(name, ".efi");
    if (is_folder || !wanted || strlen(name) >= NAME_MAX_BYTES)
        return 0;
    if (names->count == NAMES_MAX)
        return 1;
    span_to_text(span_text(name), names->rows[names->count++], NAME_MAX_BYTES);
    return 0;
}

/* What follows the first letters of a kernel's or initrd's name: "-6.1.0-amd64". */
static struct span suffix_of(const char *name)
{
    struct span s = span_text(name);
    size_t dash = span_find(s, '-');
    struct span suffix = span_from(s, dash);
    static const char *const endings[] = { ".img", ".gz", ".xz", ".zst" };
    for (size_t i = 0; i < 4; i++)
        if (suffix.len > strlen(endings[i]) &&
            span_is(span_from(suffix, suffix.len - strlen(endings[i])), endings[i]))
            return span_slice(suffix, 0, suffix.len - strlen(endings[i]));
    return suffix;
}

static void join(char *out, const char *folder, const char *name)
{
    struct text t = text_over(out, RECIPE_PATH_MAX);
    if (*folder)
        text_addf(&t, "%s/", folder);
    text_add(&t, name);
}

static void set_linux(struct recipe *recipe, const struct program *program)
{
    recipe->has_kind = true;
    recipe->kind = IMAGE_LINUX;
    recipe->arches = program->arches;
    recipe->has_initrds = true;
}

/* The last kernel in byte order that has an initrd of the same suffix; else the last kernel. */
static bool find_linux(const struct image_source *source, const char *folder,
                       const struct names *names, struct recipe *recipe)
{
    const char *kernel = NULL, *initrd = NULL, *any_initrd = NULL;
    struct program program;

    for (unsigned i = 0; i < names->count; i++)
        if (is_initrd_name(names->rows[i]))
            any_initrd = names->rows[i];
    for (unsigned i = 0; i < names->count; i++) {
        if (!is_kernel_name(names->rows[i]))
            continue;
        const char *match = NULL;
        for (unsigned j = 0; j < names->count; j++)
            if (is_initrd_name(names->rows[j]) &&
                span_equals(suffix_of(names->rows[i]), suffix_of(names->rows[j])))
                match = names->rows[j];
        if (match || !initrd) {
            kernel = names->rows[i];
            initrd = match;
        }
    }
    if (!kernel)
        return false;
    join(recipe->kernel, folder, kernel);
    program_probe(source, recipe->kernel, &program);
    if (program.kind != PROGRAM_LINUX)
        return false;
    set_linux(recipe, &program);
    initrd = initrd ? initrd : any_initrd;
    if (initrd)
        join(recipe->initrds[recipe->initrd_count++], folder, initrd);
    struct text title = text_over(recipe->title, sizeof recipe->title);
    if (program.version[0])
        text_addf(&title, "Linux %s", program.version);
    return true;
}

/* The one file with this sort of name, or NULL. */
static const char *only(const struct names *names, bool (*is_wanted)(const char *name))
{
    const char *found = NULL;
    for (unsigned i = 0; i < names->count; i++) {
        if (!is_wanted(names->rows[i]))
            continue;
        if (found)
            return NULL;
        found = names->rows[i];
    }
    return found;
}

static bool is_efi_name(const char *name)
{
    return ends(name, ".efi");
}

bool find_program_set(const struct image_source *source, const char *path, struct recipe *recipe,
                      enum program_kind *ret_kind)
{
    struct program program;

    program_probe(source, path, &program);
    *ret_kind = program.kind;
    switch (program.kind) {
    case PROGRAM_LINUX:
        set_linux(recipe, &program);
        break;
    case PROGRAM_EFI:
    case PROGRAM_UKI:
        recipe->kind = IMAGE_EFI;
        break;
    case PROGRAM_CDROM:
    case PROGRAM_DISK:
        recipe->kind = IMAGE_SANBOOT;
        break;
    case PROGRAM_UNREADABLE:
    case PROGRAM_UNKNOWN:
    case PROGRAM_GZIP:
    case PROGRAM_BAD_EFI:
    case PROGRAM_WIM: /* recognise_windows */
        return false;
    }
    recipe->has_kind = true;
    recipe->arches = program.arches;
    span_to_text(span_text(path), recipe->kernel, sizeof recipe->kernel);
    if (program.kind == PROGRAM_LINUX && program.version[0]) {
        struct text title = text_over(recipe->title, sizeof recipe->title);
        text_addf(&title, "Linux %s", program.version);
    }
    return true;
}

bool find_program_in_folder(const struct image_source *source, const char *folder,
                            struct recipe *recipe)
{
    struct names names = { .count = 0 };
    enum program_kind kind;

    *recipe = (struct recipe){ 0 };
    if (!source->list(source->context, folder, collect, &names))
        return false;
    if (find_linux(source, folder, &names, recipe))
        return true;
    const char *efi = only(&names, is_efi_name), *disk = only(&names, is_disk_name);
    char path[RECIPE_PATH_MAX];
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? efi : disk;
        if (!name)
            continue;
        *recipe = (struct recipe){ 0 };
        join(path, folder, name);
        if (find_program_set(source, path, recipe, &kind))
            return true;
    }
    return false;
}
