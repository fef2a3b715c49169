/* A story, read from its text: what is on the network, and step by step what happens and what must
 * be answered. The language is documented in tugboot-stories(7); its words are the rows of
 * story_keys.def and story_clients.def. */
#ifndef STORY_STORY_H
#define STORY_STORY_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/writer.h"

#include "model/addr.h"
#include "model/mac.h"

#define STORY_TEXT_MAX       65536
#define STORY_STEPS_MAX      256
#define STORY_WORDS_MAX      24
#define STORY_FAULTS_MAX     16
#define STORY_MACHINES_MAX   16
#define STORY_INTERFACES_MAX 4
#define STORY_IMAGES_MAX     16
#define STORY_VALUE_MAX      1024

/* A word of a line: `key`, `key=value` or `key~value` ("has in it"). Points into the text. */
struct story_word {
    struct span key, value;
    bool has_value, quoted, contains;
};

struct story_words {
    struct story_word at[STORY_WORDS_MAX];
    uint8_t count;
};

/* How a value is written. */
enum story_type {
    STORY_TEXT,     /* "text", or hex:... */
    STORY_U8,       /* a number */
    STORY_U16,      /* a number, two bytes */
    STORY_SECONDS,  /* a time as 1h30m, four bytes of seconds */
    STORY_ADDRESS,  /* an IPv4 address, or offered, ours, none */
    STORY_CODES,    /* numbers with commas, a byte each */
    STORY_ANY,      /* "text", hex:... or an IPv4 address */
    STORY_HARDWARE, /* a MAC address */
    STORY_YES_NO,
    STORY_NAME, /* a plain word */
};

/* What a key is about that is no option. */
enum story_field {
    STORY_FIELD_MAC = 256,
    STORY_FIELD_CIADDR,
    STORY_FIELD_GIADDR,
    STORY_FIELD_YIADDR,
    STORY_FIELD_SIADDR,
    STORY_FIELD_FILE,
    STORY_FIELD_LINK,
    STORY_FIELD_BROADCAST,
    STORY_FIELD_TO,
    STORY_FIELD_PORT,
    STORY_FIELD_ON,
    STORY_FIELD_LOST,
    STORY_FIELD_SIZE,
    STORY_FIELD_DELAY,
    STORY_FIELD_SECS,
};

enum story_use {
    STORY_IN_MESSAGE = 1,
    STORY_IN_REPLY = 2,
};

struct story_key {
    const char *name;
    unsigned uses; /* story_use bits */
    enum story_type type;
    unsigned code; /* a DHCP option below 256, else a story_field */
    const char *doc;
};

/* The row for a key in this use, `optionN` included (written to *ret_key). False when unknown. */
bool story_key_find(struct span name, enum story_use use, struct story_key *ret_key);

/* Append the value's bytes to `out`. False when it is not of the type; *ret_right then says what
 * would be right. The words `offered`, `ours` and `none` of an address are left to the runner:
 * they append nothing. */
bool story_value_encode(enum story_type type, const struct story_word *word, struct writer *out,
                        const char **ret_right);

/* "1h30m", "500ms", "2d"; false on anything else. */
bool story_duration_parse(struct span text, struct duration *ret_duration);

/* Split a line into words. False, with what is wrong, when quotes do not close or words are too
 * many. A # begins a comment. */
bool story_words_split(struct span line, struct story_words *ret_words, const char **ret_wrong);

/* The words a real client of this name sends by itself (story_clients.def); NULL when unknown. */
const char *story_client_words(struct span name);

enum story_verb {
    STORY_SENDS,          /* machine, message type, words */
    STORY_MISSES,         /* the machine did not get the last answer */
    STORY_FETCHES,        /* machine, name, by */
    STORY_PROBE_FREE,     /* the wire says nobody has the probed address */
    STORY_PROBE_TAKEN,    /* somebody has */
    STORY_STORE_REFUSES,  /* from now on no change becomes durable */
    STORY_STORE_WORKS,    /* it does again */
    STORY_CLOCK_JUMPS,    /* the calendar is set */
    STORY_RESTARTS,       /* the server is killed and started anew from what is on disk */
    STORY_NEXT_BOOT,      /* host, image */
    STORY_EXPECT_REPLY,   /* message type, words */
    STORY_EXPECT_SILENCE, /* nothing was sent */
    STORY_EXPECT_PROBE,   /* address */
    STORY_EXPECT_CHANGE,  /* status, address, or none */
    STORY_EXPECT_EVENT,   /* name, words */
    STORY_EXPECT_UNTOLD,  /* name of an event that did not happen */
    STORY_EXPECT_LEASE,   /* address, whose */
    STORY_EXPECT_SERVED,  /* what, words */
    STORY_EXPECT_NOTHING, /* the fetched name leads nowhere */
    STORY_VERB_COUNT
};

struct story_step {
    uint32_t line;
    struct duration at; /* since the story's begin */
    enum story_verb verb;
    uint8_t machine;
    uint8_t type;            /* DHCP message type */
    struct duration by;      /* STORY_CLOCK_JUMPS */
    struct story_words rest; /* what follows the verb */
};

struct story_machine {
    struct span name;
    struct mac mac;
    struct story_words is;  /* of the client it is like */
    struct story_words own; /* given on its line */
};

struct story_interface {
    char name[16];
    struct ipv4 address;
    struct ipv4_prefix link;
};

struct story_image {
    char name[64];
    uint32_t arches;
};

struct story {
    struct span name, claims, why;
    struct span config;      /* inline text, or empty */
    uint32_t config_line;    /* where the inline text begins */
    struct span config_file; /* or a file's name */
    struct story_interface interfaces[STORY_INTERFACES_MAX];
    uint8_t interface_count;
    struct story_machine machines[STORY_MACHINES_MAX];
    uint8_t machine_count;
    struct story_image images[STORY_IMAGES_MAX];
    uint8_t image_count;
    struct story_words loaders; /* wire names; none given = all that are known */
    bool has_loaders;
    struct story_step steps[STORY_STEPS_MAX];
    uint16_t step_count;
};

struct story_fault {
    uint32_t line;
    char text[200];
};

struct story_faults {
    struct story_fault rows[STORY_FAULTS_MAX];
    uint8_t count;
    bool more;
};

/* Read a story. The result points into `text` and is in `memory`. NULL when there are faults, all
 * of which are told, or when memory is too small (told too). */
const struct story *story_parse(struct span text, struct arena *memory,
                                struct story_faults *faults);

#endif
