/* Trust from files. A name may be a folder: then all files in it are taken, since distributions
 * ship their lists that way, one for each architecture. The lists of the system are looked for
 * where packages and the kernel put them; this machine's own dbx is one of them. */
#include "serve/trust_files.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "image/siglist.h"
#include "net/file.h"

static const char *const system_lists[] = {
    "/usr/share/secureboot/updates/dbx", /* Ubuntu: secureboot-db */
    "/usr/share/dbxtool",                /* Fedora: dbxtool */
    "/sys/firmware/efi/efivars/dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f",
};

static int add_open_file(void *context, enum trust_side side, int fd, const char *path,
                         struct text *why)
{
    struct trust *trust = context;
    uint8_t *data = NULL;
    size_t len = 0;
    char phrase[TRUST_PHRASE_MAX] = "";
    int r = file_read_whole(fd, SIGLIST_BYTES_MAX, &data, &len);
    if (r == 0) {
        r = trust_add(trust, side, span_of(data, len), phrase);
        free(data);
    }
    if (r < 0)
        text_addf(why, "%s cannot be used: %s", path, phrase[0] ? phrase : strerror(-r));
    return r;
}

struct folder {
    const struct trust_files_visit *visit;
    enum trust_side side;
    const char *path;
    int fd;
    struct text *why;
};

static int visit_in_folder(void *context, const struct file_entry *entry)
{
    const struct folder *folder = context;
    struct safe_path path;
    struct file_facts facts;
    char name[1024];
    struct text t = text_over(name, sizeof name);
    int fd;

    if (entry->kind != FILE_KIND_FILE || entry->name[0] == '.' ||
        safe_path_parse(span_text(entry->name), &path) != PATH_SOUND)
        return 0;
    text_addf(&t, "%s/%s", folder->path, entry->name);
    enum file_verdict verdict = file_open_beneath(folder->fd, &path, false, &fd, &facts);
    if (verdict != FILE_OPENED) {
        text_addf(folder->why, "%s cannot be read: %s", name, file_verdict_text(verdict));
        return file_verdict_errno(verdict, &facts);
    }
    int r = folder->visit->file(folder->visit->context, folder->side, fd, name, folder->why);
    close(fd);
    return r;
}

static int visit_path(const struct trust_files_visit *visit, enum trust_side side, const char *path,
                      struct text *why)
{
    struct file_facts facts;
    int fd;
    enum file_verdict verdict = file_open_path(path, &fd, &facts);

    if (verdict == FILE_OPENED) {
        int r = visit->file(visit->context, side, fd, path, why);
        close(fd);
        return r;
    }
    struct folder folder = { .visit = visit, .side = side, .path = path, .why = why };
    folder.fd = verdict == FILE_IS_FOLDER ? file_open_root(path) : -1;
    if (folder.fd < 0) {
        text_addf(why, "%s cannot be read: %s", path, file_verdict_text(verdict));
        return verdict == FILE_IS_FOLDER ? folder.fd : file_verdict_errno(verdict, &facts);
    }
    int r = file_list(folder.fd, visit_in_folder, &folder);
    close(folder.fd);
    if (r < 0 && why->len == 0)
        text_addf(why, "%s cannot be read: %s", path, strerror(-r));
    return r;
}

int trust_files_add(struct trust *trust, enum trust_side side, const char *path, struct text *why)
{
    const struct trust_files_visit visit = { .file = add_open_file, .context = trust };
    return visit_path(&visit, side, path, why);
}

/* A file that may be absent when nobody named it. */
static int visit_known(const struct trust_files_visit *visit, enum trust_side side,
                       const char *path, bool is_named)
{
    char data[1200];
    struct text why = text_over(data, sizeof data);
    int r = path[0] ? visit_path(visit, side, path, &why) : 0;
    if (r < 0 && (is_named || (r != -ENOENT && r != -EACCES)))
        visit->told(visit->context, data);
    return r == -ENOMEM ? r : 0;
}

int trust_files_each(const struct config *config, const struct trust_files_visit *visit)
{
    char own[CONFIG_PATH_MAX + sizeof "/keys/db.crt"];
    struct text t = text_over(own, sizeof own);

    text_addf(&t, "%s/keys/db.crt", config->state);
    int r = visit_known(visit, TRUST_DB, own, false);
    if (r == 0)
        r = visit_known(visit, TRUST_DB, config->secure.db, true);
    if (r == 0)
        r = visit_known(visit, TRUST_DBX, config->secure.dbx, true);
    for (size_t i = 0; r == 0 && i < sizeof system_lists / sizeof system_lists[0]; i++)
        r = visit_known(visit, TRUST_DBX, system_lists[i], false);
    return r;
}

struct loading {
    struct trust *trust;
    void (*told)(void *context, const char *sentence);
    void *context;
};

static int load_file(void *context, enum trust_side side, int fd, const char *path,
                     struct text *why)
{
    const struct loading *loading = context;
    return add_open_file(loading->trust, side, fd, path, why);
}

static void pass_on(void *context, const char *sentence)
{
    const struct loading *loading = context;
    loading->told(loading->context, sentence);
}

int trust_files_load(struct trust *trust, const struct config *config,
                     void (*told)(void *context, const char *sentence), void *context)
{
    struct loading loading = { .trust = trust, .told = told, .context = context };
    const struct trust_files_visit visit = { .file = load_file,
                                             .told = pass_on,
                                             .context = &loading };
    return trust_files_each(config, &visit);
}
