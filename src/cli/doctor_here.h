/* What the doctor learns without the wire: is a tugboot running here and does it serve this
 * interface, who has its ports, and what it would have for each kind of client. */
#ifndef CLI_DOCTOR_HERE_H
#define CLI_DOCTOR_HERE_H

#include "cli/session.h"
#include "doctor/examine.h"

/* Fill daemon_runs, daemon_serves, ports, no_loader and not_secure of *facts, whose interface is
 * set. Asks the daemon over its socket; without one tries the ports. */
void doctor_look_here(const struct session *session, struct doctor_facts *facts);

#endif
