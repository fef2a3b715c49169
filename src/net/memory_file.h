/* A table in memory that is handed from one process to another as a descriptor, and cannot change
 * any more from then on (memfd_create(2), F_ADD_SEALS). */
#ifndef NET_MEMORY_FILE_H
#define NET_MEMORY_FILE_H

#include "base/checked.h"
#include "base/span.h"

/* A sealed copy of `bytes`: its descriptor, or a negative errno. */
must_check int memory_file_make(struct span bytes);

/* Map what another process made, for reading: `max` bytes at most, at least one. -EBADMSG when it
 * is not such a file, can still change, or is larger; another negative errno. The descriptor stays
 * the caller's and is not needed any more. Undo with memory_file_unmap(). */
must_check int memory_file_map(int fd, size_t max, struct span *ret_bytes);
void memory_file_unmap(struct span bytes);

#endif
