/* keys init, show, mok and enroll: the set of keys itself, and the ways of a key into a machine
 * that need no media. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/host_next_boot.h"
#include "cli/keys_common.h"
#include "cli/reply.h"
#include "model/arch.h"
#include "net/clock.h"
#include "serve/image_store.h"

#define YEAR_MS        INT64_C(31556952000)
#define VALID_YEARS    20
#define NAME_MAX_BYTES 40

DEFINE_FREEP(struct certificate, certificate_free)

/* Whose keys they are: --name, or this machine's name. */
static bool name_of(const struct arguments *args, char name[NAME_MAX_BYTES + 1])
{
    const char *given = arguments_value(args, "--name");
    if (given) {
        span_to_text(span_text(given), name, NAME_MAX_BYTES + 1);
        return given[0] != 0 && strlen(given) <= NAME_MAX_BYTES;
    }
    if (gethostname(name, NAME_MAX_BYTES) < 0 || name[0] == 0)
        span_to_text(span_text("tugboot"), name, NAME_MAX_BYTES + 1);
    name[NAME_MAX_BYTES] = 0;
    return true;
}

static bool kind_of(const struct arguments *args, enum key_kind *kind)
{
    const char *bits = arguments_value(args, "--bits");
    *kind = bits && strcmp(bits, "3072") == 0 ? KEY_RSA_3072 : KEY_RSA_2048;
    return !bits || strcmp(bits, "2048") == 0 || strcmp(bits, "3072") == 0;
}

enum exit_code cmd_keys_init(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    char path[CONFIG_PATH_MAX + 8], name[NAME_MAX_BYTES + 1], why[KEY_FOLDER_WHY_MAX] = "";
    struct key_folder_wish wish = { .name = name };
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = keys_folder(&session, args, path);
    if (code != EXIT_OK)
        return code;
    if (!name_of(args, name)) {
        complain("the value of --name is one to %d bytes", NAME_MAX_BYTES);
        return EXIT_USAGE;
    }
    if (!kind_of(args, &wish.kind)) {
        complain("keys have 2048 or 3072 bits: firmware knows no other RSA keys for certain");
        return EXIT_USAGE;
    }
    wish.until.ms = clock_read().calendar.ms + VALID_YEARS * YEAR_MS;
    int r = key_folder_make(path, &wish, why);
    if (r < 0)
        return keys_refused(r, why);
    printf("The keys PK, KEK and db of %s are made, in %s.\n"
           "Whoever has the files in %s/private can sign what your machines start: keep a copy of\n"
           "them in a safe place, and let nobody else read them.\n"
           "Next:\n"
           "  tugboot keys sign --loaders          sign iPXE, for the chain \"own\"\n"
           "  tugboot keys sign --image NAME       sign an image's kernel or program\n"
           "  tugboot keys enroll-media --help     make what enrols the keys on machines\n",
           name, path, path);
    return EXIT_OK;
}

/* One row of `keys show`. */
static void show_key(struct json_writer *j, const char *path, enum key_variable key,
                     const struct certificate *certificate)
{
    struct private_key *secret = NULL;
    struct certificate_facts facts;
    char fingerprint[96], why[KEY_FOLDER_WHY_MAX] = "";

    certificate_describe(certificate, &facts);
    keys_format_fingerprint(&facts.fingerprint, fingerprint);
    int r = key_folder_private(path, key, certificate, &secret, why);
    private_key_free(secret);
    json_write_object_begin(j, NULL);
    json_write_text(j, "key", key_variable_name(key));
    json_write_text(j, "subject", facts.subject);
    json_write_text(j, "kind", facts.key);
    json_write_text(j, "private", r == 0 ? "here" : r == -ENOENT ? "not here" : "unusable");
    json_write_text(j, "sha256", fingerprint);
    if (r < 0 && r != -ENOENT)
        json_write_text(j, "fault", why);
    json_write_object_end(j);
    if (r < 0 && r != -ENOENT)
        complain("%s", why);
}

enum exit_code cmd_keys_show(const struct arguments *args)
{
    static const struct reply_column columns[] = {
        { "KEY", "key" },        { "SUBJECT", "subject" },
        { "KIND", "kind" },      { "PRIVATE KEY", "private" },
        { "SHA-256", "sha256" }, { NULL, NULL }
    };
    autoclean(session_close) struct session session = { 0 };
    char path[CONFIG_PATH_MAX + 8], why[KEY_FOLDER_WHY_MAX] = "", data[8192];
    struct text text = text_over(data, sizeof data);
    struct json_writer j = json_over(&text);
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = keys_folder(&session, args, path);
    if (code != EXIT_OK)
        return code;

    json_write_object_begin(&j, NULL);
    json_write_text(&j, "folder", path);
    json_write_array_begin(&j, "keys");
    for (unsigned i = 0; i < KEY_FOLDER_KEYS; i++) {
        autoclean(certificate_freep) struct certificate *certificate = NULL;
        int r = key_folder_certificate(path, (enum key_variable)i, &certificate, why);
        if (r < 0)
            return keys_refused(r, why);
        show_key(&j, path, (enum key_variable)i, certificate);
    }
    json_write_array_end(&j);
    json_write_object_end(&j);
    if (text.failed)
        return EXIT_FAILED;
    bool shown = arguments_has(args, "--json")
                     ? reply_print_json(text_span(&text))
                     : reply_print_table(text_span(&text), "keys", columns, "", NULL, 0);
    return shown ? EXIT_OK : EXIT_FAILED;
}

enum exit_code cmd_keys_mok(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(certificate_freep) struct certificate *certificate = NULL;
    const char *output = arguments_value(args, "--output");
    char path[CONFIG_PATH_MAX + 8], why[KEY_FOLDER_WHY_MAX] = "", fingerprint[96];
    struct certificate_facts facts;
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = keys_folder(&session, args, path);
    if (code != EXIT_OK)
        return code;

    int r = key_folder_certificate(path, KEY_VARIABLE_DB, &certificate, why);
    if (r < 0)
        return keys_refused(r, why);
    output = output ? output : "mok.der";
    if (keys_write_file(output, certificate_der(certificate)) < 0)
        return EXIT_FAILED;
    certificate_describe(certificate, &facts);
    keys_format_fingerprint(&facts.fingerprint, fingerprint);
    printf(
        "%s is the certificate of the db key (%s) for shim's own list, MOK. A machine that\n"
        "boots through a distribution's shim then starts what this key signed; its firmware and\n"
        "its keys stay as they are. SHA-256 %s\n"
        "With Linux running on the machine:\n"
        "  mokutil --import %s      asks for a password of your choice; then start it again:\n"
        "  MokManager comes up: Enroll MOK, Continue, Yes, that password, Reboot.\n"
        "Without: put %s on a FAT file system of the machine (a USB stick will do) and have\n"
        "MokManager started (mmx64.efi, mmaa64.efi; shim starts it when it refuses a file):\n"
        "  Enroll key from disk, the file, Continue, Yes, Reboot.\n"
        "Somebody has to stand at the machine either way: that is what MOK is about.\n",
        output, facts.subject, fingerprint, output, output);
    return EXIT_OK;
}

/* The image with the enrol program for this architecture; NULL and a sentence when unknown. */
static const char *image_for(const struct arguments *args)
{
    const char *arch = arguments_value(args, "--arch");
    if (!arch || strcmp(arch, arch_name(ARCH_EFI_X64)) == 0)
        return KEYS_IMAGE;
    if (strcmp(arch, arch_name(ARCH_EFI_ARM64)) == 0)
        return KEYS_IMAGE_ARM64;
    complain("there are enrol programs for %s and %s", arch_name(ARCH_EFI_X64),
             arch_name(ARCH_EFI_ARM64));
    return NULL;
}

static int match_image(void *context, const struct image_entry *image, uint64_t bytes)
{
    (void)context;
    (void)bytes;
    return image->recipe ? 1 : 0;
}

enum exit_code cmd_keys_enroll(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    const struct container_finder closed = { 0 };
    char why[IMAGE_STORE_WHY_MAX] = "";
    const char *image = image_for(args);
    if (!image)
        return EXIT_USAGE;
    enum exit_code code = session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    int r = image_store_each(session.config->images, image, &closed, match_image, NULL, why);
    if (r <= 0) {
        complain("there is no image %s yet: 'tugboot keys enroll-media --image' makes it", image);
        return EXIT_NOT_FOUND;
    }
    code = host_next_boot(&session, args->operands[0], image);
    if (code == EXIT_OK)
        printf("%s boots %s once, and enrols the keys if it is in Setup Mode then\n",
               args->operands[0], image);
    return code;
}
