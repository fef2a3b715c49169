/* See pick_book.h. One array in the order of coming, looked through from end to end: it is asked
 * every other second by each of at most PICK_BOOK_MAX machines. */
#include "serve/pick_book.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define LEAST 1000 /* no number begins with 0, which people leave out */
#define COUNT 9000
#define TRIES 64

struct pick_book {
    pthread_mutex_t lock;
    struct pick_waiting *rows;
    size_t count;
};

int pick_book_new(struct pick_book **ret_book)
{
    struct pick_book *book = calloc(1, sizeof *book);

    if (!book)
        return -ENOMEM;
    book->rows = calloc(PICK_BOOK_MAX, sizeof *book->rows);
    if (!book->rows) {
        free(book);
        return -ENOMEM;
    }
    pthread_mutex_init(&book->lock, NULL);
    *ret_book = book;
    return 0;
}

void pick_book_free(struct pick_book *book)
{
    if (!book)
        return;
    free(book->rows);
    pthread_mutex_destroy(&book->lock);
    free(book);
}

static bool is_over(const struct pick_waiting *row, struct now now)
{
    return instant_since(now.steady, row->made).ns > PICK_LASTS.ns ||
           instant_since(now.steady, row->asked).ns > PICK_SILENT.ns;
}

static void drop(struct pick_book *book, struct now now, struct mac mac)
{
    size_t kept = 0;

    for (size_t i = 0; i < book->count; i++)
        if (!is_over(&book->rows[i], now) && !mac_equals(book->rows[i].client.mac, mac))
            book->rows[kept++] = book->rows[i];
    book->count = kept;
}

static struct pick_waiting *find(struct pick_book *book, struct span number, struct now now)
{
    for (size_t i = 0; i < book->count; i++)
        if (span_is(number, book->rows[i].number) && !is_over(&book->rows[i], now))
            return &book->rows[i];
    return NULL;
}

/* One that nobody has. Of 9000 at most 256 are out, so a few tries are enough. */
static bool make_number(struct pick_book *book, struct now now, char out[PICK_NUMBER_MAX])
{
    for (unsigned i = 0; i < TRIES; i++) {
        uint32_t random;
        if (getrandom(&random, sizeof random, 0) != sizeof random)
            return false;
        snprintf(out, PICK_NUMBER_MAX, "%04u", LEAST + random % COUNT);
        if (!find(book, span_text(out), now))
            return true;
    }
    return false;
}

bool pick_book_give(struct pick_book *book, const struct client *client, bool is_grub,
                    struct now now, char ret_number[PICK_NUMBER_MAX])
{
    struct pick_waiting row = { .client = *client,
                                .is_grub = is_grub,
                                .made = now.steady,
                                .asked = now.steady,
                                .since = now.calendar };
    bool given = false;

    pthread_mutex_lock(&book->lock);
    drop(book, now, client->mac);
    if (book->count < PICK_BOOK_MAX && make_number(book, now, row.number)) {
        book->rows[book->count++] = row;
        memcpy(ret_number, row.number, PICK_NUMBER_MAX);
        given = true;
    }
    pthread_mutex_unlock(&book->lock);
    return given;
}

static enum pick_verdict verdict_of(const struct pick_waiting *row)
{
    return !row ? PICK_UNKNOWN : row->entry[0] ? PICK_CHOSEN : PICK_WAITS;
}

enum pick_verdict pick_book_ask(struct pick_book *book, struct span number, struct ipv4 address,
                                struct mac mac, struct now now, struct pick_waiting *ret_row)
{
    pthread_mutex_lock(&book->lock);
    struct pick_waiting *row = find(book, number, now);
    if (row && !(mac_is_zero(mac) ? ipv4_equals(row->client.address, address)
                                  : mac_equals(row->client.mac, mac)))
        row = NULL;
    if (row) {
        row->asked = now.steady;
        *ret_row = *row;
    }
    enum pick_verdict verdict = verdict_of(row);
    pthread_mutex_unlock(&book->lock);
    return verdict;
}

enum pick_verdict pick_book_look(struct pick_book *book, struct span number, struct now now,
                                 struct pick_waiting *ret_row)
{
    pthread_mutex_lock(&book->lock);
    const struct pick_waiting *row = find(book, number, now);
    if (row)
        *ret_row = *row;
    enum pick_verdict verdict = verdict_of(row);
    pthread_mutex_unlock(&book->lock);
    return verdict;
}

enum pick_verdict pick_book_choose(struct pick_book *book, struct span number, const char *entry,
                                   struct now now, struct pick_waiting *ret_row)
{
    pthread_mutex_lock(&book->lock);
    struct pick_waiting *row = find(book, number, now);
    enum pick_verdict verdict = verdict_of(row);
    if (verdict == PICK_WAITS)
        span_to_text(span_text(entry), row->entry, sizeof row->entry);
    if (row)
        *ret_row = *row;
    pthread_mutex_unlock(&book->lock);
    return verdict;
}

bool pick_book_at(struct pick_book *book, size_t i, struct now now, struct pick_waiting *ret_row)
{
    bool found = false;

    pthread_mutex_lock(&book->lock);
    for (size_t k = 0; k < book->count && !found; k++) {
        if (is_over(&book->rows[k], now) || book->rows[k].entry[0])
            continue;
        found = i-- == 0;
        if (found)
            *ret_row = book->rows[k];
    }
    pthread_mutex_unlock(&book->lock);
    return found;
}
