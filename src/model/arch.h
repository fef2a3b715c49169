/* What kind of machine boots: instruction set and firmware. The wire numbers are rows of arch.def;
 * everything else in tugboot speaks of these kinds. */
#ifndef MODEL_ARCH_H
#define MODEL_ARCH_H

#include "base/span.h"

enum arch {
    ARCH_NONE, /* unknown, or nothing can be done for it */
    ARCH_BIOS_X86,
    ARCH_EFI_IA32,
    ARCH_EFI_X64,
    ARCH_EFI_ARM32,
    ARCH_EFI_ARM64,
    ARCH_EFI_RISCV32,
    ARCH_EFI_RISCV64,
    ARCH_EFI_LOONG32,
    ARCH_EFI_LOONG64,
    ARCH_UBOOT_ARM32,
    ARCH_UBOOT_ARM64,
    ARCH_PPC_OF,
    ARCH_PPC_OPAL,
    ARCH_RPI,
    ARCH_COUNT
};

enum transport {
    TRANSPORT_TFTP,
    TRANSPORT_HTTP,
};

/* The kind and the transport behind a number of option 93. False for numbers nobody registered;
 * *ret_arch is then ARCH_NONE. */
bool arch_from_wire(uint16_t wire, enum arch *ret_arch, enum transport *ret_transport);

/* The lowest number that means this architecture by this transport; false when none does. */
bool arch_to_wire(enum arch arch, enum transport transport, uint16_t *ret_wire);

/* The registry's words for a wire number ("x64 UEFI from HTTP"), or "unknown". */
const char *arch_wire_text(uint16_t wire);

/* "bios-x86", "efi-x64", ...: as written in configuration, image.yaml and JSON. */
const char *arch_name(enum arch arch);
bool arch_parse(struct span name, enum arch *ret_arch);

/* The instruction set alone, as operating systems name it: "x86", "x86_64", "arm64", ... A BIOS
 * machine counts as "x86_64", since nobody can tell before its CPU runs. */
const char *arch_cpu(enum arch arch);

static inline bool arch_is_efi(enum arch arch)
{
    return arch >= ARCH_EFI_IA32 && arch <= ARCH_EFI_LOONG64;
}

/* A set of kinds, as one bit each. */
static inline uint32_t arch_bit(enum arch arch)
{
    return UINT32_C(1) << arch;
}

#endif
