/* The screen of a machine that waits for a choice on a phone, for iPXE and for GRUB, and the short
 * scripts by which it asks again and again whether one was made. */
#ifndef BOOT_SCRIPT_PICK_H
#define BOOT_SCRIPT_PICK_H

#include "boot/choose.h"
#include "model/pick.h"

/* iPXE: the number, the address and the code on a console of 80x25, drawn by colours alone, which
 * every build has; then it asks every two seconds. Any key leads to the menu. */
void script_pick_write_ipxe(struct text *out, const struct pick_ticket *ticket,
                            const struct reach *reach);

/* The answer while nothing was chosen: wait and ask again. */
void script_pick_write_wait(struct text *out, const char *number, const struct reach *reach);

/* The answer that goes on with an entry of the menu (an ENTRY_WORD or an image's name). */
void script_pick_write_go(struct text *out, const char *entry, const struct reach *reach);

/* GRUB: the number and the address as text; it asks every two seconds, Esc leads to the menu. */
void script_pick_write_grub(struct text *out, const struct pick_ticket *ticket,
                            const struct client *client);

/* What GRUB is answered: an entry, or NULL while nothing was chosen. */
void script_pick_write_grub_answer(struct text *out, const char *entry);

#endif
