/* What an iPXE says it can do, as bits of client.ipxe_features: sub-option n of DHCP option 175 is
 * bit n - 16 (ipxe: src/include/ipxe/features.h). Bit 31 says that features were told at all, so
 * that an iPXE without any is not taken for one that kept silent. */
#ifndef BOOT_IPXE_FEATURES_H
#define BOOT_IPXE_FEATURES_H

#include <stdint.h>

#define IPXE_FEATURE_FIRST 16
#define IPXE_FEATURE_LAST  41

enum ipxe_feature {
    IPXE_PXE_EXT = 16,
    IPXE_ISCSI = 17,
    IPXE_AOE = 18,
    IPXE_HTTP = 19,
    IPXE_HTTPS = 20,
    IPXE_TFTP = 21,
    IPXE_FTP = 22,
    IPXE_DNS = 23,
    IPXE_BZIMAGE = 24,
    IPXE_MULTIBOOT = 25,
    IPXE_SRP = 27,
    IPXE_NBI = 32,
    IPXE_PXE = 33,
    IPXE_ELF = 34,
    IPXE_COMBOOT = 35,
    IPXE_EFI = 36,
    IPXE_FCOE = 37,
    IPXE_VLAN = 38,
    IPXE_MENU = 39,
    IPXE_SDI = 40,
    IPXE_NFS = 41,
};

#define IPXE_FEATURES_TOLD (UINT32_C(1) << 31)

static inline uint32_t ipxe_feature_bit(enum ipxe_feature feature)
{
    return UINT32_C(1) << ((uint32_t)feature - IPXE_FEATURE_FIRST);
}

#endif
