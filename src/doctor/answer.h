/* What one server said to one pose: the facts of an OFFER or ACK that decide whether firmware would
 * boot by it. A plain value. The file's name is foreign text, as it was sent: whoever shows it
 * makes it harmless. */
#ifndef DOCTOR_ANSWER_H
#define DOCTOR_ANSWER_H

#include "base/arena.h"

#include "dhcp/message4.h"
#include "doctor/pose.h"

#define ANSWER_FILE_MAX 256

struct doctor_answer {
    enum pose pose;
    struct ipv4 server;       /* option 54, else where it came from */
    struct ipv4 address;      /* offered; none from a proxy */
    struct ipv4 next_server;  /* siaddr, else option 66 where that is an address */
    bool ours;                /* from the tugboot of this machine */
    bool from_4011;           /* the answer of its port 4011 */
    bool says_pxe, says_http; /* option 60 is PXEClient, HTTPClient */
    bool has_vendor;          /* option 43 */
    bool loads_at_once;       /* discovery control bit 3: load the file of this very offer */
    bool is_url;
    char file[ANSWER_FILE_MAX]; /* option 67, else `file`; "" = none */
};

/* Read a server's message to a pose that was asked with this seed. False for anything else. The
 * result is complete; `scratch` is free again after the return. */
bool answer_read(struct span bytes, struct ipv4 source, uint32_t seed, struct arena *scratch,
                 struct doctor_answer *ret_answer);

static inline bool answer_gives_address(const struct doctor_answer *a)
{
    return !ipv4_is_none(a->address);
}

#endif
