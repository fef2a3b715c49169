/* What lies in a folder, when nobody wrote an image.yaml: Debian's netboot trees, a kernel with
 * its initrd, one EFI program, one disk image. And the whole way from a folder to a recipe that
 * can be booted: written words first, recognition for the rest, then a look at every file. */
#include <errno.h>
#include <stdlib.h>

#include "base/reader.h"

#include "image/program.h"
#include "image/recipe.h"
#include "image/shim.h"

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

/* A single program or disk, by what it is. */
static bool set_program(const struct image_source *source, const char *path, struct recipe *recipe,
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
    case PROGRAM_WIM: /* windows.c */
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

/* "12 (bookworm)" of version.info's line "Debian version:  12 (bookworm)"; its number alone. */
static void debian_version(const struct image_source *source, char out[16])
{
    uint8_t buffer[256];
    static const char mark[] = "Debian version:";
    int64_t n = source->read(source->context, "version.info", 0, buffer, sizeof buffer);
    struct span text = span_of(buffer, n > 0 ? (size_t)n : 0);

    out[0] = 0;
    for (; text.len > 0; text = span_from(text, span_find(text, '\n') + 1)) {
        if (!span_starts_with(text, mark))
            continue;
        struct span rest = span_from(text, sizeof mark - 1);
        while (rest.len > 0 && rest.data[0] == ' ')
            rest = span_from(rest, 1);
        size_t len = 0;
        while (len < rest.len && len < 15 && rest.data[len] > ' ' && rest.data[len] < 0x7f)
            len++;
        span_to_text(span_slice(rest, 0, len), out, 16);
        return;
    }
}

static bool path_has_part(const char *path, const char *part)
{
    struct span rest = span_text(path);
    while (rest.len > 0) {
        size_t slash = span_find(rest, '/');
        if (span_is(span_slice(rest, 0, slash), part))
            return true;
        rest = span_from(rest, slash + 1);
    }
    return false;
}

/* Debian's netboot tree, as packaged and as in netboot.tar.gz: debian-installer/<arch>/linux and
 * initrd.gz. Arguments as in its own menu: what follows "---" is kept by the installed system. */
static bool find_debian(const struct image_source *source, struct recipe *recipe)
{
    static const char *const arches[] = { "amd64", "arm64", "i386", "armhf", "riscv64" };
    char version[16];
    struct program program;
    uint8_t byte;

    for (size_t i = 0; i < sizeof arches / sizeof arches[0]; i++) {
        struct text kernel = text_over(recipe->kernel, sizeof recipe->kernel);
        struct text initrd = text_over(recipe->initrds[0], sizeof recipe->initrds[0]);
        text_addf(&kernel, "debian-installer/%s/linux", arches[i]);
        text_addf(&initrd, "debian-installer/%s/initrd.gz", arches[i]);
        program_probe(source, recipe->kernel, &program);
        if (program.kind != PROGRAM_LINUX ||
            source->read(source->context, recipe->initrds[0], 0, &byte, 1) != 1)
            continue;
        set_linux(recipe, &program);
        recipe->initrd_count = 1;
        recipe->has_arguments = true;
        span_to_text(span_text("--- quiet"), recipe->arguments, sizeof recipe->arguments);
        span_to_text(span_text("Debian"), recipe->group, sizeof recipe->group);
        debian_version(source, version);
        struct text title = text_over(recipe->title, sizeof recipe->title);
        text_addf(&title, "Debian %s%sinstaller (%s", version, *version ? " " : "", arches[i]);
        if (source->path && path_has_part(source->path, "gtk"))
            text_add(&title, ", graphical");
        else if (source->path && path_has_part(source->path, "text"))
            text_add(&title, ", text");
        text_add(&title, ")");
        return true;
    }
    return false;
}

static void take_media(const struct windows_media *media, struct recipe *recipe)
{
    recipe->has_kind = true;
    recipe->kind = IMAGE_WIM;
    recipe->arches = media->arches;
    recipe->memory_mib = media->memory_mib;
    recipe->windows = media->facts;
    span_to_text(span_text(media->wim), recipe->kernel, sizeof recipe->kernel);
    span_to_text(span_text(media->title), recipe->title, sizeof recipe->title);
    span_to_text(span_text("Windows"), recipe->group, sizeof recipe->group);
}

/* Windows media. `why` gets a sentence when they are that and cannot be booted. */
static int find_windows(const struct image_source *source, struct recipe *recipe, struct text *why)
{
    struct windows_media *media = malloc(sizeof *media);
    int r = media ? windows_recognise(source, media, why) : -ENOMEM;

    if (r == 0)
        take_media(media, recipe);
    free(media);
    return r;
}

static bool find_in_folder(const struct image_source *source, const char *folder,
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
        if (set_program(source, path, recipe, &kind))
            return true;
    }
    return false;
}

int recipe_recognise(const struct image_source *source, struct recipe *recipe,
                     char why[RECIPE_WHY_MAX])
{
    struct text t = text_over(why, RECIPE_WHY_MAX);
    enum program_kind kind;

    *recipe = (struct recipe){ 0 };
    int windows = find_windows(source, recipe, &t);
    if (windows != -ENOENT || t.len > 0)
        return windows;
    if (source->file) {
        if (set_program(source, source->file, recipe, &kind))
            return 0;
        text_addf(&t,
                  "the file is %s; a single file must be a Linux kernel, an EFI program, a unified "
                  "kernel image, an ISO, a disk image or a WIM of Windows",
                  program_kind_text(kind));
        return -ENOENT;
    }
    if (find_debian(source, recipe))
        return 0;
    if (find_in_folder(source, "", recipe) || find_in_folder(source, "boot", recipe))
        return 0;
    *recipe = (struct recipe){ 0 };
    text_add(
        &t, "nothing to boot was recognised: looked for debian-installer/<arch>/linux with "
            "initrd.gz, a kernel (vmlinuz*, linux, bzImage*, Image) with an initrd (initrd*, "
            "initramfs*), a single .efi program, and a single .iso or .img, here and in boot/, and "
            "for Windows' sources/boot.wim or a single .wim; "
            "write an image.yaml that names the kernel");
    return -ENOENT;
}

/* What the WIM tells, beside what image.yaml says. */
static void take_windows_facts(struct windows_recipe *to, const struct windows_recipe *from)
{
    to->index = to->index ? to->index : from->index;
    to->arch = from->arch;
    to->major = from->major;
    to->minor = from->minor;
    to->build = from->build;
    to->is_setup = from->is_setup;
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
        recipe->initrd_count = found->initrd_count;
        recipe->has_initrds = found->has_initrds;
    }
    if (!recipe->has_arguments) {
        memcpy(recipe->arguments, found->arguments, sizeof recipe->arguments);
        recipe->has_arguments = found->has_arguments;
    }
    if (!recipe->title[0])
        memcpy(recipe->title, found->title, sizeof recipe->title);
    if (!recipe->group[0])
        memcpy(recipe->group, found->group, sizeof recipe->group);
    if (!recipe->arches)
        recipe->arches = found->arches;
    if (recipe->kind == IMAGE_WIM) {
        take_windows_facts(&recipe->windows, &found->windows);
        if (!recipe->memory_mib)
            recipe->memory_mib = found->memory_mib;
    }
}

/* A WIM that image.yaml names, and recognition did not find. */
static int look_at_named_wim(const struct image_source *source, struct recipe *recipe,
                             const struct recipe *found, struct text *why)
{
    struct recipe looked = { .has_kind = true, .kind = IMAGE_WIM };

    if (recipe->kind != IMAGE_WIM || strcmp(recipe->kernel, found->kernel) == 0)
        return 0;
    struct windows_media *media = malloc(sizeof *media);
    int r = media ? windows_look(source, recipe->kernel, media, why) : -ENOMEM;
    if (r == 0) {
        take_media(media, &looked);
        fill_up(recipe, &looked);
    }
    free(media);
    return r;
}

static int check_files(const struct image_source *source, struct recipe *recipe, struct text *why)
{
    struct program program;
    uint8_t byte;

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
    for (unsigned i = 0; i < recipe->initrd_count; i++) {
        if (source->read(source->context, recipe->initrds[i], 0, &byte, 1) == 1)
            continue;
        text_addf(why, "the initrd %s is not there, is empty, or cannot be read",
                  recipe->initrds[i]);
        return -ENOENT;
    }
    if (recipe->shim[0] && !shim_is(source, recipe->shim)) {
        text_addf(why, "%s is not there, or is no shim", recipe->shim);
        return -ENOENT;
    }
    if (!recipe->has_shim)
        recipe->has_shim = shim_find(source, recipe, recipe->shim);
    return 0;
}

int recipe_load(const struct image_source *source, const char *name, struct recipe *recipe,
                char why[RECIPE_WHY_MAX])
{
    uint8_t yaml[8192];
    struct recipe found;
    struct text t = text_over(why, RECIPE_WHY_MAX);
    int64_t n =
        source->file ? -1 : source->read(source->context, "image.yaml", 0, yaml, sizeof yaml);

    *recipe = (struct recipe){ 0 };
    if (n == sizeof yaml) {
        text_add(&t, "image.yaml is larger than 8 KiB");
        return -EINVAL;
    }
    if (n >= 0) {
        int r = recipe_parse(span_of(yaml, (size_t)n), recipe, why);
        if (r < 0)
            return r;
    }
    if (recipe_recognise(source, &found, why) == 0)
        fill_up(recipe, &found);
    if (!recipe->kernel[0])
        return -ENOENT;
    t = text_over(why, RECIPE_WHY_MAX);
    int r = look_at_named_wim(source, recipe, &found, &t);
    if (r == 0)
        r = check_files(source, recipe, &t);
    if (r == 0 && !recipe->title[0])
        span_to_text(span_text(name), recipe->title, sizeof recipe->title);
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

void recipe_suggest_name(const struct recipe *recipe, const char *path, struct text *out)
{
    struct span title = span_text(recipe->title);
    if (span_starts_with(title, "Debian ")) {
        /* "Debian 12 installer (amd64, text)" */
        for (; title.len > 0; title = span_from(title, span_find(title, ' ') + 1)) {
            struct span word = span_slice(title, 0, span_find(title, ' '));
            if (span_starts_with(word, "installer"))
                continue;
            if (out->len > 0)
                text_add_char(out, '-');
            struct span bare = word.data[0] == '(' ? span_from(word, 1) : word;
            add_name_part(out, bare);
        }
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
