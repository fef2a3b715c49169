/* See story.h. A line at a time: first what is on the network (story, claims, why, config, loaders,
 * image, interface, machine), then what happens (at ..., and what belongs to the same moment). The
 * reading goes on after a fault, so that one run tells them all. */
#include <stdarg.h>
#include <stdio.h>

#include "model/arch.h"
#include "story/story.h"

struct parser {
    struct story *story;
    struct story_faults *faults;
    uint32_t line;
    struct duration at;
    bool in_config;
    const uint8_t *config_from;
};

/* What exceeds STORY_FAULTS_MAX only sets `more`. */
static void __attribute__((format(printf, 3, 4)))
add_fault(struct story_faults *faults, uint32_t line, const char *format, ...)
{
    va_list args;

    if (faults->count == STORY_FAULTS_MAX) {
        faults->more = true;
        return;
    }
    struct story_fault *fault = &faults->rows[faults->count++];
    fault->line = line;
    va_start(args, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
}

#define FAULT(p, ...) add_fault((p)->faults, (p)->line, __VA_ARGS__)
/* For "%.*s"; foreign text is escaped by whoever shows the fault. */
#define SHOWN(s) (int)((s).len < 40 ? (s).len : 40), (const char *)(s).data

/* The words from `from` on. */
static struct story_words words_from(const struct story_words *words, uint8_t from)
{
    struct story_words rest = { .count = 0 };
    for (uint8_t i = from; i < words->count; i++)
        rest.at[rest.count++] = words->at[i];
    return rest;
}

static struct span word_at(const struct story_words *words, uint8_t i)
{
    return i < words->count && !words->at[i].has_value ? words->at[i].key : (struct span){ 0 };
}

/* Every word is a key of this use with a value of its type. */
static void check_words(struct parser *p, const struct story_words *words, enum story_use use)
{
    uint8_t block[STORY_VALUE_MAX];

    for (uint8_t i = 0; i < words->count; i++) {
        const struct story_word *w = &words->at[i];
        struct writer out = writer_over(block, sizeof block);
        const char *right;
        struct story_key key;
        if (!story_key_find(w->key, use, &key)) {
            FAULT(p, "'%.*s' is nothing a %s has; see tugboot-stories(7) for the words",
                  SHOWN(w->key), use == STORY_IN_MESSAGE ? "message" : "reply");
            continue;
        }
        if (use == STORY_IN_REPLY && (span_is(w->value, "none") || key.code == STORY_FIELD_TO))
            continue;
        if (w->contains && use == STORY_IN_REPLY)
            key.type = STORY_TEXT;
        if (!w->has_value || !story_value_encode(key.type, w, &out, &right)) {
            if (!w->has_value)
                right = "a value";
            FAULT(p, "'%.*s' wants %s", SHOWN(w->key), right);
        }
    }
}

static bool message_type(struct span name, uint8_t *ret_type)
{
    static const char *const names[] = { "",    "discover", "offer",   "request", "decline",
                                         "ack", "nak",      "release", "inform" };
    for (uint8_t i = 1; i < sizeof names / sizeof names[0]; i++)
        if (span_is(name, names[i])) {
            *ret_type = i;
            return true;
        }
    return false;
}

static bool find_machine(const struct story *story, struct span name, uint8_t *ret_machine)
{
    for (uint8_t i = 0; i < story->machine_count; i++)
        if (span_equals(story->machines[i].name, name)) {
            *ret_machine = i;
            return true;
        }
    return false;
}

/* the network */

static void parse_machine(struct parser *p, const struct story_words *words)
{
    struct story_machine *m = &p->story->machines[p->story->machine_count];
    uint8_t known, own = 2;
    const char *wrong;

    if (p->story->machine_count == STORY_MACHINES_MAX) {
        FAULT(p, "too many machines (%d at most)", STORY_MACHINES_MAX);
        return;
    }
    if (word_at(words, 1).len == 0 || find_machine(p->story, word_at(words, 1), &known)) {
        FAULT(p, "a machine needs a name of its own: machine c1 is edk2-pxe");
        return;
    }
    *m = (struct story_machine){ .name = word_at(words, 1),
                                 .mac = { { 0x52, 0x54, 0, 0, 0,
                                            (uint8_t)(p->story->machine_count + 1) } } };
    if (span_is(word_at(words, 2), "is")) {
        const char *text = story_client_words(word_at(words, 3));
        if (text)
            (void)story_words_split(span_text(text), &m->is, &wrong);
        else
            FAULT(p, "no client is called '%.*s'; see tugboot-stories(7) for the list",
                  SHOWN(word_at(words, 3)));
        own = 4;
    }
    m->own = words_from(words, own);
    check_words(p, &m->own, STORY_IN_MESSAGE);
    for (uint8_t i = 0; i < m->own.count; i++)
        if (span_is(m->own.at[i].key, "mac"))
            (void)mac_parse(m->own.at[i].value, &m->mac);
    p->story->machine_count++;
}

static void parse_interface(struct parser *p, const struct story_words *words)
{
    struct story_interface *i = &p->story->interfaces[p->story->interface_count];
    struct span text = word_at(words, 2);
    size_t slash = span_find(text, '/');

    if (p->story->interface_count == STORY_INTERFACES_MAX || words->count != 3 ||
        !ipv4_parse(span_slice(text, 0, slash), &i->address) || slash == text.len ||
        word_at(words, 1).len >= sizeof i->name) {
        FAULT(p, "an interface is written: interface eth0 192.0.2.1/24 (%d at most)",
              STORY_INTERFACES_MAX);
        return;
    }
    uint32_t length = 0;
    for (size_t at = slash + 1; at < text.len && length < 100; at++)
        length = length * 10 + (uint32_t)(text.data[at] - '0');
    if (length < 1 || length > 32) {
        FAULT(p, "the prefix length is a number from 1 to 32");
        return;
    }
    i->link = (struct ipv4_prefix){ .length = (uint8_t)length };
    i->link.base.value = i->address.value & ipv4_prefix_mask(i->link).value;
    span_to_text(word_at(words, 1), i->name, sizeof i->name);
    p->story->interface_count++;
}

static void parse_image(struct parser *p, const struct story_words *words)
{
    struct story_image *image = &p->story->images[p->story->image_count];
    enum arch arch;

    if (p->story->image_count == STORY_IMAGES_MAX || word_at(words, 1).len == 0 ||
        word_at(words, 1).len >= sizeof image->name) {
        FAULT(p, "an image is written: image debian-12 efi-x64 bios-x86 (%d at most)",
              STORY_IMAGES_MAX);
        return;
    }
    *image = (struct story_image){ .arches = 0 };
    span_to_text(word_at(words, 1), image->name, sizeof image->name);
    for (uint8_t i = 2; i < words->count; i++) {
        if (arch_parse(word_at(words, i), &arch))
            image->arches |= arch_bit(arch);
        else
            FAULT(p, "'%.*s' is no architecture; efi-x64 and bios-x86 are",
                  SHOWN(words->at[i].key));
    }
    if (words->count == 2)
        image->arches = arch_bit(ARCH_EFI_X64) | arch_bit(ARCH_BIOS_X86);
    p->story->image_count++;
}

/* what happens */

static struct story_step *add_step(struct parser *p, enum story_verb verb)
{
    if (p->story->step_count == STORY_STEPS_MAX) {
        FAULT(p, "too many steps (%d at most)", STORY_STEPS_MAX);
        return &p->story->steps[STORY_STEPS_MAX - 1];
    }
    struct story_step *step = &p->story->steps[p->story->step_count++];
    *step = (struct story_step){ .line = p->line, .at = p->at, .verb = verb };
    return step;
}

static void parse_deed(struct parser *p, const struct story_words *words, uint8_t machine)
{
    struct span verb = word_at(words, 1);
    struct story_step *step;
    uint8_t type;

    if (span_is(verb, "sends")) {
        if (!message_type(word_at(words, 2), &type)) {
            FAULT(p, "a machine sends discover, request, decline, release or inform");
            return;
        }
        step = add_step(p, STORY_SENDS);
        step->type = type;
        step->rest = words_from(words, 3);
        check_words(p, &step->rest, STORY_IN_MESSAGE);
    } else if (span_is(verb, "fetches")) {
        step = add_step(p, STORY_FETCHES);
        step->rest = words_from(words, 2);
        if (words->count != 5 || !span_is(word_at(words, 3), "by") ||
            (!span_is(word_at(words, 4), "tftp") && !span_is(word_at(words, 4), "http")))
            FAULT(p, "written: c1 fetches ipxe.efi by tftp, or: c1 fetches offered by http");
    } else if (span_is(verb, "misses")) {
        step = add_step(p, STORY_MISSES);
    } else {
        FAULT(p, "a machine sends, fetches or misses something");
        return;
    }
    step->machine = machine;
}

static void parse_expectation(struct parser *p, const struct story_words *words)
{
    static const struct {
        const char *word;
        enum story_verb verb;
        uint8_t least, most; /* words after it */
        const char *right;
    } rows[] = {
        { "silence", STORY_EXPECT_SILENCE, 0, 0, "expect silence" },
        { "probe", STORY_EXPECT_PROBE, 1, 1, "expect probe 192.0.2.50" },
        { "change", STORY_EXPECT_CHANGE, 1, 2, "expect change active 192.0.2.50, or none" },
        { "event", STORY_EXPECT_EVENT, 1, 8, "expect event DHCP_NAK_SENT reason~\"network\"" },
        { "untold", STORY_EXPECT_UNTOLD, 1, 1, "expect untold CHAIN_NEXT" },
        { "lease", STORY_EXPECT_LEASE, 3, 3,
          "expect lease 192.0.2.50 is c1 (or free, released, "
          "declined)" },
        { "served", STORY_EXPECT_SERVED, 1, 8, "expect served script has=\"...\"" },
        { "nothing", STORY_EXPECT_NOTHING, 0, 1, "expect nothing why~\"...\"" },
    };
    uint8_t type;

    if (message_type(word_at(words, 1), &type) && (type == 2 || type == 5 || type == 6)) {
        struct story_step *step = add_step(p, STORY_EXPECT_REPLY);
        step->type = type;
        step->rest = words_from(words, 2);
        check_words(p, &step->rest, STORY_IN_REPLY);
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!span_is(word_at(words, 1), rows[i].word))
            continue;
        if (words->count - 2 < rows[i].least || words->count - 2 > rows[i].most)
            FAULT(p, "written: %s", rows[i].right);
        else
            add_step(p, rows[i].verb)->rest = words_from(words, 2);
        return;
    }
    FAULT(p,
          "one expects offer, ack, nak, silence, probe, change, event, lease, served or nothing");
}

static void parse_jump(struct parser *p, const struct story_words *words)
{
    struct span by = word_at(words, 2);
    struct duration d;

    if (by.len < 2 || (by.data[0] != '+' && by.data[0] != '-') ||
        !story_duration_parse(span_from(by, 1), &d)) {
        FAULT(p, "written: clock jumps +1h, or: clock jumps -30m");
        return;
    }
    if (by.data[0] == '-')
        d.ns = -d.ns;
    add_step(p, STORY_CLOCK_JUMPS)->by = d;
}

static void parse_statement(struct parser *p, const struct story_words *words)
{
    static const struct {
        const char *first, *second;
        enum story_verb verb;
    } rows[] = {
        { "store", "refuses", STORY_STORE_REFUSES }, { "store", "works", STORY_STORE_WORKS },
        { "server", "restarts", STORY_RESTARTS },    { "probe", "free", STORY_PROBE_FREE },
        { "probe", "taken", STORY_PROBE_TAKEN },     { "next-boot", NULL, STORY_NEXT_BOOT },
    };
    struct span first = word_at(words, 0);
    uint8_t machine;

    if (span_is(first, "expect")) {
        parse_expectation(p, words);
        return;
    }
    if (span_is(first, "clock")) {
        parse_jump(p, words);
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (span_is(first, rows[i].first) &&
            (!rows[i].second || span_is(word_at(words, 1), rows[i].second))) {
            if (!rows[i].second && words->count != 3)
                FAULT(p, "written: next-boot HOST IMAGE");
            add_step(p, rows[i].verb)->rest = words_from(words, rows[i].second ? 2 : 1);
            return;
        }
    if (find_machine(p->story, first, &machine)) {
        parse_deed(p, words, machine);
        return;
    }
    FAULT(p, "'%.*s' is no machine of this story (machine NAME ...), nor a word a line begins with",
          SHOWN(first));
}

static void parse_at(struct parser *p, const struct story_words *words)
{
    struct story_words rest = words_from(words, 2);
    struct duration at;

    if (!story_duration_parse(word_at(words, 1), &at)) {
        FAULT(p, "a time is written 0s, 1h30m or 500ms");
        return;
    }
    if (at.ns < p->at.ns) {
        FAULT(p, "time goes forward only: an earlier line is at a later time");
        return;
    }
    p->at = at;
    if (rest.count > 0)
        parse_statement(p, &rest);
}

/* the lines */

/* What follows the first word, for the headings. */
static struct span heading(struct span line, size_t word)
{
    struct span rest = span_from(line, word);
    while (rest.len > 0 && (rest.data[0] == ' ' || rest.data[0] == '\t'))
        rest = span_from(rest, 1);
    while (rest.len > 0 && (rest.data[rest.len - 1] == ' ' || rest.data[rest.len - 1] == '\r'))
        rest.len--;
    return rest;
}

static bool parse_heading(struct parser *p, struct span line)
{
    const struct {
        const char *word;
        struct span *to;
    } rows[] = { { "story ", &p->story->name },
                 { "claims ", &p->story->claims },
                 { "why ", &p->story->why } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (span_starts_with(line, rows[i].word)) {
            if (rows[i].to->len > 0)
                FAULT(p, "'%s' stands here twice", rows[i].word);
            *rows[i].to = heading(line, strlen(rows[i].word));
            return true;
        }
    return false;
}

static void parse_line(struct parser *p, struct span line)
{
    struct story_words words;
    const char *wrong = "";

    if (parse_heading(p, line))
        return;
    if (!story_words_split(line, &words, &wrong)) {
        FAULT(p, "%s", wrong);
        return;
    }
    if (words.count == 0)
        return;
    struct span first = word_at(&words, 0);
    if (span_is(first, "config")) {
        p->in_config = words.count == 1;
        p->config_from = NULL;
        p->story->config_line = p->line;
        p->story->config_file = word_at(&words, 1);
    } else if (span_is(first, "loaders")) {
        p->story->loaders = words_from(&words, 1);
        p->story->has_loaders = true;
    } else if (span_is(first, "interface")) {
        parse_interface(p, &words);
    } else if (span_is(first, "image")) {
        parse_image(p, &words);
    } else if (span_is(first, "machine")) {
        parse_machine(p, &words);
    } else if (span_is(first, "at")) {
        parse_at(p, &words);
    } else {
        parse_statement(p, &words);
    }
}

/* A line of the configuration that stands in the story. */
static void take_config(struct parser *p, struct span line)
{
    if (span_is(heading(line, 0), "end")) {
        p->in_config = false;
        return;
    }
    if (!p->config_from)
        p->config_from = line.data;
    p->story->config = span_of(p->config_from, (size_t)(line.data - p->config_from) + line.len);
}

const struct story *story_parse(struct span text, struct arena *memory, struct story_faults *faults)
{
    struct parser p = { .story = arena_new(memory, struct story), .faults = faults };

    if (!p.story || text.len > STORY_TEXT_MAX) {
        FAULT(&p, p.story ? "the story is longer than 64 KiB; make two of it"
                          : "not enough memory to read it");
        return NULL;
    }
    while (text.len > 0) {
        size_t n = span_find(text, '\n');
        struct span line = span_slice(text, 0, n);
        p.line++;
        if (p.in_config)
            take_config(&p, line);
        else
            parse_line(&p, line);
        text = span_from(text, n + 1);
    }
    if (p.in_config)
        FAULT(&p, "the configuration is not closed: a line with the word end is missing");
    if (p.story->name.len == 0)
        FAULT(&p, "the story has no name: its first line is: story what-happens");
    if (p.story->interface_count == 0) {
        struct story_interface *i = &p.story->interfaces[p.story->interface_count++];
        *i = (struct story_interface){ "eth0", { 0xc0000201 }, { { 0xc0000200 }, 24 } };
    }
    return faults->count == 0 ? p.story : NULL;
}
