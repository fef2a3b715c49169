/* See reading.h: what is said about a fault. */
#include "config/reading.h"

#include <stdarg.h>
#include <stdio.h>

void reading_fault(struct reading *r, uint32_t line, uint32_t column, const char *format, ...)
{
    struct config_faults *faults = r->faults;
    va_list args;

    if (faults->count == CONFIG_FAULTS_MAX) {
        faults->more = true;
        return;
    }
    struct config_fault *fault = &faults->rows[faults->count++];
    fault->line = line;
    fault->column = column;
    va_start(args, format);
    vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
}

const char *reading_shown(struct span s, char buffer[96])
{
    struct text t = text_over(buffer, 96);
    text_add_escaped(&t, span_slice(s, 0, 60));
    if (s.len > 60)
        text_add(&t, "...");
    return buffer;
}

void reading_wrong_value(struct reading *r, const struct schema_key *key,
                         const struct yaml_node *node, const char *hint)
{
    char expected[160], quoted[96];
    struct text t = text_over(expected, sizeof expected);
    schema_add_expected(&t, key);
    if (yaml_node_is_empty(node))
        reading_fault(r, node->line, node->column, "%s has no value: it takes %s", key->path,
                      expected);
    else if (node->kind != YAML_TEXT)
        reading_fault(r, node->line, node->column, "%s is %s here: it takes %s", key->path,
                      yaml_kind_name(node->kind), expected);
    else
        reading_fault(r, node->line, node->column, "%s: \"%s\" is not right: it takes %s%s",
                      key->path, reading_shown(node->text, quoted), expected, hint);
}

void reading_wrong_entry(struct reading *r, const struct schema_key *key,
                         const struct yaml_node *node, const char *expected)
{
    char quoted[96];
    if (node->kind == YAML_TEXT)
        reading_fault(r, node->line, node->column, "%s: \"%s\" is not right: it takes %s",
                      key->path, reading_shown(node->text, quoted), expected);
    else
        reading_fault(r, node->line, node->column, "an entry of %s is %s here: it takes %s",
                      key->path, yaml_kind_name(node->kind), expected);
}

const char *reading_keep(struct reading *r, struct span text)
{
    char *copy = arena_alloc(&r->arena, text.len + 1);
    if (copy)
        span_to_text(text, copy, text.len + 1);
    else
        r->no_memory = true;
    return copy;
}

static bool is_before(const struct config_fault *a, const struct config_fault *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

void reading_sort_faults(struct config_faults *faults)
{
    for (uint16_t i = 1; i < faults->count; i++) {
        struct config_fault moving = faults->rows[i];
        uint16_t at = i;
        for (; at > 0 && is_before(&moving, &faults->rows[at - 1]); at--)
            faults->rows[at] = faults->rows[at - 1];
        faults->rows[at] = moving;
    }
}
