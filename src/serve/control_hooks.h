/* Webhooks for the API. */
#ifndef SERVE_CONTROL_HOOKS_H
#define SERVE_CONTROL_HOOKS_H

#include "api/backend.h"

/* Fill in the functions about webhooks; the backend's context is the control's settings. */
void control_hooks_add(struct api_backend *backend);

#endif
