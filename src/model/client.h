/* Who asks: the facts tugboot has about one machine, gathered from its DHCP packets, from what
 * iPXE tells in a URL, or from its address alone. A plain value, copied freely. */
#ifndef MODEL_CLIENT_H
#define MODEL_CLIENT_H

#include "base/clock.h"

#include "model/addr.h"
#include "model/arch.h"
#include "model/label.h"
#include "model/mac.h"
#include "model/uuid.h"

/* Of a running iPXE; major 0 = not known. */
struct ipxe_version {
    uint8_t major, minor, patch;
    bool is_later; /* built from the repository after that release */
};

/* What speaks: decided by options 60, 77, 97 and 175, never by the address. */
enum client_kind {
    CLIENT_UNKNOWN, /* seen by its address only */
    CLIENT_OS,      /* an operating system or anything that does not boot from the network */
    CLIENT_PXE,     /* firmware, option 60 PXEClient */
    CLIENT_HTTP,    /* firmware, option 60 HTTPClient */
    CLIENT_IPXE,    /* iPXE, option 77 "iPXE" or option 175 */
    CLIENT_RPI,     /* Raspberry Pi boot ROM */
    CLIENT_UBOOT,
    CLIENT_PETITBOOT,
};

struct client {
    struct mac mac; /* zero when unknown */
    enum client_kind kind;
    enum arch arch;
    enum transport transport; /* how its firmware fetches */
    uint16_t arch_wire;       /* option 93 as sent; meaningful with has_arch */
    bool has_arch;
    bool has_uuid;
    struct uuid uuid;
    uint8_t undi_major, undi_minor;
    uint32_t ipxe_features; /* bit per feature of boot/ipxe_features.h; 0 when unknown */
    struct ipxe_version ipxe_version;
    uint32_t memory_mib; /* as iPXE told; 0 when unknown */
    struct label vendor_class, user_class, hostname;
    struct label serial, asset, product, manufacturer;
    struct ipv4 address; /* what it has or is about to get; none when unknown */
    struct ipv4 relay;   /* giaddr, none when on the link */
    uint32_t interface;  /* kernel index the packet came in on */
    const char *chain;   /* the chain its firmware was last given (a name of boot/chain.def, which
                            lives for ever); NULL when none is known */
};

/* "pxe", "http", "ipxe", ...: for events and JSON. */
const char *client_kind_name(enum client_kind kind);

/* A machine as it is remembered: its facts, and when it was seen. */
struct client_seen {
    struct client client;
    struct calendar first, last; /* ms 0 = not known */
};

#endif
