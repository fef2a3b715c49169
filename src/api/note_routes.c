/* The routes of notes: what people wrote about a machine, kept by its hardware address, so that one
 * can be written before the machine has a name, or was ever seen. */
#include "api/call.h"
#include "api/host_json.h"
#include "model/record.h"

/* The record's name of the machine the path names; false after a 400. */
static bool read_name(struct api_call *call, struct mac *ret_mac, char name[MAC_TEXT_MAX])
{
    if (!call_parse_mac(call, call->parameters[0], ret_mac))
        return false;
    mac_format(*ret_mac, name);
    return true;
}

static const char *find_note(struct api_call *call, struct mac mac)
{
    return catalog_find_note(call->backend->catalog(call->backend->context), mac);
}

static void reply_note(struct api_call *call, const char *note)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "text", note);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

static void refuse_absent(struct api_call *call)
{
    call_problem(call, 404, "not-found", "Nothing is noted about this machine.");
}

void route_note_get(struct api_call *call)
{
    char name[MAC_TEXT_MAX];
    struct mac mac;

    if (!read_name(call, &mac, name))
        return;
    const char *note = find_note(call, mac);
    if (note[0])
        reply_note(call, note);
    else
        refuse_absent(call);
}

static bool put_note(struct api_call *call, const char *name, const char *text)
{
    char sentence[API_SENTENCE_MAX] = "";
    const struct record record = { RECORD_NOTE, name, text };
    enum api_result result =
        call->backend->records_put(call->backend->context, &record, 1, sentence);
    if (result != API_DONE)
        call_refused(call, result, sentence);
    return result == API_DONE;
}

void route_note_put(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX], name[MAC_TEXT_MAX];
    const char *text;
    struct mac mac;

    if (!read_name(call, &mac, name))
        return;
    if (!note_from_json(call->request->body, call->arena, &text, sentence))
        call_invalid(call, sentence);
    else if (put_note(call, name, text))
        reply_note(call, text);
}

void route_note_delete(struct api_call *call)
{
    char name[MAC_TEXT_MAX];
    struct mac mac;

    if (!read_name(call, &mac, name))
        return;
    if (!find_note(call, mac)[0])
        refuse_absent(call);
    else if (put_note(call, name, ""))
        call_reply_nothing(call);
}
