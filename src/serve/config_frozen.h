/* What a running daemon cannot change of its configuration. */
#ifndef SERVE_CONFIG_FROZEN_H
#define SERVE_CONFIG_FROZEN_H

#include "config/config.h"

/* The first key in which the two differ and which needs a restart; NULL when there is none. */
const char *config_frozen_key(const struct config *old, const struct config *new);

#endif
