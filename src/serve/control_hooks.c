/* See control_hooks.h. */
#include "serve/control_hooks.h"

#include "serve/control.h"
#include "serve/webhooks.h"

static struct webhooks *webhooks_of(void *context)
{
    const struct control_settings *settings = context;
    return settings->webhooks;
}

static bool hook_at(void *context, size_t index, struct api_hook *out)
{
    return webhooks_at(webhooks_of(context), index, out);
}

static bool each_delivery(void *context, const char *hook, api_delivery_fn row, void *row_context)
{
    return webhooks_each_delivery(webhooks_of(context), hook, row, row_context);
}

static enum api_result hook_test(void *context, const char *hook)
{
    return webhooks_test(webhooks_of(context), hook) ? API_DONE : API_NOT_FOUND;
}

void control_hooks_add(struct api_backend *backend)
{
    backend->hook_at = hook_at;
    backend->each_delivery = each_delivery;
    backend->hook_test = hook_test;
}
