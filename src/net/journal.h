/* Is the journal at the other end of a descriptor (systemd.exec(5), $JOURNAL_STREAM)? It stamps
 * every line with the time itself and reads its priority from a prefix "<N>" (sd-daemon(3)). */
#ifndef NET_JOURNAL_H
#define NET_JOURNAL_H

#include <stdbool.h>

bool journal_hears(int fd);

#endif
