/* See key_folder.h. All keys are made in memory before the first file is written, and files are
 * only ever made anew, so that a set of keys is whole or not there and never replaced. */
#include "serve/key_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/text.h"

#include "net/file.h"

#define PRIVATE_FOLDER "private"
#define PEM_MAX        ((size_t)65536)

/* What the certificates are called, behind the owner's name. */
static const char *const titles[KEY_FOLDER_KEYS] = {
    [KEY_VARIABLE_PK] = "Platform Key",
    [KEY_VARIABLE_KEK] = "Key Exchange Key",
    [KEY_VARIABLE_DB] = "Secure Boot db",
};

static void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void free_bytes(uint8_t **data)
{
    free(*data);
}

/* One key as it will be written. */
struct made_key {
    uint8_t secret[PRIVATE_KEY_PEM_MAX], certificate[CERTIFICATE_DER_MAX * 2];
    struct writer secret_pem, certificate_pem;
};

static void wipe(struct made_key **keys)
{
    for (size_t i = 0; *keys && i < KEY_FOLDER_KEYS; i++)
        if ((*keys)[i].secret_pem.data)
            private_key_wipe(&(*keys)[i].secret_pem);
    free(*keys);
}

static int make_key(const struct key_folder_wish *wish, enum key_variable role,
                    struct made_key *out)
{
    autoclean(private_key_freep) struct private_key *key = NULL;
    char name[CERTIFICATE_COMMON_NAME_MAX + 1];
    uint8_t der_bytes[CERTIFICATE_DER_MAX];
    struct text t = text_over(name, sizeof name);
    struct writer der = writer_over(der_bytes, sizeof der_bytes);

    text_addf(&t, "%s %s", wish->name, titles[role]);
    if (t.failed)
        return -EINVAL;
    const struct certificate_wish certificate = { .use = CERTIFICATE_SECURE_BOOT,
                                                  .common_name = name,
                                                  .from = CERTIFICATE_BEGINNING,
                                                  .until = wish->until };
    int r = private_key_new(wish->kind, &key);
    if (r == 0)
        r = certificate_make(&certificate, key, NULL, &der);
    if (r < 0)
        return r;
    out->secret_pem = writer_over(out->secret, sizeof out->secret);
    out->certificate_pem = writer_over(out->certificate, sizeof out->certificate);
    private_key_format(key, &out->secret_pem);
    certificate_format(writer_span(&der), &out->certificate_pem);
    return out->secret_pem.failed || out->certificate_pem.failed ? -ENOSPC : 0;
}

static void name_file(enum key_variable role, const char *end, char out[16])
{
    struct text t = text_over(out, 16);
    text_addf(&t, "%s%s", key_variable_name(role), end);
}

/* Is any of the files there? Then none is made. */
static int refuse_old(const char *path, int folder, int secret, struct text *why)
{
    char name[16];
    for (unsigned i = 0; i < KEY_FOLDER_KEYS; i++)
        for (unsigned k = 0; k < 2; k++) {
            struct stat st;
            name_file((enum key_variable)i, k ? ".crt" : ".key", name);
            if (fstatat(k ? folder : secret, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                continue;
            text_addf(why,
                      "%s holds keys already (%s%s), and keys are never written over: a machine "
                      "that trusts them would be locked out. Choose another --folder, or move "
                      "that one away",
                      path, k ? "" : PRIVATE_FOLDER "/", name);
            return -EEXIST;
        }
    return 0;
}

static void remove_written(int folder, int secret, unsigned count)
{
    char name[16];
    for (unsigned i = 0; i < count; i++) {
        name_file((enum key_variable)(i / 2), i % 2 ? ".crt" : ".key", name);
        (void)unlinkat(i % 2 ? folder : secret, name, 0);
    }
}

static int write_keys(int folder, int secret, const struct made_key *keys, struct text *why)
{
    for (unsigned i = 0; i < 2 * KEY_FOLDER_KEYS; i++) {
        const struct made_key *key = &keys[i / 2];
        char name[16];
        name_file((enum key_variable)(i / 2), i % 2 ? ".crt" : ".key", name);
        int r = i % 2 ? file_write_new(folder, name, writer_span(&key->certificate_pem))
                      : file_write_private(secret, name, writer_span(&key->secret_pem));
        if (r == 0)
            continue;
        text_addf(why, "%s cannot be written: %s", name, strerror(-r));
        remove_written(folder, secret, i);
        return r;
    }
    return 0;
}

/* The folder, and the one of the private keys in it, made when missing. */
static int open_folders(const char *path, int *folder, int *secret, struct text *why)
{
    const struct safe_path inner = { .len = sizeof PRIVATE_FOLDER - 1, .text = PRIVATE_FOLDER };
    int r = file_make_folders(path);
    *folder = r < 0 ? r : file_open_root(path);
    if (*folder < 0) {
        text_addf(why, "the folder %s cannot be made: %s", path, strerror(-*folder));
        return *folder;
    }
    if (mkdirat(*folder, PRIVATE_FOLDER, 0700) < 0 && errno != EEXIST)
        *secret = -errno;
    else
        *secret = file_open_folder(*folder, &inner);
    /* One that was there may have been open to others. */
    if (*secret >= 0 && fchmod(*secret, 0700) < 0) {
        r = -errno;
        close(*secret);
        *secret = r;
    }
    if (*secret < 0)
        text_addf(why, "the folder %s/" PRIVATE_FOLDER " cannot be made: %s", path,
                  strerror(-*secret));
    return *secret < 0 ? *secret : 0;
}

int key_folder_make(const char *path, const struct key_folder_wish *wish,
                    char why[KEY_FOLDER_WHY_MAX])
{
    struct text t = text_over(why, KEY_FOLDER_WHY_MAX);
    autoclean(wipe) struct made_key *keys = calloc(KEY_FOLDER_KEYS, sizeof *keys);
    autoclean(closep) int folder = -1;
    autoclean(closep) int secret = -1;

    if (!keys) {
        text_add(&t, "out of memory");
        return -ENOMEM;
    }
    int r = open_folders(path, &folder, &secret, &t);
    if (r == 0)
        r = refuse_old(path, folder, secret, &t);
    if (r < 0)
        return r;
    for (unsigned i = 0; i < KEY_FOLDER_KEYS && r == 0; i++)
        r = make_key(wish, (enum key_variable)i, &keys[i]);
    if (r < 0) {
        text_addf(&t, "a key cannot be made: %s", strerror(-r));
        return r;
    }
    return write_keys(folder, secret, keys, &t);
}

/* Read PATH/NAME whole; the file's mode for those who ask. */
static int read_file(const char *path, const char *name, uint8_t **ret_data, size_t *ret_len,
                     mode_t *ret_mode, struct text *why)
{
    autoclean(closep) int folder = file_open_root(path);
    autoclean(closep) int fd = -1;
    struct file_facts facts = { 0 };
    struct safe_path inner;
    struct stat st;

    if (folder == -ENOENT) {
        text_addf(why, "there are no keys in %s: 'tugboot keys init' makes them", path);
        return folder;
    }
    int r = folder < 0 ? folder : 0;
    if (r == 0 && safe_path_parse(span_text(name), &inner) != PATH_SOUND)
        r = -EINVAL;
    if (r == 0) {
        enum file_verdict verdict = file_open_beneath(folder, &inner, false, &fd, &facts);
        r = file_verdict_errno(verdict, &facts);
        fd = r < 0 ? -1 : fd;
    }
    if (r == 0 && fstat(fd, &st) < 0)
        r = -errno;
    if (r == 0)
        r = file_read_whole(fd, PEM_MAX, ret_data, ret_len);
    if (r == -ENOENT)
        text_addf(why, "there is no %s in %s: 'tugboot keys init' makes keys", name, path);
    else if (r < 0)
        text_addf(why, "%s/%s cannot be read: %s", path, name, strerror(-r));
    else
        *ret_mode = st.st_mode;
    return r;
}

int key_folder_certificate(const char *path, enum key_variable key, struct certificate **ret,
                           char why[KEY_FOLDER_WHY_MAX])
{
    struct text t = text_over(why, KEY_FOLDER_WHY_MAX);
    autoclean(free_bytes) uint8_t *data = NULL;
    char name[16];
    size_t len = 0;
    mode_t mode;

    name_file(key, ".crt", name);
    int r = read_file(path, name, &data, &len, &mode, &t);
    if (r < 0)
        return r;
    r = certificate_read(span_of(data, len), ret);
    if (r < 0)
        text_addf(&t, "%s/%s is no certificate", path, name);
    return r;
}

int key_folder_private(const char *path, enum key_variable key,
                       const struct certificate *certificate, struct private_key **ret,
                       char why[KEY_FOLDER_WHY_MAX])
{
    struct text t = text_over(why, KEY_FOLDER_WHY_MAX);
    autoclean(private_key_freep) struct private_key *secret = NULL;
    autoclean(free_bytes) uint8_t *data = NULL;
    char file[16], name[32];
    struct text n = text_over(name, sizeof name);
    size_t len = 0;
    mode_t mode = 0;

    name_file(key, ".key", file);
    text_addf(&n, PRIVATE_FOLDER "/%s", file);
    int r = read_file(path, name, &data, &len, &mode, &t);
    if (r == 0 && (mode & 077) != 0) {
        text_addf(&t,
                  "others than its owner may read %s/%s: 'chmod 600' it, and think about who "
                  "may have a copy",
                  path, name);
        r = -EACCES;
    }
    if (r == 0) {
        r = private_key_parse(span_of(data, len), &secret);
        if (r < 0)
            text_addf(&t, "%s/%s is no private key in PEM without a passphrase", path, name);
    }
    if (r == 0 && !private_key_fits(secret, certificate_der(certificate))) {
        text_addf(&t, "%s/%s does not belong to the certificate beside it", path, name);
        r = -EINVAL;
    }
    if (data) {
        struct writer bytes = writer_over(data, len);
        private_key_wipe(&bytes);
    }
    if (r == 0)
        *ret = take_ptr(&secret);
    return r;
}
