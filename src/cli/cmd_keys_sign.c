/* keys sign: a file, an image's program, or the packaged loaders, signed with the db key. The
 * signing is image/authenticode_sign; here are the places. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "boot/loader.h"
#include "cli/keys_common.h"
#include "cli/offline.h"
#include "image/authenticode_sign.h"
#include "net/file.h"

#define OWN_SET    "own"  /* of loader.def: what this site signed */
#define OWN_PREFIX "own-" /* its files are called as what they were made of, behind this */

/* The key to sign with, and what is being signed. */
struct signing {
    struct certificate *certificate;
    struct private_key *key;
};

static void signing_done(struct signing *s)
{
    certificate_free(s->certificate);
    private_key_free(s->key);
}

static void free_bytes(uint8_t **data)
{
    free(*data);
}

static void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum exit_code open_key(const struct session *session, const struct arguments *args,
                               struct signing *ret)
{
    char path[CONFIG_PATH_MAX + 8], why[KEY_FOLDER_WHY_MAX] = "";
    enum exit_code code = keys_folder(session, args, path);
    if (code != EXIT_OK)
        return code;
    int r = key_folder_certificate(path, KEY_VARIABLE_DB, &ret->certificate, why);
    if (r == 0)
        r = key_folder_private(path, KEY_VARIABLE_DB, ret->certificate, &ret->key, why);
    return r < 0 ? keys_refused(r, why) : EXIT_OK;
}

/* Sign the open file. *ret_data is the caller's, NULL when it is signed with this key already. */
static enum exit_code sign_open(const struct signing *s, const char *shown, int fd,
                                uint8_t **ret_data, size_t *ret_len)
{
    autoclean(free_bytes) uint8_t *data = NULL, *room = NULL;
    const struct certificate_issuer signer = { certificate_der(s->certificate), s->key };
    char why_data[128] = "";
    struct text why = text_over(why_data, sizeof why_data);
    enum sign_verdict verdict = SIGN_DONE;
    size_t len;

    int r = file_read_whole(fd, AUTHENTICODE_PROGRAM_MAX, &data, &len);
    if (r == 0)
        room = malloc(len + AUTHENTICODE_SIGN_EXTRA);
    if (r == 0 && !room)
        r = -ENOMEM;
    if (r < 0) {
        complain("%s cannot be read: %s", shown, strerror(-r));
        return EXIT_FAILED;
    }
    struct writer out = writer_over(room, len + AUTHENTICODE_SIGN_EXTRA);
    r = authenticode_sign(span_of(data, len), &signer, &out, &verdict, &why);
    if (r < 0)
        complain("%s cannot be signed: %s", shown, strerror(-r));
    else if (verdict != SIGN_DONE && verdict != SIGN_ALREADY)
        complain("%s is not signed: %s", shown, why_data);
    if (r < 0 || (verdict != SIGN_DONE && verdict != SIGN_ALREADY))
        return EXIT_FAILED;
    *ret_data = verdict == SIGN_DONE ? take_ptr(&room) : NULL;
    *ret_len = out.len;
    return EXIT_OK;
}

/* Sign `path` beneath an open folder, and write it as `name` into `target` (-1: over itself). */
static enum exit_code sign_beneath(const struct signing *s, int root, const char *path,
                                   const char *shown, int target, const char *name)
{
    autoclean(free_bytes) uint8_t *data = NULL;
    autoclean(closep) int fd = -1;
    autoclean(closep) int folder = -1;
    struct safe_path inner, above = { 0 };
    struct file_facts facts;
    size_t len = 0;

    if (safe_path_parse(span_text(path), &inner) != PATH_SOUND)
        return EXIT_FAILED;
    enum file_verdict verdict = file_open_beneath(root, &inner, false, &fd, &facts);
    if (verdict != FILE_OPENED) {
        fd = -1;
        complain("%s: %s", shown, file_verdict_text(verdict));
        return EXIT_FAILED;
    }
    enum exit_code code = sign_open(s, shown, fd, &data, &len);
    if (code != EXIT_OK)
        return code;
    if (!data) {
        printf("%s is signed with this key already\n", shown);
        return EXIT_OK;
    }
    char base[SAFE_PATH_MAX];
    span_to_text(safe_path_base(&inner), base, sizeof base);
    if (target < 0) {
        if (safe_path_parse(safe_path_folder(&inner), &above) == PATH_SOUND)
            folder = file_open_folder(root, &above);
        target = folder;
        name = base;
    }
    int r = target < 0 ? -ENOENT : file_write_over(target, name, span_of(data, len));
    if (r < 0) {
        complain("%s cannot be written: %s", name, strerror(-r));
        return EXIT_FAILED;
    }
    printf("%s is signed%s%s\n", shown, folder >= 0 ? "" : ": ", folder >= 0 ? "" : name);
    return EXIT_OK;
}

static enum exit_code sign_file(const struct arguments *args, const struct signing *s)
{
    autoclean(free_bytes) uint8_t *data = NULL;
    autoclean(closep) int fd = -1;
    const char *path = args->operands[0], *output = arguments_value(args, "--output");
    struct file_facts facts;
    size_t len = 0;

    enum file_verdict verdict = file_open_path(path, &fd, &facts);
    if (verdict != FILE_OPENED) {
        fd = -1;
        complain("%s: %s", path, file_verdict_text(verdict));
        return verdict == FILE_ABSENT ? EXIT_NOT_FOUND : EXIT_FAILED;
    }
    enum exit_code code = sign_open(s, path, fd, &data, &len);
    if (code != EXIT_OK)
        return code;
    if (!data) {
        printf("%s is signed with this key already%s\n", path,
               output ? "; nothing was written" : "");
        return EXIT_OK;
    }
    if (keys_write_file(output ? output : path, span_of(data, len)) < 0)
        return EXIT_FAILED;
    printf("%s is signed%s%s\n", path, output ? ": " : "", output ? output : "");
    return EXIT_OK;
}

static enum exit_code sign_image(const struct arguments *args, const struct signing *s,
                                 const struct catalog_snapshot *snapshot)
{
    const char *name = arguments_value(args, "--image");
    const struct catalog *catalog = &snapshot->catalog;
    for (size_t i = 0; i < catalog->image_count; i++) {
        const struct image *image = &catalog->images[i];
        char path[SAFE_PATH_MAX], shown[SAFE_PATH_MAX];
        struct text t = text_over(path, sizeof path), u = text_over(shown, sizeof shown);
        if (strcmp(image->name, name) != 0)
            continue;
        if (image->kind == IMAGE_SANBOOT || image->kind == IMAGE_MEMDISK) {
            complain("%s is a disk or CD image: what is inside it cannot be signed", name);
            return EXIT_FAILED;
        }
        if (image->kind == IMAGE_WIM) {
            complain(
                "%s is a WIM: the boot managers inside it are Microsoft's, and stay as they are",
                name);
            return EXIT_FAILED;
        }
        if (catalog_image_entry(image)) {
            complain("%s lies inside %s, which is not changed: it cannot be signed", image->kernel,
                     image->container->file);
            return EXIT_FAILED;
        }
        text_addf(&t, "%s%s%s", image->folder, image->folder[0] ? "/" : "", image->kernel);
        text_addf(&u, "%s of image %s", image->kernel, name);
        return sign_beneath(s, snapshot->root_fds[image->root], path, shown, -1, NULL);
    }
    complain("there is no image %s; 'tugboot image list' has them", name);
    return EXIT_NOT_FOUND;
}

static const struct loader *find_loader(const struct catalog *catalog, const char *file)
{
    for (size_t i = 0; i < catalog->loader_count; i++)
        if (strcmp(catalog->loaders[i].file, file) == 0)
            return &catalog->loaders[i];
    return NULL;
}

/* Every loader that has a signed twin in loader.def, as far as it is here. */
static enum exit_code sign_loaders(const struct session *session, const struct signing *s,
                                   const struct catalog_snapshot *snapshot)
{
    const char *folder = session->config->loader_count > 0 ? session->config->loaders[0] : NULL;
    size_t row_count, signed_count = 0;
    const struct loader_row *rows = loader_rows(&row_count);

    if (!folder) {
        complain("the configuration names no loader folder (key loaders)");
        return EXIT_FAILED;
    }
    int r = file_make_folders(folder);
    autoclean(closep) int target = r < 0 ? r : file_open_root(folder);
    if (target < 0) {
        complain("the loader folder %s cannot be opened: %s", folder, strerror(-target));
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < row_count; i++) {
        if (strcmp(rows[i].set, OWN_SET) != 0 ||
            !span_starts_with(span_text(rows[i].file), OWN_PREFIX))
            continue;
        const struct loader *plain =
            find_loader(&snapshot->catalog, rows[i].file + sizeof OWN_PREFIX - 1);
        if (!plain)
            continue;
        enum exit_code code = sign_beneath(s, snapshot->root_fds[plain->root], plain->path,
                                           plain->file, target, rows[i].file);
        if (code != EXIT_OK)
            return code;
        signed_count++;
    }
    if (signed_count > 0) {
        printf("They are in %s. Machines whose loader is \"own\" get them, and those for which no\n"
               "chain signed by Microsoft is here; sign again when iPXE is updated.\n",
               folder);
        return EXIT_OK;
    }
    complain("no iPXE for UEFI is here: apt-get install ipxe");
    return EXIT_NOT_FOUND;
}

enum exit_code cmd_keys_sign(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(signing_done) struct signing signing = { 0 };
    bool image = arguments_has(args, "--image"), loaders = arguments_has(args, "--loaders");
    struct catalog_snapshot *snapshot = NULL;

    if (args->operand_count + image + loaders != 1) {
        complain("say what to sign: a FILE, --image NAME or --loaders, one of them");
        return EXIT_USAGE;
    }
    if (arguments_has(args, "--output") && args->operand_count == 0) {
        complain("--output goes with a FILE");
        return EXIT_USAGE;
    }
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = open_key(&session, args, &signing);
    if (code != EXIT_OK)
        return code;
    if (args->operand_count == 1)
        return sign_file(args, &signing);
    code = offline_catalog(&session, &snapshot);
    if (code != EXIT_OK)
        return code;
    code =
        image ? sign_image(args, &signing, snapshot) : sign_loaders(&session, &signing, snapshot);
    catalog_snapshot_unref(snapshot);
    return code;
}
