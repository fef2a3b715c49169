/* Work that may wait for everybody else's. */
#ifndef NET_BACKGROUND_H
#define NET_BACKGROUND_H

/* This thread yields the processor and the disk to all others from now on: the lowest priority and
 * the idle class of the disk's queue (ioprio_set(2)), as far as the kernel grants it. */
void background_enter(void);

#endif
