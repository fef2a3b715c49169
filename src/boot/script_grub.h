/* Writing GRUB scripts from words that may be hostile. GRUB has quotes: between two ' nothing has a
 * meaning but the next ', so every word that is not ours stands in them (GRUB manual, "Quoting").
 * What even then would not reach the kernel as it was written is refused by name.
 *
 * Commands are those built into the signed GRUBs of distributions (Debian's 2.06 is the poorest),
 * since under Secure Boot no module can be loaded. */
#ifndef BOOT_SCRIPT_GRUB_H
#define BOOT_SCRIPT_GRUB_H

#include "boot/choose.h"

/* Where a GRUB takes its files from. */
enum grub_place_kind {
    GRUB_NET,      /* it was loaded from the network: /images/<image>/<file> on its own device */
    GRUB_DISK,     /* a boot disk: /images/<image>/<file> on the disk it was loaded from */
    GRUB_DISK_NET, /* a small boot disk: GRUB gets an address by itself, then as GRUB_NET by TFTP */
};

struct grub_place {
    enum grub_place_kind kind;
    /* GRUB_DISK: the images whose files are on the disk; NULL = all that this machine can boot. */
    const struct image *const *images;
    size_t image_count;
    /* GRUB_DISK: a file that only this disk has, from its root, to find it by; NULL = the device
     * that GRUB itself takes for its root. */
    const char *marker;
    /* What is known of the GRUB that runs: a kernel signed by the same authority passes the same
     * shim. NULL = nothing. */
    const struct secure_facts *grub;
};

/* Is this image on offer at that place: GRUB can start its kind, and has its files? *ret_why (not
 * NULL) gets a phrase for people on false. */
bool script_grub_can_start(const struct grub_place *place, const struct image *image,
                           const char **ret_why);

/* Why a machine with Secure Boot on refuses this image's program behind that GRUB and its shim: a
 * phrase, or NULL when it runs as far as is known. */
const char *script_grub_refusal(const struct grub_place *place, const struct image *image);

enum grub_flaw {
    GRUB_SOUND,
    GRUB_CONTROL,    /* has a line end or another control character in it */
    GRUB_ALTERED,    /* has \ or ' in it: GRUB hands those to the kernel with a \ before them */
    GRUB_OPEN_QUOTE, /* a " that is not closed */
    GRUB_LONG_WORD,  /* a word longer than GRUB's parser takes */
};

/* Can these kernel arguments be handed over by GRUB? */
enum grub_flaw script_grub_check_words(struct span words);
const char *script_grub_flaw_text(enum grub_flaw flaw);

/* Append one word that GRUB takes literally, whatever its bytes; line ends and other control
 * characters become "?". */
void script_grub_add_word(struct text *out, struct span word);

/* Append kernel arguments that passed script_grub_check_words, each with a blank before it. What
 * stands in "..." is one word, as to the kernel. */
void script_grub_add_words(struct text *out, struct span words);

/* Append a quoted text for display: `lead` (ours, may be ""), then at most `max` columns of foreign
 * text, made ASCII; an empty one gives `instead`. */
void script_grub_add_text(struct text *out, const char *lead, struct span s, size_t max,
                          const char *instead);

/* What every configuration begins with: find the disk, or get an address. */
void script_grub_begin(struct text *out, const struct grub_place *place, const struct reach *reach);

/* The configuration that makes GRUB ask for the real one: for names that GRUB opens more than once,
 * since the real one may be good for one time only. */
void script_grub_write_redirect(struct text *out, const struct client *client);

/* Tell that an image starts in two seconds, in which a key gives the menu: the commands that follow
 * run when none came, up to script_grub_end_pause. */
void script_grub_begin_pause(struct text *out, const struct image *image);
void script_grub_end_pause(struct text *out);

/* Ask for an entry's own configuration (an ENTRY_WORD or an image's name) and obey it. */
void script_grub_write_chain(struct text *out, const char *indent, const struct client *client,
                             const char *entry);

/* The commands that start an image, each line after `indent`: `arguments` are checked words,
 * `archive` the path here of an archive behind the initrds (empty = none). What
 * Secure Boot refuses is not tried where that is on: GRUB has the variable `lockdown` then. On a
 * failure GRUB tells, and goes on behind them. */
void script_grub_write_start(struct text *out, const char *indent, const struct grub_place *place,
                             const struct image *image, struct span arguments, struct span archive);

/* The commands that go on to the local disk: a known boot loader there, else back to the firmware
 * with an error, so that it tries its next entry. */
void script_grub_write_local(struct text *out, const char *indent);

/* Lines that say what is wrong and wait for a person (30 s). `sentence` may hold foreign text. */
void script_grub_write_failure(struct text *out, const char *indent, struct span sentence);

#endif
