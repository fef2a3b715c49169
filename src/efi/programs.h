/* The enrol programs as they were built, inside tugboot. A twin of the file that embeds them says
 * that there are none, where the tools to build them were missing. */
#ifndef EFI_PROGRAMS_H
#define EFI_PROGRAMS_H

#include "base/span.h"

#include "model/arch.h"

/* The program for this architecture, with an empty section of keys; an empty span when tugboot was
 * built without it. */
struct span enroll_program_built(enum arch arch);

#endif
