/* The menu as a machine would get it, made by the code that makes it for machines: what the page
 * draws its picture from. */
#include "api/call.h"
#include "api/explain_query.h"
#include "boot/menu.h"
#include "boot/menu_grub.h"
#include "model/url.h"

#define SCRIPT_BYTES ((size_t)128 * 1024)

struct search {
    struct client client;
    bool found;
};

static bool find_machine(void *context, const struct api_machine *machine)
{
    struct search *search = context;
    if (!mac_equals(machine->client.mac, search->client.mac))
        return true;
    search->client = machine->client;
    search->found = true;
    return false;
}

/* What an entry does is no part of the picture. */
static void write_nothing(void *context, struct text *out, const char *indent,
                          const struct image *image)
{
    (void)context;
    (void)out;
    (void)indent;
    (void)image;
}

static void write_menu(struct api_call *call, const struct client *client, bool is_grub,
                       struct text *out)
{
    const struct api_backend *backend = call->backend;
    struct reach reach = backend->reach(backend->context, client);
    const struct catalog *catalog = backend->catalog(backend->context);
    const struct grub_place place = { .kind = GRUB_NET };
    const struct grub_menu menu = { .catalog = catalog,
                                    .client = client,
                                    .host = choose_host(catalog, client),
                                    .reach = &reach,
                                    .place = &place,
                                    .write_start = write_nothing };

    if (is_grub)
        menu_write_grub(out, &menu);
    else
        menu_write_ipxe(out, catalog, client, menu.host, &reach, (struct span){ 0 });
}

/* The machine without "loader", which the words for a client do not have. */
static struct span without_loader(struct api_call *call, bool *ret_is_grub)
{
    char word[16];
    struct span query = call->request->query;
    char *data = arena_alloc(call->arena, query.len + 1);
    struct text rest = text_over(data ? data : (char[1]){ 0 }, data ? query.len + 1 : 1);

    call_query_text(call, "loader", word, sizeof word);
    *ret_is_grub = strcmp(word, "grub") == 0;
    while (query.len > 0) {
        size_t end = span_find(query, '&');
        struct span one = span_slice(query, 0, end);
        query = span_from(query, end + 1);
        if (span_starts_with(one, "loader="))
            continue;
        if (rest.len > 0)
            text_add_char(&rest, '&');
        text_add_span(&rest, one);
    }
    return data ? text_span(&rest) : (struct span){ 0 };
}

void route_menu(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX];
    struct search search = { 0 };
    bool is_grub;
    struct span query = without_loader(call, &is_grub);
    char *data = arena_alloc(call->arena, SCRIPT_BYTES);

    if (!data) {
        call_problem(call, 500, "failed", "The request's memory is used up.");
        return;
    }
    if (!explain_client_from_query(query, &search.client, sentence, sizeof sentence)) {
        call_problem(call, 400, "bad-query", sentence);
        return;
    }
    if (!mac_is_zero(search.client.mac))
        (void)call->backend->each_machine(call->backend->context, find_machine, &search);
    struct text script = text_over(data, SCRIPT_BYTES);
    write_menu(call, &search.client, is_grub, &script);
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "loader", is_grub ? "grub" : "ipxe");
    json_write_string(&j, "text", text_span(&script));
    json_write_object_end(&j);
    call_reply_json(call, &body);
}
