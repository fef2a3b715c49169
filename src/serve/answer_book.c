/* See answer_book.h. One array, looked through from end to end: it is asked once a boot, and a walk
 * over some thousand rows is nothing beside the file it precedes. Tokens are compared in a time
 * that does not tell how far they agree. */
#include "serve/answer_book.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/writer.h"

#include "net/file.h"

#define SAVED_NAME    "answer-tokens"
#define SAVED_MAGIC   0x54424154u /* and the version below */
#define SAVED_VERSION 1
#define SAVED_ROW_MAX 512

struct answer_book {
    pthread_mutex_t lock;
    struct answer_grant *grants;
    size_t count;
};

const char *answer_verdict_text(enum answer_verdict verdict)
{
    static const char *const texts[] = {
        [ANSWER_OPEN] = "it can be fetched",
        [ANSWER_UNKNOWN] = "no such answer file is out: boot the machine again",
        [ANSWER_EXPIRED] = "the time for it is over (answers.window): boot the machine again",
        [ANSWER_OTHER_MACHINE] = "it is for another machine",
        [ANSWER_USED] =
            "it holds a secret and was fetched before: boot the machine again, or raise "
            "answers.grace if its installer reads it more than once",
    };
    return texts[verdict];
}

int answer_book_new(struct answer_book **ret_book)
{
    struct answer_book *book = calloc(1, sizeof *book);

    if (!book)
        return -ENOMEM;
    book->grants = calloc(ANSWER_BOOK_MAX, sizeof *book->grants);
    if (!book->grants) {
        free(book);
        return -ENOMEM;
    }
    pthread_mutex_init(&book->lock, NULL);
    *ret_book = book;
    return 0;
}

void answer_book_free(struct answer_book *book)
{
    if (!book)
        return;
    explicit_bzero(book->grants, ANSWER_BOOK_MAX * sizeof *book->grants);
    free(book->grants);
    pthread_mutex_destroy(&book->lock);
    free(book);
}

static bool is_token(const struct answer_grant *grant, struct span token)
{
    uint8_t differs = 0;

    if (token.len != ANSWER_TOKEN_LEN)
        return false;
    for (size_t i = 0; i < ANSWER_TOKEN_LEN; i++)
        differs |= (uint8_t)((uint8_t)grant->token[i] ^ token.data[i]);
    return differs == 0;
}

static struct answer_grant *find(struct answer_book *book, struct span token)
{
    struct answer_grant *found = NULL;
    for (size_t i = 0; i < book->count; i++)
        if (is_token(&book->grants[i], token))
            found = &book->grants[i];
    return found;
}

static bool is_older(const struct answer_grant *grant, struct duration age, struct now now)
{
    return instant_since(now.steady, grant->made).ns > age.ns;
}

static void drop_old(struct answer_book *book, struct now now)
{
    size_t kept = 0;
    for (size_t i = 0; i < book->count; i++)
        if (!is_older(&book->grants[i], ANSWER_FINISH_WINDOW, now))
            book->grants[kept++] = book->grants[i];
    book->count = kept;
}

/* Where a new grant goes: the oldest of an owner who has many, the end, or the oldest of all. */
static struct answer_grant *make_room(struct answer_book *book, struct ipv4 address)
{
    struct answer_grant *oldest = NULL, *own = NULL;
    size_t own_count = 0;

    for (size_t i = 0; i < book->count; i++) {
        struct answer_grant *g = &book->grants[i];
        if (!oldest || g->made.ns < oldest->made.ns)
            oldest = g;
        if (!ipv4_equals(g->address, address))
            continue;
        own_count++;
        if (!own || g->made.ns < own->made.ns)
            own = g;
    }
    if (own_count >= ANSWER_BOOK_PER_OWNER)
        return own;
    return book->count < ANSWER_BOOK_MAX ? &book->grants[book->count++] : oldest;
}

static bool make_token(char token[ANSWER_TOKEN_MAX])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[ANSWER_TOKEN_LEN / 2];

    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++) {
        token[2 * i] = hex[bytes[i] >> 4];
        token[2 * i + 1] = hex[bytes[i] & 15];
    }
    token[ANSWER_TOKEN_LEN] = 0;
    explicit_bzero(bytes, sizeof bytes);
    return true;
}

/* Can the machine still boot with it as with a new one? */
static bool is_fresh(const struct answer_grant *g, struct mac mac, struct ipv4 address,
                     const char *image, struct duration window, struct now now)
{
    return mac_equals(g->mac, mac) && ipv4_equals(g->address, address) &&
           strcmp(g->image, image) == 0 && g->read_count == 0 && !g->finished &&
           !is_older(g, duration_ms(duration_to_ms(window) / 2), now);
}

bool answer_book_give(struct answer_book *book, struct mac mac, struct ipv4 address,
                      const char *image, struct duration window, struct now now,
                      char ret_token[ANSWER_TOKEN_MAX])
{
    bool given = false;

    pthread_mutex_lock(&book->lock);
    drop_old(book, now);
    for (size_t i = 0; i < book->count && !given; i++) {
        const struct answer_grant *g = &book->grants[i];
        given = is_fresh(g, mac, address, image, window, now);
        if (given)
            memcpy(ret_token, g->token, ANSWER_TOKEN_MAX);
    }
    struct answer_grant new = { .mac = mac, .address = address, .made = now.steady };
    if (!given && make_token(new.token)) {
        span_to_text(span_text(image), new.image, sizeof new.image);
        *make_room(book, address) = new;
        memcpy(ret_token, new.token, ANSWER_TOKEN_MAX);
        given = true;
    }
    pthread_mutex_unlock(&book->lock);
    return given;
}

static bool is_its_machine(const struct answer_grant *grant, const struct answer_visitor *visitor)
{
    if (!mac_is_zero(visitor->mac) && !mac_is_zero(grant->mac))
        return mac_equals(visitor->mac, grant->mac);
    return ipv4_equals(visitor->address, grant->address);
}

enum answer_verdict answer_book_look(struct answer_book *book, struct span token,
                                     const struct answer_visitor *visitor, struct duration window,
                                     struct now now, struct answer_grant *ret_grant)
{
    enum answer_verdict verdict = ANSWER_UNKNOWN;

    pthread_mutex_lock(&book->lock);
    const struct answer_grant *grant = find(book, token);
    if (grant && !is_older(grant, ANSWER_FINISH_WINDOW, now)) {
        *ret_grant = *grant;
        verdict = !is_its_machine(grant, visitor) ? ANSWER_OTHER_MACHINE
                  : is_older(grant, window, now)  ? ANSWER_EXPIRED
                                                  : ANSWER_OPEN;
    }
    pthread_mutex_unlock(&book->lock);
    return verdict;
}

static enum answer_verdict use(struct answer_grant *grant, const char *file, struct duration grace,
                               struct now now)
{
    for (uint8_t i = 0; i < grant->read_count; i++)
        if (strcmp(grant->reads[i].file, file) == 0)
            return instant_since(now.steady, grant->reads[i].first).ns < grace.ns ? ANSWER_OPEN
                                                                                  : ANSWER_USED;
    if (grant->read_count == ANSWER_READS_MAX)
        return ANSWER_USED;
    grant->reads[grant->read_count].first = now.steady;
    span_to_text(span_text(file), grant->reads[grant->read_count].file,
                 sizeof grant->reads[0].file);
    grant->read_count++;
    return ANSWER_OPEN;
}

enum answer_verdict answer_book_use(struct answer_book *book, struct span token, const char *file,
                                    struct duration grace, struct now now)
{
    pthread_mutex_lock(&book->lock);
    struct answer_grant *grant = find(book, token);
    enum answer_verdict verdict = grant ? use(grant, file, grace, now) : ANSWER_UNKNOWN;
    pthread_mutex_unlock(&book->lock);
    return verdict;
}

bool answer_book_finish(struct answer_book *book, struct span token)
{
    pthread_mutex_lock(&book->lock);
    struct answer_grant *grant = find(book, token);
    bool is_news = grant && !grant->finished;
    if (grant)
        grant->finished = true;
    pthread_mutex_unlock(&book->lock);
    return is_news;
}

size_t answer_book_count(struct answer_book *book)
{
    pthread_mutex_lock(&book->lock);
    size_t count = book->count;
    pthread_mutex_unlock(&book->lock);
    return count;
}

/* Over a restart. The calendar time, and rows of: token, MAC, address, age, flags, image, files
 * that were read with their ages. */

static void write_age(struct writer *w, struct instant at, struct now now)
{
    writer_be64(w, (uint64_t)duration_to_ms(instant_since(now.steady, at)));
}

static void write_text(struct writer *w, const char *text)
{
    writer_u8(w, (uint8_t)strlen(text));
    writer_text(w, text);
}

static void write_grant(struct writer *w, const struct answer_grant *g, struct now now)
{
    writer_bytes(w, span_of(g->token, ANSWER_TOKEN_LEN));
    writer_bytes(w, span_of(g->mac.bytes, sizeof g->mac.bytes));
    writer_be32(w, g->address.value);
    write_age(w, g->made, now);
    writer_u8(w, g->finished);
    write_text(w, g->image);
    writer_u8(w, g->read_count);
    for (uint8_t i = 0; i < g->read_count; i++) {
        write_text(w, g->reads[i].file);
        write_age(w, g->reads[i].first, now);
    }
}

int answer_book_save(struct answer_book *book, int folder_fd, struct now now)
{
    size_t cap = 16 + book->count * SAVED_ROW_MAX;
    uint8_t *memory = malloc(cap);

    if (!memory)
        return -ENOMEM;
    struct writer w = writer_over(memory, cap);
    pthread_mutex_lock(&book->lock);
    writer_be32(&w, SAVED_MAGIC);
    writer_u8(&w, SAVED_VERSION);
    writer_be64(&w, (uint64_t)now.calendar.ms);
    for (size_t i = 0; i < book->count; i++)
        write_grant(&w, &book->grants[i], now);
    pthread_mutex_unlock(&book->lock);
    int r = w.failed ? -EFBIG : file_replace(folder_fd, SAVED_NAME, writer_span(&w), true);
    explicit_bzero(memory, cap);
    free(memory);
    return r;
}

static bool read_text(struct reader *r, char *out, size_t cap)
{
    struct span text = reader_take(r, reader_u8(r));
    span_to_text(text, out, cap);
    return !r->failed && text.len < cap && span_find(text, 0) == text.len;
}

/* An age when it was written, as an instant of this run; `since` ms have gone by. */
static struct instant read_age(struct reader *r, int64_t since, struct now now)
{
    uint64_t age = reader_be64(r);
    int64_t longest = duration_to_ms(ANSWER_FINISH_WINDOW) + 1;

    if (since < 0 || since > longest || age > (uint64_t)longest)
        age = (uint64_t)longest;
    else
        age += (uint64_t)since;
    return (struct instant){ .ns = now.steady.ns - duration_ms((int64_t)age).ns };
}

static bool read_grant(struct reader *r, int64_t since, struct now now, struct answer_grant *g)
{
    struct span token = reader_take(r, ANSWER_TOKEN_LEN);
    struct span mac = reader_take(r, sizeof g->mac.bytes);

    *g = (struct answer_grant){ 0 };
    g->address.value = reader_be32(r);
    g->made = read_age(r, since, now);
    g->finished = reader_u8(r) != 0;
    if (!read_text(r, g->image, sizeof g->image))
        return false;
    g->read_count = reader_u8(r);
    if (r->failed || g->read_count > ANSWER_READS_MAX || !answer_token_is_sound(token))
        return false;
    span_to_text(token, g->token, sizeof g->token);
    memcpy(g->mac.bytes, mac.data, sizeof g->mac.bytes);
    for (uint8_t i = 0; i < g->read_count; i++) {
        if (!read_text(r, g->reads[i].file, sizeof g->reads[0].file))
            return false;
        g->reads[i].first = read_age(r, since, now);
    }
    return !r->failed;
}

static void take_back(struct answer_book *book, struct span bytes, struct now now)
{
    struct reader r = reader_over(bytes);

    if (reader_be32(&r) != SAVED_MAGIC || reader_u8(&r) != SAVED_VERSION)
        return;
    int64_t since = now.calendar.ms - (int64_t)reader_be64(&r);
    while (book->count < ANSWER_BOOK_MAX && reader_left(&r) > 0 &&
           read_grant(&r, since, now, &book->grants[book->count]))
        book->count++;
    drop_old(book, now);
}

int answer_book_restore(struct answer_book *book, int folder_fd, struct now now)
{
    struct safe_path path;
    struct file_facts facts;
    uint8_t *bytes = NULL;
    size_t len = 0;
    int fd;

    if (safe_path_parse(span_text(SAVED_NAME), &path) != PATH_SOUND)
        return -EINVAL;
    enum file_verdict verdict = file_open_beneath(folder_fd, &path, false, &fd, &facts);
    if (verdict == FILE_ABSENT)
        return 0;
    if (verdict != FILE_OPENED)
        return file_verdict_errno(verdict, &facts);
    int r = file_read_whole(fd, ANSWER_BOOK_MAX * (size_t)SAVED_ROW_MAX, &bytes, &len);
    close(fd);
    if (r == 0) {
        pthread_mutex_lock(&book->lock);
        take_back(book, span_of(bytes, len), now);
        pthread_mutex_unlock(&book->lock);
        explicit_bzero(bytes, len);
    }
    free(bytes);
    return unlinkat(folder_fd, SAVED_NAME, 0) < 0 ? -errno : r;
}
