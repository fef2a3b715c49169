/* keys enroll-media: the folder a person takes to the machines. What is in it is made in
 * serve/enroll_media; here it is written, and put among the images. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "cli/keys_common.h"
#include "net/clock.h"
#include "net/file.h"
#include "serve/enroll_media.h"
#include "serve/image_store.h"

#define README_BYTES ((size_t)32 * 1024)
#define OUTPUT_MAX   512

static const char *const program_files[ENROLL_PROGRAMS][2] = {
    { "enroll-x64.efi", "EFI/BOOT/BOOTX64.EFI" },
    { "enroll-arm64.efi", "EFI/BOOT/BOOTAA64.EFI" },
};

static void free_text(char **text)
{
    free(*text);
}

/* Write FOLDER/NAME; nothing for an empty content. */
static bool put(const char *folder, const char *name, struct span content)
{
    char path[OUTPUT_MAX + 32];
    struct text t = text_over(path, sizeof path);
    text_addf(&t, "%s/%s", folder, name);
    return content.len == 0 || keys_write_file(path, content) == 0;
}

static bool write_variables(const char *folder, const struct enroll_media *media)
{
    bool done = true;
    for (unsigned i = 0; i < KEY_VARIABLES && done; i++) {
        const struct enroll_variable *v = &media->variables[i];
        const char *name = key_variable_name((enum key_variable)i);
        char file[3][16];
        snprintf(file[0], sizeof file[0], "%s.auth", name);
        snprintf(file[1], sizeof file[1], "%s.esl", name);
        snprintf(file[2], sizeof file[2], "%s.der", name);
        done = put(folder, file[0], writer_span(&v->update)) &&
               put(folder, file[1], writer_span(&v->lists)) && put(folder, file[2], v->certificate);
    }
    return done;
}

static bool write_media(const char *folder, const struct enroll_media *media, enum keys_trust trust)
{
    autoclean(free_text) char *data = malloc(README_BYTES);
    bool has_programs = media->programs[0].len > 0;
    char below[OUTPUT_MAX + 16];
    struct text t = text_over(below, sizeof below);
    text_addf(&t, "%s/EFI/BOOT", folder);

    int r = file_make_folders(has_programs ? below : folder);
    if (r < 0 || !data) {
        complain("the folder %s cannot be made: %s", folder, strerror(r < 0 ? -r : ENOMEM));
        return false;
    }
    struct text readme = text_over(data, README_BYTES);
    keys_add_readme(&readme, has_programs, trust);
    bool done = !readme.failed && write_variables(folder, media) &&
                put(folder, "README.txt", text_span(&readme));
    for (size_t i = 0; i < ENROLL_PROGRAMS && done; i++)
        for (size_t k = 0; k < 2 && done; k++)
            done = put(folder, program_files[i][k], writer_span(&media->programs[i]));
    return done;
}

/* Among the images, in the place of earlier ones. */
static enum exit_code add_images(const struct config *config, const char *folder)
{
    static const struct {
        const char *name, *title;
    } images[ENROLL_PROGRAMS] = {
        { KEYS_IMAGE, "Enrol own Secure Boot keys" },
        { KEYS_IMAGE_ARM64, "Enrol own Secure Boot keys (arm64)" },
    };
    static struct image_added added;
    for (size_t i = 0; i < ENROLL_PROGRAMS; i++) {
        char path[OUTPUT_MAX + 32], why[IMAGE_STORE_WHY_MAX] = "";
        struct text t = text_over(path, sizeof path);
        text_addf(&t, "%s/%s", folder, program_files[i][0]);
        const struct image_add what = { .path = path,
                                        .name = images[i].name,
                                        .title = images[i].title };
        int r = image_store_remove(config->images, images[i].name, why);
        if (r == 0 || r == -ENOENT)
            r = image_store_add(config->images, &what, &added, why);
        if (r < 0) {
            complain("%s", why[0] ? why : strerror(-r));
            return EXIT_FAILED;
        }
    }
    printf("They are on the menu as %s and %s; 'tugboot keys enroll HOST' has a machine boot one\n"
           "of them once.\n",
           KEYS_IMAGE, KEYS_IMAGE_ARM64);
    return EXIT_OK;
}

static bool take_extras(const struct arguments *args, struct enroll_wish *wish)
{
    static const struct {
        const char *option;
        enum key_variable variable;
    } options[] = { { "--with", KEY_VARIABLE_DB },
                    { "--with-kek", KEY_VARIABLE_KEK },
                    { "--dbx", KEY_VARIABLE_DBX } };
    for (size_t i = 0; i < args->given_count; i++)
        for (size_t k = 0; k < sizeof options / sizeof options[0]; k++) {
            if (strcmp(args->given[i].row->name, options[k].option) != 0)
                continue;
            if (wish->extra_count == ENROLL_EXTRAS_MAX) {
                complain("at most %d files can be added", ENROLL_EXTRAS_MAX);
                return false;
            }
            wish->extras[wish->extra_count++] =
                (struct enroll_extra){ options[k].variable, args->given[i].value };
        }
    return true;
}

/* The choice that nobody should make by not thinking of it. */
static bool has_chosen(const struct arguments *args)
{
    bool more = arguments_has(args, "--with") || arguments_has(args, "--keep-factory");
    bool only = arguments_has(args, "--only-own");
    if (more && only)
        complain("--only-own contradicts --with and --keep-factory");
    else if (!more && !only)
        complain("say what the machines shall trust besides your keys. Option ROMs of graphics, "
                 "network and storage cards are signed by Microsoft: without its certificates in "
                 "db the screen of such a machine may stay dark, and some laptops were seen not to "
                 "start at all. --keep-factory keeps what a machine came with, --with FILE adds a "
                 "certificate or list, --only-own adds none (right for virtual machines); 'tugboot "
                 "keys enroll-media --help' says more");
    return more != only;
}

static void tell(const struct enroll_media *media, const char *folder, bool keep)
{
    printf("The media are in %s:", folder);
    for (unsigned i = 0; i < KEY_VARIABLES; i++)
        if (media->variables[i].entries > 0)
            printf(" %s with %zu,", key_variable_name((enum key_variable)i),
                   media->variables[i].entries);
    printf(" and README.txt with the steps.\n");
    if (keep)
        printf("The programs keep what a machine came with beside them; the .auth and .esl files "
               "cannot.\n");
    if (media->programs[0].len == 0)
        printf("This tugboot was built without the programs that enrol by themselves (clang and "
               "lld\nwere missing): enrol the files by the firmware's menu.\n");
}

enum exit_code cmd_keys_media(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(enroll_media_done) struct enroll_media media = { 0 };
    char keys[CONFIG_PATH_MAX + 8], own[OUTPUT_MAX], why[KEY_FOLDER_WHY_MAX] = "";
    const char *output = arguments_value(args, "--output");
    struct enroll_wish wish = { .keys = keys,
                                .now = clock_read().calendar,
                                .keep_factory = arguments_has(args, "--keep-factory") };

    if (!has_chosen(args) || !take_extras(args, &wish))
        return EXIT_USAGE;
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = keys_folder(&session, args, keys);
    if (code != EXIT_OK)
        return code;
    struct text t = text_over(own, sizeof own);
    text_addf(&t, "%s%s", output ? output : keys, output ? "" : "/media");
    if (t.failed || !own[0]) {
        complain("the value of --output is no path of at most %d bytes", OUTPUT_MAX);
        return EXIT_USAGE;
    }
    int r = enroll_media_make(&wish, &media, why);
    if (r < 0)
        return keys_refused(r, why);
    enum keys_trust trust = wish.keep_factory                   ? KEYS_TRUST_FACTORY
                            : arguments_has(args, "--only-own") ? KEYS_TRUST_OWN
                                                                : KEYS_TRUST_GIVEN;
    if (!write_media(own, &media, trust))
        return EXIT_FAILED;
    tell(&media, own, wish.keep_factory);
    if (!arguments_has(args, "--image"))
        return EXIT_OK;
    if (media.programs[0].len > 0)
        return add_images(session.config, own);
    complain("there is no program to put among the images");
    return EXIT_FAILED;
}
