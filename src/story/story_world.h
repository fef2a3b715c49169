/* The small world a story happens in: a catalog, a server, a disk, machines with their memory, and
 * the clock. Private to this floor. */
#ifndef STORY_STORY_WORLD_H
#define STORY_STORY_WORLD_H

#include "boot/memory.h"
#include "boot/resolve.h"
#include "config/config.h"
#include "dhcp/limit.h"
#include "dhcp/message4.h"
#include "dhcp/server4.h"
#include "story/runner.h"

#define WORLD_ROWS    256
#define WORLD_RESULTS 64
#define WORLD_HOSTS   64
#define WORLD_SCRATCH 49152

/* A lease as the store has it, and when it ends on the steady clock. */
struct world_disk_row {
    struct lease lease;
    struct instant due;
};

/* What a machine remembers. */
struct world_machine {
    bool has_reply;
    struct ipv4 offered, server;
    char boot[256]; /* file or URL it was told */
    struct client client;
    bool has_client;
    char folder[SAFE_PATH_MAX]; /* where it fetched its last loader, */
    char loader[64];            /* and that loader's wire name; "" = none */
};

struct world {
    const struct story *story;
    const struct story_options *options;
    const char *label;
    struct text *out;
    struct story_result *result;
    bool has_failed_now; /* the verdict's first line is out */
    uint32_t line;

    struct config *config;
    struct catalog catalog;
    struct root roots[2];
    struct host *hosts;
    struct dhcp4_server *server;
    void *server_memory;
    size_t server_bytes;
    struct dhcp4_server_settings settings;
    struct limit *limit;
    struct memory *memory;
    void *memory_block;
    struct recall_source recall;
    struct chain_result results[WORLD_RESULTS]; /* what the store has of the memory */
    uint32_t result_count;
    struct now now;
    bool store_refuses;
    struct world_disk_row disk[WORLD_ROWS];
    uint32_t disk_count;
    struct world_machine machines[STORY_MACHINES_MAX];

    uint8_t *scratch_block;
    size_t scratch_bytes;
    struct dhcp4_outcome outcome;
    struct span reply;    /* what was sent; empty = nothing */
    struct change change; /* the last one of this step, stored or not */
    bool change_stored;
    bool reply_read;
    struct dhcp4_header header;
    struct dhcp4_options values;
    uint8_t reply_block[16384];
    struct event events[DHCP4_EVENTS_MAX * 2]; /* of this step */
    uint8_t event_count;
    uint8_t asker; /* the machine whose probe is under way */

    bool was_fetched;
    struct resolution found;
    uint8_t *text_block;
};

#define WORLD_TEXT_BYTES (128 << 10)

/* Something is otherwise than it should be. */
void world_fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Is nothing injected, so that the story must go as it expects? */
bool world_is_undisturbed(const struct world *w);

/* A world for this story; false when its configuration has faults (told). */
bool world_open(struct world *w, const struct story_input *input, struct arena *memory);
void world_close(struct world *w);

/* Let time go on to this moment since the begin; deadlines are met on the way. */
void world_pass(struct world *w, struct duration at);

/* Kill the server, and start it from the disk. */
void world_restart(struct world *w);

/* Something happened in a machine's boot: for the memory of chains. */
void world_note(struct world *w, struct mac mac, enum event_id id);

/* A message of a machine, and what follows from it. */
void world_send(struct world *w, const struct story_step *step);
/* The answer of the wire to a probe. */
void world_probed(struct world *w, const struct story_step *step);
/* A machine fetches a name. */
void world_fetch(struct world *w, const struct story_step *step);

/* Compare. */
void world_expect(struct world *w, const struct story_step *step);

/* The words of a message as bytes; the last of a key counts. */
struct span world_build(struct world *w, const struct story_step *step, uint8_t *block, size_t cap);

/* The word with this key in the step, else in the machine's own, else in its client's; NULL. */
const struct story_word *world_word(const struct world *w, const struct story_step *step,
                                    const char *key);

/* The address a word means: offered and ours are the machine's memory. */
struct ipv4 world_address(const struct world *w, const struct story_step *step,
                          const struct story_word *word);

/* The interface a step's message comes in on; its index from 0. */
uint8_t world_interface(const struct world *w, const struct story_step *step);

/* The lease of the server's table for this address; false when it has none. */
bool world_lease(const struct world *w, struct ipv4 address, struct lease *ret_lease);

#endif
