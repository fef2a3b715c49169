/* The routes that give advice: what a message on a screen means, settings for other DHCP servers,
 * and what the daemon itself can tell is wrong. */
#include "api/findings.h"
#include "api/paging.h"
#include "doctor/screen_message.h"
#include "doctor/snippet_facts.h"

static void write_message(struct json_writer *j, const char *key, const struct screen_message *m)
{
    json_write_object_begin(j, key);
    json_write_text(j, "key", m->key);
    json_write_text(j, "says", m->says);
    json_write_text(j, "cause", m->cause);
    json_write_text(j, "look", m->look);
    json_write_text(j, "cure", m->cure);
    json_write_text(j, "source", m->source);
    json_write_object_end(j);
}

static void message_name(const void *context, size_t row, struct text *out)
{
    (void)context;
    text_add(out, screen_message_at(row)->key);
}

static void write_message_row(const void *context, size_t row, struct json_writer *j)
{
    (void)context;
    write_message(j, NULL, screen_message_at(row));
}

void route_screen_messages(struct api_call *call)
{
    struct page_table table = { .key = "messages",
                                .name = message_name,
                                .write = write_message_row };
    while (screen_message_at(table.count))
        table.count++;
    page_reply_table(call, &table);
}

void route_screen_message(struct api_call *call)
{
    char message[256];
    struct ipxe_error error = { 0 };

    call_query_text(call, "message", message, sizeof message);
    const struct screen_message *found = screen_message_find(span_text(message), &error);
    if (!found) {
        call_problem(call, 404, "not-found",
                     "Nothing is known of this message. Type it as it stands on the screen, with "
                     "its number.");
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    write_message(&j, "message", found);
    if (error.number != 0) {
        json_write_object_begin(&j, "ipxe");
        json_write_number(&j, "number", error.number);
        if (ipxe_error_name(error.posix))
            json_write_text(&j, "error", ipxe_error_name(error.posix));
        json_write_number(&j, "file", error.file);
        json_write_number(&j, "part", error.part);
        json_write_object_end(&j);
    }
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

/* Settings for other servers. */

void route_snippets(struct api_call *call)
{
    const char *name, *title;
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);

    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "servers");
    for (size_t i = 0; snippet_at(i, &name, &title); i++) {
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "name", name);
        json_write_text(&j, "title", title);
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

static void reply_snippet(struct api_call *call, const struct reach *reach)
{
    const size_t settings_room = 32768, note_room = 4096;
    struct snippet_told *told = arena_new(call->arena, struct snippet_told);
    char *settings_data = arena_alloc(call->arena, settings_room);
    char *note_data = arena_alloc(call->arena, note_room);

    if (!told || !settings_data || !note_data) {
        call_problem(call, 500, "failed", "The request's memory is used up.");
        return;
    }
    struct text settings = text_over(settings_data, settings_room);
    struct text note = text_over(note_data, note_room);
    snippet_facts_fill(call->backend->catalog(call->backend->context), reach, told);
    if (!snippet_write(call->parameters[0], &told->facts, &settings, &note)) {
        call_problem(call, 404, "not-found",
                     "No settings are known for such a server; GET " API_PREFIX
                     "/dhcp-snippets lists those that are.");
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "server", call->parameters[0]);
    json_write_text(&j, "settings", settings_data);
    json_write_text(&j, "note", note_data);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

void route_snippet(struct api_call *call)
{
    const struct client anybody = { .kind = CLIENT_PXE };
    struct reach reach = call->backend->reach(call->backend->context, &anybody);
    char address[IPV4_TEXT_MAX];

    call_query_text(call, "address", address, sizeof address);
    if (address[0])
        (void)!ipv4_parse(span_text(address), &reach.server);
    reach.beside = false;
    if (ipv4_is_none(reach.server))
        call_problem(call, 409, "no-address",
                     "This machine has no IPv4 address on a served interface: name the one "
                     "machines reach tugboot at by address=.");
    else
        reply_snippet(call, &reach);
}

/* What is wrong here. */

void route_doctor(struct api_call *call)
{
    struct findings *findings = arena_new(call->arena, struct findings);

    if (!findings) {
        call_problem(call, 500, "failed", "The request's memory is used up.");
        return;
    }
    findings_collect(call->backend, findings);
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_bool(&j, "well", findings->worst == 0);
    json_write_array_begin(&j, "findings");
    for (uint16_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->rows[i];
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "code", f->code);
        json_write_text(&j, "level", f->level);
        json_write_text(&j, "says", f->says);
        json_write_text(&j, "fix", f->fix);
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}
