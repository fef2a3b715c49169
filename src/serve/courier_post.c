/* See courier_post.h. The fields are those of Standard Webhooks 1.0. */
#include "serve/courier_post.h"

#include "fetch/post.h"
#include "net/clock.h"
#include "net/memory_file.h"
#include "serve/post_block.h"

#define LONGEST_MS                                                                                 \
    30000 /* signatures are of when the block was made, and receivers look at that                 \
           */

#define FIELDS    4
#define FIELD_MAX 160

static int send_one(struct post_client *client, const struct post_block *block, uint32_t at,
                    const char *url, struct courier_news *news, struct text *why)
{
    const struct post_message *message = &block->messages[at];
    char data[FIELDS][FIELD_MAX] = { "Content-Type: application/json" };
    static const char *const names[] = { "webhook-id: ", "webhook-timestamp: ",
                                         "webhook-signature: " };
    const struct span values[] = { message->id, message->timestamp, message->signature };
    const char *fields[FIELDS + 1] = { data[0] };
    struct post_result result = { 0 };

    for (size_t i = 0; i < 3; i++) {
        struct text t = text_over(data[i + 1], FIELD_MAX);
        text_add(&t, names[i]);
        text_add_span(&t, values[i]);
        fields[i + 1] = data[i + 1];
    }
    const struct post post = {
        .url = url, .fields = fields, .body = message->body, .ca = block->ca
    };
    int r = post_send(client, &post, &result, why);
    news->status = result.status;
    news->retry_after_s = result.retry_after_s;
    news->took_ms = result.took_ms;
    return r;
}

static void send_all(struct post_client *client, const struct post_block *block,
                     struct courier_news *news, struct text *why,
                     void (*tell)(void *context, const struct courier_news *news), void *context)
{
    char url[COURIER_URL_MAX];
    struct instant until = instant_after(clock_read().steady, duration_ms(LONGEST_MS));

    span_to_text(block->url, url, sizeof url);
    while (news->have < block->count && !instant_reached(clock_read().steady, until)) {
        if (send_one(client, block, (uint32_t)news->have, url, news, why) < 0) {
            text_add(why, why->len == 0 ? "it cannot be sent: out of memory" : "");
            return;
        }
        news->have++;
        if (news->have < block->count)
            tell(context, news);
    }
    news->is_whole = news->have == block->count;
}

void courier_post_run(uint32_t number, int fd,
                      void (*tell)(void *context, const struct courier_news *news), void *context)
{
    struct courier_news news = { .number = number };
    char data[COURIER_SENTENCE_MAX];
    struct text why = text_over(data, sizeof data);
    struct post_client *client = NULL;
    struct post_block block;
    struct span bytes;
    int r = memory_file_map(fd, POST_BLOCK_MAX, &bytes);

    if (r == 0 && !post_block_decode(bytes, &block))
        text_add(&why, "the block of messages is damaged");
    else if (r == 0)
        r = post_client_new(&client, &why);
    if (client)
        send_all(client, &block, &news, &why, tell, context);
    else if (r < 0 && why.len == 0)
        text_addf(&why, "it cannot be sent: %s", strerror(-r));
    post_client_free(client);
    news.has_ended = true;
    span_to_text(text_span(&why), news.sentence, sizeof news.sentence);
    tell(context, &news);
}
