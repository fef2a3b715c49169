/* What is remembered of chains: which one started a machine and which did not, and which started
 * other machines of the same firmware. A table of fixed size in the caller's memory, told what each
 * machine was given and what happened then, and asked when its next boot begins.
 *
 * A try begins when a chain is given. It has started when the next stage is heard (iPXE asks, GRUB
 * has its configuration, a kernel is fetched); a chain after which nothing is heard (a disk, a
 * program) when the machine does not come back for two minutes. It has stalled when the chain's
 * file was fetched whole and the machine came back as firmware, or fell silent. */
#ifndef BOOT_MEMORY_H
#define BOOT_MEMORY_H

#include "base/event.h"
#include "base/siphash.h"

#include "model/chain_result.h"
#include "model/client.h"

#define MEMORY_CHAINS_MAX    8 /* of one machine */
#define MEMORY_ELSEWHERE_MAX 4

/* What is known when a machine asks. Zero: nothing. */
struct recollection {
    struct chain_result chains[MEMORY_CHAINS_MAX]; /* of this machine */
    uint8_t count;
    /* Chains that started machines of its firmware, the latest first; literals. */
    const char *elsewhere[MEMORY_ELSEWHERE_MAX];
    uint8_t elsewhere_count;
    const char *came_back; /* the chain whose try ended in vain just now; a literal, or NULL */
    bool is_under_way;     /* it was given a chain already and is expected to fetch it */
};

/* The result of this chain, or NULL. */
const struct chain_result *recollection_find(const struct recollection *r, const char *chain);

/* Whoever remembers, asked by the cores of DHCP: it fills *out, and never blocks. With `begins`
 * (DISCOVER) a try that is still open ends. */
struct recall_source {
    void (*recall)(void *context, const struct client *client, bool begins, struct now now,
                   struct recollection *out);
    void *context;
};

struct memory;

/* Told each result that changed: for the store. */
struct memory_listener {
    void (*changed)(void *context, const struct chain_result *result);
    void *context;
};

/* Bytes for at most `limit` machines; the one that booted longest ago makes room for a new one. */
size_t memory_size(uint32_t limit);

/* An empty memory in `memory` (zeroed, aligned for any type). */
struct memory *memory_init(void *memory, uint32_t limit, struct hash_key key,
                           const struct memory_listener *listener);

/* Take in a result read from the store; oldest first. Ignored when its chain is not known. */
void memory_restore(struct memory *m, const struct chain_result *result);

/* What is known of this firmware's machine, after the open try, if any, was judged. */
void memory_recall(struct memory *m, const struct client *client, bool begins, struct now now,
                   struct recollection *out);

/* The same for showing it: judges nothing. */
void memory_look(const struct memory *m, const struct client *client, struct recollection *out);

/* It was told to start this chain (a name of chain.def). */
void memory_give(struct memory *m, const struct client *client, const char *chain,
                 struct instant now);

/* Something happened in a machine's boot. */
void memory_note(struct memory *m, const struct event *event, struct now now);

/* Machines that did not come back in their time have started. To be called now and then. */
void memory_settle(struct memory *m, struct now now);

/* Forget all of this machine; false when nothing was known. */
bool memory_forget(struct memory *m, struct mac mac);

/* What machines of the same firmware have in common: architecture, UNDI version, the vendor's part
 * of the hardware address, and what a vendor class says beyond the standard. */
void memory_write_firmware(const struct client *client, struct text *out);

#endif
