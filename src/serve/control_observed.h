/* The API's questions about the network, certificates and recipes, answered from the daemon's
 * parts.
 */
#ifndef SERVE_CONTROL_OBSERVED_H
#define SERVE_CONTROL_OBSERVED_H

#include "api/backend.h"

/* Add these to the table; its context is a struct control_settings. */
void control_observed_add(struct api_backend *backend);

#endif
