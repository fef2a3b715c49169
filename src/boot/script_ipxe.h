/* Writing iPXE scripts from words that may be hostile. iPXE has no quotes and no escapes: a line is
 * split at white space, and only then are settings expanded, again and again until no "${" is left
 * (ipxe: src/core/exec.c, settings.c). So foreign text is made harmless word by word, and what the
 * operator wrote and cannot be said in iPXE's language is refused by name.
 *
 * Commands are of iPXE 1.0 of 2019 and newer; what an old build may lack is followed by "||". */
#ifndef BOOT_SCRIPT_IPXE_H
#define BOOT_SCRIPT_IPXE_H

#include "boot/choose.h"

/* Words of `entry=` that are no image; "@" is in no image's name. */
#define ENTRY_WORD_MENU  "@menu"
#define ENTRY_WORD_LOCAL "@local"
#define ENTRY_WORD_SHELL "@shell"
#define ENTRY_WORD_FACTS "@facts"
#define ENTRY_WORD_START "@start" /* what is assigned, or the menu: as without any word */

enum script_flaw {
    SCRIPT_SOUND,
    SCRIPT_TERMINATOR, /* a word that is just ||, && or ; */
    SCRIPT_COMMENT,    /* a word that begins with # */
    SCRIPT_SETTING,    /* has ${ in it */
    SCRIPT_CONTROL,    /* has a line end or another control character in it */
    SCRIPT_BACKSLASH,  /* ends in \, which would join the next line */
};

/* Can these words stand at the end of a line as they are? */
enum script_flaw script_check_words(struct span words);
const char *script_flaw_text(enum script_flaw flaw);

/* Append foreign text for display, at most `max` columns: ASCII only, runs of blanks become one,
 * nothing in it can end the line or the command, begin a comment or name a setting. An empty text
 * gives `instead`. */
void script_add_foreign(struct text *out, struct span s, size_t max, const char *instead);

/* Append an absolute URL of this server: http://a.b.c.d[:port]/ and the path percent-coded. */
void script_add_url(struct text *out, const struct reach *reach, struct span path);

/* The query of that URL, "mac=...", as iPXE fills it in. */
void script_add_identity_query(struct text *out);

/* The URL that asks for this machine's script with its identity, as iPXE fills it in; with `entry`
 * not NULL, for that entry of the menu (an ENTRY_WORD or an image's name). */
void script_add_identity_url(struct text *out, const struct reach *reach, const char *entry);

/* autoexec.ipxe, and boot.ipxe for a client that did not say who it is: gets an address when there
 * is none, then asks for the machine's own script, for ever. */
void script_write_identify(struct text *out, const struct reach *reach);

/* Back to the firmware or on to the first disk (reference: rules 10, ipxe.md 10). */
void script_write_local(struct text *out, const struct client *client, const struct reach *reach);

/* iPXE's prompt; leaving it leads to the menu. */
void script_write_shell(struct text *out, const struct reach *reach);

/* A page that says what is wrong and leads to the menu. `sentence` may hold foreign text. */
void script_write_failure(struct text *out, const struct reach *reach, struct span sentence);

/* The beginning and the end of a script that starts an image; between them, "goto failed" leads to
 * a page that says so, and "goto tomenu" to the menu. */
void script_begin_image(struct text *out, const struct image *image, bool offer_menu);
void script_end_image(struct text *out, const struct image *image, const struct reach *reach);

/* How an image that is no WIM is started. */
struct script_start {
    const struct image *image;
    struct span arguments; /* checked words */
    struct span shim;      /* the path here of the shim that vouches for the kernel; empty = none */
    struct span archive;   /* the path here of an archive behind the initrds; empty = none */
    bool offer_menu;       /* Ctrl-B within two seconds gives the menu instead */
};

/* Ends at a page that says what failed and leads to the menu. */
void script_write_image(struct text *out, const struct script_start *start,
                        const struct reach *reach);

#endif
