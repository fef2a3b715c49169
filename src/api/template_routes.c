/* The routes of one template: its text, writing it, trying it before it is written. */
#include "api/call.h"
#include "api/settings_json.h"
#include "model/answer_kind.h"

static bool is_file(const struct answer_template *t, const char *file)
{
    size_t len = strlen(t->name);
    return strncmp(file, t->name, len) == 0 && file[len] == '.' &&
           strcmp(file + len + 1, t->file->suffix) == 0;
}

void route_answer_get(struct api_call *call)
{
    const struct catalog *catalog = call->backend->catalog(call->backend->context);

    for (size_t i = 0; i < catalog->template_count; i++) {
        const struct answer_template *t = &catalog->templates[i];
        if (!is_file(t, call->parameters[0]))
            continue;
        struct text body = call_text(call);
        struct json_writer j = json_over(&body);
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "name", call->parameters[0]);
        json_write_text(&j, "kind", answer_kind_name(t->file->kind));
        json_write_bool(&j, "built_in", t->built_in);
        json_write_string(&j, "text", t->text);
        json_write_object_end(&j);
        call_reply_json(call, &body);
        return;
    }
    call_problem(call, 404, "not-found",
                 "There is no such template; GET /api/v1/answers lists them.");
}

static void reply(struct api_call *call, enum api_result result, const char *sentence)
{
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        call_refused(call, result, sentence);
}

void route_answer_put(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    struct api_template_wish wish;

    if (template_from_json(call->request->body, call->arena, &wish, sentence))
        reply(call,
              call->backend->answer_put(call->backend->context, call->parameters[0], wish.text,
                                        sentence),
              sentence);
    else
        call_problem(call, 422, "invalid", sentence);
}

void route_answer_delete(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    reply(call, call->backend->answer_remove(call->backend->context, call->parameters[0], sentence),
          sentence);
}

void route_answer_preview(struct api_call *call)
{
    char sentence[API_SENTENCE_MAX] = "";
    struct api_template_wish wish;
    struct api_rendered made;

    if (!template_from_json(call->request->body, call->arena, &wish, sentence)) {
        call_problem(call, 422, "invalid", sentence);
        return;
    }
    struct api_render what = { .host = "",
                               .image = wish.image,
                               .kind = "",
                               .file = "",
                               .draft_file = call->parameters[0],
                               .draft = wish.text };
    if (!call_parse_mac(call, wish.mac, &what.mac))
        return;
    enum api_result result =
        call->backend->render(call->backend->context, &what, call->arena, &made, sentence);
    if (result == API_DONE)
        call_reply_rendered(call, &made);
    else
        call_refused(call, result, sentence);
}
