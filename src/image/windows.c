/* See windows.h. Install media: sources/boot.wim, mostly with sources/install.wim, .esd or .swm
 * beside it; PE alone: sources/boot.wim, boot.wim, or a single WIM. Names are compared without
 * case, as Windows does. Only header and description of a WIM are read here, nothing is unpacked.
 */
#include "image/windows.h"

#include <errno.h>
#include <stdlib.h>

#include "image/wim_xml.h"
#include "model/arch.h"
#include "model/safe_path.h"

#define VERSION_SOLID 0xe00

struct search {
    const char *wanted; /* a name, or an ending where is_ending */
    bool is_ending, wants_folder;
    char found[WINDOWS_TEXT_MAX];
    unsigned count;
};

static int compare(void *context, const char *name, bool is_folder)
{
    struct search *s = context;
    bool fits = s->is_ending ? span_ends_with_nocase(span_text(name), s->wanted)
                             : span_is_nocase(span_text(name), s->wanted);
    if (!fits || is_folder != s->wants_folder || strlen(name) >= sizeof s->found)
        return 0;
    span_to_text(span_text(name), s->found, sizeof s->found);
    s->count++;
    return s->is_ending ? 0 : 1;
}

/* The name in `folder` as it is written there, appended to it in `out`. */
static bool find(const struct image_source *source, const char *folder, const char *name,
                 bool is_folder, char out[WINDOWS_PATH_MAX])
{
    struct search s = { .wanted = name, .wants_folder = is_folder };
    struct text t = text_over(out, WINDOWS_PATH_MAX);

    if (!source->list || !source->list(source->context, folder, compare, &s) || s.count == 0)
        return false;
    text_addf(&t, "%s%s%s", folder, *folder ? "/" : "", s.found);
    return !t.failed;
}

static bool find_file(const struct image_source *source, const char *folder, const char *name,
                      char out[WINDOWS_PATH_MAX])
{
    char below[WINDOWS_PATH_MAX];
    if (!*folder)
        return find(source, "", name, false, out);
    return find(source, "", folder, true, below) && find(source, below, name, false, out);
}

/* The only .wim at the top. */
static bool find_only(const struct image_source *source, char out[WINDOWS_PATH_MAX])
{
    struct search s = { .wanted = ".wim", .is_ending = true };

    if (!source->list(source->context, "", compare, &s) || s.count != 1)
        return false;
    span_to_text(span_text(s.found), out, WINDOWS_PATH_MAX);
    return true;
}

static uint32_t arches_of(uint32_t arch)
{
    switch (arch) {
    case WIM_ARCH_X86:
        return arch_bit(ARCH_BIOS_X86) | arch_bit(ARCH_EFI_IA32);
    case WIM_ARCH_X64:
        return arch_bit(ARCH_BIOS_X86) | arch_bit(ARCH_EFI_X64);
    case WIM_ARCH_ARM64:
        return arch_bit(ARCH_EFI_ARM64);
    default:
        return 0;
    }
}

static struct span first_word(struct span *rest)
{
    size_t end = span_find(*rest, ' ');
    struct span word = span_slice(*rest, 0, end);
    *rest = span_from(*rest, end + 1);
    return word;
}

/* The words all names begin with: "Windows 11" of Home and Pro. */
static void add_common_words(const struct wim_image *images, size_t count, struct text *out)
{
    struct span common = span_text(images[0].name);

    for (size_t i = 1; i < count; i++) {
        struct span a = common, b = span_text(images[i].name);
        size_t len = 0;
        while (a.len > 0 && b.len > 0) {
            struct span word = first_word(&a);
            if (!span_equals(word, first_word(&b)))
                break;
            len = (size_t)(word.data - common.data) + word.len;
        }
        common = span_slice(common, 0, len);
    }
    text_add_span(out, common.len > 0 ? common : span_text("Windows"));
}

/* What people call a build of Windows 10 and 11, where only one has it. */
static const char *release_of(const struct wim_image *image)
{
    static const struct {
        uint32_t build;
        const char *name;
    } releases[] = {
        { 17763, "1809" },
        { 22000, "21H2" },
        { 26100, "24H2" },
        { 26200, "25H2" },
    };
    if (span_is_nocase(span_text(image->kind), "Server"))
        return NULL;
    for (size_t i = 0; i < sizeof releases / sizeof releases[0]; i++)
        if (releases[i].build == image->build)
            return releases[i].name;
    return NULL;
}

static void add_title(const struct wim_image *images, size_t count, struct text *out)
{
    const char *arch = wim_arch_name(images[0].arch), *release = release_of(&images[0]);
    char words[WINDOWS_TEXT_MAX], end[16];
    struct text name = text_over(words, sizeof words), mark = text_over(end, sizeof end);

    /* PE has the architecture in its name. */
    add_common_words(images, count, &name);
    text_addf(&mark, " (%s)", arch);
    if (name.len > mark.len && strcmp(words + name.len - mark.len, end) == 0)
        words[name.len - mark.len] = 0;
    text_add(out, words);
    if (release && !strstr(words, release))
        text_addf(out, " %s", release);
    if (arch[0] && !strstr(words, arch))
        text_add(out, end);
    if (count > 1)
        text_addf(out, ", %zu editions", count);
}

struct looking {
    struct wim wim;
    struct wim_image images[WIM_IMAGES_MAX];
    size_t count;
};

/* Header and description of a WIM. 0, -EBADMSG, -ENOMEM. */
static int look(const struct image_source *source, const char *path, struct looking *out)
{
    int r = wim_open(source, path, &out->wim);
    return r < 0 ? r : wim_xml_read(&out->wim, out->images, WIM_IMAGES_MAX, &out->count);
}

static const struct wim_image *find_image(const struct looking *in, uint32_t index)
{
    for (size_t i = 0; i < in->count; i++)
        if (in->images[i].index == index)
            return &in->images[i];
    return NULL;
}

/* What wimboot can do with it, and what the machine needs. */
static bool take_booted(const struct looking *in, const char *path, struct windows_media *out,
                        struct text *why)
{
    uint32_t index = in->wim.boot_index ? in->wim.boot_index : in->wim.image_count;
    const struct wim_image *image = find_image(in, index);

    if (in->wim.parts > 1) {
        text_addf(why, "%s is part %u of a split WIM: join them by 'wimlib-imagex join'", path,
                  in->wim.part);
        return false;
    }
    if (in->wim.packing == WIM_LZMS || in->wim.version == VERSION_SOLID) {
        text_addf(why,
                  "%s is packed by LZMS, which wimboot does not read: convert it by 'wimlib-imagex "
                  "export %s all boot.wim --compress=LZX --boot'",
                  path, path);
        return false;
    }
    if (!image) {
        text_addf(why, "%s has no image that could be booted", path);
        return false;
    }
    out->facts.index = in->wim.boot_index ? 0 : index;
    out->facts.arch = image->arch;
    out->facts.major = image->major;
    out->facts.minor = image->minor;
    out->facts.build = image->build;
    out->arches = arches_of(image->arch);
    /* iPXE holds the WIM, the boot manager copies it into a disk in memory, and PE itself wants
     * half a gigabyte. */
    out->memory_mib = (uint32_t)(2 * (in->wim.file_size >> 20)) + 512;
    span_to_text(span_text(path), out->wim, sizeof out->wim);
    return true;
}

int windows_look(const struct image_source *source, const char *path, struct windows_media *out,
                 struct text *why)
{
    struct looking *in = malloc(sizeof *in);

    *out = (struct windows_media){ 0 };
    if (!in)
        return -ENOMEM;
    int r = look(source, path, in);
    if (r == -EBADMSG) {
        text_addf(why, "%s %s", path, wim_flaw_text(in->wim.flaw));
        r = -ENOENT;
    } else if (r == 0 && !take_booted(in, path, out, why)) {
        r = -ENOENT;
    } else if (r == 0) {
        const struct wim_image *image =
            find_image(in, out->facts.index ? out->facts.index : in->wim.boot_index);
        struct text title = text_over(out->title, sizeof out->title);
        add_title(image, 1, &title);
    }
    free(in);
    return r;
}

/* What the medium installs, for the title. */
static int look_at_install(const struct image_source *source, struct windows_media *out)
{
    static const char *const names[] = { "install.wim", "install.esd", "install.swm" };
    char path[WINDOWS_PATH_MAX];
    struct looking *in = NULL;
    int r = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && !out->facts.is_setup; i++)
        out->facts.is_setup = find_file(source, "sources", names[i], path);
    if (!out->facts.is_setup)
        return 0;
    in = malloc(sizeof *in);
    if (!in)
        return -ENOMEM;
    r = look(source, path, in);
    if (r == 0 && in->count > 0) {
        struct text title = text_over(out->title, sizeof out->title);
        add_title(in->images, in->count, &title);
    }
    free(in);
    return r == -ENOMEM ? r : 0;
}

int windows_recognise(const struct image_source *source, struct windows_media *out,
                      struct text *why)
{
    char path[WINDOWS_PATH_MAX];

    *out = (struct windows_media){ 0 };
    if (source->file)
        return wim_is(source, source->file) ? windows_look(source, source->file, out, why)
                                            : -ENOENT;
    if (!find_file(source, "sources", "boot.wim", path) &&
        !find_file(source, "", "boot.wim", path) && !find_only(source, path))
        return -ENOENT;
    int r = windows_look(source, path, out, why);
    return r < 0 ? r : look_at_install(source, out);
}
