/* See post.h. What the server answers is read and forgotten; its status is all that counts. */
#include "fetch/post.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fetch/address_rule.h"
#include "fetch/curl_library.h"

#define CONNECT_SECONDS 10L
#define WHOLE_SECONDS   15L
#define ANSWER_MAX      65536 /* more of a body is not waited for */
#define RETRY_AFTER_MAX 3600

struct post_client {
    const struct curl_library *library;
    CURL *curl;
    bool says_own;
    enum address_verdict refused;
    size_t answered;
    char message[CURL_ERROR_SIZE];
};

int post_client_new(struct post_client **ret_client, struct text *why)
{
    const struct curl_library *library = curl_library_open();
    struct post_client *client = library ? calloc(1, sizeof *client) : NULL;

    if (!library) {
        text_add(why, CURL_LIBRARY_MISSING);
        return -ENOENT;
    }
    if (client)
        client->curl = library->init();
    if (!client || !client->curl) {
        free(client);
        return -ENOMEM;
    }
    client->library = library;
    *ret_client = client;
    return 0;
}

void post_client_free(struct post_client *client)
{
    if (!client)
        return;
    client->library->cleanup(client->curl);
    free(client);
}

static struct span address_of(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        return span_of((const uint8_t *)&in->sin_addr, sizeof in->sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)address;
        return span_of((const uint8_t *)&in6->sin6_addr, sizeof in6->sin6_addr);
    }
    return (struct span){ 0 };
}

/* Asked for each address it is about to connect to: no answer of a name server can change it
 * afterwards. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct post_client *client = context;

    (void)purpose;
    enum address_verdict verdict = address_judge(address_of(&address->addr), client->says_own);
    if (verdict == ADDRESS_FINE)
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    client->refused = verdict;
    return CURL_SOCKET_BAD;
}

static size_t pass_over(char *data, size_t size, size_t count, void *context)
{
    struct post_client *client = context;

    (void)data;
    client->answered += size * count;
    return client->answered > ANSWER_MAX ? 0 : size * count;
}

static bool set_up(struct post_client *c, const struct post *post, struct curl_slist *fields)
{
    CURLcode r = CURLE_OK;
    struct curl_blob ca = { .data = (void *)(uintptr_t)post->ca.data,
                            .len = post->ca.len,
                            .flags = CURL_BLOB_COPY };

#define SET(option, value) r = r == CURLE_OK ? c->library->setopt(c->curl, option, value) : r
    SET(CURLOPT_URL, post->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    SET(CURLOPT_TIMEOUT, WHOLE_SECONDS);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USERAGENT, "tugboot/" TUGBOOT_VERSION);
    SET(CURLOPT_HTTPHEADER, fields);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE, (long)post->body.len);
    SET(CURLOPT_POSTFIELDS, (const char *)post->body.data);
    SET(CURLOPT_WRITEFUNCTION, pass_over);
    SET(CURLOPT_WRITEDATA, c);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, c);
    SET(CURLOPT_ERRORBUFFER, c->message);
    if (post->ca.len > 0)
        SET(CURLOPT_CAINFO_BLOB, &ca);
#undef SET
    return r == CURLE_OK;
}

static int tell_status(uint16_t status, struct text *why)
{
    if (status / 100 == 2)
        return 0;
    if (status / 100 == 3)
        text_addf(why,
                  "the receiver answers %u and sends elsewhere, which is not followed: write the "
                  "address it leads to into the url",
                  status);
    else
        text_addf(why, "the receiver answers %u", status);
    return -EPROTO;
}

static int tell(const struct post_client *c, CURLcode code, uint16_t status, struct text *why)
{
    /* The answer is there; its body is not waited for, and may end as it likes. */
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0) || status / 100 == 2)
        return tell_status(status, why);
    if (c->refused != ADDRESS_FINE) {
        text_add(why, address_sentence(c->refused));
        return -EACCES;
    }
    text_add_escaped(why, span_text(c->message[0] ? c->message : c->library->strerror(code)));
    return code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT : -ECONNABORTED;
}

int post_send(struct post_client *client, const struct post *post, struct post_result *result,
              struct text *why)
{
    struct curl_slist *fields = NULL;
    long status = 0;
    curl_off_t wait = 0;
    double took = 0;

    client->library->reset(client->curl);
    client->says_own = address_url_says_own(post->url);
    client->refused = ADDRESS_FINE;
    client->answered = 0;
    client->message[0] = 0;
    for (size_t i = 0; post->fields[i]; i++) {
        struct curl_slist *longer = client->library->append(fields, post->fields[i]);
        if (!longer) {
            client->library->free_all(fields);
            return -ENOMEM;
        }
        fields = longer;
    }
    bool is_usable = set_up(client, post, fields);
    CURLcode code = is_usable ? client->library->perform(client->curl) : CURLE_URL_MALFORMAT;
    (void)client->library->getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)client->library->getinfo(client->curl, CURLINFO_RETRY_AFTER, &wait);
    (void)client->library->getinfo(client->curl, CURLINFO_TOTAL_TIME, &took);
    client->library->free_all(fields);
    result->status = status > 0 && status < 1000 ? (uint16_t)status : 0;
    result->retry_after_s = wait <= 0                ? 0
                            : wait > RETRY_AFTER_MAX ? RETRY_AFTER_MAX
                                                     : (uint32_t)wait;
    result->took_ms = took > 0 && took < 1000 ? (uint32_t)(took * 1000) : 0;
    return tell(client, code, result->status, why);
}
