/* See story_world.h. A machine's message from its words: header and options as a real client sends
 * them. A word of the step counts before one of the machine's line, and that before its client's.
 */
#include "dhcp/options_write.h"
#include "story/story_world.h"

static const struct story_word *find_word(const struct story_words *words, const char *key)
{
    for (uint8_t i = words->count; i > 0; i--)
        if (span_is(words->at[i - 1].key, key))
            return &words->at[i - 1];
    return NULL;
}

const struct story_word *world_word(const struct world *w, const struct story_step *step,
                                    const char *key)
{
    const struct story_machine *m = &w->story->machines[step->machine];
    const struct story_word *word = find_word(&step->rest, key);

    if (!word)
        word = find_word(&m->own, key);
    return word ? word : find_word(&m->is, key);
}

uint8_t world_interface(const struct world *w, const struct story_step *step)
{
    const struct story_word *word = world_word(w, step, "on");

    for (uint8_t i = 0; word && i < w->story->interface_count; i++)
        if (span_is(word->value, w->story->interfaces[i].name))
            return i;
    return 0;
}

struct ipv4 world_address(const struct world *w, const struct story_step *step,
                          const struct story_word *word)
{
    struct ipv4 address = IPV4_NONE;

    if (!word)
        return address;
    if (span_is(word->value, "offered"))
        return w->machines[step->machine].offered;
    if (span_is(word->value, "ours"))
        return w->story->interfaces[world_interface(w, step)].address;
    (void)ipv4_parse(word->value, &address);
    return address;
}

static bool is_yes(const struct story_word *word, bool otherwise)
{
    return word ? span_is(word->value, "yes") : otherwise;
}

/* Bytes of the option's values, by code; the same order as on the wire of most clients. */
struct collected {
    struct span values[256];
    uint8_t block[4096];
    struct writer w;
};

static void collect(const struct world *world, const struct story_step *step,
                    const struct story_words *words, struct collected *c)
{
    for (uint8_t i = 0; i < words->count; i++) {
        const struct story_word *word = &words->at[i];
        const uint8_t *from = c->w.data + c->w.len;
        struct story_key key;
        const char *right;
        if (!story_key_find(word->key, STORY_IN_MESSAGE, &key) || key.code > 255)
            continue;
        if (span_is(word->value, "none")) {
            c->values[key.code] = (struct span){ 0 };
            continue;
        }
        size_t before = c->w.len;
        if (span_is(word->value, "offered") || span_is(word->value, "ours"))
            writer_be32(&c->w, world_address(world, step, word).value);
        else
            (void)story_value_encode(key.type, word, &c->w, &right);
        c->values[key.code] = span_of(from, c->w.len - before);
    }
}

static struct dhcp4_header header_of(const struct world *w, const struct story_step *step)
{
    const struct story_word *secs = world_word(w, step, "secs");
    struct dhcp4_header h = { .op = DHCP4_OP_REQUEST,
                              .htype = DHCP4_HTYPE_ETHERNET,
                              .hlen = 6,
                              .xid = 0x51000000u + step->line };

    h.flags = is_yes(world_word(w, step, "broadcast"), true) ? DHCP4_FLAG_BROADCAST : 0;
    h.ciaddr = world_address(w, step, world_word(w, step, "from"));
    h.giaddr = world_address(w, step, world_word(w, step, "relay"));
    h.hops = ipv4_is_none(h.giaddr) ? 0 : 1;
    memcpy(h.chaddr, w->story->machines[step->machine].mac.bytes, 6);
    if (secs) {
        uint8_t two[2] = { 0 };
        struct writer out = writer_over(two, sizeof two);
        const char *right;
        (void)story_value_encode(STORY_U16, secs, &out, &right);
        h.secs = (uint16_t)(two[0] << 8 | two[1]);
    }
    return h;
}

struct span world_build(struct world *w, const struct story_step *step, uint8_t *block, size_t cap)
{
    const struct story_machine *m = &w->story->machines[step->machine];
    const struct story_word *link = world_word(w, step, "link");
    struct collected c = { .w = writer_over(c.block, sizeof c.block) };
    struct dhcp4_header header = header_of(w, step);
    struct writer out = writer_over(block, cap);
    uint8_t relay_block[300];
    struct writer relay = writer_over(relay_block, sizeof relay_block);

    c.w.data = c.block;
    collect(w, step, &m->is, &c);
    collect(w, step, &m->own, &c);
    collect(w, step, &step->rest, &c);
    writer_bytes(&relay, c.values[OPTION_RELAY_INFO]);
    if (link) {
        writer_u8(&relay, 5);
        writer_u8(&relay, 4);
        writer_be32(&relay, world_address(w, step, link).value);
    }
    dhcp4_header_encode(&out, &header);
    struct options_writer o = options_write_begin(&out, cap, writer_span(&relay));
    options_write_u8(&o, OPTION_MESSAGE_TYPE, step->type);
    for (unsigned code = 1; code < 255; code++)
        if (c.values[code].data && code != OPTION_MESSAGE_TYPE && code != OPTION_RELAY_INFO)
            options_write(&o, (uint8_t)code, c.values[code]);
    if (!options_write_end(&o))
        world_fail(w, "the message does not fit a packet");
    return writer_span(&out);
}
