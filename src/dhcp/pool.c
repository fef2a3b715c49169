/* See pool.h. The ranges are sorted and do not overlap; their addresses are numbered through, and a
 * number's bit is set when the address is taken. A second level has a bit for each full word of the
 * first, so that a search touches at most a few hundred words among a million addresses. */
#include "dhcp/pool.h"

#define WORDS   (POOL_ADDRESSES_MAX / 64)
#define SUMMARY (WORDS / 64)

struct pool_range {
    uint32_t first, last;
    uint32_t offset; /* number of the first address */
};

struct pool {
    struct pool_range ranges[POOL_RANGES_MAX];
    uint32_t range_count, address_count;
    uint64_t taken[WORDS];
    uint64_t full[SUMMARY];
};

size_t pool_memory(void)
{
    return sizeof(struct pool);
}

struct pool *pool_init(void *memory)
{
    return memory;
}

static void insert_sorted(struct pool *p, struct ipv4_range range)
{
    if (range.last.value < range.first.value || p->range_count >= POOL_RANGES_MAX)
        return;
    uint32_t at = p->range_count++;
    for (; at > 0 && p->ranges[at - 1].first > range.first.value; at--)
        p->ranges[at] = p->ranges[at - 1];
    p->ranges[at] = (struct pool_range){ range.first.value, range.last.value, 0 };
}

/* Cut overlaps, number the addresses through, cut what goes over the limit. */
static void number_ranges(struct pool *p)
{
    uint32_t kept = 0;
    uint64_t next_free = 0, count = 0;

    for (uint32_t i = 0; i < p->range_count; i++) {
        struct pool_range r = p->ranges[i];
        if (r.first < next_free)
            r.first = (uint32_t)next_free;
        if (r.last < next_free || count >= POOL_ADDRESSES_MAX)
            continue;
        uint64_t size = (uint64_t)r.last - r.first + 1;
        if (size > POOL_ADDRESSES_MAX - count)
            size = POOL_ADDRESSES_MAX - count;
        r.last = (uint32_t)(r.first + size - 1);
        r.offset = (uint32_t)count;
        count += size;
        next_free = (uint64_t)r.last + 1;
        p->ranges[kept++] = r;
    }
    p->range_count = kept;
    p->address_count = (uint32_t)count;
}

/* The last range that begins at or before `value`, or NULL. */
static const struct pool_range *range_before(const struct pool *p, uint32_t value)
{
    uint32_t low = 0, high = p->range_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->ranges[middle].first <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &p->ranges[low - 1] : NULL;
}

static bool number_of(const struct pool *p, struct ipv4 address, uint32_t *ret_number)
{
    const struct pool_range *r = range_before(p, address.value);
    if (!r || address.value > r->last)
        return false;
    *ret_number = r->offset + (address.value - r->first);
    return true;
}

void pool_configure(struct pool *pool, const struct subnet *subnets, size_t count)
{
    memset(pool, 0, sizeof *pool);
    for (size_t i = 0; i < count; i++)
        for (uint8_t k = 0; k < subnets[i].pool_count; k++)
            insert_sorted(pool, subnets[i].pools[k]);
    number_ranges(pool);
    for (size_t i = 0; i < count; i++) {
        struct ipv4_prefix network = subnets[i].network;
        if (network.length <= 30) {
            pool_mark(pool, network.base, true);
            pool_mark(pool, ipv4_prefix_broadcast(network), true);
        }
        pool_mark(pool, subnets[i].router, true);
    }
}

bool pool_contains(const struct pool *pool, struct ipv4 address)
{
    uint32_t number;
    return number_of(pool, address, &number);
}

void pool_mark(struct pool *pool, struct ipv4 address, bool taken)
{
    uint32_t number;
    if (!number_of(pool, address, &number))
        return;
    uint32_t word = number / 64;
    uint64_t bit = UINT64_C(1) << number % 64, word_bit = UINT64_C(1) << word % 64;

    if (taken)
        pool->taken[word] |= bit;
    else
        pool->taken[word] &= ~bit;
    if (pool->taken[word] == UINT64_MAX)
        pool->full[word / 64] |= word_bit;
    else
        pool->full[word / 64] &= ~word_bit;
}

/* The first word at or after `word` that is not full, or `end`. */
static uint32_t next_open_word(const struct pool *p, uint32_t word, uint32_t end)
{
    while (word < end) {
        uint64_t open = ~p->full[word / 64] >> word % 64;
        if (open != 0)
            return word + (uint32_t)__builtin_ctzll(open);
        word = (word / 64 + 1) * 64;
    }
    return end;
}

/* The first free number in [from, to). */
static bool find_clear(const struct pool *p, uint32_t from, uint32_t to, uint32_t *ret_number)
{
    uint32_t end = (to + 63) / 64;

    while (from < to) {
        uint32_t word = next_open_word(p, from / 64, end);
        if (word >= end)
            return false;
        if (word > from / 64)
            from = word * 64;
        uint64_t open = ~p->taken[word] >> from % 64;
        if (open != 0) {
            uint32_t number = from + (uint32_t)__builtin_ctzll(open);
            *ret_number = number;
            return number < to;
        }
        from = (word + 1) * 64;
    }
    return false;
}

/* The ranges of a network: they lie side by side, since networks do not overlap. */
static void ranges_of(const struct pool *p, struct ipv4_prefix network, uint32_t *ret_from,
                      uint32_t *ret_to)
{
    const struct pool_range *r =
        network.base.value > 0 ? range_before(p, network.base.value - 1) : NULL;
    uint32_t from = r ? (uint32_t)(r - p->ranges) + 1 : 0, to = from;

    while (to < p->range_count &&
           ipv4_prefix_contains(network, (struct ipv4){ p->ranges[to].first }))
        to++;
    *ret_from = from;
    *ret_to = to;
}

static struct ipv4 address_of(const struct pool *p, uint32_t from, uint32_t to, uint32_t number)
{
    for (uint32_t i = from; i < to; i++)
        if (number >= p->ranges[i].offset &&
            number - p->ranges[i].offset <= p->ranges[i].last - p->ranges[i].first)
            return (struct ipv4){ p->ranges[i].first + (number - p->ranges[i].offset) };
    return IPV4_NONE;
}

bool pool_find_free(const struct pool *pool, struct ipv4_prefix network, uint64_t seed,
                    struct ipv4 *ret_address)
{
    uint32_t from, to, number;

    ranges_of(pool, network, &from, &to);
    if (from == to)
        return false;
    uint32_t low = pool->ranges[from].offset;
    uint32_t high =
        pool->ranges[to - 1].offset + (pool->ranges[to - 1].last - pool->ranges[to - 1].first) + 1;
    uint32_t start = low + (uint32_t)(seed % (high - low));

    if (!find_clear(pool, start, high, &number) && !find_clear(pool, low, start, &number))
        return false;
    *ret_address = address_of(pool, from, to, number);
    return !ipv4_is_none(*ret_address);
}
