/* The list of all machines: searched, put in order and cut into pages here, so that ten thousand
 * cost a reader no more than a page. Of the rows that match, only the best few behind the cursor
 * are kept while the machines pass by; the cursor names a row by its place in the order, so that a
 * machine that is seen meanwhile is neither lost nor shown twice. */
#include "api/call.h"
#include "api/paging.h"
#include "api/shapes.h"

#define KEY_MAX   72
#define WORDS_MAX 8
#define KEPT_MOST 256

enum order { ORDER_SEEN, ORDER_NAME, ORDER_WHAT, ORDER_ADDRESS, ORDER_GROUP, ORDER_STAGE };

static const char *const order_names[] = {
    [ORDER_SEEN] = "last_seen",  [ORDER_NAME] = "name",   [ORDER_WHAT] = "what",
    [ORDER_ADDRESS] = "address", [ORDER_GROUP] = "group", [ORDER_STAGE] = "stage",
};

/* One row that is shown, with what its pointers need. */
struct kept {
    struct api_machine machine;
    struct recollection recalled;
    char key[KEY_MAX];
};

struct machine_list {
    enum order order;
    bool descending, has_after;
    char words_text[API_PARAMETER_TEXT_MAX];
    struct span words[WORDS_MAX];
    size_t word_count;
    char after[KEY_MAX]; /* the key of the last row of the page before */
    struct kept *rows;
    uint16_t *ranks; /* indices of rows, in order */
    uint32_t cap, count;
    uint64_t total, behind; /* rows that match; those of them behind the cursor */
};

/* Lower case letters, digits, dots and dashes: a key goes through a URL and back as it is. */
static void add_key(struct text *key, struct span s, size_t max)
{
    for (size_t i = 0; i < s.len && i < max; i++) {
        uint8_t c = ascii_lower(s.data[i]);
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
        text_add_char(key, is_plain ? (char)c : '_');
    }
}

/* What the list is ordered by, then the address, which makes it one of a kind. */
static void make_key(enum order order, const struct api_machine *m, char out[KEY_MAX])
{
    const struct client *c = &m->client;
    char mac[MAC_TEXT_MAX];
    struct text key = text_over(out, KEY_MAX);

    switch (order) {
    case ORDER_SEEN:
        text_addf(&key, "%019llu", (unsigned long long)m->last_seen.ms);
        break;
    case ORDER_NAME:
        if (m->host[0])
            add_key(&key, span_text(m->host), 48);
        else if (c->hostname.len > 0)
            add_key(&key, label_span(&c->hostname), 48);
        else
            add_key(&key, label_span(&c->product), 48);
        break;
    case ORDER_WHAT:
        add_key(&key, label_span(&c->manufacturer), 24);
        add_key(&key, label_span(&c->product), 24);
        break;
    case ORDER_ADDRESS:
        text_addf(&key, "%010u", (unsigned)c->address.value);
        break;
    case ORDER_GROUP:
        add_key(&key, span_text(m->assigned ? m->assigned->group : NULL), 48);
        break;
    case ORDER_STAGE:
        add_key(&key, span_text(m->stage), 48);
        break;
    }
    mac_format(c->mac, mac);
    text_add_char(&key, '~');
    text_add(&key, mac);
}

static bool holds(struct span text, struct span word)
{
    for (size_t i = 0; i + word.len <= text.len; i++)
        if (span_equals_nocase(span_slice(text, i, word.len), word))
            return true;
    return false;
}

static bool has_word(const struct api_machine *m, struct span word)
{
    const struct client *c = &m->client;
    const struct label *const labels[] = { &c->hostname, &c->product, &c->manufacturer, &c->serial,
                                           &c->asset };
    char mac[MAC_TEXT_MAX], address[IPV4_TEXT_MAX] = "";

    mac_format(c->mac, mac);
    if (!ipv4_is_none(c->address))
        ipv4_format(c->address, address);
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (holds(label_span(labels[i]), word))
            return true;
    if (holds(span_text(mac), word) || holds(span_text(address), word) ||
        holds(span_text(m->host), word) || holds(span_text(arch_name(c->arch)), word))
        return true;
    if (m->note && holds(span_text(m->note), word))
        return true;
    const struct host *h = m->assigned;
    return h && (holds(span_text(h->group), word) || holds(span_text(h->boot), word) ||
                 holds(span_text(h->next_boot), word));
}

/* Negative when a comes before b. */
static int compare(const struct machine_list *list, const char *a, const char *b)
{
    int way = strcmp(a, b);
    return list->descending ? -way : way;
}

/* The place of this key among those kept. */
static uint32_t place_of(const struct machine_list *list, const char *key)
{
    uint32_t low = 0, high = list->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare(list, list->rows[list->ranks[middle]].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void keep(struct machine_list *list, const struct api_machine *machine, const char *key)
{
    uint32_t place = place_of(list, key);
    uint16_t row = (uint16_t)list->count;

    if (place == list->cap)
        return;
    if (list->count == list->cap)
        row = list->ranks[list->cap - 1]; /* the last one makes room */
    else
        list->count++;
    memmove(&list->ranks[place + 1], &list->ranks[place],
            (list->count - 1 - place) * sizeof list->ranks[0]);
    list->ranks[place] = row;
    list->rows[row].machine = *machine;
    list->rows[row].recalled = *machine->recalled;
    span_to_text(span_text(key), list->rows[row].key, KEY_MAX);
}

static bool take_machine(void *context, const struct api_machine *machine)
{
    struct machine_list *list = context;
    char key[KEY_MAX];

    for (size_t i = 0; i < list->word_count; i++)
        if (!has_word(machine, list->words[i]))
            return true;
    list->total++;
    make_key(list->order, machine, key);
    if (list->has_after && compare(list, key, list->after) <= 0)
        return true;
    list->behind++;
    keep(list, machine, key);
    return true;
}

static void split_words(struct machine_list *list)
{
    struct span rest = span_text(list->words_text);
    while (rest.len > 0 && list->word_count < WORDS_MAX) {
        struct span word = contract_next_word(&rest, ' ');
        if (word.len > 0)
            list->words[list->word_count++] = word;
    }
}

/* "name" or "-name"; the checked query has no other. */
static void read_order(struct api_call *call, struct machine_list *list)
{
    char text[32] = "";
    call_query_text(call, "sort", text, sizeof text);
    list->descending = text[0] == '-' || text[0] == 0;
    struct span name = span_text(text[0] == '-' ? text + 1 : text);
    for (size_t i = 0; i < sizeof order_names / sizeof order_names[0]; i++)
        if (span_is(name, order_names[i]))
            list->order = (enum order)i;
}

static bool make_room(struct api_call *call, struct machine_list *list)
{
    uint64_t limit = API_LIMIT_DEFAULT;
    (void)call_query_number(call, "limit", &limit);
    list->cap = (uint32_t)(limit < KEPT_MOST ? limit : KEPT_MOST);
    list->rows = arena_alloc(call->arena, list->cap * sizeof *list->rows);
    list->ranks = arena_alloc(call->arena, (list->cap + 1) * sizeof *list->ranks);
    return list->rows && list->ranks;
}

void route_machines(struct api_call *call)
{
    struct machine_list list = { 0 };
    struct page page;

    call_query_text(call, "q", list.words_text, sizeof list.words_text);
    call_query_text(call, "after", list.after, sizeof list.after);
    list.has_after = list.after[0] != 0;
    split_words(&list);
    read_order(call, &list);
    enum api_result result = API_FAILED;
    if (make_room(call, &list))
        result = call->backend->each_machine(call->backend->context, take_machine, &list);
    if (result != API_DONE) {
        call_refused(call, result, "");
        return;
    }
    page_begin(&page, call, "machines");
    const char *last = list.after;
    for (uint32_t i = 0; i < list.count; i++) {
        struct kept *row = &list.rows[list.ranks[i]];
        row->machine.recalled = &row->recalled;
        page_row_begin(&page);
        shape_machine(&page.json, NULL, &row->machine);
        if (!page_row_end(&page))
            break;
        last = row->key;
    }
    page.full = page.full || list.behind > list.count;
    json_write_array_end(&page.json);
    json_write_number(&page.json, "total", (int64_t)list.total);
    json_write_bool(&page.json, "cut", page.full);
    page_close(&page, call, last);
}
