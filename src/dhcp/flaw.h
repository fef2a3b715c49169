/* Why a DHCPv4 message was refused: one name for each cause, a text for each name. The names are
 * what events, counters, tests and the manual call them. */
#ifndef DHCP_FLAW_H
#define DHCP_FLAW_H

/* FLAW(name, text) */
#define DHCP4_FLAWS(FLAW)                                                                          \
    FLAW(SOUND, "sound")                                                                           \
    FLAW(HEADER_CUT, "shorter than a DHCP header")                                                 \
    FLAW(TOO_LONG, "longer than any DHCP message")                                                 \
    FLAW(NOT_A_REQUEST, "not a message from a client (op is not 1)")                               \
    FLAW(NOT_A_REPLY, "not a message from a server (op is not 2)")                                 \
    FLAW(NO_MAGIC, "no DHCP magic number: plain BOOTP")                                            \
    FLAW(HARDWARE_UNKNOWN, "hardware address is not Ethernet")                                     \
    FLAW(HARDWARE_VOID, "hardware address is zero or a group address")                             \
    FLAW(TOO_MANY_HOPS, "passed more than 16 relays")                                              \
    FLAW(OPTION_CUT, "an option runs over the end of its field")                                   \
    FLAW(OPTIONS_TOO_MANY, "joined options do not fit the memory of one packet")                   \
    FLAW(OVERLOAD_INVALID, "option 52 (overload) is not 1, 2 or 3")                                \
    FLAW(OPTION_LENGTH, "an option has a length its meaning forbids")                              \
    FLAW(NO_TYPE, "no message type (option 53)")                                                   \
    FLAW(TYPE_INVALID, "message type (option 53) is none a client sends")                          \
    FLAW(RELAY_INVALID, "giaddr is no address a relay can have")                                   \
    FLAW(REQUEST_ILL_FORMED, "a REQUEST of no state of RFC 2131 (options 50, 54 and ciaddr)")      \
    FLAW(ADDRESS_MISSING, "names no address where the message needs one")                          \
    FLAW(REPLY_TOO_BIG, "the answer does not fit the size the client accepts")

enum dhcp4_flaw {
#define DHCP4_FLAW_NAME(name, text) DHCP4_##name,
    DHCP4_FLAWS(DHCP4_FLAW_NAME)
#undef DHCP4_FLAW_NAME
        DHCP4_FLAW_COUNT
};

/* The text for people. */
const char *dhcp4_flaw_text(enum dhcp4_flaw flaw);

/* The name as counters and tests know it: "OPTION_CUT". */
const char *dhcp4_flaw_name(enum dhcp4_flaw flaw);

#endif
