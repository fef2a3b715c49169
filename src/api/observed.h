/* What the daemon has observed and reckoned, as rows for the API: plain values that die with the
 * call that shows them. */
#ifndef API_OBSERVED_H
#define API_OBSERVED_H

#include "base/clock.h"

#include "model/subnet.h"

/* A network addresses are given in, and how much of it is in use. */
struct api_subnet {
    const struct subnet *subnet;
    uint64_t size;     /* addresses in its pools */
    uint64_t used;     /* of them, given out now */
    uint64_t reserved; /* hosts that have an address of their own in the network */
};

/* Another server heard since the start. */
struct api_other_server {
    struct ipv4 address;
    const char *interface; /* "" = not known: a machine said that it took its address */
    bool boots;            /* it answers machines that boot */
    bool gives_addresses;
    struct calendar first, last;
};

/* One minute; counts are those within it. */
struct api_minute {
    struct calendar begins;
    uint32_t boots_done, boots_stalled;
    uint64_t bytes_tftp, bytes_http;
    uint32_t leases; /* in force at its end */
};

struct api_certificate {
    const char *use;  /* "https", "https-ca", "secure-boot-pk", "secure-boot-db", ... */
    const char *file; /* path */
    const char *subject, *issuer, *key, *fingerprint;
    struct calendar starts, ends;
};

/* What is known of the bytes of an image. Texts are constants, or die with the call. */
struct api_image_digest {
    const char *state; /* "waiting", "reading", "intact", "damaged", ...: shapes.def */
    uint8_t percent;   /* while it is read */
    char file[256];    /* the first that is not as recorded; "" = none */
    int64_t checked_s; /* since 1970; 0 = never */
};

struct api_recipe {
    const char *name, *title, *group, *answers;
    bool is_own, is_untested, is_refused;
    uint32_t priority, entries;
};

#endif
