/* See diagnose.h. The rules are data; here is only how they are matched and filled in. */
#include "boot/diagnose.h"

#include "model/addr.h"

#define AT(step) (UINT32_C(1) << STEP_##step)
#define ANY      (~UINT32_C(0))

static const struct {
    const char *name;
    uint32_t steps, needs, lacks;
    const char *sentence;
} rules[DIAGNOSIS_COUNT] = {
#define RULE(name_, steps_, needs_, lacks_, sentence_)                                             \
    [DIAGNOSIS_##name_] = { #name_, (uint32_t)(steps_), (uint32_t)(needs_), (uint32_t)(lacks_),    \
                            sentence_ },
#include "boot/diagnose.def"
#undef RULE
};

enum diagnosis diagnose(const struct progress *p)
{
    for (size_t i = 0; i < DIAGNOSIS_COUNT; i++)
        if ((rules[i].steps & (UINT32_C(1) << p->step)) &&
            (p->facts & rules[i].needs) == rules[i].needs && !(p->facts & rules[i].lacks))
            return (enum diagnosis)i;
    return DIAGNOSIS_SILENT;
}

const char *diagnosis_name(enum diagnosis d)
{
    return rules[d].name;
}

static void add_or(struct text *out, const char *value, const char *instead)
{
    text_add(out, value[0] ? value : instead);
}

static void add_address(struct text *out, uint32_t address, const char *instead)
{
    if (address != 0)
        text_add_ipv4(out, (struct ipv4){ address });
    else
        text_add(out, instead);
}

/* What it is given after it came back. */
static void add_next(struct text *out, const struct progress *p)
{
    bool is_other = p->chain[0] && strcmp(p->chain, p->former) != 0;

    if (is_other)
        text_addf(out, "It is given %s%s now", p->refusal[0] ? "" : "the signed chain ", p->chain);
    else if (p->facts & FACT_PINNED)
        text_addf(out, "Its 'loader' setting allows no other: take it away, or set another");
    else
        text_add(out, "No other chain is here that was not tried");
    if (p->hint[0])
        text_addf(out, "; for one that works with Secure Boot: %s", p->hint);
    else if (!is_other && !(p->facts & FACT_PINNED))
        text_add(out, "; 'tugboot explain' shows which could be got");
}

/* What it will be given when it is started again. */
static void add_later(struct text *out, const struct progress *p)
{
    if (p->facts & FACT_PINNED)
        text_add(out, "Its 'loader' setting allows no other chain: take it away, or set another");
    else
        text_add(out, "The next chain is tried at its next boot ('tugboot explain' shows which)");
    if (p->hint[0])
        text_addf(out, "; for one that works with Secure Boot: %s", p->hint);
}

static void add_value(struct text *out, struct span key, const struct progress *p)
{
    if (span_is(key, "file"))
        add_or(out, p->file, "its boot file");
    else if (span_is(key, "missing"))
        add_or(out, p->missing, "a file");
    else if (span_is(key, "server"))
        add_address(out, p->server, "another server");
    else if (span_is(key, "address"))
        add_address(out, p->address, "it was given");
    else if (span_is(key, "bytes"))
        text_add_bytes(out, p->bytes);
    else if (span_is(key, "arch"))
        add_or(out, p->arch, "this kind of machine");
    else if (span_is(key, "image"))
        add_or(out, p->image, "the image");
    else if (span_is(key, "reason"))
        add_or(out, p->reason, "no reason told");
    else if (span_is(key, "refusal"))
        add_or(out, p->former_refusal, "no reason told");
    else if (span_is(key, "next"))
        add_next(out, p);
    else if (span_is(key, "later"))
        add_later(out, p);
}

void diagnosis_write(enum diagnosis d, const struct progress *p, struct text *out)
{
    struct span rest = span_text(rules[d].sentence);

    while (rest.len > 0) {
        size_t open = span_find(rest, '{');
        text_add_span(out, span_slice(rest, 0, open));
        if (open == rest.len)
            break;
        rest = span_from(rest, open + 1);
        size_t close = span_find(rest, '}');
        add_value(out, span_slice(rest, 0, close), p);
        rest = span_from(rest, close + 1);
    }
}
