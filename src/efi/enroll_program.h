/* Filling the section of keys of an enrol program (keys_section.h): on the side of tugboot, which
 * makes the media. */
#ifndef EFI_ENROLL_PROGRAM_H
#define EFI_ENROLL_PROGRAM_H

#include "base/checked.h"
#include "base/writer.h"

/* One signed update, given to SetVariable as it is. */
struct enroll_update {
    const char *variable; /* "db", "KEK", "PK", ... */
    struct span bytes;
};

/* Write `program` with the updates in its section, in the order given. Signatures it had are void.
 * 0; -EINVAL (the program has no such section, or it does not begin with the mark); -EFBIG (the
 * updates do not fit into it); -ENOSPC, with the writer failed. */
must_check int enroll_program_fill(struct span program, const struct enroll_update *updates,
                                   size_t count, struct writer *out);

#endif
