/* glibc raises its threshold for mapping blocks with the largest block ever freed; zeroed tables
 * then come from recycled heap, which must be cleared and so becomes resident. Setting the
 * threshold fixes it. Other C libraries map large blocks anyway. */
#include "net/memory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __GLIBC__
#define LARGE_BLOCK (48 * 1024)

void memory_prefer_pages(void)
{
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
}

static void trim(void)
{
    (void)malloc_trim(0);
}
#else
void memory_prefer_pages(void)
{
}

static void trim(void)
{
}
#endif

/* Only segments nobody may write to: their pages are the file's, and can be had again. */
static int drop_segments(struct dl_phdr_info *object, size_t size, void *context)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)size;
    (void)context;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
            continue;
        uintptr_t from = (object->dlpi_addr + segment->p_vaddr) / page * page;
        uintptr_t to = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;
        /* Without it they stay where they are. */
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
    }
    return 0;
}

void memory_give_back(void)
{
    trim();
    (void)dl_iterate_phdr(drop_segments, NULL);
}
