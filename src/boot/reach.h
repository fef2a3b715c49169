/* The addresses a client is given: where this server is, and whether by HTTPS. */
#ifndef BOOT_REACH_H
#define BOOT_REACH_H

#include "boot/choose.h"
#include "boot/rule.h"

/* Append "http://192.0.2.1", or "https://192.0.2.1:8443": what a path follows. The port that the
 * scheme implies is left out. */
void reach_add_server(struct text *out, const struct reach *reach);

/* The same server for this client: by HTTPS when it speaks that already, or when its host, its
 * group or this site says so and it can: "true" means firmware, and iPXE that trusts what firmware
 * trusts; "always" means every iPXE that has HTTPS. Which of them it was, or what was in the way,
 * goes to `trail`, unless that is NULL. */
struct reach reach_for(const struct reach *reach, const struct client *client,
                       const struct rule_settings *settings, struct trail *trail);

#endif
