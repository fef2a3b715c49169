/* Copies of hosts and groups with all their texts. The texts are listed once, as places in the
 * struct, so that counting and copying cannot disagree. */
#include "model/host.h"

#include <stdalign.h>
#include <stddef.h>

static const size_t host_texts[] = {
    offsetof(struct host, name),        offsetof(struct host, match.serial),
    offsetof(struct host, match.asset), offsetof(struct host, match.vendor),
    offsetof(struct host, boot),        offsetof(struct host, next_boot),
    offsetof(struct host, loader),      offsetof(struct host, chains),
    offsetof(struct host, https),       offsetof(struct host, arguments),
    offsetof(struct host, answers),     offsetof(struct host, group),
    offsetof(struct host, note),
};

static const size_t group_texts[] = {
    offsetof(struct host_group, name),         offsetof(struct host_group, parent),
    offsetof(struct host_group, match.serial), offsetof(struct host_group, match.asset),
    offsetof(struct host_group, match.vendor), offsetof(struct host_group, boot),
    offsetof(struct host_group, loader),       offsetof(struct host_group, chains),
    offsetof(struct host_group, https),        offsetof(struct host_group, arguments),
    offsetof(struct host_group, answers),
};

/* What hosts and groups have in common; `from` is copied to `to` as it is beforehand. */
struct copying {
    struct arena *arena;
    const size_t *texts;
    size_t text_count;
    struct host_variable *variables;
    uint8_t variable_count;
    struct named_secret *secrets;
    uint8_t secret_count;
};

static bool copy_text(struct arena *arena, const char **text)
{
    if (!*text)
        return true;
    *text = arena_text(arena, *text);
    return *text != NULL;
}

static bool copy_texts(const struct copying *c, void *to)
{
    bool fits = true;

    for (size_t i = 0; i < c->text_count && fits; i++) {
        void *place = (uint8_t *)to + c->texts[i];
        const char *text;
        memcpy(&text, place, sizeof text);
        fits = copy_text(c->arena, &text);
        memcpy(place, &text, sizeof text);
    }
    for (uint8_t i = 0; i < c->variable_count && fits; i++)
        fits = copy_text(c->arena, &c->variables[i].name) &&
               copy_text(c->arena, &c->variables[i].value);
    for (uint8_t i = 0; i < c->secret_count && fits; i++)
        fits = copy_text(c->arena, &c->secrets[i].name) &&
               copy_text(c->arena, &c->secrets[i].value.revealed);
    return fits;
}

static size_t room_of(const char *text)
{
    return text ? strlen(text) + 1 + alignof(max_align_t) : 0;
}

static size_t room_of_all(const void *from, const size_t *texts, size_t text_count,
                          const struct host_variable *variables, uint8_t variable_count,
                          const struct named_secret *secrets, uint8_t secret_count)
{
    size_t room = 0;

    for (size_t i = 0; i < text_count; i++) {
        const char *text;
        memcpy(&text, (const uint8_t *)from + texts[i], sizeof text);
        room += room_of(text);
    }
    for (uint8_t i = 0; i < variable_count; i++)
        room += room_of(variables[i].name) + room_of(variables[i].value);
    for (uint8_t i = 0; i < secret_count; i++)
        room += room_of(secrets[i].name) + room_of(secrets[i].value.revealed);
    return room;
}

bool host_copy(struct arena *arena, const struct host *from, struct host *to)
{
    *to = *from;
    const struct copying copying = {
        .arena = arena,
        .texts = host_texts,
        .text_count = sizeof host_texts / sizeof host_texts[0],
        .variables = to->variables,
        .variable_count = to->variable_count,
        .secrets = to->secrets,
        .secret_count = to->secret_count,
    };
    return copy_texts(&copying, to);
}

size_t host_copy_room(const struct host *host)
{
    return room_of_all(host, host_texts, sizeof host_texts / sizeof host_texts[0], host->variables,
                       host->variable_count, host->secrets, host->secret_count);
}

bool host_group_copy(struct arena *arena, const struct host_group *from, struct host_group *to)
{
    *to = *from;
    const struct copying copying = {
        .arena = arena,
        .texts = group_texts,
        .text_count = sizeof group_texts / sizeof group_texts[0],
        .variables = to->variables,
        .variable_count = to->variable_count,
        .secrets = to->secrets,
        .secret_count = to->secret_count,
    };
    return copy_texts(&copying, to);
}

size_t host_group_copy_room(const struct host_group *group)
{
    return room_of_all(group, group_texts, sizeof group_texts / sizeof group_texts[0],
                       group->variables, group->variable_count, group->secrets,
                       group->secret_count);
}
