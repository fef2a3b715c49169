/* See chain_plan.h. First the options of this machine in the site's order, each with what stands in
 * its way; then memory moves them: what started this machine, what started others of its firmware,
 * what was never tried, and last what stalled, longest ago first. So a chain that stalls is
 * followed by the next, and when all have stalled the first begins again. */
#include "boot/chain_plan.h"

#include "base/checked.h"

#include "boot/loader.h"
#include "model/url.h"

struct planning {
    const struct catalog *catalog;
    const struct client *client;
    const struct recollection *recalled;
    enum arch arch;
    enum transport transport;
    bool beside;
    struct chain_plan *plan;
};

static const struct recollection nothing;

/* What inspection knows, else what the row claims. */
static void judge(struct chain_option *option, const struct secure_facts *facts)
{
    static const char *const unsigned_text = "it is not signed";
    enum chain_secure claim = option->row->secure;

    option->trust = CHAIN_TRUST_YES;
    option->refusal = "";
    if (!arch_is_efi(option->row->arch))
        return;
    if (facts && facts->inspected) {
        if (facts->signers & SECURE_MICROSOFT_ANY && !facts->refusal[0])
            return;
        option->trust =
            facts->is_signed && facts->signers & SECURE_OWN ? CHAIN_TRUST_OWN_KEYS : CHAIN_TRUST_NO;
        option->refusal = facts->refusal[0]  ? facts->refusal
                          : facts->is_signed ? "it is not signed by Microsoft"
                                             : unsigned_text;
    } else if (claim == CHAIN_SECURE_OWN) {
        option->trust = CHAIN_TRUST_OWN_KEYS;
        option->refusal = "it is signed by this site's own keys, which the machine must know";
    } else if (claim != CHAIN_SECURE_SIGNED) {
        option->trust = CHAIN_TRUST_NO;
        option->refusal = unsigned_text;
    }
}

/* A second stage is for the shim to accept; whoever signed it, it has to be whole and signed. */
static void judge_second(struct chain_option *option)
{
    const struct secure_facts *facts = option->second ? &option->second->secure : NULL;

    if (!facts || !facts->inspected || option->row->secure != CHAIN_SECURE_SIGNED ||
        option->trust != CHAIN_TRUST_YES)
        return;
    if (facts->is_signed && !facts->is_damaged && !facts->is_revoked)
        return;
    option->trust = CHAIN_TRUST_NO;
    option->refusal = facts->is_damaged   ? "its second stage is damaged"
                      : facts->is_revoked ? "its second stage is revoked"
                                          : "its second stage is not signed";
}

/* Has the machine started something that no Secure Boot lets pass? */
static bool starts_unsigned(const struct planning *p)
{
    for (uint8_t i = 0; i < p->recalled->count; i++) {
        const struct chain_row *row = chain_find(p->recalled->chains[i].chain, p->arch, NULL);
        if (row && row->secure == CHAIN_SECURE_UNSIGNED &&
            p->recalled->chains[i].last == CHAIN_MARK_STARTED)
            return true;
    }
    return false;
}

/* Does its path fit what a DHCP answer holds, as a name and as a URL? */
static bool has_short_path(const struct image *image)
{
    char name[112], coded[200];
    struct text path = text_over(name, sizeof name), url = text_over(coded, sizeof coded);

    text_addf(&path, "images/%s/%s", image->name, image->kernel);
    url_encode(&url, text_span(&path));
    return !path.failed && !url.failed;
}

static enum chain_state look_at_program(const struct planning *p, bool pinned,
                                        struct chain_option *option)
{
    struct entry entry;

    choose_entry(p->catalog, p->client, &entry);
    if (entry.kind != ENTRY_IMAGE || entry.image->kind != IMAGE_EFI || !has_short_path(entry.image))
        return CHAIN_NO_PROGRAM;
    option->image = entry.image;
    judge(option, &entry.image->secure);
    return pinned || option->trust == CHAIN_TRUST_YES || starts_unsigned(p) ? CHAIN_READY
                                                                            : CHAIN_NOT_TRUSTED;
}

static enum chain_state look_at_files(const struct planning *p, struct chain_option *option)
{
    const struct chain_row *row = option->row;

    option->first = catalog_find_loader(p->catalog, span_text(row->first));
    if (row->second[0])
        option->second = catalog_find_loader(p->catalog, span_text(row->second));
    judge(option, option->first ? &option->first->secure : NULL);
    judge_second(option);
    option->missing = !option->first ? row->first : row->second;
    return option->first && (option->second || !row->second[0]) ? CHAIN_READY : CHAIN_MISSING;
}

static void look_at(const struct planning *p, const struct chain_row *row, bool pinned,
                    struct chain_option *option)
{
    *option = (struct chain_option){ .row = row };
    span_to_text(span_text(row->name), option->name, sizeof option->name);
    judge(option, NULL);
    if (!chain_goes_by(row, p->transport))
        option->state = CHAIN_OTHER_TRANSPORT;
    else if (p->beside && !row->beside && !pinned)
        option->state = CHAIN_NOT_BESIDE;
    else if (row->next == CHAIN_NEXT_PROGRAM)
        option->state = look_at_program(p, pinned, option);
    else
        option->state = look_at_files(p, option);
}

static bool is_planned(const struct planning *p, const char *name)
{
    for (uint8_t i = 0; i < p->plan->count; i++)
        if (strcmp(p->plan->options[i].name, name) == 0)
            return true;
    return false;
}

static void recall(const struct planning *p, struct chain_option *option)
{
    option->result = recollection_find(p->recalled, option->row->name);
    for (uint8_t i = 0; i < p->recalled->elsewhere_count; i++)
        if (strcmp(p->recalled->elsewhere[i], option->row->name) == 0)
            option->elsewhere = true;
}

/* Of several rows with one name the first that is ready, else the first. */
static void add_option(struct planning *p, const char *name, bool pinned)
{
    struct chain_plan *plan = p->plan;
    const struct chain_row *row = chain_find(name, p->arch, NULL);

    if (plan->count == CHAIN_PLAN_MAX || is_planned(p, name))
        return;
    struct chain_option *option = &plan->options[plan->count++];
    if (!row) {
        *option = (struct chain_option){ .state = CHAIN_UNKNOWN, .refusal = "" };
        span_to_text(span_text(name), option->name, sizeof option->name);
        return;
    }
    look_at(p, row, pinned, option);
    while (option->state != CHAIN_READY && (row = chain_find(name, p->arch, row))) {
        struct chain_option other;
        look_at(p, row, pinned, &other);
        if (other.state == CHAIN_READY)
            *option = other;
    }
    recall(p, option);
}

/* U-Boot has of UEFI what iPXE needs; of what a shim asks for it has not all. */
static void add_default_order(struct planning *p)
{
    size_t count;
    const struct chain_row *rows = chain_rows(&count);

    for (size_t i = 0; i < count; i++)
        if (rows[i].arch == p->arch && rows[i].use == CHAIN_USE_DEFAULT &&
            (p->client->kind != CLIENT_UBOOT || rows[i].secure == CHAIN_SECURE_UNSIGNED))
            add_option(p, rows[i].name, false);
}

static void add_order(struct planning *p, const char *order)
{
    struct span rest = span_text(order);
    char name[CHAIN_NAME_MAX];

    while (rest.len > 0) {
        size_t end = min_size(span_find(rest, ' '), span_find(rest, ','));
        span_to_text(span_slice(rest, 0, end), name, sizeof name);
        if (name[0])
            add_option(p, name, false);
        rest = span_from(rest, end + 1);
    }
}

/* A pin names a chain, or the file that starts one. */
static const char *pinned_name(const struct planning *p, const char *pin)
{
    size_t count;
    const struct chain_row *rows = chain_rows(&count);

    for (size_t i = 0; i < count; i++)
        if (rows[i].arch == p->arch && strcmp(rows[i].first, pin) == 0)
            return rows[i].name;
    return pin;
}

static void add_pin(struct planning *p, const char *pin)
{
    add_option(p, pinned_name(p, pin), true);
    struct chain_option *option = &p->plan->options[0];
    /* The very file, where the name alone has several. */
    for (const struct chain_row *row = NULL; (row = chain_find(option->name, p->arch, row));) {
        if (strcmp(row->first, pin) != 0)
            continue;
        look_at(p, row, true, option);
        recall(p, option);
    }
    p->plan->is_pinned = option->state == CHAIN_READY;
}

/* Where memory puts it; smaller comes first. */
static int rank_of(const struct chain_option *option)
{
    enum chain_mark mark = option->result ? option->result->last : CHAIN_MARK_NONE;

    if (option->state != CHAIN_READY)
        return 4;
    if (mark == CHAIN_MARK_STARTED)
        return 0;
    if (mark == CHAIN_MARK_STALLED)
        return 3;
    return option->elsewhere ? 1 : 2;
}

static bool comes_before(const struct chain_option *a, const struct chain_option *b)
{
    int rank_a = rank_of(a), rank_b = rank_of(b);

    if (rank_a != rank_b)
        return rank_a < rank_b;
    if (rank_a == 0)
        return a->result->started_at.ms > b->result->started_at.ms;
    return rank_a == 3 && a->result->stalled_at.ms < b->result->stalled_at.ms;
}

/* Stable: where memory says nothing, the site's order stays. */
static void sort(struct chain_plan *plan)
{
    for (uint8_t i = 1; i < plan->count; i++) {
        struct chain_option moving = plan->options[i];
        uint8_t at = i;
        for (; at > 0 && comes_before(&moving, &plan->options[at - 1]); at--)
            plan->options[at] = plan->options[at - 1];
        plan->options[at] = moving;
    }
}

void chain_plan_make(const struct catalog *catalog, const struct client *client,
                     const struct rule_settings *settings, const struct reach *reach,
                     const struct recollection *recalled, struct chain_plan *out)
{
    struct planning p = { .catalog = catalog,
                          .client = client,
                          .recalled = recalled ? recalled : &nothing,
                          .arch = loader_arch(client->arch),
                          .transport =
                              client->kind == CLIENT_HTTP ? TRANSPORT_HTTP : TRANSPORT_TFTP,
                          .beside = reach->beside,
                          .plan = out };

    *out = (struct chain_plan){ .source =
                                    settings->loader.value ? settings->loader : settings->chains };
    if (settings->loader.value)
        add_pin(&p, settings->loader.value);
    if (settings->chains.value)
        add_order(&p, settings->chains.value);
    else if (!out->is_pinned)
        add_default_order(&p);
    if (!out->is_pinned)
        sort(out);
    while (out->ready_count < out->count && out->options[out->ready_count].state == CHAIN_READY)
        out->ready_count++;
    out->started_over = !out->is_pinned && out->ready_count > 0 && rank_of(&out->options[0]) == 3;
}

const struct chain_option *chain_plan_find(const struct chain_plan *plan, const char *name)
{
    for (uint8_t i = 0; i < plan->count; i++)
        if (strcmp(plan->options[i].name, name) == 0)
            return &plan->options[i];
    return NULL;
}

void chain_option_write(const struct chain_option *option, struct text *out)
{
    switch (option->state) {
    case CHAIN_READY:
        text_add(out, "ready");
        break;
    case CHAIN_UNKNOWN:
        text_add(out, "there is no chain of that name for this machine");
        break;
    case CHAIN_OTHER_TRANSPORT:
        text_addf(out, "it is for %s only",
                  option->row->via == CHAIN_VIA_HTTP ? "HTTP Boot" : "PXE");
        break;
    case CHAIN_NOT_BESIDE:
        text_add(out, "it does not work beside another DHCP server");
        break;
    case CHAIN_MISSING:
        text_addf(out, "%s is not here: ", option->missing);
        loader_add_hint(out, option->missing);
        break;
    case CHAIN_NO_PROGRAM:
        text_add(out, "no EFI program is assigned to it");
        break;
    case CHAIN_NOT_TRUSTED:
        text_addf(out, "Secure Boot would refuse %s: %s", option->image->name, option->refusal);
        break;
    }
}

/* Is its missing file there for everybody? Own loaders have to be made, and Broadcom's comes with
 * what is bought. */
static bool can_be_got(const struct chain_option *option)
{
    return option->state == CHAIN_MISSING && option->trust != CHAIN_TRUST_OWN_KEYS &&
           strcmp(option->name, "broadcom") != 0;
}

/* Those of the plan that lack a file and of this trust: what gets the file, each way once. */
static void add_hints(const struct chain_plan *plan, bool trusted, unsigned most, struct text *out)
{
    char said[2][160] = { "", "" };
    unsigned count = 0;

    for (uint8_t i = 0; i < plan->count && count < most; i++) {
        const struct chain_option *option = &plan->options[i];
        struct text hint = text_over(said[count], sizeof said[count]);
        if (!can_be_got(option) || (option->trust == CHAIN_TRUST_YES) != trusted)
            continue;
        loader_add_hint(&hint, option->missing);
        if (count > 0 && strcmp(said[0], said[1]) == 0)
            continue;
        text_addf(out, "%s%s", out->len > 0 ? ", or " : "", said[count]);
        count++;
    }
}

void chain_plan_add_hint(const struct chain_plan *plan, bool signed_only, struct text *out)
{
    add_hints(plan, true, signed_only ? 2 : 1, out);
    if (!signed_only)
        add_hints(plan, false, 1, out);
}
