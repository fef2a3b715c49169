/* See selftest_place.h. The folder of the state is overlaid: what is written goes to memory, and
 * the database is replaced by a copy that is whole. The images, loaders and files are mounted
 * read-only.
 *
 *   this process: br0 ---- veth ---- daemon's namespace: eth0 (as the real one is called)
 *                  |  \--- veth ---- giver's namespace: eth0 (mode proxy)
 *                  tap0 ... (machines)
 *
 * All of it hangs on processes and ends with them, however they end. */
#include "cli/selftest_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "cli/selftest_giver.h"
#include "net/child.h"
#include "net/file.h"
#include "store/store.h"

#define PATH_BYTES (CONFIG_PATH_MAX + SELFTEST_FOLDER_MAX + 64)
#define WORDS_MAX  24
#define DATABASE   "tugboot.db"

DEFINE_FREEP(struct store, store_close)

static int fail(struct text *why, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct text *why, int error, const char *format, ...)
{
    char words[512];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    text_addf(why, "%s: %s", words, strerror(-error));
    return error;
}

/* Programs. */

pid_t selftest_place_run(const char *const *argv, const char *log)
{
    int out = child_open_log(log);
    if (out < 0)
        return out;
    pid_t child = child_start(argv, out);
    close(out);
    return child;
}

/* Run `ip` with these words to its end. */
static int ip(const struct selftest_place *place, struct text *why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int ip(const struct selftest_place *place, struct text *why, const char *format, ...)
{
    char words[512], log[PATH_BYTES];
    const char *argv[WORDS_MAX + 1] = { "ip" };
    size_t count = 1;
    va_list args;

    va_start(args, format);
    int length = vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof words)
        return -E2BIG;
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word && count < WORDS_MAX;
         word = strtok_r(NULL, " ", &rest))
        argv[count++] = word;
    argv[count] = NULL;
    snprintf(log, sizeof log, "%s/ip.log", place->folder);
    pid_t child = selftest_place_run(argv, log);
    int status = child < 0 ? child : child_wait(child);
    if (status == 0)
        return 0;
    if (status < 0)
        return fail(why, status, "the program ip cannot be run");
    if (status == 127) {
        text_add(why, "the program ip is not installed: apt-get install iproute2");
        return -ENOENT;
    }
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    text_addf(why, "'ip %s' failed", words);
    return -EIO;
}

/* Folders. */

static void folder_of(const char *path, char *out, size_t cap)
{
    size_t slash = 0;
    for (size_t i = 0; path[i]; i++)
        if (path[i] == '/')
            slash = i;
    span_to_text(span_of(path, slash), out, cap);
}

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return length > 0 && strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || path[length] == 0);
}

/* From now on writes below `path` go to memory. */
static int overlay(const struct selftest_place *place, const char *path, const char *name,
                   struct text *why)
{
    char upper[PATH_BYTES], work[PATH_BYTES], options[3 * PATH_BYTES];
    struct stat facts;

    snprintf(upper, sizeof upper, "%s/%s", place->folder, name);
    snprintf(work, sizeof work, "%s/%s.work", place->folder, name);
    if (stat(path, &facts) < 0)
        return fail(why, -errno, "%s cannot be looked at (has tugboot served here?)", path);
    if (mkdir(upper, 0700) < 0 || mkdir(work, 0700) < 0 ||
        chown(upper, facts.st_uid, facts.st_gid) < 0 || chmod(upper, facts.st_mode & 07777) < 0)
        return fail(why, -errno, "%s cannot be made", upper);
    if (strpbrk(path, ",:\\")) {
        text_addf(why, "%s: a folder with one of , : \\ in its name cannot be copied", path);
        return -EINVAL;
    }
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", path, upper, work);
    if (mount("overlay", path, "overlay", MS_NOSUID | MS_NODEV, options) < 0)
        return fail(why, -errno, "%s cannot be covered by a copy (overlayfs)", path);
    return 0;
}

/* The real folder, but read-only; what is not there need not be protected. */
static int protect(const char *path, struct text *why)
{
    if (path[0] == 0 || access(path, F_OK) < 0)
        return 0;
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0 ||
        mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0)
        return fail(why, -errno, "%s cannot be made read-only", path);
    return 0;
}

/* The copy, before the folder is covered. Without a database there is none to copy. */
static int copy_database(const struct selftest_place *place, char file[PATH_BYTES],
                         struct text *why)
{
    autoclean(store_closep) struct store *store = NULL;
    char said[STORE_WHY_MAX] = "", real[PATH_BYTES];

    file[0] = 0;
    snprintf(real, sizeof real, "%s/" DATABASE, place->session->config->state);
    if (access(real, F_OK) < 0)
        return 0;
    snprintf(file, PATH_BYTES, "%s/" DATABASE, place->folder);
    int r = store_open(place->session->config->state, &store, said);
    if (r == 0)
        r = store_copy(store, file, said);
    if (r < 0)
        text_add(why, said[0] ? said : strerror(-r));
    return r;
}

/* Take the database and its logs out of the covered folder: what is below stays as it is. */
static int remove_database(int state)
{
    DIR *dir = fdopendir(dup(state));
    const struct dirent *entry;
    int r = dir ? 0 : -errno;

    while (dir && r == 0 && (entry = readdir(dir)))
        if (strncmp(entry->d_name, DATABASE, strlen(DATABASE)) == 0 &&
            unlinkat(state, entry->d_name, 0) < 0)
            r = -errno;
    if (dir)
        closedir(dir);
    return r;
}

/* In place of the database that daemons of this machine write. */
static int put_database(const struct selftest_place *place, const char *copy, struct text *why)
{
    struct file_copy how = { .why = "" };
    struct file_facts facts;
    struct stat owner;
    int fd = -1;

    if (copy[0] == 0)
        return 0;
    int state = file_open_root(place->session->config->state);
    int r = state < 0 ? state : remove_database(state);
    if (r == 0)
        r = file_verdict_errno(file_open_path(copy, &fd, &facts), &facts);
    if (r == 0)
        r = file_copy_one(fd, state, DATABASE, &how);
    if (r == 0 &&
        (fstat(state, &owner) < 0 || fchownat(state, DATABASE, owner.st_uid, owner.st_gid, 0) < 0))
        r = -errno;
    if (fd >= 0)
        close(fd);
    if (state >= 0)
        close(state);
    return r < 0 ? fail(why, r, "the copy of the database cannot be put in place") : 0;
}

static int cover_folders(struct selftest_place *place, struct text *why)
{
    const struct config *config = place->session->config;
    char control[CONFIG_PATH_MAX], copy[PATH_BYTES];

    folder_of(config->control, control, sizeof control);
    if (control[0] && mkdir(control, 0755) == 0)
        place->made_control = true;
    int r = copy_database(place, copy, why);
    if (r == 0 && control[0] && !is_below(control, config->state))
        r = overlay(place, control, "control", why);
    if (r == 0 && !is_below(config->state, control))
        r = overlay(place, config->state, "state", why);
    if (r == 0)
        r = put_database(place, copy, why);
    if (r == 0)
        r = protect(config->images, why);
    if (r == 0)
        r = protect(config->files, why);
    for (uint8_t i = 0; i < config->loader_count && r == 0; i++)
        r = protect(config->loaders[i], why);
    return r;
}

static bool is_served(const struct config *config, const struct iface *row)
{
    if (!row->ethernet || row->loopback || row->address_count == 0)
        return false;
    for (uint8_t i = 0; i < config->interface_count; i++)
        if (strcmp(config->interfaces[i].name, row->name) == 0)
            return true;
    return config->interface_count == 0;
}

const struct iface *selftest_place_choose(const struct config *config,
                                          const struct iface_table *table, const char *wanted)
{
    for (uint8_t i = 0; i < table->count; i++) {
        const struct iface *row = &table->rows[i];
        if (is_served(config, row) && (!wanted || strcmp(row->name, wanted) == 0))
            return row;
    }
    return NULL;
}

static int make_folder(struct selftest_place *place, struct text *why)
{
    snprintf(place->folder, sizeof place->folder, "/tmp/tugboot-selftest.XXXXXX");
    if (!mkdtemp(place->folder)) {
        place->folder[0] = 0;
        return fail(why, -errno, "no folder can be made below /tmp");
    }
    if (mount("tmpfs", place->folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0)
        return fail(why, -errno, "no memory file system can be mounted");
    return 0;
}

int selftest_place_make(struct selftest_place *place, struct text *why)
{
    place->events = -1;
    if (geteuid() != 0) {
        text_add(why, "a private network needs root: sudo tugboot selftest");
        return -EPERM;
    }
    if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
        return fail(why, -errno, "no namespaces can be made here");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return fail(why, -errno, "the mounts cannot be made private");
    int r = make_folder(place, why);
    if (r == 0)
        r = cover_folders(place, why);
    if (r == 0)
        r = ip(place, why, "link set lo up");
    if (r == 0)
        r = ip(place, why, "link add br0 type bridge forward_delay 0 stp_state 0");
    if (r == 0)
        r = ip(place, why, "link set br0 up");
    return r;
}

/* Processes with a network of their own. */

struct guest {
    pid_t pid;
    int ready, go; /* it says that it has its namespace; it is told that it has its cables */
};

/* A child in a network namespace of its own: returns 0 there and the guest elsewhere. */
static int guest_begin(struct guest *guest)
{
    int ready[2], go[2];

    if (pipe2(ready, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(go, O_CLOEXEC) < 0) {
        int error = -errno;
        close(ready[0]);
        close(ready[1]);
        return error;
    }
    guest->pid = fork();
    if (guest->pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        guest->ready = ready[1];
        guest->go = go[0];
        close(ready[0]);
        close(go[1]);
        if (unshare(CLONE_NEWNET) < 0 || child_tell(guest->ready) < 0 || child_hear(guest->go) < 0)
            _exit(125);
        return 0;
    }
    close(ready[1]);
    close(go[0]);
    guest->ready = ready[0];
    guest->go = go[1];
    return guest->pid < 0 || child_hear(guest->ready) < 0 ? -ECHILD : 1;
}

static int guest_go(struct guest *guest)
{
    int r = child_tell(guest->go);
    close(guest->go);
    close(guest->ready);
    return r;
}

static int add_cable(const struct selftest_place *place, const struct iface *row, const char *end,
                     pid_t pid, struct text *why)
{
    char mac[MAC_TEXT_MAX];

    mac_format(row->mac, mac);
    int r = ip(place, why, "link add %s mtu %u type veth peer name %s address %s mtu %u netns %ld",
               end, row->mtu, row->name, mac, row->mtu, (long)pid);
    if (r == 0)
        r = ip(place, why, "link set %s master br0 up", end);
    return r;
}

/* In the daemon's namespace: all interfaces that it serves, those without a network with an end
 * that leads nowhere. */
static int set_up_interfaces(const struct selftest_place *place, struct text *why)
{
    char address[IPV4_TEXT_MAX];
    int r = ip(place, why, "link set lo up");

    for (uint8_t i = 0; i < place->table->count && r == 0; i++) {
        const struct iface *row = &place->table->rows[i];
        if (row != place->iface && !is_served(place->session->config, row))
            continue;
        if (row != place->iface)
            r = ip(place, why, "link add %s type veth peer name far%u", row->name, i);
        if (r == 0 && row != place->iface)
            r = ip(place, why, "link set far%u up", i);
        for (uint8_t k = 0; k < row->address_count && r == 0; k++) {
            ipv4_format(row->addresses[k].addr, address);
            r = ip(place, why, "address add %s/%u brd + dev %s", address,
                   row->addresses[k].link.length, row->name);
        }
        if (r == 0)
            r = ip(place, why, "link set %s up", row->name);
    }
    return r;
}

static void be_daemon(const struct selftest_place *place, int out)
{
    const char *argv[6] = { "/proc/self/exe", "serve", "--json-events" };
    char said[512];
    struct text why = text_over(said, sizeof said);

    if (set_up_interfaces(place, &why) < 0) {
        dprintf(out, "%s\n", said);
        _exit(125);
    }
    if (place->session->config_path[0]) {
        argv[3] = "--config";
        argv[4] = place->session->config_path;
    }
    child_become(argv, out);
}

static int start_daemon(struct selftest_place *place, struct text *why)
{
    struct guest guest = { 0 };
    int out[2];

    if (pipe2(out, O_CLOEXEC) < 0)
        return fail(why, -errno, "no pipe");
    int r = guest_begin(&guest);
    if (r == 0)
        be_daemon(place, out[1]);
    close(out[1]);
    place->events = out[0];
    place->daemon = guest.pid > 0 ? guest.pid : 0;
    if (r < 0)
        return fail(why, r, "the second daemon cannot be started");
    if (fcntl(place->events, F_SETFL, O_NONBLOCK) < 0)
        return fail(why, -errno, "the daemon's events");
    r = add_cable(place, place->iface, "server", guest.pid, why);
    return r < 0 ? r : guest_go(&guest);
}

static void be_giver(const struct selftest_place *place, const struct selftest_giver *giver)
{
    char own[IPV4_TEXT_MAX], said[512];
    struct text why = text_over(said, sizeof said);
    const char *name = place->iface->name;

    ipv4_format(giver->own, own);
    if (ip(place, &why, "address add %s/%u brd + dev %s", own, giver->network.length, name) < 0 ||
        ip(place, &why, "link set %s up", name) < 0)
        _exit(125);
    _exit(selftest_giver_run(giver, name) < 0 ? 1 : 0);
}

static bool is_proxy(const struct selftest_place *place)
{
    const struct config *config = place->session->config;

    for (uint8_t i = 0; i < config->interface_count; i++)
        if (strcmp(config->interfaces[i].name, place->iface->name) == 0 &&
            config->interfaces[i].has_mode)
            return config->interfaces[i].mode == CONFIG_DHCP_PROXY;
    return config->dhcp.mode == CONFIG_DHCP_PROXY;
}

static int start_giver(struct selftest_place *place, struct text *why)
{
    const struct iface_address *address = &place->iface->addresses[0];
    struct selftest_giver giver;
    struct guest guest = { 0 };

    if (!selftest_giver_init(&giver, address->link, address->addr)) {
        text_addf(why, "the network of %s has too few addresses for other machines",
                  place->iface->name);
        return -ERANGE;
    }
    int r = guest_begin(&guest);
    if (r == 0)
        be_giver(place, &giver);
    place->giver = guest.pid > 0 ? guest.pid : 0;
    if (r < 0)
        return fail(why, r, "the other DHCP server cannot be started");
    struct iface cable = *place->iface;
    cable.mac = mac_from_u64(UINT64_C(0x5254007366ff));
    r = add_cable(place, &cable, "giver", guest.pid, why);
    return r < 0 ? r : guest_go(&guest);
}

int selftest_place_start(struct selftest_place *place, struct text *why)
{
    int r = is_proxy(place) ? start_giver(place, why) : 0;
    return r < 0 ? r : start_daemon(place, why);
}

int selftest_place_plug(const struct selftest_place *place, unsigned int number,
                        char name[IFACE_NAME_MAX], struct text *why)
{
    snprintf(name, IFACE_NAME_MAX, "tap%u", number);
    int r = ip(place, why, "tuntap add dev %s mode tap", name);
    return r < 0 ? r : ip(place, why, "link set %s master br0 up", name);
}

void selftest_place_close(struct selftest_place *place)
{
    child_end(place->daemon);
    child_end(place->giver);
    if (place->events >= 0)
        close(place->events);
    place->events = -1;
    place->daemon = place->giver = 0;
    if (place->folder[0] == 0)
        return;
    /* This process alone sees what is mounted here; the folders below are the real ones. */
    (void)umount2(place->folder, MNT_DETACH);
    (void)rmdir(place->folder);
    if (place->made_control) {
        char control[CONFIG_PATH_MAX];
        folder_of(place->session->config->control, control, sizeof control);
        (void)umount2(control, MNT_DETACH);
        (void)rmdir(control);
    }
}
