/* Inside the TFTP port: its state, and the rows of its transfers. For the tftp_*.c of this folder
 * only. Rows are found by the client's address and port and the address of ours it speaks to, so
 * that a repeated request meets its transfer in both modes. One heap of deadlines and one timer of
 * the loop serve them all; a deadline that moves away stays in the heap and is looked at again when
 * it comes up. */
#ifndef SERVE_TFTP_ROWS_H
#define SERVE_TFTP_ROWS_H

#include "base/heap.h"
#include "base/list.h"
#include "base/table.h"

#include "net/udp.h"
#include "serve/body_read.h"
#include "serve/client_limits.h"
#include "serve/tftp_port.h"
#include "tftp/request.h"
#include "tftp/transfer.h"

#define TFTP_ARENA_BYTES  262144 /* as for HTTP: what is not used is not touched */
#define TFTP_SPARE_ARENAS 16
#define TFTP_MTU_ROWS     8
#define TFTP_NAME_KEPT    160

struct tftp_key {
    uint8_t bytes[10];
};

struct transfer_row {
    struct tftp_port *port;
    struct watch watch; /* fd -1 when the listening socket serves it */
    struct list link;   /* in free, starting, sending or lingering */
    struct tftp_key key;
    struct udp_route route;
    struct ipv4 local;
    uint64_t request_hash;
    struct tftp_transfer transfer;
    struct list answering; /* in the port's list of that name while `step` is not carried out */
    struct tftp_step step;
    struct instant told_way; /* how far it is, last */
    struct instant heap_due;
    bool plain, has_fetch;
    struct fetch fetch;
    uint8_t *memory; /* the arena of the fetch, NULL when it needs none */
    struct body_ahead ahead;
    size_t oack_len;
    uint8_t oack[TFTP_OACK_MAX];
    char name[TFTP_NAME_KEPT];
};

struct mtu_row {
    uint32_t interface, mtu;
    struct instant read_at;
};

struct tftp_port {
    struct tftp_port_settings settings;
    struct loop *loop;
    const struct provider *provider;
    struct watch watch;
    uint16_t local_port;
    struct timer timer;
    struct instant timer_due;
    struct udp_batch *batch, *single; /* of the listening socket; of transfers' sockets */
    struct client_limits *clients;
    struct transfer_row *rows;
    uint32_t rows_used; /* made ready so far */
    void *slots;
    struct table table;
    struct heap heap;
    struct heap_item *heap_items;
    uint32_t *heap_places;
    struct list free, starting, sending, lingering; /* each: oldest first */
    struct list answering;                          /* at the end of this turn */
    struct work answer;
    bool answer_due; /* it is deferred: the list may have become empty again since */
    uint32_t active;
    uint8_t *spare[TFTP_SPARE_ARENAS];
    uint32_t spare_count;
    struct mtu_row mtus[TFTP_MTU_ROWS];
    uint32_t mtu_next;
    struct instant told_descriptors, told_client_full, told_rows_full; /* not again before */
    struct iovec vectors[UDP_SEGMENTS];
    uint8_t buffer[UINT16_MAX + 1];
};

static inline struct now tftp_port_now(const struct tftp_port *port)
{
    return loop_now(port->loop);
}

/* The memory of all rows, by port->settings; what was made is freed by tftp_rows_free(). */
must_check int tftp_rows_make(struct tftp_port *port);
/* Closes what the transfers hold. */
void tftp_rows_free(struct tftp_port *port);

struct tftp_key tftp_rows_key(struct endpoint source, struct ipv4 local);
/* The transfer this packet belongs to, or NULL. */
struct transfer_row *tftp_rows_find(struct tftp_port *port, const struct udp_packet *packet);

/* A row to use, at the cost of a transfer that matters less; NULL when all are under way. It stays
 * in the free list until tftp_rows_enter(). */
struct transfer_row *tftp_rows_take(struct tftp_port *port);
/* The transfer of the row has begun. */
void tftp_rows_enter(struct transfer_row *row);
void tftp_rows_move(struct list *list, struct transfer_row *row);
/* See that the row's deadline is met. */
void tftp_rows_schedule(struct transfer_row *row);

/* Memory for a fetch, of TFTP_ARENA_BYTES, or NULL. */
uint8_t *tftp_rows_borrow_arena(struct tftp_port *port);
void tftp_rows_return_arena(struct tftp_port *port, uint8_t *memory);

void tftp_rows_close_fetch(struct transfer_row *row);
/* The transfer no longer counts as one under way. */
void tftp_rows_retire(struct transfer_row *row);
/* The row is free again. */
void tftp_rows_release(struct transfer_row *row);

#endif
