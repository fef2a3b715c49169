/* See script_windows.h. Only the WIM and what is put into it are sent: wimboot takes the boot
 * manager and its files out of the WIM, so that they are of one build (wimboot 2.7.1 and later; the
 * DVD's own BCD leaves Windows 11 24H2 with a black screen). In iPXE a file's name is what wimboot
 * sees.
 *
 * The list of devices is made by iPXE itself: pciscan gives the place of each function in turn, and
 * pci/<place>.<offset>.<length>, all decimal, reads its configuration space (PCI 3.0 6.1: vendor 0,
 * device 2, revision 8, class 11, subsystem 44). */
#include "boot/script_windows.h"

#include "boot/reach.h"
#include "boot/script_ipxe.h"
#include "boot/script_text.h"
#include "boot/windows_files.h"
#include "model/url.h"

#define DEVICES_TEXT_MAX  2048
#define FUNCTIONS_BY_HAND 2048 /* of eight buses */
#define FOLDER_URL_MAX    128

static size_t read_devices(struct span query, struct pci_device devices[PCI_DEVICES_MAX],
                           bool *ret_told)
{
    char buffer[DEVICES_TEXT_MAX];
    struct text list = text_over(buffer, sizeof buffer);

    *ret_told = url_query_find(query, WINDOWS_DEVICES_WORD, &list);
    return *ret_told ? pci_devices_parse(text_span(&list), devices, PCI_DEVICES_MAX) : 0;
}

/* As pci_devices_parse() reads it: never the client's own words. */
static void add_devices(struct text *out, const struct pci_device *devices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_addf(out, "%s%04x%04x.%08x.%02x", i > 0 ? "," : "", devices[i].vendor,
                  devices[i].device, devices[i].subsystem, devices[i].revision);
}

/* One device: iPXE shows the numbers of the configuration space as one reads them, 8086 and not
 * 8680. */
static void write_device(struct text *out)
{
    text_add(out, "set devices ${devices},${pci/${place}.0.2}${pci/${place}.2.2}"
                  ".${pci/${place}.44.4}.${pci/${place}.8.1}\n");
}

/* Only what a driver for Windows PE could be for: storage, network, and buses like USB. Others
 * would make the list longer than a request may be. */
static void write_filter(struct text *out, const char *label)
{
    text_addf(out,
              "set class ${pci/${place}.11.1}\n"
              "iseq x${class} x01 || iseq x${class} x02 || iseq x${class} x0c || goto %s\n",
              label);
}

/* Builds without pciscan (all before 2.0.0 leave it out) are led along the first buses by hand;
 * their network card is told first, wherever it is. */
static void write_scan(struct text *out, const struct image *image, const struct reach *reach)
{
    text_add(out, "echo tugboot: looking at this machine's devices\n"
                  "clear devices ||\nclear place ||\n"
                  "pciscan place || goto byhand\n:scan\n");
    write_filter(out, "next");
    write_device(out);
    text_add(out, ":next\npciscan place || goto scanned\ngoto scan\n"
                  ":byhand\nset place ${netX/busloc}\n");
    write_device(out);
    text_add(out, "set place:int32 0\n:step\n"
                  "iseq x${pci/${place}.0.2} x && goto skip ||\n"
                  "iseq ${pci/${place}.0.2} ffff && goto skip ||\n");
    write_filter(out, "skip");
    write_device(out);
    text_addf(out, ":skip\ninc place\niseq ${place} %d || goto step\n:scanned\nchain --replace ",
              FUNCTIONS_BY_HAND);
    script_add_identity_url(out, reach, image->name);
    text_add(out, "&" WINDOWS_DEVICES_WORD "=x${devices} || goto failed\n");
}

static void add_image_url(struct text *out, const struct reach *reach, const struct image *image,
                          struct span path)
{
    script_add_url(out, reach, span_text("images/"));
    url_encode(out, span_text(image->name));
    text_add_char(out, '/');
    url_encode(out, path);
}

static void begin_file(struct text *out, const char *name)
{
    text_addf(out, "initrd --name %s ", name);
}

/* Under UEFI the name counts, under BIOS the word behind the address: with it the file gets a
 * header that names it (ipxe: src/arch/x86/image/bzimage.c). */
static void end_file(struct text *out, const char *name)
{
    text_addf(out, " %s || goto failed\n", name);
}

/* A text of ours, with the facts it is made from. */
static void add_made(struct text *out, struct span folder, const char *name, struct span devices)
{
    begin_file(out, name);
    text_add_span(out, folder);
    text_addf(out, "%s?", name);
    script_add_identity_query(out);
    if (devices.len > 0) {
        text_add(out, "&" WINDOWS_DEVICES_WORD "=");
        text_add_span(out, devices);
    }
    end_file(out, name);
}

static struct span base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return span_text(slash ? slash + 1 : path);
}

static void add_drivers(struct text *out, const struct template_scope *scope,
                        const struct windows_plan *plan)
{
    char name[WINDOWS_FILE_NAME_MAX], buffer[2 * SAFE_PATH_MAX];

    for (size_t i = 0; i < plan->driver_count; i++) {
        for (size_t file = 0; file <= plan->drivers[i]->file_count; file++) {
            struct text path = text_over(buffer, sizeof buffer);
            if (!windows_driver_file_path(plan->drivers[i], file, &path))
                out->failed = true;
            windows_driver_file_name(i, file, name);
            begin_file(out, name);
            add_image_url(out, scope->reach, scope->image, text_span(&path));
            end_file(out, name);
        }
    }
}

/* Files of the owner's: into System32, under their own names. */
static void add_extras(struct text *out, const struct template_scope *scope)
{
    const struct image *image = scope->image;

    for (uint8_t i = 0; i < image->initrd_count; i++) {
        char name[SAFE_PATH_MAX];
        struct text coded = text_over(name, sizeof name);
        url_encode(&coded, base_of(image->initrds[i]));
        begin_file(out, name);
        add_image_url(out, scope->reach, image, span_text(image->initrds[i]));
        end_file(out, name);
    }
}

static void add_words(struct text *out, struct span arguments)
{
    while (arguments.len > 0) {
        size_t end = 0;
        while (end < arguments.len && arguments.data[end] != ' ' && arguments.data[end] != '\t')
            end++;
        struct span word = span_slice(arguments, 0, end);
        arguments = span_from(arguments, end + 1);
        if (!windows_is_wimboot_word(word))
            continue;
        text_add_char(out, ' ');
        text_add_span(out, word);
    }
}

const char *script_windows_refusal(const struct catalog *catalog, enum arch arch)
{
    const char *wimboot = windows_wimboot(arch);

    if (!wimboot)
        return "there is no wimboot for this kind of machine";
    if (catalog_find_loader(catalog, span_text(wimboot)))
        return NULL;
    return strcmp(wimboot, "wimboot") == 0
               ? "wimboot, which starts Windows, is not here: run 'tugboot loader fetch wimboot' "
                 "on the boot server"
               : "the wimboot for this kind of machine is not here: copy wimboot.arm64 or "
                 "wimboot.i386 of its release into a loader folder of the boot server";
}

/* `folder` is the address of the texts made for this machine. */
static void write_start(struct text *out, const struct template_scope *scope,
                        const struct windows_plan *plan, struct span folder, struct span devices,
                        struct span arguments)
{
    const struct windows_start *w = plan->image->windows;

    text_add(out, "kernel --name wimboot ");
    script_add_url(out, scope->reach, span_text(windows_wimboot(scope->client->arch)));
    if (w && w->index > 0)
        text_addf(out, " index=%u", w->index);
    add_words(out, arguments);
    text_add(out, " || goto failed\n");
    if (plan->runs_start) {
        add_made(out, folder, WINDOWS_FILE_SHELL, (struct span){ 0 });
        add_made(out, folder, WINDOWS_FILE_START, devices);
    }
    if (plan->has_answers)
        add_made(out, folder, WINDOWS_FILE_ANSWERS, devices);
    add_drivers(out, scope, plan);
    add_extras(out, scope);
    /* The large one comes last: when a small one is missing, that is seen at once. */
    begin_file(out, "boot.wim");
    add_image_url(out, scope->reach, scope->image, span_text(scope->image->kernel));
    end_file(out, "boot.wim");
    text_add(out, "boot || goto failed\n");
}

bool script_write_windows(struct text *out, const struct catalog *catalog,
                          const struct template_scope *scope, struct span query,
                          struct span arguments, struct text *why)
{
    struct pci_device devices[PCI_DEVICES_MAX];
    text_buffer(list_buffer, DEVICES_TEXT_MAX);
    text_buffer(answers_buffer, SCRIPT_BYTES_MAX);
    char folder_buffer[FOLDER_URL_MAX];
    struct text folder = text_over(folder_buffer, sizeof folder_buffer);
    struct text list = text_over(list_buffer, sizeof list_buffer);
    struct text answers = text_over(answers_buffer, sizeof answers_buffer);
    struct windows_plan plan;
    bool told;

    const char *refusal = script_windows_refusal(catalog, scope->client->arch);
    if (refusal) {
        text_addf(why, "%s cannot be started: %s", scope->image->name, refusal);
        return false;
    }
    size_t count = read_devices(query, devices, &told);
    windows_plan_make(scope->image, devices, count, &plan);
    /* Better said now than when the machine asks for a text that cannot be made. */
    if (plan.has_answers && !windows_write_answers(&answers, &plan, scope, why))
        return false;
    if (windows_wants_devices(scope->image) && !told) {
        write_scan(out, scope->image, scope->reach);
        return true;
    }
    if (plan.driver_count > 0)
        add_devices(&list, devices, count);
    if ((plan.runs_start || plan.has_answers) &&
        !answer_add_folder(scope->image, scope->client, scope->reach, &folder)) {
        text_addf(why,
                  "%s is started with files that are given to the machine itself alone, where a "
                  "link shows that it asks (answers.routed)",
                  scope->image->name);
        return false;
    }
    write_start(out, scope, &plan, text_span(&folder), text_span(&list), arguments);
    return true;
}

const char *script_windows_name(struct span file)
{
    static const char *const names[] = { WINDOWS_FILE_SHELL, WINDOWS_FILE_START,
                                         WINDOWS_FILE_ANSWERS };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is_nocase(file, names[i]))
            return names[i];
    return NULL;
}

static bool write_file(struct text *out, struct span file, const struct windows_plan *plan,
                       const struct template_scope *scope, struct text *why)
{
    if (plan->runs_start && span_is_nocase(file, WINDOWS_FILE_SHELL)) {
        windows_write_shell(out);
        return true;
    }
    if (plan->runs_start && span_is_nocase(file, WINDOWS_FILE_START)) {
        windows_write_start(out, plan, scope);
        return true;
    }
    if (plan->has_answers && span_is_nocase(file, WINDOWS_FILE_ANSWERS))
        return windows_write_answers(out, plan, scope, why);
    text_add(why, "this image is started without a file of that name");
    return false;
}

/* An answer file always counts as one: the owner's own may hold passwords. */
static bool has_secret(const struct windows_plan *plan, struct span file)
{
    const struct windows_start *w = plan->image->windows;

    if (span_is_nocase(file, WINDOWS_FILE_START))
        return w->password[0] || w->command[0];
    return span_is_nocase(file, WINDOWS_FILE_ANSWERS);
}

bool script_windows_file(const struct catalog *catalog, const struct image *image,
                         const struct client *client, const struct reach *reach, struct span file,
                         struct span query, struct arena *arena, struct windows_made *out,
                         struct text *why)
{
    struct pci_device devices[PCI_DEVICES_MAX];
    struct rule_settings settings;
    struct windows_plan plan;
    struct candidate made;
    struct text text;
    bool told;

    rule_settings_of(catalog, client, &settings);
    const struct template_scope scope = {
        .client = client, .settings = &settings, .reach = reach, .image = image
    };
    size_t count = read_devices(query, devices, &told);
    windows_plan_make(image, devices, count, &plan);
    if (!script_text_begin(arena, &text)) {
        text_add(why, "the text does not fit into the request's memory");
        return false;
    }
    if (!write_file(&text, file, &plan, &scope, why))
        return false;
    made = (struct candidate){ .image = image, .what = image->name };
    if (!script_text_end(arena, &text, SERVED_INITRD, &made)) {
        text_add(why, "the text does not fit into the request's memory");
        return false;
    }
    *out = (struct windows_made){ .text = made.text, .has_secret = has_secret(&plan, file) };
    return true;
}
