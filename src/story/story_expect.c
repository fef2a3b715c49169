/* See story_world.h. Comparing what happened with what a story expects, and saying the difference
 * in words. */
#include "boot/bootdisk_plan.h"
#include "story/story_world.h"

#define SHOWN(s) (int)(s).len, (const char *)(s).data

static const char *type_name(unsigned type)
{
    static const char *const names[] = { "nothing", "discover", "offer",   "request", "decline",
                                         "ack",     "nak",      "release", "inform" };
    return type < sizeof names / sizeof names[0] ? names[type] : "something unknown";
}

static bool contains(struct span all, struct span part)
{
    if (part.len == 0)
        return true;
    for (size_t at = 0; at + part.len <= all.len; at++)
        if (span_equals(span_slice(all, at, part.len), part))
            return true;
    return false;
}

/* Bytes for people: as text when they are, else in hexadecimal. */
static void show_bytes(struct text *out, struct span bytes)
{
    bool is_text = bytes.len > 0;

    for (size_t i = 0; i < bytes.len; i++)
        is_text = is_text && bytes.data[i] >= 0x20 && bytes.data[i] < 0x7f;
    if (is_text) {
        text_addf(out, "\"%.*s\"", (int)(bytes.len < 160 ? bytes.len : 160),
                  (const char *)bytes.data);
        return;
    }
    text_add(out, "hex:");
    for (size_t i = 0; i < bytes.len && i < 80; i++)
        text_addf(out, "%02x", bytes.data[i]);
}

static void show_destination(const struct destination *to, struct text *out)
{
    switch (to->kind) {
    case TO_NOBODY:
        text_add(out, "nobody");
        break;
    case TO_UNICAST:
        text_add_ipv4(out, to->to.addr);
        text_addf(out, ":%u", to->to.port);
        break;
    case TO_BROADCAST:
        text_add(out, "broadcast");
        break;
    case TO_HARDWARE:
        text_add(out, "hardware");
        break;
    }
}

static void put_address(struct writer *out, struct ipv4 address)
{
    if (!ipv4_is_none(address))
        writer_be32(out, address.value);
}

/* What the reply has under a key, as bytes; empty when it has not. */
static struct span actual_of(const struct world *w, unsigned code, struct writer *out)
{
    struct text text = text_over((char *)out->data, out->cap);
    struct span file = span_of(w->header.file, sizeof w->header.file);

    switch (code) {
    case STORY_FIELD_YIADDR:
        put_address(out, w->header.yiaddr);
        break;
    case STORY_FIELD_SIADDR:
        put_address(out, w->header.siaddr);
        break;
    case STORY_FIELD_CIADDR:
        put_address(out, w->header.ciaddr);
        break;
    case STORY_FIELD_FILE:
        file.len = span_find(file, 0);
        return file;
    case STORY_FIELD_TO:
        show_destination(&w->outcome.to, &text);
        return text_span(&text);
    case STORY_FIELD_SIZE:
        writer_be16(out, (uint16_t)w->reply.len);
        break;
    case STORY_FIELD_DELAY:
        writer_be32(out, w->outcome.delay_ms / 1000);
        break;
    default:
        return code < 256 ? w->values.values[code] : (struct span){ 0 };
    }
    return writer_span(out);
}

static void expect_word(struct world *w, const struct story_step *step,
                        const struct story_word *word)
{
    uint8_t wanted_block[STORY_VALUE_MAX], actual_block[STORY_VALUE_MAX];
    struct writer wanted = writer_over(wanted_block, sizeof wanted_block);
    struct writer actual_out = writer_over(actual_block, sizeof actual_block);
    const char *right;
    struct story_key key;

    if (!story_key_find(word->key, STORY_IN_REPLY, &key))
        return;
    struct span actual = actual_of(w, key.code, &actual_out);
    if (span_is(word->value, "none") && !word->quoted)
        wanted.len = 0;
    else if (key.code == STORY_FIELD_TO)
        writer_bytes(&wanted, word->value);
    else if (span_is(word->value, "offered") || span_is(word->value, "ours"))
        writer_be32(&wanted, world_address(w, step, word).value);
    else
        (void)story_value_encode(word->contains ? STORY_TEXT : key.type, word, &wanted, &right);
    if (word->contains ? contains(actual, writer_span(&wanted))
                       : span_equals(actual, writer_span(&wanted)))
        return;
    char block[400];
    struct text said = text_over(block, sizeof block);
    show_bytes(&said, actual);
    if (actual.len == 0)
        said = text_over(block, sizeof block), text_add(&said, "none");
    world_fail(w, "%.*s should be %.*s, is %s", SHOWN(word->key), SHOWN(word->value), block);
}

/* What was sent instead, and the last event: the reason most often stands there. */
static void fail_with_events(struct world *w, const char *wanted)
{
    char block[300];
    struct text said = text_over(block, sizeof block);
    unsigned type =
        w->reply.len > 0 && w->reply_read ? dhcp4_options_u8(&w->values, OPTION_MESSAGE_TYPE) : 0;

    for (uint8_t i = 0; i < w->event_count; i++) {
        text_add(&said, i == 0 ? " (" : "; ");
        event_format(&w->events[i], &said);
    }
    world_fail(w, "expected %s, saw %s%s%s", wanted,
               w->outcome.action == DHCP4_PROBE ? "a probe" : type_name(type), block,
               w->event_count > 0 ? ")" : "");
}

static void expect_reply(struct world *w, const struct story_step *step)
{
    if (w->reply.len == 0 || !w->reply_read ||
        dhcp4_options_u8(&w->values, OPTION_MESSAGE_TYPE) != step->type) {
        fail_with_events(w, type_name(step->type));
        return;
    }
    for (uint8_t i = 0; i < step->rest.count; i++)
        expect_word(w, step, &step->rest.at[i]);
}

static void expect_probe(struct world *w, const struct story_step *step)
{
    struct ipv4 address;

    if (w->outcome.action != DHCP4_PROBE) {
        fail_with_events(w, "a probe");
        return;
    }
    char block[IPV4_TEXT_MAX];
    ipv4_format(w->outcome.probe, block);
    if (span_is(step->rest.at[0].key, "any"))
        return;
    if (!ipv4_parse(step->rest.at[0].key, &address) || !ipv4_equals(address, w->outcome.probe))
        world_fail(w, "expected a probe of %.*s, saw one of %s", SHOWN(step->rest.at[0].key),
                   block);
}

static const char *status_name(const struct lease *lease)
{
    switch (lease->status) {
    case LEASE_ACTIVE:
        return "active";
    case LEASE_RELEASED:
        return "released";
    case LEASE_DECLINED:
        return "declined";
    }
    return "";
}

static void expect_change(struct world *w, const struct story_step *step)
{
    const struct story_word *status = &step->rest.at[0];
    char block[IPV4_TEXT_MAX] = "";
    bool none = w->change.kind == CHANGE_NONE;

    if (!none)
        ipv4_format(w->change.lease.address, block);
    if (span_is(status->key, "none")
            ? none
            : !none && span_is(status->key, status_name(&w->change.lease)) &&
                  (step->rest.count < 2 || span_is(step->rest.at[1].key, block) ||
                   span_is(step->rest.at[1].key, "offered")))
        return;
    world_fail(w, "expected the change %.*s, saw %s %s", SHOWN(status->key),
               none ? "none" : status_name(&w->change.lease), block);
}

static void field_text(const struct event *e, const struct event_field *f, struct text *out)
{
    switch (f->kind) {
    case FIELD_IPV4:
        text_add_ipv4(out, (struct ipv4){ (uint32_t)f->number });
        break;
    case FIELD_MAC:
        text_add_mac(out, mac_from_u64(f->number));
        break;
    case FIELD_TEXT:
        text_add_span(out, event_field_text(e, f));
        break;
    case FIELD_NUMBER:
    case FIELD_BYTES:
    case FIELD_MILLIS:
    case FIELD_SECONDS:
        text_addf(out, "%llu", (unsigned long long)f->number);
        break;
    }
}

static bool event_has(const struct event *e, const struct story_word *word)
{
    char key[32], block[EVENT_TEXT_MAX];
    struct text value = text_over(block, sizeof block);

    span_to_text(word->key, key, sizeof key);
    const struct event_field *f = event_find(e, key);
    if (!f)
        return false;
    field_text(e, f, &value);
    return word->contains ? contains(text_span(&value), word->value)
                          : span_equals(text_span(&value), word->value);
}

static void expect_event(struct world *w, const struct story_step *step)
{
    for (uint8_t i = 0; i < w->event_count; i++) {
        bool all = span_is(step->rest.at[0].key, event_name(w->events[i].id));
        for (uint8_t j = 1; all && j < step->rest.count; j++)
            all = event_has(&w->events[i], &step->rest.at[j]);
        if (all)
            return;
    }
    char block[64];
    span_to_text(step->rest.at[0].key, block, sizeof block);
    fail_with_events(w, block);
}

static void expect_untold(struct world *w, const struct story_step *step)
{
    for (uint8_t i = 0; i < w->event_count; i++)
        if (span_is(step->rest.at[0].key, event_name(w->events[i].id)))
            world_fail(w, "%s was told, and should not be", event_name(w->events[i].id));
}

static void expect_lease(struct world *w, const struct story_step *step)
{
    struct span whose = step->rest.at[2].key;
    struct ipv4 address;
    struct lease lease = { 0 };

    if (!ipv4_parse(step->rest.at[0].key, &address)) {
        world_fail(w, "written: expect lease 192.0.2.50 is c1");
        return;
    }
    bool there = world_lease(w, address, &lease);
    if (span_is(whose, "free") ? !there || lease.status == LEASE_RELEASED
                               : there && span_is(whose, status_name(&lease)))
        return;
    for (uint8_t i = 0; there && i < w->story->machine_count; i++)
        if (span_equals(w->story->machines[i].name, whose) && lease.status == LEASE_ACTIVE &&
            mac_equals(w->story->machines[i].mac, lease.mac))
            return;
    char block[MAC_TEXT_MAX] = "nobody";
    if (there)
        mac_format(lease.mac, block);
    world_fail(w, "the lease of %.*s should be %.*s, is %s (%s)", SHOWN(step->rest.at[0].key),
               SHOWN(whose), there ? status_name(&lease) : "free", block);
}

static const char *served_name(const struct candidate *c)
{
    switch (c->served_as) {
    case SERVED_FILE:
        return "file";
    case SERVED_LOADER:
        return "loader";
    case SERVED_SCRIPT:
        return "script";
    case SERVED_KERNEL:
        return "kernel";
    case SERVED_INITRD:
        return "initrd";
    case SERVED_DISK:
        return "disk";
    case SERVED_GRUB_CONFIG:
        return "grub-config";
    case SERVED_ANSWER:
        return "answer";
    case SERVED_WAIT:
        return "wait";
    case SERVED_POINTER:
        return "pointer";
    }
    return "";
}

/* A disk has what one of its texts or the path of one of its files has. */
static bool served_has(const struct candidate *c, struct span part)
{
    bool has = contains(c->text, part);

    for (uint16_t i = 0; c->kind == CANDIDATE_DISK && i < c->disk->count; i++)
        has = has || contains(c->disk->parts[i].source.text, part) ||
              contains(span_text(c->disk->parts[i].path), part);
    return has;
}

static void expect_served(struct world *w, const struct story_step *step)
{
    const struct candidate *c = &w->found.candidates[0];

    if (!w->was_fetched || w->found.count == 0) {
        world_fail(w, "expected %.*s to be served, but nothing is: %s", SHOWN(step->rest.at[0].key),
                   w->was_fetched ? w->found.why : "nothing fetched");
        return;
    }
    if (!span_is(step->rest.at[0].key, served_name(c)))
        world_fail(w, "expected %.*s to be served, saw %s", SHOWN(step->rest.at[0].key),
                   served_name(c));
    for (uint8_t i = 1; i < step->rest.count; i++) {
        const struct story_word *word = &step->rest.at[i];
        bool right = span_is(word->key, "has")     ? served_has(c, word->value)
                     : span_is(word->key, "lacks") ? !served_has(c, word->value)
                     : span_is(word->key, "path")
                         ? span_equals(safe_path_span(&c->path), word->value)
                     : span_is(word->key, "what") ? c->what && span_is(word->value, c->what)
                                                  : false;
        if (!right)
            world_fail(w, "what is served should be so: %.*s %.*s; it is %s %s", SHOWN(word->key),
                       SHOWN(word->value), c->what ? c->what : "",
                       c->kind == CANDIDATE_FILE ? c->path.text : "(a text)");
    }
}

static void expect_nothing(struct world *w, const struct story_step *step)
{
    if (!w->was_fetched || w->found.count > 0)
        world_fail(w, "expected nothing to be found, saw %s",
                   w->was_fetched ? served_name(&w->found.candidates[0]) : "no fetch");
    else if (step->rest.count > 0 && !contains(span_text(w->found.why), step->rest.at[0].value))
        world_fail(w, "the reason is: %s", w->found.why);
}

void world_expect(struct world *w, const struct story_step *step)
{
    w->result->expectations++;
    switch (step->verb) {
    case STORY_EXPECT_REPLY:
        expect_reply(w, step);
        break;
    case STORY_EXPECT_SILENCE:
        if (w->reply.len > 0 || w->outcome.action == DHCP4_PROBE)
            fail_with_events(w, "silence");
        break;
    case STORY_EXPECT_PROBE:
        expect_probe(w, step);
        break;
    case STORY_EXPECT_CHANGE:
        expect_change(w, step);
        break;
    case STORY_EXPECT_EVENT:
        expect_event(w, step);
        break;
    case STORY_EXPECT_UNTOLD:
        expect_untold(w, step);
        break;
    case STORY_EXPECT_LEASE:
        expect_lease(w, step);
        break;
    case STORY_EXPECT_SERVED:
        expect_served(w, step);
        break;
    case STORY_EXPECT_NOTHING:
        expect_nothing(w, step);
        break;
    case STORY_SENDS:
    case STORY_MISSES:
    case STORY_FETCHES:
    case STORY_PROBE_FREE:
    case STORY_PROBE_TAKEN:
    case STORY_STORE_REFUSES:
    case STORY_STORE_WORKS:
    case STORY_CLOCK_JUMPS:
    case STORY_RESTARTS:
    case STORY_NEXT_BOOT:
    case STORY_VERB_COUNT:
        break;
    }
}
