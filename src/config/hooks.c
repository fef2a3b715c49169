/* See hooks.h. */
#include "config/hooks.h"

#include "base/event_filter.h"

#include "config/keys.h"
#include "config/lists.h"
#include "config/value.h"

/* What every webhook must have. */
static void check_webhook(struct reading *r, const struct yaml_node *n,
                          const struct config_webhook *webhook)
{
    static const char *const needed[] = { "name: chat", "url: \"https://chat.example/hook\"",
                                          "events: [BOOT_DONE, warning]",
                                          "secret-file: /etc/tugboot/chat.secret" };
    const struct yaml_node *url = yaml_node_find(n, "url");

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        char key[16];
        span_to_text(span_of(needed[i], strcspn(needed[i], ":")), key, sizeof key);
        if (!yaml_node_find(n, key))
            reading_fault(r, n->line, n->column, "this webhook has no %s: add %s", key, needed[i]);
    }
    if (url && webhook->url[0] && !value_is_hook_url(span_text(webhook->url)))
        reading_fault(r, url->line, url->column,
                      "url takes an address without a user or a fragment, as "
                      "https://chat.example/hook");
    for (const struct config_webhook *other = r->config->webhooks; other < webhook; other++)
        if (webhook->name[0] && strcmp(other->name, webhook->name) == 0)
            reading_fault(r, n->line, n->column,
                          "there is another webhook %s: give it its own name", webhook->name);
}

void hooks_read_all(struct reading *r, const struct schema_key *key, const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct config_webhook *webhook = &r->config->webhooks[r->config->webhook_count++];
        keys_read_map(r, key, SCOPE_WEBHOOK, n, webhook);
        if (n->kind == YAML_MAP)
            check_webhook(r, n, webhook);
    }
}

void hooks_read_events(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node, struct config_webhook *webhook)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);
    struct event_filter filter = { 0 };

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && n->text.len < sizeof webhook->words[0] &&
            event_filter_add(&filter, n->text))
            span_to_text(n->text, webhook->words[webhook->word_count++], sizeof webhook->words[0]);
        else
            reading_wrong_entry(
                r, key, n,
                "an event's name, as BOOT_DONE or BOOT_*; all, info, notice, warning, "
                "error; or a step of a boot, as stalled");
    }
}
