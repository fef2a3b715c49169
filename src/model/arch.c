/* See arch.h. */
#include "model/arch.h"

static const struct {
    uint16_t wire;
    enum arch arch;
    enum transport transport;
    const char *text;
} wires[] = {
#define ARCH(wire_, arch_, transport_, text_)                                                      \
    { .wire = wire_, .arch = ARCH_##arch_, .transport = TRANSPORT_##transport_, .text = text_ },
#include "model/arch.def"
#undef ARCH
};

static const struct {
    const char *name, *cpu;
} kinds[ARCH_COUNT] = {
    [ARCH_NONE] = { "unknown", "unknown" },
    [ARCH_BIOS_X86] = { "bios-x86", "x86_64" },
    [ARCH_EFI_IA32] = { "efi-ia32", "x86" },
    [ARCH_EFI_X64] = { "efi-x64", "x86_64" },
    [ARCH_EFI_ARM32] = { "efi-arm32", "arm" },
    [ARCH_EFI_ARM64] = { "efi-arm64", "arm64" },
    [ARCH_EFI_RISCV32] = { "efi-riscv32", "riscv32" },
    [ARCH_EFI_RISCV64] = { "efi-riscv64", "riscv64" },
    [ARCH_EFI_LOONG32] = { "efi-loong32", "loong32" },
    [ARCH_EFI_LOONG64] = { "efi-loong64", "loong64" },
    [ARCH_UBOOT_ARM32] = { "uboot-arm32", "arm" },
    [ARCH_UBOOT_ARM64] = { "uboot-arm64", "arm64" },
    [ARCH_PPC_OF] = { "ppc-of", "ppc" },
    [ARCH_PPC_OPAL] = { "ppc-opal", "ppc64" },
    [ARCH_RPI] = { "rpi", "arm64" },
};

bool arch_from_wire(uint16_t wire, enum arch *ret_arch, enum transport *ret_transport)
{
    *ret_arch = ARCH_NONE;
    *ret_transport = TRANSPORT_TFTP;
    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++) {
        if (wires[i].wire == wire) {
            *ret_arch = wires[i].arch;
            *ret_transport = wires[i].transport;
            return true;
        }
    }
    return false;
}

const char *arch_wire_text(uint16_t wire)
{
    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++)
        if (wires[i].wire == wire)
            return wires[i].text;
    return "unknown";
}

const char *arch_name(enum arch arch)
{
    return kinds[arch < ARCH_COUNT ? arch : ARCH_NONE].name;
}

bool arch_parse(struct span name, enum arch *ret_arch)
{
    for (size_t i = 1; i < ARCH_COUNT; i++) {
        if (span_is_nocase(name, kinds[i].name)) {
            *ret_arch = (enum arch)i;
            return true;
        }
    }
    return false;
}

const char *arch_cpu(enum arch arch)
{
    return kinds[arch < ARCH_COUNT ? arch : ARCH_NONE].cpu;
}
