/* The API's questions answered from the daemon's parts (api/backend.h). */
#ifndef SERVE_CONTROL_BACKEND_H
#define SERVE_CONTROL_BACKEND_H

#include "api/backend.h"
#include "serve/control.h"

/* Fill the table; `settings` must outlive it. */
struct api_backend control_backend(const struct control_settings *settings);

#endif
