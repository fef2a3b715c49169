/* Reads containers for commands, which wait for it: by an image worker of their own, which is
 * started when the first container is met. */
#ifndef SERVE_CONTAINER_READER_H
#define SERVE_CONTAINER_READER_H

#include "serve/held_container.h"

struct container_reader;

/* `user`: whom the worker becomes where we are root. For a program of one thread. NULL when memory
 * ran out. */
struct container_reader *container_reader_new(const char *user);
void container_reader_free(struct container_reader *reader);

/* What it finds is never CONTAINER_AWAITED. With `reader` NULL there is nobody to read. */
struct container_finder container_reader_finder(struct container_reader *reader);

#endif
