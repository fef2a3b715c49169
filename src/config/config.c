/* From text to a configuration, whole or not at all. The tree of the text is walked by the schema
 * (keys.c), and a fault never ends the walk, so that all faults are found in one run. How values
 * fit together is asked at the end (checks.c). */
#include "config/config.h"

#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "config/keys.h"

DEFINE_FREEP(struct config, config_free)
DEFINE_FREEP(struct yaml_tree, yaml_tree_free)

void config_find_control(struct span yaml, char *out, size_t cap)
{
    autoclean(yaml_tree_freep) struct yaml_tree *tree = NULL;
    autoclean(config_freep) struct config *defaults = NULL;
    const struct yaml_node *top = NULL, *found = NULL;

    if (yaml_tree_parse(yaml, &yaml_faults_unheard, &tree) == 0)
        top = yaml_tree_root(tree);
    if (top && top->kind == YAML_MAP)
        found = yaml_node_find(top, "control");
    if (found && found->kind == YAML_TEXT && found->text.len > 0 && found->text.data[0] == '/')
        span_to_text(found->text, out, cap);
    else
        span_to_text(span_text(config_defaults(&defaults) == 0 ? defaults->control : ""), out, cap);
}

void config_free(struct config *config)
{
    if (!config)
        return;
    if (config->memory)
        explicit_bzero(config->memory, config->memory_size);
    free(config->memory);
    free(config);
}

static void add_tree_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    reading_fault(context, line, column, "%s", text);
}

/* Enough for every text and entry below hosts: and groups:. */
static size_t memory_needed(const struct yaml_node *root, size_t text_len)
{
    size_t entries = 0;
    static const char *const lists[] = { "hosts", "groups" };

    for (size_t i = 0; root && i < 2; i++) {
        const struct yaml_node *list = yaml_node_find(root, lists[i]);
        if (list && list->kind == YAML_LIST)
            entries += list->count;
    }
    size_t texts = 17 + 2 * (HOST_VARIABLES_MAX +
                             SECRETS_MAX); /* of an entry, at most; 17 bytes beside letters */
    return entries * (max_size(sizeof(struct host), sizeof(struct host_group)) + texts * 17) +
           text_len + 4096;
}

static int fill(struct reading *r, struct span yaml)
{
    autoclean(yaml_tree_freep) struct yaml_tree *tree = NULL;
    struct yaml_fault_sink sink = { .add = add_tree_fault, .context = r };
    int result = yaml_tree_parse(yaml, &sink, &tree);

    if (result < 0)
        return result;
    r->root = yaml_tree_root(tree);
    size_t memory = memory_needed(r->root, yaml.len);
    r->config->memory = calloc(1, memory);
    if (!r->config->memory)
        return -ENOMEM;
    r->config->memory_size = memory;
    r->arena = arena_over(r->config->memory, memory);
    keys_apply_defaults(r, SCOPE_TOP, r->config);
    keys_read_top(r);
    checks_run(r);
    return r->no_memory ? -ENOMEM : r->faults->count > 0 ? -EINVAL : 0;
}

int config_parse(struct span yaml, struct config **ret_config, struct config_faults *faults)
{
    autoclean(config_freep) struct config *config = calloc(1, sizeof *config);
    struct reading r = { .config = config, .faults = faults };

    faults->count = 0;
    faults->more = false;
    if (!config)
        return -ENOMEM;
    int result = fill(&r, yaml);
    reading_sort_faults(faults);
    if (result < 0)
        return result;
    *ret_config = take_ptr(&config);
    return 0;
}

int config_defaults(struct config **ret_config)
{
    struct config_faults *faults = malloc(sizeof *faults);
    if (!faults)
        return -ENOMEM;
    int r = config_parse((struct span){ 0 }, ret_config, faults);
    free(faults);
    return r;
}
