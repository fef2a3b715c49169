/* A machine that waits for somebody to choose on another screen what it boots: the short number it
 * shows, and the code that leads a phone to the page. */
#ifndef MODEL_PICK_H
#define MODEL_PICK_H

#include <stdbool.h>
#include <stdint.h>

#define PICK_DIGITS     4
#define PICK_NUMBER_MAX (PICK_DIGITS + 1)
#define PICK_URL_MAX    160
#define PICK_CODE_MAX   25 /* modules of a side: QR version 2 */

/* A QR code: size modules a side, rows of bits, the first module of a row in bit 0. size 0: none.
 */
struct pick_code {
    uint8_t size;
    uint32_t rows[PICK_CODE_MAX];
};

/* What a machine is given that begins to wait. */
struct pick_ticket {
    char number[PICK_NUMBER_MAX];
    char page[PICK_URL_MAX]; /* where people choose, "" = no phone reaches it */
    char why[160];           /* then: a sentence that says why, and what to do */
    struct pick_code code;   /* leads to the page of this number */
};

struct client;

/* Where boot scripts get tickets from. */
struct pick_source {
    /* False when there is none for this client, who then gets the menu. */
    bool (*give)(void *context, const struct client *client, struct pick_ticket *out);
    void *context;
};

#endif
