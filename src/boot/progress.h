/* How far one machine's boot is, as told by its events, and when its silence becomes a stall. A
 * plain value of fixed size: the shell keeps one per machine, feeds it every event of that machine,
 * and asks for its deadline. Words for a stall are boot/diagnose. */
#ifndef BOOT_PROGRESS_H
#define BOOT_PROGRESS_H

#include "base/event.h"

#include "model/chain_result.h"

#define PROGRESS_FILE_MAX 64

enum progress_step {
    STEP_IDLE,      /* nothing of a boot seen yet */
    STEP_ASKED,     /* DISCOVER seen, nothing offered */
    STEP_OFFERED,   /* an offer or proxy offer was sent */
    STEP_ADDRESSED, /* it has an address, from us or another server, or the answer of port 4011 */
    STEP_FETCHING,  /* a loader is asked for */
    STEP_LOADED,    /* a loader was fetched whole */
    STEP_IPXE,      /* iPXE speaks */
    STEP_SCRIPT,    /* an image's script was sent */
    STEP_KERNEL,    /* kernel or an initrd was fetched */
    STEP_WAITING,   /* a menu, shell or page: a person is asked, no stall */
    STEP_DONE,
    STEP_COUNT
};

/* What else is known, as bits. */
enum progress_fact {
    FACT_NO_LOADER = 1 << 0,      /* nothing to start for its architecture */
    FACT_OTHER_SERVER = 1 << 1,   /* it took another server's address */
    FACT_PROXY = 1 << 2,          /* we answered as proxy */
    FACT_EFI = 1 << 3,            /* firmware is UEFI */
    FACT_HTTP = 1 << 4,           /* firmware is an HTTPClient */
    FACT_SILENT = 1 << 5,         /* a TFTP transfer timed out */
    FACT_ABORTED = 1 << 6,        /* the client gave up a transfer */
    FACT_NOT_FOUND = 1 << 7,      /* it asked for a name that is not here */
    FACT_CUT = 1 << 8,            /* a file could not be read to its end */
    FACT_CAME_BACK = 1 << 9,      /* firmware again, though a loader was fetched whole */
    FACT_REPEATED = 1 << 10,      /* DISCOVER three times or more without progress */
    FACT_NAK = 1 << 11,           /* it was refused an address */
    FACT_POOL_EMPTY = 1 << 12,    /* no address was free */
    FACT_PXE_ASKED = 1 << 13,     /* it was answered on port 4011 */
    FACT_IPXE = 1 << 14,          /* iPXE was heard in this boot */
    FACT_SIZE_ONLY = 1 << 15,     /* it asked a file's size and never came for the file */
    FACT_LIMITED = 1 << 16,       /* its packets were over the rate limit */
    FACT_REFUSED = 1 << 17,       /* a request was refused as unsound */
    FACT_DECLINED = 1 << 18,      /* it says the address is somebody else's */
    FACT_STORE_FAILED = 1 << 19,  /* the database took no lease */
    FACT_SECOND = 1 << 20,        /* the loader it was given ran, and asked for its second stage */
    FACT_REFUSABLE = 1 << 21,     /* a reason why Secure Boot refuses its file is known */
    FACT_ALONE = 1 << 22,         /* it has a disk or program whole: nothing more is to be heard */
    FACT_PINNED = 1 << 23,        /* its chain was asked for by name: no other is tried */
    FACT_TLS_FAILED = 1 << 24,    /* a handshake of HTTPS came to nothing */
    FACT_TLS_UNTRUSTED = 1 << 25, /* since it does not trust the CA */
    FACT_TLS_OLD = 1 << 26,       /* since it is too old for what is allowed */
};

struct progress {
    uint64_t machine;
    enum progress_step step;
    uint32_t facts;                  /* of this boot */
    struct instant moved;            /* last event that counts as progress */
    uint32_t discovers;              /* without progress between them */
    uint64_t bytes;                  /* of the last transfer */
    uint32_t server;                 /* the other server, host order; 0 = none */
    uint32_t address;                /* offered or acknowledged */
    char file[PROGRESS_FILE_MAX];    /* the last file of the boot; escaped */
    char missing[PROGRESS_FILE_MAX]; /* the last name not found; escaped */
    char arch[32];
    char image[PROGRESS_FILE_MAX]; /* what the script starts */
    char reason[96];               /* of the last refusal or hint; escaped */
    char chain[CHAIN_NAME_MAX];    /* it was given in this try; "" = none yet */
    char former[CHAIN_NAME_MAX];   /* FACT_CAME_BACK: the one that did not start */
    char refusal[160];             /* why Secure Boot refuses the file of `chain`; "" = not known */
    char former_refusal[160];      /* the same of `former` */
    char hint[160];                /* what to get for a chain that works with Secure Boot */
    bool told;                     /* the stall was diagnosed; progress_mark_told() */
};

void progress_init(struct progress *p, uint64_t machine);

/* Take in an event of this machine; those that say nothing of a boot change nothing. `now` is the
 * time it is noted at. */
void progress_note(struct progress *p, const struct event *event, struct instant now);

/* When the silence becomes a stall; INSTANT_NEVER when done, waiting for a person, not begun, or
 * told already. */
struct instant progress_next_deadline(const struct progress *p);

bool progress_is_stalled(const struct progress *p, struct instant now);

/* The stall was reported; nothing more is due until the machine moves again. */
void progress_mark_told(struct progress *p);

static inline bool progress_is_done(const struct progress *p)
{
    return p->step == STEP_DONE;
}

const char *progress_step_name(enum progress_step step);

#endif
