/* See webhooks.h. A hook's secret and its CA are read when something is sent, so that both can be
 * changed without a reload. The name of the hook an event is about never gets that event: its own
 * troubles would feed themselves. */
#include "serve/webhooks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/event_filter.h"

#include "crypto/token.h"
#include "crypto/webhook_sign.h"
#include "fetch/url_name.h"
#include "net/file.h"
#include "net/memory_file.h"
#include "serve/post_block.h"
#include "serve/webhook_keep.h"
#include "serve/webhook_queue.h"

#define TRIES_KEPT    50
#define PUBLIC_MAX    600
#define WORDS_MAX     (CONFIG_WEBHOOK_WORDS_MAX * 49)
#define LOST_QUIET_MS 60000 /* what is given up is told at most this often */

struct try_row {
    uint64_t number;
    struct calendar at;
    uint16_t event;
    char message[HOOK_MESSAGE_MAX];
    bool is_delivered;
    uint16_t status;
    uint32_t took_ms;
    char sentence[COURIER_SENTENCE_MAX];
};

struct hook {
    struct webhooks *owner;
    struct config_webhook config;
    struct event_filter filter;
    struct webhook_queue queue;
    char url[PUBLIC_MAX], words[WORDS_MAX];
    uint32_t batch; /* the number of what is in flight; 0 = nothing is */
    uint32_t sent;  /* of those in flight, taken so far */
    bool is_failing;
    uint64_t tries, delivered, failed, lost, lost_untold;
    struct instant lost_told;
    const char *lost_reason; /* a literal; "" = what the receiver answered last */
    struct calendar last_ok;
    uint16_t status;
    char sentence[COURIER_SENTENCE_MAX];
    struct try_row rows[TRIES_KEPT]; /* ring, by number */
};

struct webhooks {
    struct webhooks_settings settings;
    struct webhook_keep *keep;
    struct hook *hooks[CONFIG_WEBHOOKS_MAX];
    size_t count;
    uint64_t last_id;
    uint32_t last_batch;
    struct recorder_listener listener;
    struct timer timer;
    bool is_stopped, courier_lost;
};

static void free_item(struct webhook_item *item)
{
    if (item)
        free(item->json);
    free(item);
}

/* Delivered, or given up: not wanted any more, here or in the store. */
static void forget(struct hook *hook, struct webhook_item *item)
{
    webhook_keep_remove(hook->owner->keep, item->id);
    free_item(item);
}

static struct hook *find(const struct webhooks *w, const char *name)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->hooks[i]->config.name, name) == 0)
            return w->hooks[i];
    return NULL;
}

/* What is told of a hook. */

static void emit(struct hook *hook, enum event_id id, uint64_t count, const char *reason)
{
    struct event event = event_make(id, loop_now(hook->owner->settings.loop), 0);
    event_add_text(&event, "hook", hook->config.name);
    if (count > 0)
        event_add_number(&event, "count", count);
    if (reason[0])
        event_add_text(&event, "reason", reason);
    event_emit(&hook->owner->settings.events, &event);
}

/* Counted, and told of by tell_lost(); `reason` is a literal. */
static void lose(struct hook *hook, struct webhook_item *item, const char *reason)
{
    forget(hook, item);
    hook->lost++;
    hook->lost_untold++;
    hook->lost_reason = reason;
}

/* When those that nobody was told of are to be told of. */
static struct instant lost_due(const struct hook *hook)
{
    if (hook->lost_untold == 0)
        return INSTANT_NEVER;
    bool is_first = hook->lost == hook->lost_untold;
    return is_first ? loop_now(hook->owner->settings.loop).steady
                    : instant_after(hook->lost_told, duration_ms(LOST_QUIET_MS));
}

static void tell_lost(struct hook *hook)
{
    struct instant now = loop_now(hook->owner->settings.loop).steady;
    uint64_t count = hook->lost_untold;

    if (!instant_reached(now, lost_due(hook)))
        return;
    hook->lost_untold = 0;
    hook->lost_told = now;
    emit(hook, EVENT_WEBHOOK_LOST, count,
         hook->lost_reason[0] ? hook->lost_reason : hook->sentence);
}

static void note_try(struct hook *hook, const struct webhook_item *item, bool is_delivered,
                     const struct courier_news *news)
{
    struct try_row *row = &hook->rows[++hook->tries % TRIES_KEPT];
    *row = (struct try_row){ .number = hook->tries,
                             .at = loop_now(hook->owner->settings.loop).calendar,
                             .event = item->event,
                             .is_delivered = is_delivered,
                             .status = news->status,
                             .took_ms = news->took_ms };
    memcpy(row->message, item->message, sizeof row->message);
    if (!is_delivered)
        span_to_text(span_text(news->sentence), row->sentence, sizeof row->sentence);
    hook->status = news->status;
    memcpy(hook->sentence, row->sentence, sizeof hook->sentence);
}

/* Sending. */

/* A small file, as a whole. 0 and memory the caller frees, or a sentence in `why`. */
static int read_file(const char *path, size_t max, uint8_t **ret_data, size_t *ret_len,
                     struct text *why)
{
    struct file_facts facts;
    int fd = -1;
    enum file_verdict verdict = file_open_path(path, &fd, &facts);
    int r = verdict == FILE_OPENED ? file_read_whole(fd, max, ret_data, ret_len)
                                   : file_verdict_errno(verdict, &facts);

    if (fd >= 0)
        close(fd);
    if (r < 0)
        text_addf(why, "%s cannot be read: %s%s", path, strerror(-r),
                  r == -EACCES
                      ? " (the user tugboot runs as must be able to; in a folder that is new to "
                        "tugboot, it can after a restart)"
                      : "");
    return r;
}

static int read_key(const struct hook *hook, struct webhook_key *key, struct text *why)
{
    uint8_t *data = NULL;
    size_t len = 0;
    int r = read_file(hook->config.secret_file, 4096, &data, &len, why);

    if (r < 0)
        return r;
    if (!webhook_secret_read(span_of(data, len), key)) {
        text_addf(why, "%s holds no secret: make one with 'tugboot webhook secret'",
                  hook->config.secret_file);
        r = -EINVAL;
    }
    token_wipe(data, len);
    free(data);
    return r;
}

struct signed_texts {
    char timestamp[24], signature[WEBHOOK_SIGNATURE_MAX];
};

static int fill_block(const struct hook *hook, const struct webhook_key *key, uint32_t count,
                      struct signed_texts *texts, struct post_block *block)
{
    int64_t ms = loop_now(hook->owner->settings.loop).calendar.ms;
    uint64_t seconds = ms > 0 ? (uint64_t)ms / 1000 : 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct webhook_item *item = webhook_queue_at(&hook->queue, i);
        struct span body = span_text(item->json);
        snprintf(texts[i].timestamp, sizeof texts[i].timestamp, "%" PRIu64, seconds);
        int r = webhook_sign(key, item->message, seconds, body, texts[i].signature);
        if (r < 0)
            return r;
        block->messages[block->count++] =
            (struct post_message){ .id = span_text(item->message),
                                   .timestamp = span_text(texts[i].timestamp),
                                   .signature = span_text(texts[i].signature),
                                   .body = body };
    }
    return 0;
}

/* Hand the first `count` to the courier. 0, or a negative errno and a sentence. */
static int post(struct hook *hook, uint32_t count, struct text *why)
{
    struct webhooks *w = hook->owner;
    struct webhook_key key = { 0 };
    struct signed_texts texts[POST_BLOCK_MESSAGES_MAX];
    struct post_block block = { .url = span_text(hook->config.url) };
    uint8_t *ca = NULL, *bytes = NULL;
    size_t ca_len = 0;

    if (!w->settings.courier || w->courier_lost) {
        text_add(why, "the process that sends has ended: restart tugboot");
        return -EPIPE;
    }
    int r = read_key(hook, &key, why);
    if (r == 0 && hook->config.ca[0])
        r = read_file(hook->config.ca, POST_BLOCK_CA_MAX, &ca, &ca_len, why);
    block.ca = span_of(ca, ca_len);
    if (r == 0)
        r = fill_block(hook, &key, count, texts, &block);
    token_wipe(&key, sizeof key);
    bytes = r == 0 ? malloc(POST_BLOCK_MAX) : NULL;
    size_t len = bytes ? post_block_encode(&block, bytes) : 0;
    int fd = r < 0 ? r : len == 0 ? -ENOMEM : memory_file_make(span_of(bytes, len));
    free(bytes);
    free(ca);
    if (fd < 0)
        return fd;
    r = courier_post(w->settings.courier, hook->batch, fd);
    close(fd);
    return r;
}

static void send_ended(struct hook *hook, const struct courier_news *news)
{
    struct webhooks *w = hook->owner;
    bool failed = news->sentence[0] != 0;
    uint32_t random = 0;

    if (failed && webhook_queue_at(&hook->queue, 0)) {
        hook->failed++;
        note_try(hook, webhook_queue_at(&hook->queue, 0), false, news);
    }
    if (getrandom(&random, sizeof random, 0) < 0)
        random = 0;
    hook->batch = 0;
    webhook_queue_end(&hook->queue, failed, news->retry_after_s, random,
                      loop_now(w->settings.loop).steady);
    if (failed && !hook->is_failing)
        emit(hook, EVENT_WEBHOOK_FAILING, 0, news->sentence);
    hook->is_failing = failed;
}

static void try_hook(struct hook *hook)
{
    struct webhooks *w = hook->owner;
    struct now now = loop_now(w->settings.loop);
    char data[COURIER_SENTENCE_MAX];
    struct text why = text_over(data, sizeof data);
    struct webhook_item *old;

    while ((old = webhook_queue_expire(&hook->queue, hook->config.give_up, now.calendar)))
        lose(hook, old, hook->sentence[0] ? "" : "nobody took them");
    tell_lost(hook);
    uint32_t count = webhook_queue_begin(&hook->queue, POST_BLOCK_MESSAGES_MAX, now.steady);
    if (count == 0)
        return;
    hook->batch = w->last_batch = w->last_batch % (COURIER_POSTS - 1) + 1;
    hook->sent = 0;
    int r = post(hook, count, &why);
    if (r == 0)
        return;
    if (why.len == 0)
        text_addf(&why, "it cannot be sent: %s", strerror(-r));
    struct courier_news news = { .has_ended = true };
    span_to_text(text_span(&why), news.sentence, sizeof news.sentence);
    send_ended(hook, &news);
}

static void arm(struct webhooks *w)
{
    struct instant due = INSTANT_NEVER;

    for (size_t i = 0; i < w->count; i++) {
        due = instant_earlier(due, webhook_queue_deadline(&w->hooks[i]->queue));
        due = instant_earlier(due, lost_due(w->hooks[i]));
    }
    if (!w->is_stopped && loop_arm(w->settings.loop, &w->timer, due) < 0)
        return; /* only without memory for a timer: the next event arms it */
}

static void due(struct timer *timer, struct now now)
{
    struct webhooks *w = timer->context;

    (void)now;
    for (size_t i = 0; i < w->count; i++)
        try_hook(w->hooks[i]);
    arm(w);
}

/* The first that was being sent has been taken. */
static void take_delivered(struct hook *hook, const struct courier_news *news)
{
    struct webhook_item *item = webhook_queue_delivered(&hook->queue);

    hook->sent++;
    if (!item)
        return;
    struct courier_news taken = *news;
    if (news->sentence[0]) /* its numbers are of the one behind */
        taken.status = 0;
    hook->delivered++;
    note_try(hook, item, true, &taken);
    hook->last_ok = loop_now(hook->owner->settings.loop).calendar;
    forget(hook, item);
    if (hook->is_failing)
        emit(hook, EVENT_WEBHOOK_RECOVERED, 0, "");
    hook->is_failing = false;
}

/* Whose messages these are; NULL of a hook that is gone. */
static struct hook *find_batch(const struct webhooks *w, uint32_t batch)
{
    for (size_t i = 0; i < w->count && batch != 0; i++)
        if (w->hooks[i]->batch == batch)
            return w->hooks[i];
    return NULL;
}

static void posts_told(void *context, const struct courier_news *news)
{
    struct webhooks *w = context;

    if (news->number == 0) {
        w->courier_lost = true;
        for (size_t i = 0; i < w->count; i++) {
            struct courier_news lost = { .has_ended = true,
                                         .sentence = "the process that sends has ended" };
            if (w->hooks[i]->batch != 0)
                send_ended(w->hooks[i], &lost);
        }
        arm(w);
        return;
    }
    struct hook *hook = find_batch(w, news->number & ~COURIER_POSTS);
    if (!hook)
        return;
    while (hook->sent < news->have && hook->queue.in_flight > 0)
        take_delivered(hook, news);
    if (news->has_ended)
        send_ended(hook, news);
    arm(w);
}

/* Hearing. */

static void enqueue(struct hook *hook, const struct event *event)
{
    struct webhooks *w = hook->owner;
    text_buffer(buffer, EVENT_JSON_MAX);
    struct text json = text_over(buffer, sizeof buffer);
    struct json_writer j = json_over(&json);
    struct webhook_item *item = calloc(1, sizeof *item);
    char token[TOKEN_TEXT_MAX];

    event_json(event, &j, NULL);
    if (item && !json.failed && token_make(token) == 0)
        item->json = strdup(json.data);
    if (!item || !item->json) {
        free(item);
        return;
    }
    item->id = ++w->last_id;
    item->at = event->at;
    item->event = (uint16_t)event->id;
    snprintf(item->message, sizeof item->message, "msg_%s", token);
    const struct hook_event waiting = { .id = item->id,
                                        .at = item->at,
                                        .hook = hook->config.name,
                                        .message = item->message,
                                        .json = item->json };
    webhook_keep_put(w->keep, &waiting);
    struct webhook_item *gone = webhook_queue_add(&hook->queue, item);
    if (gone)
        lose(hook, gone, "more wait than are kept");
}

static bool wants(const struct hook *hook, const struct event *event)
{
    const struct event_field *about = event_find(event, "hook");
    bool is_own = about && about->kind == FIELD_TEXT &&
                  span_is(event_field_text(event, about), hook->config.name);

    if (event->id == EVENT_WEBHOOK_TEST)
        return is_own;
    return event_filter_takes(&hook->filter, event->id) && !is_own;
}

static void hear(struct recorder_listener *listener, const struct event *event)
{
    struct webhooks *w = listener->context;
    bool any = false;

    for (size_t i = 0; i < w->count; i++) {
        if (!wants(w->hooks[i], event))
            continue;
        enqueue(w->hooks[i], event);
        any = true;
    }
    if (any)
        arm(w);
}

/* The configuration. */

static void free_hook(struct hook *hook)
{
    struct webhook_item *item;

    while ((item = webhook_queue_drop(&hook->queue)))
        free_item(item);
    free(hook);
}

static void forget_hook(struct hook *hook)
{
    struct webhook_item *item;

    while ((item = webhook_queue_drop(&hook->queue)))
        forget(hook, item);
    free(hook);
}

static void set_config(struct hook *hook, const struct config_webhook *config)
{
    struct text url = text_over(hook->url, sizeof hook->url);
    struct text words = text_over(hook->words, sizeof hook->words);

    /* Tried at once with what is new. */
    if (memcmp(&hook->config, config, sizeof *config) != 0)
        hook->queue.next_try = loop_now(hook->owner->settings.loop).steady;
    hook->config = *config;
    hook->filter = (struct event_filter){ 0 };
    for (uint8_t i = 0; i < config->word_count; i++) {
        (void)!event_filter_add(&hook->filter, span_text(config->words[i]));
        text_addf(&words, "%s%s", i > 0 ? " " : "", config->words[i]);
    }
    url_add_public(&url, config->url);
}

void webhooks_configure(struct webhooks *w, const struct config *config)
{
    struct hook *kept[CONFIG_WEBHOOKS_MAX];
    size_t count = 0;

    for (uint8_t i = 0; i < config->webhook_count; i++) {
        struct hook *hook = find(w, config->webhooks[i].name);
        for (size_t k = 0; hook && k < w->count; k++)
            if (w->hooks[k] == hook)
                w->hooks[k] = w->hooks[--w->count];
        if (!hook && (hook = calloc(1, sizeof *hook)))
            hook->owner = w;
        if (!hook)
            continue;
        set_config(hook, &config->webhooks[i]);
        kept[count++] = hook;
    }
    for (size_t i = 0; i < w->count; i++)
        forget_hook(w->hooks[i]);
    memcpy(w->hooks, kept, count * sizeof kept[0]);
    w->count = count;
    arm(w);
}

/* Start and end. */

static int take_waiting(void *context, const struct hook_event *waiting)
{
    struct webhooks *w = context;
    struct hook *hook = find(w, waiting->hook);

    if (waiting->id > w->last_id)
        w->last_id = waiting->id;
    if (!hook) {
        webhook_keep_remove(w->keep, waiting->id);
        return 0;
    }
    struct webhook_item *item = calloc(1, sizeof *item);
    char *json = item ? strdup(waiting->json) : NULL;
    if (!json) {
        free(item);
        return -ENOMEM;
    }
    *item = (struct webhook_item){
        .id = waiting->id, .at = waiting->at, .json = json, .event = UINT16_MAX
    };
    span_to_text(span_text(waiting->message), item->message, sizeof item->message);
    struct webhook_item *gone = webhook_queue_add(&hook->queue, item);
    if (gone)
        lose(hook, gone, "more wait than are kept");
    return 0;
}

int webhooks_new(const struct webhooks_settings *settings, const struct config *config,
                 struct webhooks **ret_webhooks)
{
    struct webhooks *w = calloc(1, sizeof *w);
    if (!w)
        return -ENOMEM;
    w->settings = *settings;
    w->listener = (struct recorder_listener){ .told = hear, .context = w };
    list_init(&w->listener.link);
    timer_init(&w->timer, due, w);
    int r = webhook_keep_new(settings->loop, settings->store, settings->own_store, &w->keep);
    if (r == 0) {
        webhooks_configure(w, config);
        r = store_each_hook_event(settings->own_store, take_waiting, w);
    }
    if (r < 0) {
        webhooks_free(w);
        return r;
    }
    if (settings->courier)
        courier_attach_posts(settings->courier, posts_told, w);
    recorder_listen(settings->recorder, &w->listener);
    arm(w);
    *ret_webhooks = w;
    return 0;
}

void webhooks_stop(struct webhooks *w)
{
    if (!w || w->is_stopped)
        return;
    w->is_stopped = true;
    list_remove(&w->listener.link);
    loop_disarm(w->settings.loop, &w->timer);
    if (w->settings.courier)
        courier_attach_posts(w->settings.courier, NULL, NULL);
    webhook_keep_stop(w->keep);
}

void webhooks_free(struct webhooks *w)
{
    if (!w)
        return;
    loop_disarm(w->settings.loop, &w->timer);
    for (size_t i = 0; i < w->count; i++)
        free_hook(w->hooks[i]);
    webhook_keep_free(w->keep);
    free(w);
}

/* Asking. */

bool webhooks_at(const struct webhooks *w, size_t index, struct api_hook *out)
{
    if (index >= w->count)
        return false;
    const struct hook *hook = w->hooks[index];
    struct now now = loop_now(w->settings.loop);
    struct instant next = webhook_queue_deadline(&hook->queue);
    *out = (struct api_hook){ .name = hook->config.name,
                              .url = hook->url,
                              .events = hook->words,
                              .waiting = hook->queue.count,
                              .tries = hook->tries,
                              .delivered = hook->delivered,
                              .failed = hook->failed,
                              .lost = hook->lost,
                              .is_failing = hook->is_failing,
                              .status = hook->status,
                              .sentence = hook->is_failing ? hook->sentence : "",
                              .last_ok = hook->last_ok };
    if (next.ns != INSTANT_NEVER.ns && hook->is_failing)
        out->next_try = calendar_after(now.calendar, instant_since(next, now.steady));
    return true;
}

bool webhooks_each_delivery(const struct webhooks *w, const char *name,
                            bool (*row)(void *context, const struct api_delivery *delivery),
                            void *context)
{
    const struct hook *hook = find(w, name);

    if (!hook)
        return false;
    for (uint64_t n = hook->tries; n > 0 && n + TRIES_KEPT > hook->tries; n--) {
        const struct try_row *t = &hook->rows[n % TRIES_KEPT];
        const struct api_delivery delivery = { .number = t->number,
                                               .at = t->at,
                                               .event = t->event < EVENT_ID_COUNT
                                                            ? event_name((enum event_id)t->event)
                                                            : "",
                                               .message = t->message,
                                               .is_delivered = t->is_delivered,
                                               .status = t->status,
                                               .took_ms = t->took_ms,
                                               .sentence = t->sentence };
        if (!row(context, &delivery))
            break;
    }
    return true;
}

bool webhooks_test(struct webhooks *w, const char *name)
{
    struct hook *hook = find(w, name);

    if (!hook)
        return false;
    hook->queue.next_try = loop_now(w->settings.loop).steady;
    emit(hook, EVENT_WEBHOOK_TEST, 0, "");
    arm(w);
    return true;
}
