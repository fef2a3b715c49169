/* Wake-on-LAN's magic packet (AMD publication 20213): six times ff, the machine's address sixteen
 * times, and for cards that ask for one (SecureOn) a password of six bytes. */
#ifndef MODEL_WAKE_H
#define MODEL_WAKE_H

#include "base/writer.h"

#include "model/mac.h"

#define WAKE_PACKET_MAX     (6 + 16 * 6 + 6)
#define WAKE_UDP_PORT       9 /* discard: what everybody uses */
#define WAKE_ETHERTYPE      0x0842
#define WAKE_PASSWORD_BYTES 6

/* `password` has the form of an Ethernet address, as `ethtool` takes it; NULL = none. */
void wake_packet_write(struct writer *w, struct mac machine, const struct mac *password);

#endif
