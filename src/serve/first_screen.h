/* What `tugboot serve` says when it is ready: where it serves, what it can start, what to do next.
 */
#ifndef SERVE_FIRST_SCREEN_H
#define SERVE_FIRST_SCREEN_H

#include "serve/view.h"

struct first_screen {
    const struct view *view;
    const char *config_path; /* "" = none */
    const char *rights;      /* what was given up */
    const char *notes;       /* "" = none */
    bool altiris_served;     /* Broadcom's port could be had */
    bool admin_served;       /* the dashboard's port could be had */
    const char *link;        /* a one-time token to sign in with; NULL = somebody has an account */
};

void first_screen_write(const struct first_screen *screen, struct text *out);

#endif
