/* The one place where clocks are read. */
#ifndef NET_CLOCK_H
#define NET_CLOCK_H

#include "base/clock.h"

struct now clock_read(void);

#endif
