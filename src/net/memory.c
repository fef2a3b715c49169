/* glibc raises its threshold for mapping blocks with the largest block ever freed; zeroed tables
 * then come from recycled heap, which must be cleared and so becomes resident. Setting the
 * threshold fixes it. Other C libraries map large blocks anyway. */
#include "net/memory.h"

#include <malloc.h>

#ifdef __GLIBC__
#define LARGE_BLOCK (256 * 1024)

void memory_prefer_pages(void)
{
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
}
#else
void memory_prefer_pages(void)
{
}
#endif
