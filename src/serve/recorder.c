/* See recorder.h. Machines are rows of one array, found by MAC through a keyed table; the row not
 * used for longest makes room for a new machine. A timer looks for stalls once a second. */
#include "serve/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/table.h"

#include "boot/diagnose.h"
#include "net/clock.h"

#define EVENTS_KEPT         512
#define PACKETS_PER_MACHINE 32
#define STALL_CHECK_MS      1000
#define MESSAGE_MAX         160

struct machine_record {
    struct list by_age;
    uint8_t key[8];
    uint64_t machine;
    struct progress progress;
    char message[MESSAGE_MAX];
    struct seen_packet *packets[PACKETS_PER_MACHINE]; /* ring */
    uint32_t first_packet, packet_count;
};

struct recorder {
    struct recorder_settings settings;
    struct store_thread *store; /* may be NULL */
    struct event_queue *queue;
    uint64_t last_sequence;
    struct event *events; /* ring */
    uint32_t first_event, event_count;
    struct machine_record *machines;
    uint32_t machine_count;
    struct table by_mac;
    void *slots;
    struct list oldest_first;
    struct list listeners;
    struct timer stall_timer;
    uint64_t counts[EVENT_ID_COUNT];
    uint64_t bytes_tftp, bytes_http;
};

static struct span machine_key(const void *rows, uint32_t row)
{
    return span_of(((const struct machine_record *)rows)[row].key, 8);
}

static void make_key(uint64_t machine, uint8_t key[8])
{
    for (int i = 0; i < 8; i++)
        key[i] = (uint8_t)(machine >> (8 * i));
}

static struct machine_record *find_machine(const struct recorder *r, uint64_t machine)
{
    uint8_t key[8];
    make_key(machine, key);
    uint32_t row = table_find(&r->by_mac, span_of(key, sizeof key));
    return row == TABLE_NONE ? NULL : &r->machines[row];
}

static void drop_packets(struct machine_record *m)
{
    for (uint32_t i = 0; i < m->packet_count; i++)
        free(m->packets[(m->first_packet + i) % PACKETS_PER_MACHINE]);
    m->packet_count = 0;
}

static struct machine_record *machine_for(struct recorder *r, uint64_t machine)
{
    struct machine_record *m = find_machine(r, machine);
    if (m) {
        list_remove(&m->by_age);
        list_append(&r->oldest_first, &m->by_age);
        return m;
    }
    if (r->machine_count < r->settings.machines_max) {
        m = &r->machines[r->machine_count++];
    } else {
        m = list_entry(r->oldest_first.next, struct machine_record, by_age);
        table_remove(&r->by_mac, (uint32_t)(m - r->machines));
        list_remove(&m->by_age);
        drop_packets(m);
    }
    *m = (struct machine_record){ .machine = machine };
    make_key(machine, m->key);
    progress_init(&m->progress, machine);
    table_insert(&r->by_mac, (uint32_t)(m - r->machines));
    list_append(&r->oldest_first, &m->by_age);
    return m;
}

static void keep_event(struct recorder *r, const struct event *event)
{
    if (r->event_count == EVENTS_KEPT)
        r->first_event = (r->first_event + 1) % EVENTS_KEPT;
    else
        r->event_count++;
    event_copy(&r->events[(r->first_event + r->event_count - 1) % EVENTS_KEPT], event);
}

static void count_event(struct recorder *r, const struct event *event)
{
    const struct event_field *bytes = event_find(event, "bytes");
    r->counts[event->id]++;
    if (!bytes)
        return;
    if (event->id == EVENT_TFTP_DONE || event->id == EVENT_TFTP_KERNEL_DONE)
        r->bytes_tftp += bytes->number;
    else if (event->id == EVENT_HTTP_DONE || event->id == EVENT_HTTP_KERNEL_DONE ||
             event->id == EVENT_HTTP_LOADER_DONE || event->id == EVENT_DISK_DONE)
        r->bytes_http += bytes->number;
}

/* One event taken in: numbered, kept, told. */
static void record(struct recorder *r, struct event *event)
{
    event->sequence = ++r->last_sequence;
    count_event(r, event);
    /* How far a file was a while ago is of no use to anybody. */
    if (event->id != EVENT_FILE_PROGRESS && event->id != EVENT_IMAGE_READ)
        keep_event(r, event);
    if (event->machine != 0) {
        struct machine_record *m = machine_for(r, event->machine);
        struct text message = text_over(m->message, sizeof m->message);
        progress_note(&m->progress, event, loop_now(r->settings.loop).steady);
        if (r->settings.recall)
            recall_note(r->settings.recall, event, loop_now(r->settings.loop));
        event_format(event, &message);
    }
    if (r->store && event_level(event->id) != LEVEL_DEBUG)
        store_thread_submit_event(r->store, event);
    for (struct list *at = r->listeners.next, *next; at != &r->listeners; at = next) {
        next = at->next;
        struct recorder_listener *listener = list_entry(at, struct recorder_listener, link);
        listener->told(listener, event);
    }
}

static void take_event(void *context, const struct event *event)
{
    struct event copy __attribute__((uninitialized));
    event_copy(&copy, event);
    record(context, &copy);
}

static void take_packet(void *context, const struct seen_packet *packet)
{
    struct recorder *r = context;
    struct machine_record *m = machine_for(r, packet->machine);
    struct seen_packet *copy = malloc(offsetof(struct seen_packet, bytes) + packet->len);
    if (!copy)
        return;
    memcpy(copy, packet, offsetof(struct seen_packet, bytes) + packet->len);
    if (m->packet_count == PACKETS_PER_MACHINE) {
        free(m->packets[m->first_packet]);
        m->first_packet = (m->first_packet + 1) % PACKETS_PER_MACHINE;
        m->packet_count--;
    }
    m->packets[(m->first_packet + m->packet_count++) % PACKETS_PER_MACHINE] = copy;
}

static void look_for_stalls(struct timer *timer, struct now now)
{
    struct recorder *r = timer->context;
    if (r->settings.recall)
        recall_settle(r->settings.recall, now);
    for (uint32_t i = 0; i < r->machine_count; i++) {
        struct machine_record *m = &r->machines[i];
        char verdict[512];
        struct text words = text_over(verdict, sizeof verdict);
        if (!progress_is_stalled(&m->progress, now.steady))
            continue;
        diagnosis_write(diagnose(&m->progress), &m->progress, &words);
        progress_mark_told(&m->progress);
        struct event event = event_make(EVENT_BOOT_STALLED, now, m->machine);
        event_add_span(&event, "verdict", text_span(&words));
        record(r, &event);
    }
    if (loop_arm(r->settings.loop, timer, instant_after(now.steady, duration_ms(STALL_CHECK_MS))) <
        0)
        return; /* only without memory for a timer it already had: cannot happen twice */
}

int recorder_new(const struct recorder_settings *settings, struct recorder **ret_recorder)
{
    struct recorder *r = calloc(1, sizeof *r);
    struct hash_key key;
    int result = -ENOMEM;

    if (!r)
        return -ENOMEM;
    r->settings = *settings;
    r->last_sequence = settings->last_sequence;
    list_init(&r->oldest_first);
    list_init(&r->listeners);
    timer_init(&r->stall_timer, look_for_stalls, r);
    r->events = calloc(EVENTS_KEPT, sizeof *r->events);
    r->machines = calloc(settings->machines_max, sizeof *r->machines);
    r->slots = calloc(1, table_memory(settings->machines_max));
    if (!r->events || !r->machines || !r->slots || getrandom(&key, sizeof key, 0) != sizeof key)
        goto undo_new;
    table_init(&r->by_mac, r->slots, settings->machines_max, r->machines, machine_key, key);
    const struct event_queue_reader reader = { take_event, take_packet, r };
    result = event_queue_new(settings->loop, &reader, &r->queue);
    if (result == 0)
        result =
            loop_arm(settings->loop, &r->stall_timer,
                     instant_after(loop_now(settings->loop).steady, duration_ms(STALL_CHECK_MS)));
    if (result < 0)
        goto undo_new;
    *ret_recorder = r;
    return 0;

undo_new:
    recorder_free(r);
    return result;
}

void recorder_free(struct recorder *recorder)
{
    if (!recorder)
        return;
    loop_disarm(recorder->settings.loop, &recorder->stall_timer);
    for (uint32_t i = 0; i < recorder->machine_count; i++)
        drop_packets(&recorder->machines[i]);
    event_queue_free(recorder->queue);
    free(recorder->events);
    free(recorder->machines);
    free(recorder->slots);
    free(recorder);
}

void recorder_set_store(struct recorder *recorder, struct store_thread *store)
{
    recorder->store = store;
}

struct event_queue *recorder_queue(struct recorder *recorder)
{
    return recorder->queue;
}

void recorder_listen(struct recorder *recorder, struct recorder_listener *listener)
{
    list_append(&recorder->listeners, &listener->link);
}

void recorder_each_event(const struct recorder *recorder, uint64_t machine, uint64_t after,
                         bool (*row)(void *context, const struct event *event), void *context,
                         uint64_t *ret_first)
{
    const struct recorder *r = recorder;
    *ret_first = r->event_count > 0 ? r->events[r->first_event].sequence : r->last_sequence + 1;
    for (uint32_t i = 0; i < r->event_count; i++) {
        const struct event *event = &r->events[(r->first_event + i) % EVENTS_KEPT];
        if (event->sequence <= after || (machine != 0 && event->machine != machine))
            continue;
        if (!row(context, event))
            return;
    }
}

bool recorder_each_packet(const struct recorder *recorder, uint64_t machine,
                          bool (*row)(void *context, const struct seen_packet *packet),
                          void *context)
{
    const struct machine_record *m = find_machine(recorder, machine);
    if (!m || m->packet_count == 0)
        return false;
    for (uint32_t i = 0; i < m->packet_count; i++)
        if (!row(context, m->packets[(m->first_packet + i) % PACKETS_PER_MACHINE]))
            break;
    return true;
}

const struct progress *recorder_progress(const struct recorder *recorder, uint64_t machine)
{
    const struct machine_record *m = find_machine(recorder, machine);
    return m ? &m->progress : NULL;
}

const char *recorder_last_message(const struct recorder *recorder, uint64_t machine)
{
    const struct machine_record *m = find_machine(recorder, machine);
    return m ? m->message : "";
}

struct recorder_counts recorder_counts(const struct recorder *recorder)
{
    const struct recorder *r = recorder;
    return (struct recorder_counts){
        .last_sequence = r->last_sequence,
        .boots_done = r->counts[EVENT_BOOT_DONE] + r->counts[EVENT_BOOT_LOCAL],
        .boots_stalled = r->counts[EVENT_BOOT_STALLED],
        .bytes_tftp = r->bytes_tftp,
        .bytes_http = r->bytes_http,
        .refused = r->counts[EVENT_DHCP_REFUSED] + r->counts[EVENT_TFTP_REFUSED] +
                   r->counts[EVENT_HTTP_REFUSED],
        .dropped = event_queue_dropped(r->queue),
    };
}

uint64_t recorder_event_count(const struct recorder *recorder, enum event_id id)
{
    return recorder->counts[id];
}

void recorder_flush(struct recorder *recorder)
{
    event_queue_drain(recorder->queue);
}
