/* The built programs, put between symbols by the assembler: it looks for the files in the build
 * folder, where meson made them. */
#include "efi/programs.h"

__asm__(".pushsection .rodata\n"
        ".globl enroll_x64_begin, enroll_x64_end, enroll_arm64_begin, enroll_arm64_end\n"
        "enroll_x64_begin: .incbin \"enroll-x64.efi\"\n"
        "enroll_x64_end: .byte 0\n"
        "enroll_arm64_begin: .incbin \"enroll-arm64.efi\"\n"
        "enroll_arm64_end: .byte 0\n"
        ".popsection\n");

extern const uint8_t enroll_x64_begin[], enroll_x64_end[];
extern const uint8_t enroll_arm64_begin[], enroll_arm64_end[];

struct span enroll_program_built(enum arch arch)
{
    if (arch == ARCH_EFI_X64)
        return span_of(enroll_x64_begin, (size_t)(enroll_x64_end - enroll_x64_begin));
    if (arch == ARCH_EFI_ARM64)
        return span_of(enroll_arm64_begin, (size_t)(enroll_arm64_end - enroll_arm64_begin));
    return (struct span){ 0 };
}
