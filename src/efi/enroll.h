/* What the enrol program does, apart from where its keys lie, so that it can be tried without
 * firmware. */
#ifndef EFI_ENROLL_H
#define EFI_ENROLL_H

#include "efi/uefi.h"

/* Enrol the keys in `section` (keys_section.h, `len` bytes) and tell each step on the screen.
 * Returns EFI_SUCCESS when they are enrolled, now or before; after enrolling them the machine is
 * started again, unless a key was pressed. Else the status of what failed, after a person had a
 * minute to read it.                                                          UEFI 2.10 8.2, 32.3
 */
EFI_STATUS enroll_run(EFI_SYSTEM_TABLE *system, const uint8_t *section, size_t len);

#endif
