/* The doctor's ear and voice: asks the wire as every kind of client, and fetches what the answers
 * name. Fills the facts of doctor/examine; decides nothing. Blocks; for commands only. */
#ifndef CLI_DOCTOR_WIRE_H
#define CLI_DOCTOR_WIRE_H

#include "doctor/examine.h"
#include "net/iface.h"

/* Ask on this interface and listen for `seconds`: answers, port 4011, spanning tree. `table` tells
 * which servers are this machine. 0, or a negative errno with a sentence in `why` (-EPERM: root is
 * needed). */
must_check int doctor_wire_ask(struct doctor_facts *facts, const struct iface_table *table,
                               const struct iface *iface, unsigned int seconds, struct text *why);

/* Try what a machine would fetch next: for every pose the file it would boot, by TFTP up to the
 * first block, by HTTP its head. Each server and file once. */
void doctor_wire_fetch(struct doctor_facts *facts, const struct iface *iface);

#endif
