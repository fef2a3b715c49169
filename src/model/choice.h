/* What a client shall start next, and the rules that led there. */
#ifndef MODEL_CHOICE_H
#define MODEL_CHOICE_H

#include "base/text.h"

#include "model/arch.h"

#define TRAIL_MAX 16

/* One rule that was asked and what it said: for `tugboot explain` and the timeline. */
struct trail_step {
    char rule[48];
    char said[160];
};

struct trail {
    struct trail_step steps[TRAIL_MAX];
    uint8_t count;
};

/* Note a rule's answer; silently dropped when the trail is full. */
void trail_add(struct trail *trail, const char *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum choice_kind {
    CHOICE_NOTHING,  /* nothing can be started; `hint` says why and what to do */
    CHOICE_LOADER,   /* a boot program by TFTP or HTTP */
    CHOICE_SCRIPT,   /* it is iPXE: the URL of its script */
    CHOICE_MENU_RPI, /* Raspberry Pi: option 43 boot menu text, files by TFTP */
};

struct choice {
    enum choice_kind kind;
    enum transport transport;
    char file[128];  /* TFTP name, NUL-terminated; for HTTP the path without leading slash */
    char url[256];   /* whole URL with an IP literal, when the client wants one */
    char loader[32]; /* the chain's name, or "script", for events */
    char hint[256];  /* CHOICE_NOTHING: what to do. CHOICE_LOADER: what to get so that the machine
                        boots with Secure Boot, too; "" = nothing is amiss */
    /* CHOICE_LOADER: */
    const char *chain;     /* a name of boot/chain.def, which lives for ever */
    const char *came_back; /* the chain that did not start just now, and was followed by this one */
    bool started_over;     /* none of the chains started, and this is the one to begin again with */
    bool is_pinned;        /* it was asked for by name: no other is tried */
    bool is_signed;        /* firmware with Secure Boot on would start it, as far as is known */
    char refusal[160];     /* why it would not, a phrase; "" = it would, or nobody knows */
    struct trail trail;
};

#endif
