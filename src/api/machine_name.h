/* Names for machines that have none yet, when they get settings. */
#ifndef API_MACHINE_NAME_H
#define API_MACHINE_NAME_H

#include "model/host.h"
#include "model/label.h"

/* "machine-525400123456"; with attempt 1, 2, ... "-2", "-3" behind it, for when a host has that
 * name already: one whose card was changed keeps its name. */
void machine_name_by_address(struct mac mac, unsigned attempt, char name[HOST_NAME_MAX]);

/* What it calls itself, made a sound name: "" when nothing is left of it. */
void machine_name_by_itself(const struct label *hostname, char name[HOST_NAME_MAX]);

#endif
