/* The decisions of a boot. Two questions are asked: which program shall this firmware load
 * (choose_loader, by DHCP), and what shall the machine start in the end (choose_entry, by the
 * script). Both are pure: catalog and client in, choice and trail out. */
#ifndef BOOT_CHOOSE_H
#define BOOT_CHOOSE_H

#include "boot/catalog.h"
#include "model/choice.h"

struct answer_source;
struct pick_source;

/* Where this server is reached by the client that asks. */
struct reach {
    struct ipv4 server;
    uint16_t http_port;   /* 80 is left out of URLs */
    uint16_t https_port;  /* 443 is; 0 = HTTPS is not served */
    uint16_t mirror_port; /* 0 = packages are not mirrored */
    bool offer_https;     /* what this site does where neither host nor group says */
    bool secure;          /* this client speaks HTTPS with us, and its URLs are to be https:// */
    bool beside;          /* another DHCP server gives the address: we answer as proxy */
    const struct answer_source *answers; /* of tokens for answer files; NULL = a sample */
    const struct pick_source *picks;     /* of numbers to choose by; NULL = there are none */
};

struct recollection;

/* Which boot program (or, for iPXE, which script) to name in a DHCP answer; `recalled` is what is
 * known of the machine's former boots, NULL = nothing. Never fails: CHOICE_NOTHING has a hint. URLs
 * have an IP literal (Dell's HTTP Boot hands on no DNS). */
void choose_loader(const struct catalog *catalog, const struct client *client,
                   const struct reach *reach, const struct recollection *recalled,
                   struct choice *out);

/* Is firmware of this kind told a chain's file? */
bool choose_by_chain(enum client_kind kind);

enum entry_kind {
    ENTRY_MENU,
    ENTRY_IMAGE,
    ENTRY_LOCAL,
    ENTRY_SHELL,
    ENTRY_PICK, /* wait for a choice on a phone */
};

/* What the machine boots: assignment, one-shot, or the menu. */
struct entry {
    enum entry_kind kind;
    const struct image *image; /* ENTRY_IMAGE */
    const struct host *host;   /* the host that matched, or NULL */
    bool one_shot;             /* it was the host's next_boot, to be used up */
    struct trail trail;
};

void choose_entry(const struct catalog *catalog, const struct client *client, struct entry *out);

/* The host this client is, by MAC, then UUID, serial, asset tag, architecture, subnet, vendor; the
 * most specific match wins, then the first. NULL when none. */
const struct host *choose_host(const struct catalog *catalog, const struct client *client);

#endif
