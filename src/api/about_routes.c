/* The routes about the API itself: its OpenAPI document, and the kinds of refusals that the types
 * of problem documents name. */
#include "api/call.h"
#include "api/openapi.h"

void route_openapi(struct api_call *call)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    openapi_write(&j);
    call_reply_json(call, &body);
    if (call->reply->status == 200)
        call->reply->media_type = contract_media_type("openapi");
}

static void write_kind(struct json_writer *j, const struct problem *problem)
{
    json_write_object_begin(j, NULL);
    json_write_text(j, "code", problem->code);
    json_write_number(j, "status", problem->status);
    json_write_text(j, "text", problem->doc);
    json_write_object_end(j);
}

void route_problems(struct api_call *call)
{
    const struct problem *problem;
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);

    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "problems");
    for (size_t i = 0; (problem = problem_at(i)); i++)
        write_kind(&j, problem);
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

void route_problem_get(struct api_call *call)
{
    const struct problem *problem = problem_find(span_text(call->parameters[0]));
    if (!problem) {
        call_problem(call, 404, "not-found",
                     "There is no such kind of refusal; GET " API_PREFIX "/problems lists them.");
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    write_kind(&j, problem);
    call_reply_json(call, &body);
}
