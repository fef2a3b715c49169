/* See address_rule.h. The special blocks are those of RFC 6890 that lead to this machine, to the
 * link or to many, and the addresses at which clouds answer that are in no such block. */
#include "fetch/address_rule.h"

static const struct {
    uint8_t base[4];
    uint8_t length;
    enum address_verdict verdict;
} blocks[] = {
    { { 0, 0, 0, 0 }, 8, ADDRESS_MANY },              /* RFC 1122 3.2.1.3: "this network" */
    { { 127, 0, 0, 0 }, 8, ADDRESS_OWN },             /* RFC 1122 3.2.1.3 */
    { { 169, 254, 0, 0 }, 16, ADDRESS_METADATA },     /* RFC 3927; AWS, Azure, Google, ... */
    { { 100, 100, 100, 200 }, 32, ADDRESS_METADATA }, /* Alibaba */
    { { 168, 63, 129, 16 }, 32, ADDRESS_METADATA },   /* Azure's own server for its machines */
    { { 192, 0, 0, 192 }, 32, ADDRESS_METADATA },     /* Oracle */
    { { 224, 0, 0, 0 }, 4, ADDRESS_MANY },            /* RFC 5771 */
    { { 255, 255, 255, 255 }, 32, ADDRESS_MANY },     /* RFC 919 */
};

static bool begins_with(struct span address, const uint8_t *base, size_t bits)
{
    for (size_t i = 0; i < bits; i++) {
        uint8_t bit = (uint8_t)(0x80 >> (i % 8));
        if ((address.data[i / 8] & bit) != (base[i / 8] & bit))
            return false;
    }
    return true;
}

static enum address_verdict judge_ipv4(struct span address)
{
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        if (begins_with(address, blocks[i].base, blocks[i].length))
            return blocks[i].verdict;
    return ADDRESS_FINE;
}

static enum address_verdict judge_ipv6(struct span address)
{
    static const uint8_t none[16] = { 0 }, own[16] = { [15] = 1 };
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
    static const uint8_t link_local[2] = { 0xfe, 0x80 }, many[1] = { 0xff };
    static const uint8_t amazon[16] = { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 };

    if (begins_with(address, mapped, 96) || begins_with(address, nat64, 96))
        return judge_ipv4(span_slice(address, 12, 4));
    if (begins_with(address, own, 128))
        return ADDRESS_OWN;
    if (begins_with(address, none, 128) || begins_with(address, many, 8))
        return ADDRESS_MANY;
    if (begins_with(address, link_local, 10) || begins_with(address, amazon, 128))
        return ADDRESS_METADATA;
    return ADDRESS_FINE;
}

enum address_verdict address_judge(struct span address, bool says_own)
{
    enum address_verdict verdict = address.len == 4    ? judge_ipv4(address)
                                   : address.len == 16 ? judge_ipv6(address)
                                                       : ADDRESS_MANY;
    return verdict == ADDRESS_OWN && says_own ? ADDRESS_FINE : verdict;
}

const char *address_sentence(enum address_verdict verdict)
{
    switch (verdict) {
    case ADDRESS_FINE:
        return "";
    case ADDRESS_METADATA:
        return "the name leads to a link-local address or a cloud's metadata service, where nothing "
               "is sent: give the receiver an address of its own";
    case ADDRESS_OWN:
        return "the name leads to this machine itself: write localhost or 127.0.0.1 into the url if "
               "that is meant";
    case ADDRESS_MANY:
        return "the name leads to no single machine: give the address of the receiver";
    }
    return "";
}

bool address_url_says_own(const char *url)
{
    struct span rest = span_text(url);
    size_t scheme = span_starts_with(rest, "https://") ? 8 : 7;

    if (rest.len < scheme)
        return false;
    rest = span_slice(rest, scheme, rest.len - scheme);
    if (span_starts_with(rest, "[::1]"))
        return true;
    size_t end = 0;
    while (end < rest.len && rest.data[end] != '/' && rest.data[end] != ':' &&
           rest.data[end] != '?')
        end++;
    struct span host = span_slice(rest, 0, end);
    if (span_is_nocase(host, "localhost"))
        return true;
    /* 127.0.0.1, and not 127.example.net */
    if (!span_starts_with(host, "127."))
        return false;
    for (size_t i = 0; i < host.len; i++)
        if (host.data[i] != '.' && (host.data[i] < '0' || host.data[i] > '9'))
            return false;
    return true;
}
