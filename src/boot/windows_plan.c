/* See windows_plan.h. Drivers are chosen as Windows ranks them: the best match of a hardware ID, of
 * two that match alike the later one. */
#include "boot/windows_plan.h"

#include "boot/loader.h"

#define FIXED_FILES 4 /* the WIM, winpeshl.ini, startnet.cmd, autounattend.xml */

bool windows_wants_devices(const struct image *image)
{
    return image->kind == IMAGE_WIM && image->windows && image->windows->pattern_count > 0;
}

static bool is_better(const struct windows_driver *a, unsigned a_rank,
                      const struct windows_driver *b, unsigned b_rank)
{
    if (a_rank != b_rank)
        return a_rank > b_rank;
    if (a->day != b->day)
        return a->day > b->day;
    return a->rank > b->rank;
}

static const struct windows_driver *find_driver(const struct windows_start *w,
                                                const struct pci_device *device)
{
    const struct windows_driver *best = NULL;
    unsigned best_rank = 0;

    for (size_t i = 0; i < w->pattern_count; i++) {
        unsigned rank = pci_pattern_rank(&w->patterns[i].pattern, device);
        if (rank == 0 || w->patterns[i].driver >= w->driver_count)
            continue;
        const struct windows_driver *driver = &w->drivers[w->patterns[i].driver];
        if (!best || is_better(driver, rank, best, best_rank)) {
            best = driver;
            best_rank = rank;
        }
    }
    return best;
}

static void choose_drivers(struct windows_plan *plan, const struct pci_device *devices,
                           size_t count, size_t room)
{
    const struct windows_start *w = plan->image->windows;

    for (size_t i = 0; i < count; i++) {
        const struct windows_driver *driver = find_driver(w, &devices[i]);
        bool is_new = driver != NULL;
        for (size_t j = 0; is_new && j < plan->driver_count; j++)
            is_new = plan->drivers[j] != driver;
        if (!is_new)
            continue;
        size_t files = (size_t)driver->file_count + 1;
        if (files > room || plan->driver_count == WINDOWS_PLAN_DRIVERS) {
            plan->left_out++;
            continue;
        }
        room -= files;
        plan->drivers[plan->driver_count++] = driver;
    }
}

void windows_plan_make(const struct image *image, const struct pci_device *devices, size_t count,
                       struct windows_plan *out)
{
    const struct windows_start *w = image->windows;

    *out = (struct windows_plan){ .image = image };
    if (!w)
        return;
    choose_drivers(out, devices, count, WINDOWS_FILES_MAX - FIXED_FILES - image->initrd_count);
    out->has_answers = w->answers[0] || w->edition[0] || w->locale[0] || w->keyboard[0] ||
                       w->time_zone[0] || w->product_key[0] || w->wipe_disk != WINDOWS_NO_DISK;
    out->runs_start =
        w->is_setup || w->share[0] || w->command[0] || out->driver_count > 0 || out->has_answers;
}

void windows_driver_file_name(size_t driver, size_t file, char out[WINDOWS_FILE_NAME_MAX])
{
    struct text t = text_over(out, WINDOWS_FILE_NAME_MAX);
    text_add(&t, "tb");
    text_add_padded(&t, driver + 1, 2);
    text_add_padded(&t, file, 2);
    text_add(&t, ".bin");
}

static const char *file_of(const struct windows_driver *driver, size_t file)
{
    return file == 0 ? driver->inf : driver->files[file - 1];
}

bool windows_driver_file_path(const struct windows_driver *driver, size_t file, struct text *out)
{
    if (driver->folder[0])
        text_addf(out, "%s/", driver->folder);
    text_add(out, file_of(driver, file));
    return !out->failed;
}

const char *windows_wimboot(enum arch arch)
{
    static const struct {
        enum arch arch;
        const char *file;
    } rows[] = {
        { ARCH_BIOS_X86, "wimboot" }, /* one file for both */
        { ARCH_EFI_X64, "wimboot" },
        { ARCH_EFI_IA32, "wimboot.i386" },
        { ARCH_EFI_ARM64, "wimboot.arm64" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].arch == loader_arch(arch))
            return rows[i].file;
    return NULL;
}

bool windows_is_wimboot_word(struct span word)
{
    static const char *const words[] = { "rawbcd", "rawwim", "gui",        "linear",
                                         "quiet",  "pause",  "pause=quiet" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (span_is(word, words[i]))
            return true;
    return false;
}
