/* See tftp_rows.h. Which transfer has which row, who makes room for whom, and when the next one is
 * due; knows nothing of what is sent.
 *
 * When all rows are taken, a transfer that only lingers makes room, then the one that has waited
 * longest for a first answer: half-open transfers cannot keep others out. */
#include "serve/tftp_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct tftp_key tftp_rows_key(struct endpoint source, struct ipv4 local)
{
    struct tftp_key key = { 0 };
    struct writer w = writer_over(key.bytes, sizeof key.bytes);
    writer_be32(&w, source.addr.value);
    writer_be16(&w, source.port);
    writer_be32(&w, local.value);
    return key;
}

static struct span key_of(const void *rows, uint32_t row)
{
    const struct transfer_row *transfers = rows;
    return span_of(transfers[row].key.bytes, sizeof transfers[row].key.bytes);
}

static uint32_t index_of(const struct transfer_row *row)
{
    return (uint32_t)(row - row->port->rows);
}

uint8_t *tftp_rows_borrow_arena(struct tftp_port *port)
{
    return port->spare_count > 0 ? port->spare[--port->spare_count] : malloc(TFTP_ARENA_BYTES);
}

void tftp_rows_return_arena(struct tftp_port *port, uint8_t *memory)
{
    if (memory && port->spare_count < TFTP_SPARE_ARENAS)
        port->spare[port->spare_count++] = memory;
    else
        free(memory);
}

void tftp_rows_close_fetch(struct transfer_row *row)
{
    if (row->has_fetch)
        row->port->provider->close(row->port->provider->context, &row->fetch);
    row->has_fetch = false;
    body_ahead_done(&row->ahead);
    tftp_rows_return_arena(row->port, row->memory);
    row->memory = NULL;
}

void tftp_rows_move(struct list *list, struct transfer_row *row)
{
    list_remove(&row->link);
    list_append(list, &row->link);
}

/* The transfer no longer counts as one under way. */
void tftp_rows_retire(struct transfer_row *row)
{
    tftp_rows_close_fetch(row);
    client_limits_ended(row->port->clients, row->route.to.addr);
    row->port->active--;
}

void tftp_rows_release(struct transfer_row *row)
{
    struct tftp_port *port = row->port;
    if (row->has_fetch)
        tftp_rows_retire(row);
    list_remove(&row->answering);
    heap_set(&port->heap, index_of(row), INSTANT_NEVER);
    (void)table_remove(&port->table, index_of(row));
    if (row->watch.fd >= 0) {
        loop_close_watch(port->loop, &row->watch);
    }
    row->watch.fd = -1;
    row->transfer.state = TFTP_OVER;
    /* the row used last is the one whose memory is warm */
    list_remove(&row->link);
    row->link.next = port->free.next;
    row->link.prev = &port->free;
    port->free.next->prev = &row->link;
    port->free.next = &row->link;
}

void tftp_rows_enter(struct transfer_row *row)
{
    row->port->active++;
    (void)table_insert(&row->port->table, index_of(row));
    tftp_rows_move(&row->port->starting, row);
}

static struct transfer_row *first_of(const struct list *list)
{
    return list_is_empty(list) ? NULL : list_entry(list->next, struct transfer_row, link);
}

/* Rows are made ready as they are needed: those never used cost no memory. */
static void make_one_more(struct tftp_port *port)
{
    struct transfer_row *row = &port->rows[port->rows_used++];
    row->port = port;
    row->watch.fd = -1;
    list_init(&row->answering);
    list_append(&port->free, &row->link);
}

/* A row to use, at the cost of a transfer that matters less; NULL when all are under way. */
struct transfer_row *tftp_rows_take(struct tftp_port *port)
{
    if (list_is_empty(&port->free) && port->rows_used < port->settings.transfers_max)
        make_one_more(port);
    if (list_is_empty(&port->free)) {
        struct transfer_row *victim = first_of(&port->lingering);
        if (!victim)
            victim = first_of(&port->starting);
        if (victim)
            tftp_rows_release(victim);
    }
    return first_of(&port->free);
}

void tftp_rows_schedule(struct transfer_row *row)
{
    struct tftp_port *port = row->port;
    struct instant due = row->transfer.deadline;
    if (row->heap_due.ns <= due.ns)
        return;
    row->heap_due = due;
    heap_set(&port->heap, index_of(row), due);
    if (port->timer_due.ns <= due.ns)
        return;
    if (loop_arm(port->loop, &port->timer, due) == 0)
        port->timer_due = due;
}

struct transfer_row *tftp_rows_find(struct tftp_port *port, const struct udp_packet *packet)
{
    struct tftp_key key = tftp_rows_key(packet->source, packet->local);
    uint32_t row = table_find(&port->table, span_of(key.bytes, sizeof key.bytes));
    return row == TABLE_NONE ? NULL : &port->rows[row];
}

int tftp_rows_make(struct tftp_port *port)
{
    uint32_t limit = port->settings.transfers_max;
    port->rows = calloc(limit, sizeof *port->rows);
    port->slots = calloc(1, table_memory(limit));
    port->heap_items = calloc(limit, sizeof *port->heap_items);
    port->heap_places = calloc(limit, sizeof *port->heap_places);
    if (!port->rows || !port->slots || !port->heap_items || !port->heap_places)
        return -ENOMEM;
    table_init(&port->table, port->slots, limit, port->rows, key_of, port->settings.hash_key);
    heap_init(&port->heap, port->heap_items, port->heap_places, limit);
    return 0;
}

void tftp_rows_free(struct tftp_port *port)
{
    for (uint32_t i = 0; i < port->rows_used; i++) {
        tftp_rows_close_fetch(&port->rows[i]);
        if (port->rows[i].watch.fd < 0)
            continue;
        loop_unwatch(port->loop, &port->rows[i].watch);
        close(port->rows[i].watch.fd);
    }
}
