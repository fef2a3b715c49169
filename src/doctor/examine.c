/* See examine.h. Each check looks at the facts from one side and adds its findings; words are in
 * finding.def. Servers are told apart by option 54, and an address pair of one server is one. */
#include "doctor/examine.h"

static const struct {
    const char *name;
    enum finding_level level;
    const char *sentence, *cure;
} rows[FINDS_COUNT] = {
#define FINDING(name_, level_, sentence_, cure_)                                                   \
    [FINDS_##name_] = { #name_, FINDING_##level_, sentence_, cure_ },
#include "doctor/finding.def"
#undef FINDING
};

const char *finding_name(enum finding_id id)
{
    return rows[id].name;
}

enum finding_level finding_level(enum finding_id id)
{
    return rows[id].level;
}

const char *finding_level_name(enum finding_level level)
{
    static const char *const names[] = {
        [FINDING_PROBLEM] = "problem", [FINDING_WARNING] = "warning", [FINDING_NOTE] = "note"
    };
    return names[level];
}

/* What the sentences are filled with. */
struct words {
    const char *interface, *pose, *file, *owner, *said;
    struct ipv4 server, other;
    uint32_t number;
    uint16_t port;
};

static void add_word(struct text *out, struct span key, const struct words *w)
{
    const struct {
        const char *key, *value;
    } texts[] = { { "interface", w->interface },
                  { "pose", w->pose },
                  { "file", w->file },
                  { "owner", w->owner },
                  { "said", w->said } };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (span_is(key, texts[i].key))
            text_add(out, texts[i].value ? texts[i].value : "");
    if (span_is(key, "server"))
        text_add_ipv4(out, w->server);
    else if (span_is(key, "other"))
        text_add_ipv4(out, w->other);
    else if (span_is(key, "number"))
        text_addf(out, "%u", w->number);
    else if (span_is(key, "port"))
        text_addf(out, "%u", w->port);
}

static void fill(const char *sentence, const struct words *w, char *data, size_t cap)
{
    struct text out = text_over(data, cap);
    struct span rest = span_text(sentence);

    while (rest.len > 0) {
        size_t open = span_find(rest, '{');
        text_add_span(&out, span_slice(rest, 0, open));
        rest = span_from(rest, open + 1);
        if (rest.len == 0)
            break;
        size_t close = span_find(rest, '}');
        add_word(&out, span_slice(rest, 0, close), w);
        rest = span_from(rest, close + 1);
    }
}

static void find(struct findings *out, enum finding_id id, const struct words *w)
{
    if (out->count == DOCTOR_FINDINGS_MAX)
        return;
    struct finding *f = &out->rows[out->count];
    f->id = id;
    fill(rows[id].sentence, w, f->sentence, sizeof f->sentence);
    fill(rows[id].cure, w, f->cure, sizeof f->cure);
    /* The same two servers are found once however many poses they answered. */
    for (size_t i = 0; i < out->count; i++)
        if (out->rows[i].id == id && strcmp(out->rows[i].sentence, f->sentence) == 0)
            return;
    out->count++;
}

/* The network. */

static void examine_addresses(const struct doctor_facts *f, struct findings *out)
{
    struct words w = { .interface = f->interface };

    for (size_t i = 0; i < f->answer_count; i++) {
        const struct doctor_answer *a = &f->answers[i];
        if (!answer_gives_address(a))
            continue;
        if (ipv4_is_none(w.server))
            w.server = a->server;
        else if (!ipv4_equals(w.server, a->server) && ipv4_is_none(w.other))
            w.other = a->server;
    }
    if (ipv4_is_none(w.server))
        find(out, FINDS_NO_ADDRESS, &w);
    else if (!ipv4_is_none(w.other))
        find(out, FINDS_TWO_ADDRESSES, &w);
}

static void examine_wire(const struct doctor_facts *f, struct findings *out)
{
    char bridge[MAC_TEXT_MAX];

    examine_addresses(f, out);
    if (f->has_bpdu && !f->bpdu.is_rapid) {
        mac_format(f->bpdu.bridge, bridge);
        find(out, FINDS_SPANNING_TREE,
             &(struct words){ .owner = bridge, .number = 2 * f->bpdu.forward_delay_s });
    }
    if (f->mtu > 0 && f->mtu < f->block_size_max + 32u)
        find(out, FINDS_SMALL_MTU, &(struct words){ .interface = f->interface, .number = f->mtu });
}

/* This machine. */

static bool has_own_answer(const struct doctor_facts *f)
{
    for (size_t i = 0; i < f->answer_count; i++)
        if (f->answers[i].ours)
            return true;
    return false;
}

static bool knows_nothing(const struct doctor_facts *f)
{
    for (size_t i = 0; i < POSE_COUNT; i++)
        if (!f->no_loader[i][0])
            return false;
    return true;
}

static void examine_here(const struct doctor_facts *f, struct findings *out)
{
    const struct words here = { .interface = f->interface, .port = f->http_port };

    for (size_t i = 0; i < f->port_count; i++)
        find(out, FINDS_PORT_TAKEN,
             &(struct words){ .port = f->ports[i].port, .owner = f->ports[i].owner });
    if (!f->daemon_runs)
        find(out, FINDS_DAEMON_NOT_RUNNING, &here);
    else if (!f->daemon_serves)
        find(out, FINDS_DAEMON_OFF, &here);
    else if (!has_own_answer(f) && !knows_nothing(f))
        find(out, FINDS_DAEMON_SILENT, &here);
    if (f->daemon_serves && f->filter[0])
        find(out, FINDS_FIREWALL_HERE,
             &(struct words){ .interface = f->interface, .said = f->filter, .port = f->http_port });
    for (unsigned int i = 0; i < POSE_COUNT; i++) {
        const char *title = pose_row((enum pose)i)->title;
        if (f->no_loader[i][0])
            find(out, FINDS_NO_LOADER, &(struct words){ .pose = title, .said = f->no_loader[i] });
        if (f->not_secure[i][0])
            find(out, FINDS_NO_SECURE_CHAIN,
                 &(struct words){ .pose = title, .said = f->not_secure[i] });
    }
}

/* What servers answer. */

/* Firmware of this kind would take the answer as its boot information. */
static bool is_usable(const struct doctor_answer *a)
{
    bool is_http = a->pose == POSE_UEFI_HTTP;

    if (!a->file[0])
        return false;
    return !is_http || (a->says_http && a->is_url);
}

const struct doctor_answer *doctor_boot_answer(const struct doctor_facts *f, enum pose pose)
{
    const struct doctor_answer *best = NULL;

    for (size_t i = 0; i < f->answer_count; i++)
        if (f->answers[i].pose == pose && is_usable(&f->answers[i]) &&
            (!best || (best->ours < f->answers[i].ours)))
            best = &f->answers[i];
    return best;
}

struct ipv4 doctor_file_server(const struct doctor_answer *a)
{
    return ipv4_is_none(a->next_server) ? a->server : a->next_server;
}

bool doctor_needs_4011(const struct doctor_answer *a)
{
    return a->says_pxe && !a->from_4011 && a->pose != POSE_UEFI_HTTP &&
           (!a->file[0] || (a->has_vendor && !a->loads_at_once));
}

static bool has_4011(const struct doctor_facts *f, const struct doctor_answer *asked)
{
    for (size_t i = 0; i < f->answer_count; i++)
        if (f->answers[i].from_4011 && f->answers[i].pose == asked->pose &&
            ipv4_equals(f->answers[i].server, asked->server))
            return true;
    return false;
}

static void examine_answer(const struct doctor_facts *f, size_t index, struct findings *out)
{
    const struct doctor_answer *a = &f->answers[index];
    const struct words w = { .pose = pose_row(a->pose)->title,
                             .server = a->server,
                             .file = a->file };

    if (a->says_pxe && !a->has_vendor && !a->file[0] && !a->from_4011)
        find(out, FINDS_CLASS_ALONE, &w);
    else if (f->asked_4011[index] && !has_4011(f, a))
        find(out, FINDS_PORT_4011_SILENT, &w);
    if (a->pose == POSE_UEFI_HTTP && a->file[0] && !a->is_url)
        find(out, FINDS_HTTP_NO_URL, &w);
    else if (a->pose == POSE_UEFI_HTTP && a->file[0] && !a->says_http)
        find(out, FINDS_HTTP_NO_CLASS, &w);
    if (a->file[0] && !a->is_url && ipv4_is_none(a->next_server))
        find(out, FINDS_NO_NEXT_SERVER, &w);
    for (size_t i = 0; a->pose == POSE_IPXE && a->file[0] && i < f->answer_count; i++) {
        const struct doctor_answer *other = &f->answers[i];
        if (other->pose == POSE_UEFI && ipv4_equals(other->server, a->server) &&
            strcmp(other->file, a->file) == 0)
            find(out, FINDS_IPXE_LOOP, &w);
    }
}

static void examine_boot_servers(const struct doctor_facts *f, enum pose pose, struct findings *out)
{
    struct words w = { .pose = pose_row(pose)->title };
    bool has_address = false;

    for (size_t i = 0; i < f->answer_count; i++) {
        const struct doctor_answer *a = &f->answers[i];
        if (a->pose != pose)
            continue;
        has_address |= answer_gives_address(a);
        if (!a->file[0])
            continue;
        if (ipv4_is_none(w.server))
            w.server = a->server;
        else if (!ipv4_equals(w.server, a->server))
            w.other = a->server;
    }
    if (!ipv4_is_none(w.other))
        find(out, FINDS_TWO_BOOT_SERVERS, &w);
    /* Where tugboot itself has nothing for this kind, that was said. */
    if (has_address && ipv4_is_none(w.server) && !f->no_loader[pose][0])
        find(out, FINDS_NO_BOOT, &w);
}

/* What is behind the answers. */

static void examine_fetch(const struct doctor_fetch *fetch, struct findings *out)
{
    const struct words w = { .pose = pose_row(fetch->pose)->title,
                             .server = fetch->server,
                             .file = fetch->file,
                             .said = fetch->said,
                             .number = fetch->block_size };

    switch (fetch->result) {
    case FETCH_GOOD:
        break;
    case FETCH_SILENT:
        find(out, fetch->is_http ? FINDS_HTTP_SILENT : FINDS_TFTP_SILENT, &w);
        break;
    case FETCH_LARGE_LOST:
        find(out, FINDS_TFTP_LARGE_LOST, &w);
        break;
    case FETCH_REFUSED:
        find(out, fetch->is_http ? FINDS_HTTP_SILENT : FINDS_FILE_MISSING, &w);
        break;
    }
}

void doctor_examine(const struct doctor_facts *f, struct findings *out)
{
    out->count = 0;
    examine_wire(f, out);
    examine_here(f, out);
    for (unsigned int i = 0; i < POSE_COUNT; i++)
        examine_boot_servers(f, (enum pose)i, out);
    for (size_t i = 0; i < f->answer_count; i++)
        examine_answer(f, i, out);
    for (size_t i = 0; i < f->fetch_count; i++)
        examine_fetch(&f->fetches[i], out);
}

bool doctor_would_boot(const struct doctor_facts *f, enum pose pose)
{
    const struct doctor_answer *boot = doctor_boot_answer(f, pose);
    bool has_address = false;

    for (size_t i = 0; i < f->answer_count; i++)
        has_address |= f->answers[i].pose == pose && answer_gives_address(&f->answers[i]);
    if (!boot || !has_address)
        return false;
    for (size_t i = 0; i < f->fetch_count; i++) {
        const struct doctor_fetch *fetch = &f->fetches[i];
        if (fetch->is_http == boot->is_url && strcmp(fetch->file, boot->file) == 0 &&
            (fetch->is_http || ipv4_equals(fetch->server, doctor_file_server(boot))))
            return fetch->result == FETCH_GOOD;
    }
    return true;
}
