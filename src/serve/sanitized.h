/* Is this a build whose sanitizer needs system calls and memory that a sandbox denies? */
#ifndef SERVE_SANITIZED_H
#define SERVE_SANITIZED_H

#include <stdbool.h>

static inline bool is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    return false;
#endif
}

#endif
