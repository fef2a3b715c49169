/* Names for machines that have none yet, when they get settings. */
#ifndef API_MACHINE_NAME_H
#define API_MACHINE_NAME_H

#include "model/host.h"
#include "model/label.h"

/* "machine-525400123456". */
void machine_name_by_address(struct mac mac, char name[HOST_NAME_MAX]);

/* What it calls itself, made a sound name: "" when nothing is left of it. */
void machine_name_by_itself(const struct label *hostname, char name[HOST_NAME_MAX]);

#endif
