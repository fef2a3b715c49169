/* See pick_serve.h. The smallest code, of 21 modules, holds 25 letters of QR's own alphabet
 * (capitals, digits and " $%*+-./:", ISO/IEC 18004): "HTTP://192.168.50.21/4821" just fits. A
 * longer address is written as one number, which browsers take as well (URL Standard, IPv4 parser).
 */
#include "serve/pick_serve.h"

#include <errno.h>
#include <qrencode.h>
#include <stdlib.h>

#include "boot/script_ipxe.h"
#include "boot/script_pick.h"
#include "boot/script_text.h"
#include "serve/admin_url.h"

#define LETTERS_MAX 25

static bool is_number(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    return s.len == PICK_DIGITS;
}

static bool is_loopback(struct ipv4 address)
{
    return address.value >> 24 == 127;
}

/* Where people open the dashboard; false when phones cannot, and `why` says so. */
static bool write_page(const struct view *view, struct text *url, struct text *why)
{
    const struct config_admin *admin = &view->config->admin;

    if (admin->url[0]) {
        text_add(url, admin->url);
        if (url->len > 0 && url->data[url->len - 1] == '/')
            url->data[--url->len] = 0;
        return true;
    }
    if (!admin->enabled) {
        text_add(why, "The dashboard is switched off (admin.enabled), so nobody can choose.");
        return false;
    }
    if (is_loopback(admin->listen.addr)) {
        text_add(why, "Phones cannot open the dashboard: it listens on this server alone "
                      "(admin.listen). Choose there, or set admin.listen or admin.url.");
        return false;
    }
    admin_url_write(view, url);
    return true;
}

static void write_short_url(const struct fetch_request *request, uint16_t port, const char *number,
                            bool as_number, struct text *out)
{
    text_add(out, "HTTP://");
    if (as_number)
        text_addf(out, "%u", (unsigned)request->local.value);
    else
        text_add_ipv4(out, request->local);
    if (port != 80)
        text_addf(out, ":%u", port);
    text_addf(out, "/%s", number);
}

static void make_code(const char *letters, struct pick_code *out)
{
    QRcode *code = QRcode_encodeString(letters, 1, QR_ECLEVEL_L, QR_MODE_8, 1);

    if (!code)
        return;
    if (code->width <= PICK_CODE_MAX) {
        out->size = (uint8_t)code->width;
        for (int y = 0; y < code->width; y++)
            for (int x = 0; x < code->width; x++)
                out->rows[y] |= (uint32_t)(code->data[y * code->width + x] & 1) << x;
    }
    QRcode_free(code);
}

static void add_code(const struct pick_serve *s, struct pick_ticket *ticket)
{
    uint16_t port = s->view->config->http.port;
    bool fits = false;
    char url[PICK_URL_MAX] = "";

    if (!s->view->config->http.enabled)
        return;
    for (int as_number = 0; as_number < 2 && !fits; as_number++) {
        struct text text = text_over(url, sizeof url);
        write_short_url(s->request, port, ticket->number, as_number == 1, &text);
        fits = text.len <= LETTERS_MAX;
    }
    if (fits)
        make_code(url, &ticket->code);
}

bool pick_serve_give(const struct pick_serve *s, const struct client *client,
                     struct pick_ticket *out)
{
    struct text page = text_over(out->page, sizeof out->page);
    struct text why = text_over(out->why, sizeof out->why);
    struct client whose = *client;

    if (s->request->head_only || mac_is_zero(client->mac))
        return false;
    whose.address = s->request->source.addr;
    bool is_grub = client->kind != CLIENT_IPXE;
    if (!pick_book_give(s->book, &whose, is_grub, s->request->now, out->number))
        return false;
    if (write_page(s->view, &page, &why)) {
        text_add(&page, "/pick");
        add_code(s, out);
    }
    struct event event = event_make(EVENT_PICK_WAITING, s->request->now, mac_to_u64(client->mac));
    event_add_text(&event, "number", out->number);
    event_add_ipv4(&event, "source", s->request->source.addr.value);
    event_emit(&s->events, &event);
    return true;
}

bool pick_serve_is_asking(const struct safe_path *path, struct span *ret_number, bool *ret_is_grub)
{
    struct span s = safe_path_span(path);
    static const char folder[] = "pick/";

    if (!span_starts_with(s, folder))
        return false;
    struct span rest = span_from(s, sizeof folder - 1);
    size_t slash = span_find(rest, '/');
    struct span name = span_from(rest, slash + 1);
    *ret_number = span_slice(rest, 0, slash);
    *ret_is_grub = span_is(name, "grub.cfg");
    return is_number(*ret_number) && (*ret_is_grub || span_is(name, "ipxe"));
}

static void describe(struct fetch *out)
{
    const struct candidate *c = &out->candidate;
    out->body = (struct body){
        .pieces = { { .fd = -1, .length = c->text.len, .memory = c->text.data } },
        .piece_count = 1,
        .size = c->text.len,
        .media_type = c->media_type,
    };
}

int pick_serve_open(const struct pick_serve *s, struct span number, bool is_grub,
                    struct arena *arena, struct fetch *out)
{
    struct reach reach = { .server = s->request->local,
                           .http_port = s->view->config->http.port,
                           .https_port = s->view->https_port,
                           .secure = s->request->over_tls };
    struct pick_waiting row = { 0 };
    char digits[PICK_NUMBER_MAX];
    struct text text;

    enum pick_verdict verdict =
        pick_book_ask(s->book, number, s->request->source.addr, s->link_mac, s->request->now, &row);
    const char *entry = verdict == PICK_UNKNOWN  ? ENTRY_WORD_PICK
                        : verdict == PICK_CHOSEN ? row.entry
                                                 : NULL;
    if (!script_text_begin(arena, &text))
        return -ENOMEM;
    span_to_text(number, digits, sizeof digits);
    if (is_grub)
        script_pick_write_grub_answer(&text, entry);
    else if (entry)
        script_pick_write_go(&text, entry, &reach);
    else
        script_pick_write_wait(&text, digits, &reach);
    if (!script_text_end(arena, &text, SERVED_WAIT, &out->candidate))
        return -ENOMEM;
    out->candidate.what = "a choice on a phone";
    describe(out);
    return 0;
}

bool pick_serve_is_signpost(const struct fetch_request *request, const struct safe_path *path)
{
    return request->transport != TRANSPORT_TFTP && is_number(safe_path_span(path));
}

int pick_serve_signpost(const struct pick_serve *s, const struct safe_path *path,
                        struct arena *arena, struct fetch *out)
{
    char page[PICK_URL_MAX], why[160];
    struct text url = text_over(page, sizeof page), no = text_over(why, sizeof why), text;
    struct span number = safe_path_span(path);

    if (!write_page(s->view, &url, &no))
        return -ENOENT;
    text_add(&url, "/pick/");
    text_add_span(&url, number);
    if (!script_text_begin(arena, &text))
        return -ENOMEM;
    text_add(&text, "<!doctype html><html lang=en><meta charset=utf-8>"
                    "<meta name=viewport content=\"width=device-width\">"
                    "<meta http-equiv=refresh content=\"0;url=");
    text_add_markup(&text, text_span(&url));
    text_add(&text, "\"><title>tugboot</title><p><a href=\"");
    text_add_markup(&text, text_span(&url));
    text_add(&text, "\">Choose what the machine boots</a></p></html>\n");
    if (!script_text_end(arena, &text, SERVED_WAIT, &out->candidate))
        return -ENOMEM;
    out->candidate.media_type = "text/html; charset=utf-8";
    out->candidate.what = "the way to the dashboard";
    describe(out);
    return 0;
}
