/* The enrol program's entry, and the section that `tugboot keys enroll-media` fills. Built for the
 * machines, never linked into tugboot; enroll.c holds what it does. */
#include "efi/enroll.h"
#include "efi/keys_section.h"

extern const uint8_t enroll_keys[KEYS_SECTION_BYTES];
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

__attribute__((section(KEYS_SECTION_NAME), used)) const uint8_t enroll_keys[KEYS_SECTION_BYTES] =
    KEYS_SECTION_MARK;

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    const uint8_t *section = enroll_keys;

    (void)image;
    /* What stands in the section is not what the compiler saw there. */
    __asm__("" : "+r"(section));
    return enroll_run(system, section, KEYS_SECTION_BYTES);
}
