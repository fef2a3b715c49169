/* See memory.h. Machines are rows of one array, found by MAC through a keyed table, in the order of
 * their last boot. What started which firmware is a small table of its own, made of the same
 * results, so that a new machine's question costs no walk over all machines. Calendar times say
 * which of several results is the latest, steady times how long a try has gone on. */
#include "boot/memory.h"

#include "base/list.h"
#include "base/table.h"

#include "boot/chain.h"
#include "boot/loader.h"

#define FIRMWARES_MAX 128
/* Firmware that refuses what it fetched is back with a DISCOVER of its next boot entry in seconds;
 * one that hung until a person turned it off, in minutes. */
#define CAME_BACK_WITHIN_S 180
/* After a disk or a program nothing is heard, whether it runs or not, and what ran may start the
 * machine anew: only a quick return means that it was refused. Boot entries that come next may
 * first time out over IPv6. */
#define SILENT_CAME_BACK_WITHIN_S 120
/* Retries of firmware within this time belong to one try. */
#define UNDER_WAY_S 120

enum try_state {
    TRY_NONE,
    TRY_GIVEN,   /* it was told the chain */
    TRY_FETCHED, /* it has the chain's file whole */
    TRY_FAILED,  /* in vain, and what comes next was not told yet */
};

struct slot {
    const char *chain; /* a literal */
    uint8_t transport, last;
    uint32_t started, stalled;
    struct calendar started_at, stalled_at;
};

struct remembered {
    struct list by_age;
    uint8_t key[6];
    struct mac mac;
    char firmware[FIRMWARE_KEY_MAX];
    uint8_t slot_count;
    struct slot slots[MEMORY_CHAINS_MAX];
    enum try_state state;
    const struct chain_row *row; /* of the try */
    enum transport transport;
    struct instant since;
};

struct firmware {
    char key[FIRMWARE_KEY_MAX];
    struct calendar latest;
    uint8_t count;
    struct {
        const char *chain;
        struct calendar at;
    } started[MEMORY_ELSEWHERE_MAX]; /* the latest first */
};

struct memory {
    struct memory_listener listener;
    struct remembered *rows;
    uint32_t count, limit;
    struct table by_mac;
    /* Those nothing is known of yet make room first: strangers do not push out what was learned. */
    struct list unknown_oldest_first, known_oldest_first;
    struct firmware firmwares[FIRMWARES_MAX];
    uint32_t firmware_count;
};

static size_t rounded(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

size_t memory_size(uint32_t limit)
{
    return rounded(sizeof(struct memory)) + rounded(limit * sizeof(struct remembered)) +
           table_memory(limit);
}

static struct span row_key(const void *rows, uint32_t row)
{
    return span_of(((const struct remembered *)rows)[row].key, 6);
}

struct memory *memory_init(void *memory, uint32_t limit, struct hash_key key,
                           const struct memory_listener *listener)
{
    struct memory *m = memory;
    uint8_t *at = (uint8_t *)memory + rounded(sizeof *m);

    m->listener = *listener;
    m->limit = limit;
    m->rows = (void *)at;
    at += rounded(limit * sizeof(struct remembered));
    table_init(&m->by_mac, at, limit, m->rows, row_key, key);
    list_init(&m->unknown_oldest_first);
    list_init(&m->known_oldest_first);
    return m;
}

static struct remembered *find_row(const struct memory *m, struct mac mac)
{
    uint32_t row = table_find(&m->by_mac, span_of(mac.bytes, sizeof mac.bytes));
    return row == TABLE_NONE ? NULL : &m->rows[row];
}

static void touch(struct memory *m, struct remembered *r)
{
    list_remove(&r->by_age);
    list_append(r->slot_count > 0 ? &m->known_oldest_first : &m->unknown_oldest_first, &r->by_age);
}

static struct remembered *row_for(struct memory *m, struct mac mac)
{
    struct remembered *r = find_row(m, mac);

    if (!r) {
        if (m->count < m->limit) {
            r = &m->rows[m->count++];
        } else {
            const struct list *from = list_is_empty(&m->unknown_oldest_first)
                                          ? &m->known_oldest_first
                                          : &m->unknown_oldest_first;
            r = list_entry(from->next, struct remembered, by_age);
            table_remove(&m->by_mac, (uint32_t)(r - m->rows));
            list_remove(&r->by_age);
        }
        *r = (struct remembered){ .mac = mac };
        list_init(&r->by_age);
        memcpy(r->key, mac.bytes, sizeof mac.bytes);
        table_insert(&m->by_mac, (uint32_t)(r - m->rows));
    }
    touch(m, r);
    return r;
}

/* Firmware. */

/* What a vendor class says beyond "PXEClient:Arch:xxxxx:UNDI:yyyzzz". */
static struct span own_words(struct span class)
{
    static const char *const standard[] = { "PXEClient", "HTTPClient" };

    for (size_t i = 0; i < sizeof standard / sizeof standard[0]; i++)
        if (span_starts_with(class, standard[i]))
            class = span_from(class, strlen(standard[i]));
    if (span_starts_with(class, ":Arch:"))
        class = span_from(class, strlen(":Arch:00000"));
    if (span_starts_with(class, ":UNDI:"))
        class = span_from(class, strlen(":UNDI:000000"));
    return class;
}

void memory_write_firmware(const struct client *client, struct text *out)
{
    struct span words = own_words(label_span(&client->vendor_class));

    text_addf(out, "%s undi %u.%u oui %02x-%02x-%02x", arch_name(loader_arch(client->arch)),
              client->undi_major, client->undi_minor, client->mac.bytes[0], client->mac.bytes[1],
              client->mac.bytes[2]);
    if (words.len > 0) {
        text_add_char(out, ' ');
        text_add_escaped(out, span_slice(words, 0, 32));
    }
}

static const struct firmware *find_firmware(const struct memory *m, const char *key)
{
    for (uint32_t i = 0; i < m->firmware_count; i++)
        if (strcmp(m->firmwares[i].key, key) == 0)
            return &m->firmwares[i];
    return NULL;
}

static struct firmware *firmware_for(struct memory *m, const char *key)
{
    const struct firmware *known = find_firmware(m, key);
    struct firmware *f;

    if (known)
        return &m->firmwares[known - m->firmwares];
    if (m->firmware_count < FIRMWARES_MAX) {
        f = &m->firmwares[m->firmware_count++];
    } else {
        f = &m->firmwares[0];
        for (uint32_t i = 1; i < FIRMWARES_MAX; i++)
            if (m->firmwares[i].latest.ms < f->latest.ms)
                f = &m->firmwares[i];
    }
    *f = (struct firmware){ .count = 0 };
    span_to_text(span_text(key), f->key, sizeof f->key);
    return f;
}

/* The chain goes to its place by time; the one that is over the edge is forgotten. */
static void firmware_started(struct memory *m, const char *key, const char *chain,
                             struct calendar at)
{
    struct firmware *f = firmware_for(m, key);
    uint8_t place = 0;

    for (uint8_t i = 0; i < f->count; i++) {
        if (strcmp(f->started[i].chain, chain) != 0)
            continue;
        if (f->started[i].at.ms >= at.ms)
            return;
        memmove(&f->started[i], &f->started[i + 1],
                (size_t)(f->count - i - 1) * sizeof f->started[0]);
        f->count--;
        break;
    }
    while (place < f->count && f->started[place].at.ms > at.ms)
        place++;
    if (place == MEMORY_ELSEWHERE_MAX)
        return;
    if (f->count < MEMORY_ELSEWHERE_MAX)
        f->count++;
    memmove(&f->started[place + 1], &f->started[place],
            (size_t)(f->count - place - 1) * sizeof f->started[0]);
    f->started[place].chain = chain;
    f->started[place].at = at;
    if (at.ms > f->latest.ms)
        f->latest = at;
}

static void gather_firmwares(struct memory *m)
{
    m->firmware_count = 0;
    for (uint32_t i = 0; i < m->count; i++)
        for (uint8_t k = 0; k < m->rows[i].slot_count; k++)
            if (m->rows[i].slots[k].started > 0 && m->rows[i].slots[k].last == CHAIN_MARK_STARTED)
                firmware_started(m, m->rows[i].firmware, m->rows[i].slots[k].chain,
                                 m->rows[i].slots[k].started_at);
}

/* Results. */

static int64_t slot_time(const struct slot *s)
{
    return s->started_at.ms > s->stalled_at.ms ? s->started_at.ms : s->stalled_at.ms;
}

static struct slot *slot_for(struct remembered *r, const char *chain)
{
    struct slot *oldest = &r->slots[0];

    for (uint8_t i = 0; i < r->slot_count; i++) {
        if (strcmp(r->slots[i].chain, chain) == 0)
            return &r->slots[i];
        if (slot_time(&r->slots[i]) < slot_time(oldest))
            oldest = &r->slots[i];
    }
    if (r->slot_count < MEMORY_CHAINS_MAX)
        oldest = &r->slots[r->slot_count++];
    *oldest = (struct slot){ .chain = chain };
    return oldest;
}

static struct chain_result result_of(const struct remembered *r, const struct slot *s)
{
    struct chain_result result = { .mac = r->mac,
                                   .transport = (enum transport)s->transport,
                                   .last = (enum chain_mark)s->last,
                                   .started = s->started,
                                   .stalled = s->stalled,
                                   .started_at = s->started_at,
                                   .stalled_at = s->stalled_at };

    span_to_text(span_text(r->firmware), result.firmware, sizeof result.firmware);
    span_to_text(span_text(s->chain), result.chain, sizeof result.chain);
    return result;
}

static void record(struct memory *m, struct remembered *r, enum chain_mark mark, struct now now)
{
    struct slot *s = slot_for(r, r->row->name);

    s->transport = (uint8_t)r->transport;
    s->last = (uint8_t)mark;
    if (mark == CHAIN_MARK_STARTED) {
        s->started++;
        s->started_at = now.calendar;
        firmware_started(m, r->firmware, s->chain, now.calendar);
    } else {
        s->stalled++;
        s->stalled_at = now.calendar;
    }
    touch(m, r);
    struct chain_result result = result_of(r, s);
    m->listener.changed(m->listener.context, &result);
}

void memory_restore(struct memory *m, const struct chain_result *result)
{
    const char *chain = chain_name_find(span_text(result->chain));

    if (!chain || mac_is_zero(result->mac))
        return;
    struct remembered *r = row_for(m, result->mac);
    struct slot *s = slot_for(r, chain);
    span_to_text(span_text(result->firmware), r->firmware, sizeof r->firmware);
    *s = (struct slot){ .chain = chain,
                        .transport = (uint8_t)result->transport,
                        .last = (uint8_t)result->last,
                        .started = result->started,
                        .stalled = result->stalled,
                        .started_at = result->started_at,
                        .stalled_at = result->stalled_at };
    touch(m, r);
    if (result->last == CHAIN_MARK_STARTED)
        firmware_started(m, r->firmware, chain, result->started_at);
}

/* Tries. */

static bool is_silent(const struct chain_row *row)
{
    return row->next == CHAIN_NEXT_DISK || row->next == CHAIN_NEXT_PROGRAM;
}

static bool is_within(const struct remembered *r, struct instant now, int64_t seconds)
{
    return !instant_reached(now, instant_after(r->since, duration_seconds(seconds)));
}

static void end_try(struct memory *m, struct remembered *r, enum chain_mark mark, struct now now)
{
    record(m, r, mark, now);
    r->state = mark == CHAIN_MARK_STALLED ? TRY_FAILED : TRY_NONE;
}

/* The firmware asks anew: what became of what it had fetched? */
static void judge(struct memory *m, struct remembered *r, struct now now)
{
    bool silent;

    if (r->state != TRY_FETCHED)
        return;
    silent = is_silent(r->row);
    if (is_within(r, now.steady, silent ? SILENT_CAME_BACK_WITHIN_S : CAME_BACK_WITHIN_S))
        end_try(m, r, CHAIN_MARK_STALLED, now);
    else if (silent)
        end_try(m, r, CHAIN_MARK_STARTED, now);
    else
        r->state = TRY_NONE;
}

/* What is known of a machine (r may be NULL) and of others of this firmware. */
static void recollect(const struct memory *m, const struct remembered *r, const char *firmware,
                      struct recollection *out)
{
    for (uint8_t i = 0; r && i < r->slot_count; i++)
        out->chains[out->count++] = result_of(r, &r->slots[i]);
    out->came_back = r && r->state == TRY_FAILED ? r->row->name : NULL;
    const struct firmware *f = find_firmware(m, firmware);
    for (uint8_t i = 0; f && i < f->count; i++)
        out->elsewhere[out->elsewhere_count++] = f->started[i].chain;
}

void memory_recall(struct memory *m, const struct client *client, bool begins, struct now now,
                   struct recollection *out)
{
    struct remembered *r = find_row(m, client->mac);
    char key[FIRMWARE_KEY_MAX];
    struct text firmware = text_over(key, sizeof key);

    *out = (struct recollection){ 0 };
    memory_write_firmware(client, &firmware);
    if (r && begins)
        judge(m, r, now);
    recollect(m, r, key, out);
    out->is_under_way = r && r->state == TRY_GIVEN && is_within(r, now.steady, UNDER_WAY_S);
}

/* A machine that is seen as iPXE now, or asked about by its MAC alone, is known by what its
 * firmware told before. */
void memory_look(const struct memory *m, const struct client *client, struct recollection *out)
{
    const struct remembered *r = find_row(m, client->mac);
    char key[FIRMWARE_KEY_MAX];
    struct text firmware = text_over(key, sizeof key);

    *out = (struct recollection){ 0 };
    memory_write_firmware(client, &firmware);
    recollect(m, r, r ? r->firmware : key, out);
}

void memory_give(struct memory *m, const struct client *client, const char *chain,
                 struct instant now)
{
    const struct chain_row *row = chain_find(chain, loader_arch(client->arch), NULL);
    enum transport transport = client->kind == CLIENT_HTTP ? TRANSPORT_HTTP : TRANSPORT_TFTP;
    struct text firmware;

    if (!row || mac_is_zero(client->mac))
        return;
    struct remembered *r = row_for(m, client->mac);
    /* What it has fetched it may still be starting; retries do not prolong a try. */
    if (r->state == TRY_FETCHED)
        return;
    firmware = text_over(r->firmware, sizeof r->firmware);
    memory_write_firmware(client, &firmware);
    if (r->state == TRY_GIVEN && r->row == row && r->transport == transport &&
        is_within(r, now, UNDER_WAY_S))
        return;
    r->state = TRY_GIVEN;
    r->row = row;
    r->transport = transport;
    r->since = now;
}

/* What an event says of the try. */
enum hint {
    HINT_NOTHING,
    HINT_FETCHED, /* a file of the chain is there whole */
    HINT_HEARD,   /* the next stage speaks */
    HINT_SILENT,  /* it has fallen silent for good */
};

static bool is_kind(const struct event *e, const char *kind)
{
    const struct event_field *f = event_find(e, "kind");
    return f && f->kind == FIELD_TEXT && span_is(event_field_text(e, f), kind);
}

static enum hint hint_of(const struct event *e, const struct chain_row *row, bool has_file)
{
    bool silent = is_silent(row);

    switch ((int)e->id) {
    case EVENT_TFTP_DONE:
    case EVENT_HTTP_LOADER_DONE:
        return has_file && row->next == CHAIN_NEXT_OTHER ? HINT_HEARD : HINT_FETCHED;
    case EVENT_TFTP_STARTED:
    case EVENT_HTTP_DONE:
        return has_file && row->next == CHAIN_NEXT_OTHER ? HINT_HEARD : HINT_NOTHING;
    case EVENT_DISK_DONE:
        return silent ? HINT_FETCHED : HINT_NOTHING;
    case EVENT_TFTP_KERNEL_DONE:
    case EVENT_HTTP_KERNEL_DONE:
        return silent ? HINT_FETCHED : HINT_HEARD;
    case EVENT_SCRIPT_SENT:
    case EVENT_GRUB_CONFIG_SENT:
        return silent ? HINT_NOTHING : HINT_HEARD;
    case EVENT_DHCP_DISCOVER:
        return is_kind(e, "ipxe") ? HINT_HEARD : HINT_NOTHING;
    case EVENT_BOOT_STALLED:
        return silent ? HINT_NOTHING : HINT_SILENT;
    default:
        return HINT_NOTHING;
    }
}

void memory_note(struct memory *m, const struct event *event, struct now now)
{
    struct remembered *r = event->machine != 0 ? find_row(m, mac_from_u64(event->machine)) : NULL;

    if (!r || (r->state != TRY_GIVEN && r->state != TRY_FETCHED))
        return;
    switch (hint_of(event, r->row, r->state == TRY_FETCHED)) {
    case HINT_NOTHING:
        return;
    case HINT_FETCHED:
        r->state = TRY_FETCHED;
        r->since = now.steady;
        return;
    case HINT_HEARD:
        if (r->state == TRY_FETCHED)
            end_try(m, r, CHAIN_MARK_STARTED, now);
        return;
    case HINT_SILENT:
        if (r->state == TRY_FETCHED)
            end_try(m, r, CHAIN_MARK_STALLED, now);
        return;
    }
}

void memory_settle(struct memory *m, struct now now)
{
    for (uint32_t i = 0; i < m->count; i++) {
        struct remembered *r = &m->rows[i];
        if (r->state == TRY_FETCHED && is_silent(r->row) &&
            !is_within(r, now.steady, SILENT_CAME_BACK_WITHIN_S))
            end_try(m, r, CHAIN_MARK_STARTED, now);
    }
}

bool memory_forget(struct memory *m, struct mac mac)
{
    struct remembered *r = find_row(m, mac);
    bool known = r && (r->slot_count > 0 || r->state != TRY_NONE);

    if (!known)
        return false;
    r->slot_count = 0;
    r->state = TRY_NONE;
    touch(m, r);
    gather_firmwares(m);
    return true;
}

const struct chain_result *recollection_find(const struct recollection *r, const char *chain)
{
    for (uint8_t i = 0; i < r->count; i++)
        if (strcmp(r->chains[i].chain, chain) == 0)
            return &r->chains[i];
    return NULL;
}
