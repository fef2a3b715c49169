/* The routes of installations: templates and previews of answer files, secrets, waking machines.
 * No reply has a secret in it, but for a preview that was asked to show them. */
#include "api/call.h"
#include "api/host_json.h"
#include "api/paging.h"

static const struct host *find_host(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);

    for (size_t i = 0; i < catalog->host_count; i++)
        if (strcmp(catalog->hosts[i].name, call->parameters[0]) == 0)
            return &catalog->hosts[i];
    call_problem(call, 404, "unknown-host", "There is no such host; 'tugboot host list' has them.");
    return NULL;
}

static void reply_done(struct api_call *call, enum api_result result, const char *sentence)
{
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        call_refused(call, result, sentence);
}

static void set_secret(struct api_call *call, const char *value)
{
    char sentence[API_SENTENCE_MAX] = "";
    const struct host *host = find_host(call);

    if (!host)
        return;
    const struct host_secret secret = { host->name, { call->parameters[1], { value } } };
    reply_done(call, call->backend->secret(call->backend->context, &secret, sentence), sentence);
}

void route_secret_put(struct api_call *call)
{
    char value[SECRET_VALUE_MAX];

    if (!secret_name_is_sound(call->parameters[1]))
        call_invalid(call, "A secret's name is made of letters, digits and \"_\", at most 32.");
    else if (!json_single_text(call->request->body, "value", value, sizeof value) || !value[0])
        call_invalid(call, "\"value\" is a text of 1 to 1023 bytes.");
    else
        set_secret(call, value);
    explicit_bzero(value, sizeof value);
}

void route_secret_delete(struct api_call *call)
{
    set_secret(call, "");
}

void route_host_wake(struct api_call *call)
{
    char text[32], sentence[API_SENTENCE_MAX] = "", interfaces[API_SENTENCE_MAX] = "";
    const struct host *host = find_host(call);
    bool has_password = json_single_text(call->request->body, "password", text, sizeof text);
    struct mac password;

    if (!host)
        return;
    if (!host->match.has_mac) {
        call_problem(
            call, 422, "no-mac",
            "This host has no MAC address to wake it by: 'tugboot host set NAME --mac ...'.");
        return;
    }
    if (has_password && !mac_parse(span_text(text), &password)) {
        call_invalid(
            call,
            "\"password\" is a SecureOn password, written like a MAC address, aa:bb:cc:dd:ee:ff.");
        return;
    }
    enum api_result result = call->backend->wake(
        call->backend->context, host, has_password ? &password : NULL, interfaces, sentence);
    if (result != API_DONE) {
        call_refused(call, result, sentence);
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "host", host->name);
    json_write_text(&j, "interfaces", interfaces);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

void route_host_reinstall(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    const struct host *host = find_host(call);

    if (!host)
        return;
    if (!host->match.has_mac)
        call_problem(call, 422, "no-mac",
                     "Installations are remembered by MAC address, and this host has none.");
    else
        reply_done(call,
                   call->backend->reinstall(call->backend->context, host->match.mac, sentence),
                   sentence);
}

static void template_name(const void *context, size_t row, struct text *out)
{
    const struct catalog *catalog = context;
    text_addf(out, "%s.%s", catalog->templates[row].name, catalog->templates[row].file->suffix);
}

static void write_template(const void *context, size_t row, struct json_writer *j)
{
    const struct catalog *catalog = context;
    const struct answer_template *t = &catalog->templates[row];

    json_write_object_begin(j, NULL);
    json_write_text(j, "name", t->name);
    json_write_text(j, "suffix", t->file->suffix);
    json_write_text(j, "kind", answer_kind_name(t->file->kind));
    json_write_text(j, "file", t->file->wire);
    json_write_bool(j, "built_in", t->built_in);
    json_write_text(j, "for", answer_kind_text(t->file->kind));
    json_write_object_end(j);
}

void route_answers(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);
    const struct page_table table = { "answers", catalog->template_count, template_name,
                                      write_template, catalog };
    page_reply_table(call, &table);
}

void call_reply_rendered(struct api_call *call, const struct api_rendered *made)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);

    json_write_object_begin(&j, NULL);
    json_write_text(&j, "template", made->template);
    json_write_text(&j, "suffix", made->suffix);
    json_write_bool(&j, "built_in", made->built_in);
    json_write_text(&j, "said_by", made->said_by);
    json_write_text(&j, "name", made->name);
    json_write_bool(&j, "has_secrets", made->has_secrets);
    json_write_string(&j, "text", made->text);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

void route_render(struct api_call *call)
{
    char host[API_PARAMETER_TEXT_MAX], mac[32], image[API_PARAMETER_TEXT_MAX], kind[32], file[64];
    char sentence[API_SENTENCE_MAX] = "";
    uint64_t reveal = 0;
    struct api_rendered made;

    call_query_text(call, "host", host, sizeof host);
    call_query_text(call, "mac", mac, sizeof mac);
    call_query_text(call, "image", image, sizeof image);
    call_query_text(call, "kind", kind, sizeof kind);
    call_query_text(call, "file", file, sizeof file);
    struct api_render what = { .host = host, .image = image, .kind = kind, .file = file };
    (void)call_query_number(call, "reveal", &reveal);
    if (host[0] == 0 && !call_parse_mac(call, mac, &what.mac))
        return;
    if (reveal == 1 && call->caller->role < API_ROLE_ADMIN) {
        call_problem(call, 403, "role", "Secrets are shown to the role admin only.");
        return;
    }
    what.reveal = reveal == 1;
    enum api_result result =
        call->backend->render(call->backend->context, &what, call->arena, &made, sentence);
    if (result == API_DONE)
        call_reply_rendered(call, &made);
    else
        call_refused(call, result, sentence);
}
