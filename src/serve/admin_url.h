/* Where people find the dashboard. */
#ifndef SERVE_ADMIN_URL_H
#define SERVE_ADMIN_URL_H

#include "serve/view.h"

/* Append "http://192.0.2.1:8067": at the address it listens on, else at that of the first interface
 * that is served, else by this machine's name. */
void admin_url_write(const struct view *view, struct text *out);

#endif
