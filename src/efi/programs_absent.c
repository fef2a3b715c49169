/* The twin of programs.c where clang or lld was missing. */
#include "efi/programs.h"

struct span enroll_program_built(enum arch arch)
{
    (void)arch;
    return (struct span){ 0 };
}
