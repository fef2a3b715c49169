/* How the C library's allocator treats the daemon's large tables. */
#ifndef NET_MEMORY_H
#define NET_MEMORY_H

/* From now on large blocks are pages of their own: tables sized for the worst day cost nothing
 * until they are used, and go back to the system when they are freed. Call it first in main. */
void memory_prefer_pages(void);

/* After work that is done once in a long while (a start, the making of keys): give back what was
 * freed, and the pages of programs and libraries that it took. Those that are needed come back from
 * the page cache by themselves. */
void memory_give_back(void);

#endif
