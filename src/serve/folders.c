/* See folders.h. */
#include "serve/folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"
#include "serve/recipe_folder.h"

static int make(const char *path, struct text *why)
{
    int r = file_make_folders(path);
    if (r < 0)
        text_addf(why, "%s: %s%s", path, strerror(-r),
                  r == -EACCES || r == -EPERM ? " (run it as root, or choose another folder)" : "");
    return r;
}

/* The folder a path lies in, "" when it has none. */
static void folder_of(const char *path, char *out, size_t cap)
{
    size_t slash = 0;
    for (size_t i = 0; path[i]; i++)
        if (path[i] == '/')
            slash = i;
    span_to_text(span_of(path, slash), out, cap);
}

/* Does the path lie in the folder? */
static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    while (len > 0 && folder[len - 1] == '/')
        len--;
    return strncmp(path, folder, len) == 0 && path[len] == '/';
}

/* Open a folder below the one of `fd`, part by part and through no link: the service's user writes
 * there, and could plant one. Closes `fd`; a descriptor, or a negative errno. */
static int open_below(int fd, const char *path)
{
    char part[NAME_MAX + 1];

    while (fd >= 0 && path[0]) {
        size_t len = strcspn(path, "/");
        span_to_text(span_of(path, len), part, sizeof part);
        int next =
            len == 0 ? dup(fd) : openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int r = -errno;
        close(fd);
        fd = next < 0 ? r : next;
        path += len + (path[len] == '/');
    }
    return fd;
}

int folders_give(const struct config *config, const char *path, uint32_t uid, uint32_t gid)
{
    bool is_ours = is_below(path, config->state);
    /* Elsewhere a folder may be that user's from an earlier run, too, and what lies above it. */
    int fd = is_ours ? file_open_root(config->state) : file_open_trusted(path);

    if (fd >= 0 && is_ours)
        fd = open_below(fd, path + strlen(config->state));
    if (is_ours && (fd == -ELOOP || fd == -ENOTDIR)) /* a link, which leads elsewhere */
        return 0;
    if (fd < 0)
        return fd;
    int r = fchown(fd, uid, gid) == 0 ? 0 : -errno;
    close(fd);
    return r;
}

/* The folder and the files in it: what an earlier run as another user has left is taken along. */
static int give_to(const char *path, uint32_t uid, uint32_t gid)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    struct stat facts;
    int r = dir && fchown(dirfd(dir), uid, gid) == 0 ? 0 : -errno;

    while (dir && r == 0 && (entry = readdir(dir))) {
        if (fstatat(dirfd(dir), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(facts.st_mode) &&
            fchownat(dirfd(dir), entry->d_name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
            r = -errno;
    }
    if (dir)
        closedir(dir);
    return r;
}

int folders_prepare(const struct config *config, struct text *why)
{
    char control[CONFIG_PATH_MAX], recipes[CONFIG_PATH_MAX];
    uint32_t uid, gid;

    folder_of(config->control, control, sizeof control);
    int r = make(config->state, why);
    if (r == 0)
        r = make(config->images, why);
    for (uint8_t i = 0; i < config->loader_count && r == 0; i++)
        r = make(config->loaders[i], why);
    recipe_folder_path(config, recipes);
    if (r == 0)
        r = make(recipes, why);
    if (r == 0 && control[0] != 0)
        r = make(control, why);
    if (r < 0 || geteuid() != 0 || config->user[0] == 0 ||
        !sandbox_find_user(config->user, &uid, &gid))
        return r;
    r = give_to(config->state, uid, gid);
    /* One that is elsewhere has an owner of its own, who decides. */
    if (r == 0 && is_below(config->images, config->state))
        r = folders_give(config, config->images, uid, gid);
    if (r < 0)
        text_addf(why, "%s cannot be given to the user '%s': %s", config->state, config->user,
                  strerror(-r));
    return r;
}

static void allow(struct sandbox_settings *settings, const char *path, bool writable)
{
    if (path[0] != 0 && settings->folder_count < SANDBOX_FOLDERS_MAX)
        settings->folders[settings->folder_count++] =
            (struct sandbox_folder){ .path = path, .writable = writable };
}

void folders_allow(const struct config *config, const char *config_path,
                   struct sandbox_settings *settings)
{
    char *config_folder = settings->config_folder;

    folder_of(config_path, config_folder, sizeof settings->config_folder);
    if (config_folder[0] == 0 && config_path[0] != 0)
        span_to_text(span_text(config_path[0] == '/' ? "/" : "."), config_folder,
                     sizeof settings->config_folder);
    allow(settings, config->state, true);
    allow(settings, config->images, true);
    allow(settings, config->files, false);
    allow(settings, config->recipes, false);
    for (uint8_t i = 0; i < config->loader_count; i++)
        allow(settings, config->loaders[i], false);
    /* Packages' loaders, those installed later included; the time zone; the configuration for a
     * reload (its folder, since editors replace files). */
    allow(settings, "/usr/lib", false);
    allow(settings, "/boot", false); /* where Debian keeps ipxe.efi */
    allow(settings, "/usr/share", false);
    allow(settings, "/etc", false);
    /* A folder of our own is written to, so that the file in it is replaced as a whole; in another
     * one
     * (/etc, say) the file alone. */
    bool is_ours = span_ends_with(span_text(config_folder), "/tugboot");
    allow(settings, config_folder, config->admin.edit && is_ours);
    if (config->admin.edit && !is_ours)
        allow(settings, config_path, true);
    allow(settings, config->secure.db, false);
    allow(settings, config->secure.dbx, false);
    allow(settings, "/sys/firmware/efi/efivars", false); /* this machine's own dbx */
    for (uint8_t i = 0; i < config->webhook_count; i++) {
        allow(settings, config->webhooks[i].secret_file, false);
        allow(settings, config->webhooks[i].ca, false);
    }
    const char *const pems[] = { config->https.certificate, config->https.key,
                                 config->https.client_ca };
    for (size_t i = 0; i < sizeof pems / sizeof pems[0]; i++) {
        folder_of(pems[i], settings->certificate_folders[i],
                  sizeof settings->certificate_folders[i]);
        allow(settings, settings->certificate_folders[i], false);
    }
}
