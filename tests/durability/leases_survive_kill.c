/* Every lease that was acknowledged is remembered, whenever the process is killed. A child commits
 * leases through the store thread and writes each acknowledged address to a pipe, as the daemon
 * would send an ACK; the parent kills it at an arbitrary moment with SIGKILL, opens the database
 * again and looks for every address it was told. The rounds go on in one database. */
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "serve/store_thread.h"

#define ROUNDS     20
#define IN_FLIGHT  32
#define LEASES_MAX (1 << 20)

static char folder[64];
static uint8_t acknowledged[LEASES_MAX / 8], stored[LEASES_MAX / 8];

static void give_up(const char *what)
{
    fprintf(stderr, "leases_survive_kill: %s\n", what);
    exit(1);
}

static struct store *open_store(void)
{
    char why[STORE_WHY_MAX];
    struct store *store = NULL;
    if (store_open(folder, &store, why) != 0)
        give_up(why);
    return store;
}

struct client_slot {
    struct store_batch batch;
    struct change change;
};

static struct store_thread *thread;
static uint32_t next_address;
static int acknowledge_fd;

static void submit(struct client_slot *slot)
{
    slot->change = (struct change){ .kind = CHANGE_LEASE_PUT,
                                    .lease = { .address = { next_address },
                                               .mac = mac_from_u64(next_address) } };
    next_address++;
    if (next_address >= LEASES_MAX || store_thread_submit(thread, &slot->batch) != 0)
        _exit(3);
}

static void was_stored(struct store_batch *batch)
{
    struct client_slot *slot = batch->context;
    uint32_t address = slot->change.lease.address.value;
    if (batch->result != 0 || write(acknowledge_fd, &address, sizeof address) != sizeof address)
        _exit(4);
    submit(slot);
}

static void be_the_server(uint32_t first, int fd)
{
    static struct client_slot slots[IN_FLIGHT];
    struct loop *loop;
    next_address = first;
    acknowledge_fd = fd;
    if (loop_new(&loop) != 0 ||
        store_thread_new(open_store(), loop, (struct event_sink){ 0 }, NULL, &thread) != 0)
        _exit(2);
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        slots[i].batch = (struct store_batch){ .changes = &slots[i].change,
                                               .count = 1,
                                               .loop = loop,
                                               .done = was_stored,
                                               .context = &slots[i] };
        submit(&slots[i]);
    }
    _exit(loop_run(loop) == 0 ? 0 : 5);
}

static int note_stored(void *context, const struct lease *lease)
{
    uint32_t address = lease->address.value;
    (void)context;
    if (address >= LEASES_MAX || mac_to_u64(lease->mac) != address)
        return -EILSEQ;
    stored[address / 8] |= (uint8_t)(1u << address % 8);
    return 0;
}

static uint32_t run_round(uint32_t first, unsigned round)
{
    int ends[2];
    uint32_t address, highest = first;
    if (pipe(ends) != 0)
        give_up("pipe");
    pid_t child = fork();
    if (child < 0)
        give_up("fork");
    if (child == 0) {
        close(ends[0]);
        be_the_server(first, ends[1]);
    }
    close(ends[1]);
    /* Every other round dies at any moment, perhaps while the database is being opened; the rest
     * under load, for which the first acknowledgement is waited for, however slow the machine is.
     */
    struct pollfd first_words = { .fd = ends[0], .events = POLLIN };
    if (round % 2 == 1 && poll(&first_words, 1, 60000) != 1)
        give_up("the server acknowledges nothing");
    struct timespec pause = { .tv_nsec = (long)(round * 7919 % 97 + 1) * 1000000 };
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status))
        give_up("the server ended by itself");
    while (read(ends[0], &address, sizeof address) == sizeof address) {
        acknowledged[address / 8] |= (uint8_t)(1u << address % 8);
        highest = address > highest ? address : highest;
    }
    close(ends[0]);
    return highest + IN_FLIGHT + 1;
}

static void check_all(unsigned round)
{
    struct store *store = open_store();
    memset(stored, 0, sizeof stored);
    if (store_each_lease(store, note_stored, NULL) != 0)
        give_up("the leases cannot be read back");
    store_close(store);
    for (uint32_t i = 0; i < LEASES_MAX; i++) {
        if ((acknowledged[i / 8] & ~stored[i / 8]) & 1u << i % 8) {
            fprintf(stderr, "round %u: lease %u was acknowledged and is lost\n", round, i);
            exit(1);
        }
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int main(void)
{
    uint32_t next = 1, total = 0;
    snprintf(folder, sizeof folder, "/tmp/tugboot-durability-XXXXXX");
    if (!mkdtemp(folder))
        give_up("mkdtemp");
    for (unsigned round = 0; round < ROUNDS; round++) {
        next = run_round(next, round);
        check_all(round);
    }
    for (uint32_t i = 0; i < LEASES_MAX; i++)
        total += (uint32_t)acknowledged[i / 8] >> i % 8 & 1u;
    printf("%u leases acknowledged over %d kills, none lost\n", total, ROUNDS);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return total > 0 ? 0 : 1;
}
