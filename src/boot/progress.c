/* See progress.h. Only what events say is known here; texts of clients are kept escaped. Retries
 * (the same DISCOVER again) are no progress, so a machine that asks for ever does stall; a boot
 * that begins anew forgets the last one, but for the fact that it came back. */
#include "boot/progress.h"

/* How long a machine may be silent at a step, in seconds; 0 = for ever. Firmware waits out whole
 * windows of 4, 8, 16 and 32 s before it chooses an offer (EDK2), iPXE may wait for the link. */
static const struct {
    const char *name;
    uint16_t patience_s;
} steps[STEP_COUNT] = {
    [STEP_IDLE] = { "idle", 0 },          [STEP_ASKED] = { "asked", 45 },
    [STEP_OFFERED] = { "offered", 45 },   [STEP_ADDRESSED] = { "addressed", 30 },
    [STEP_FETCHING] = { "fetching", 30 }, [STEP_LOADED] = { "loaded", 90 },
    [STEP_IPXE] = { "ipxe", 60 },         [STEP_SCRIPT] = { "script", 120 },
    [STEP_KERNEL] = { "kernel", 300 },    [STEP_WAITING] = { "waiting", 0 },
    [STEP_DONE] = { "done", 0 },
};

/* A DISCOVER of firmware within this time after a whole loader: it did not run. */
#define CAME_BACK_WITHIN_S 180
/* The same after a disk or a program, which may well end its work and start the machine anew; the
 * next boot entries of a firmware that refused it may first time out over IPv6. */
#define ALONE_CAME_BACK_WITHIN_S 120

const char *progress_step_name(enum progress_step step)
{
    return steps[step].name;
}

void progress_init(struct progress *p, uint64_t machine)
{
    *p = (struct progress){ .machine = machine };
}

void progress_mark_told(struct progress *p)
{
    p->told = true;
    /* What it does with what it is given now is another matter. */
    p->facts &= ~(uint32_t)FACT_CAME_BACK;
}

struct instant progress_next_deadline(const struct progress *p)
{
    if (p->told || steps[p->step].patience_s == 0)
        return INSTANT_NEVER;
    /* It came back: that is known at once, but for what it is given now. */
    if (p->facts & FACT_CAME_BACK)
        return p->step == STEP_ASKED ? instant_after(p->moved, duration_seconds(3)) : p->moved;
    return instant_after(p->moved, duration_seconds(steps[p->step].patience_s));
}

bool progress_is_stalled(const struct progress *p, struct instant now)
{
    struct instant deadline = progress_next_deadline(p);
    return deadline.ns != INSTANT_NEVER.ns && instant_reached(now, deadline);
}

static struct span field(const struct event *e, const char *key)
{
    const struct event_field *f = event_find(e, key);
    return f && f->kind == FIELD_TEXT ? event_field_text(e, f) : (struct span){ 0 };
}

static uint64_t number(const struct event *e, const char *key)
{
    const struct event_field *f = event_find(e, key);
    return f && f->kind != FIELD_TEXT ? f->number : 0;
}

/* An IPv4 field, which some events carry as text. */
static uint32_t address(const struct event *e, const char *key)
{
    return (uint32_t)number(e, key);
}

static void keep(char *out, size_t cap, struct span s)
{
    struct text text = text_over(out, cap);
    text_add_escaped(&text, s);
}

static bool has_part(struct span s, const char *part)
{
    for (size_t i = 0; i + strlen(part) <= s.len; i++)
        if (span_is_nocase(span_slice(s, i, strlen(part)), part))
            return true;
    return false;
}

static void move_to(struct progress *p, enum progress_step step, struct instant now)
{
    p->step = step;
    p->moved = now;
    p->told = false;
    p->facts &= ~(uint32_t)(FACT_NOT_FOUND | FACT_SIZE_ONLY);
    /* An offer is our step, not the machine's: it may still be asking again and again. */
    if (step == STEP_OFFERED)
        return;
    p->discovers = 0;
    p->facts &= ~(uint32_t)FACT_REPEATED;
}

static void start_anew(struct progress *p, struct instant now)
{
    struct progress fresh = { .machine = p->machine, .moved = now, .step = STEP_ASKED };
    *p = fresh;
}

static bool is_within(const struct progress *p, struct instant now, int64_t seconds)
{
    return !instant_reached(now, instant_after(p->moved, duration_seconds(seconds)));
}

/* A firmware that asks anew: does it, instead of running what it has? */
static bool has_come_back(const struct progress *p, struct instant now)
{
    if (p->facts & FACT_ALONE)
        return is_within(p, now, ALONE_CAME_BACK_WITHIN_S);
    return p->step == STEP_LOADED && !(p->facts & FACT_IPXE) &&
           is_within(p, now, CAME_BACK_WITHIN_S);
}

static void note_firmware_discover(struct progress *p, const struct event *e, struct instant now)
{
    bool is_retry = p->step == STEP_ASKED || p->step == STEP_OFFERED;
    const struct progress before = *p;

    if (!is_retry)
        start_anew(p, now);
    if (has_come_back(&before, now)) {
        p->facts |= FACT_CAME_BACK | (before.facts & (FACT_SECOND | FACT_PINNED));
        p->facts |= before.refusal[0] ? FACT_REFUSABLE : 0;
        p->bytes = before.bytes;
        memcpy(p->file, before.file, sizeof p->file);
        memcpy(p->former, before.chain, sizeof p->former);
        memcpy(p->former_refusal, before.refusal, sizeof p->former_refusal);
    }
    if (++p->discovers >= 3)
        p->facts |= FACT_REPEATED;
    if (span_is(field(e, "kind"), "http"))
        p->facts |= FACT_HTTP;
    if (has_part(field(e, "arch"), "efi"))
        p->facts |= FACT_EFI;
    keep(p->arch, sizeof p->arch, field(e, "arch"));
}

static void note_discover(struct progress *p, const struct event *e, struct instant now)
{
    struct span kind = field(e, "kind");

    /* The installed or installing system asks for its address: no part of the boot. */
    if (span_is(kind, "os") || span_is(kind, "unknown"))
        return;
    if (!span_is(kind, "ipxe")) {
        note_firmware_discover(p, e, now);
        return;
    }
    bool is_new = !(p->facts & FACT_IPXE) || p->step >= STEP_SCRIPT;
    if (p->step >= STEP_SCRIPT)
        start_anew(p, now);
    p->facts &= ~(uint32_t)FACT_CAME_BACK;
    p->facts |= FACT_IPXE;
    if (is_new)
        move_to(p, STEP_IPXE, now);
    else if (++p->discovers >= 3)
        p->facts |= FACT_REPEATED;
    keep(p->arch, sizeof p->arch, field(e, "arch"));
}

/* Steps of DHCP move a boot on only while it is at DHCP; iPXE's own exchange keeps STEP_IPXE. */
static void note_dhcp_step(struct progress *p, enum progress_step step, struct instant now)
{
    if (p->step == STEP_IPXE)
        p->moved = now;
    else if (p->step != STEP_IDLE && p->step < step)
        move_to(p, step, now);
}

/* The chain an offer names. */
static void note_chain(struct progress *p, const struct event *e)
{
    if (field(e, "chain").len == 0)
        return;
    keep(p->chain, sizeof p->chain, field(e, "chain"));
    keep(p->refusal, sizeof p->refusal, field(e, "refusal"));
    keep(p->hint, sizeof p->hint, field(e, "hint"));
    p->facts &= ~(uint32_t)FACT_PINNED;
    p->facts |= number(e, "pinned") != 0 ? FACT_PINNED : 0;
}

static void note_file(struct progress *p, const struct event *e)
{
    keep(p->file, sizeof p->file, field(e, "file"));
    p->bytes = number(e, "bytes");
}

/* A loader that has been fetched runs when another file is asked for. */
static void note_next_file(struct progress *p, const struct event *e)
{
    char file[PROGRESS_FILE_MAX];

    keep(file, sizeof file, field(e, "file"));
    if (p->step == STEP_LOADED && strcmp(file, p->file) != 0)
        p->facts |= FACT_SECOND;
}

static void note_loader_done(struct progress *p, const struct event *e, struct instant now)
{
    if (p->step > STEP_LOADED) {
        p->moved = now;
        return;
    }
    note_next_file(p, e);
    note_file(p, e);
    p->facts &= ~(uint32_t)(FACT_TLS_FAILED | FACT_TLS_UNTRUSTED | FACT_TLS_OLD);
    p->facts &= ~(uint32_t)(FACT_SILENT | FACT_ABORTED | FACT_CAME_BACK);
    move_to(p, STEP_LOADED, now);
}

/* The step a script or a disk of this kind leads to; `otherwise` when it starts an image. */
static enum progress_step step_of(struct span what, enum progress_step otherwise)
{
    static const char *const pages[] = { "menu", "shell", "machine facts", "a choice on a phone",
                                         "a page that says what is wrong" };

    if (span_is(what, "who are you"))
        return STEP_IPXE;
    if (span_is(what, "local disk"))
        return STEP_DONE;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (span_is(what, pages[i]))
            return STEP_WAITING;
    return otherwise;
}

static void note_script(struct progress *p, const struct event *e, struct instant now)
{
    struct span what = field(e, "what");
    enum progress_step step = step_of(what, STEP_SCRIPT);

    keep(p->image, sizeof p->image, what);
    if (e->id == EVENT_SCRIPT_SENT)
        p->facts |= FACT_IPXE;
    p->facts &= ~(uint32_t)(FACT_CAME_BACK | FACT_SILENT | FACT_ABORTED);
    move_to(p, step, now);
}

/* Events that only add a fact, and the field whose text explains it. */
static const struct {
    enum event_id id;
    enum progress_fact fact;
    const char *reason;
} plain_facts[] = {
    { EVENT_DHCP_NO_LOADER, FACT_NO_LOADER, "hint" },
    { EVENT_DHCP_NAK_SENT, FACT_NAK, "reason" },
    { EVENT_DHCP_POOL_EMPTY, FACT_POOL_EMPTY, "subnet" },
    { EVENT_DHCP_DECLINE, FACT_DECLINED, NULL },
    { EVENT_RATE_LIMITED, FACT_LIMITED, "what" },
    { EVENT_TFTP_PROBED, FACT_SIZE_ONLY, NULL },
    { EVENT_DISK_PROBED, FACT_SIZE_ONLY, NULL },
    { EVENT_TFTP_ABORTED, FACT_ABORTED, "reason" },
    { EVENT_TFTP_TIMED_OUT, FACT_SILENT, NULL },
    { EVENT_TFTP_REFUSED, FACT_REFUSED, "flaw" },
    { EVENT_TFTP_CUT, FACT_CUT, "reason" },
    { EVENT_HTTP_REFUSED, FACT_REFUSED, "flaw" },
    { EVENT_HTTP_CUT, FACT_CUT, "reason" },
    { EVENT_HTTP_ABORTED, FACT_ABORTED, NULL },
    { EVENT_STORE_FAILED, FACT_STORE_FAILED, "reason" },
};

static void note_plain_fact(struct progress *p, const struct event *e)
{
    for (size_t i = 0; i < sizeof plain_facts / sizeof plain_facts[0]; i++) {
        if (plain_facts[i].id != e->id)
            continue;
        p->facts |= (uint32_t)plain_facts[i].fact;
        if (plain_facts[i].reason)
            keep(p->reason, sizeof p->reason, field(e, plain_facts[i].reason));
        if (event_find(e, "file"))
            note_file(p, e);
    }
}

/* By the name of the flaw (net/tls_flaw.def). */
static void note_tls(struct progress *p, const struct event *e)
{
    static const struct {
        const char *name;
        enum progress_fact fact;
    } causes[] = {
        { "CA_NOT_TRUSTED", FACT_TLS_UNTRUSTED },
        { "LEFT_AT_CERTIFICATE", FACT_TLS_UNTRUSTED },
        { "VERSION_NOT_SHARED", FACT_TLS_OLD },
        { "CIPHER_NOT_SHARED", FACT_TLS_OLD },
    };
    p->facts |= FACT_TLS_FAILED;
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (span_is(field(e, "name"), causes[i].name))
            p->facts |= (uint32_t)causes[i].fact;
    keep(p->reason, sizeof p->reason, field(e, "why"));
}

static void note_transfer(struct progress *p, const struct event *e, struct instant now)
{
    if (e->id == EVENT_TFTP_STARTED || e->id == EVENT_DISK_STARTED) {
        note_next_file(p, e);
        note_file(p, e);
        p->facts &= ~(uint32_t)(FACT_SIZE_ONLY | FACT_SILENT | FACT_ABORTED);
        if (p->step < STEP_FETCHING)
            move_to(p, STEP_FETCHING, now);
        else
            p->moved = now;
    } else if (e->id == EVENT_TFTP_DONE || e->id == EVENT_HTTP_LOADER_DONE) {
        note_loader_done(p, e, now);
    } else if (e->id == EVENT_DISK_DONE) {
        note_loader_done(p, e, now);
        move_to(p, step_of(field(e, "what"), STEP_LOADED), now);
        p->facts |= FACT_ALONE;
    } else if (e->id == EVENT_HTTP_KERNEL_DONE || e->id == EVENT_TFTP_KERNEL_DONE) {
        note_file(p, e);
        move_to(p, STEP_KERNEL, now);
        p->facts |= strcmp(p->chain, "direct") == 0 ? FACT_ALONE : 0;
    } else if (e->id == EVENT_HTTP_DONE || e->id == EVENT_DISK_PROGRESS ||
               e->id == EVENT_FILE_PROGRESS) {
        p->moved = now;
    } else if (e->id == EVENT_TFTP_NOT_FOUND || e->id == EVENT_HTTP_NOT_FOUND) {
        p->facts |= FACT_NOT_FOUND;
        keep(p->missing, sizeof p->missing, field(e, "file"));
    } else if (e->id == EVENT_TLS_FAILED) {
        note_tls(p, e);
    } else {
        note_plain_fact(p, e);
    }
}

void progress_note(struct progress *p, const struct event *e, struct instant now)
{
    if (e->id == EVENT_DHCP_DISCOVER) {
        note_discover(p, e, now);
    } else if (e->id == EVENT_DHCP_OFFER_SENT || e->id == EVENT_DHCP_PROXY_OFFER_SENT) {
        if (e->id == EVENT_DHCP_PROXY_OFFER_SENT)
            p->facts |= FACT_PROXY;
        else
            p->address = address(e, "address");
        if (!(p->facts & FACT_CAME_BACK))
            keep(p->file, sizeof p->file, field(e, "file"));
        note_chain(p, e);
        note_dhcp_step(p, STEP_OFFERED, now);
    } else if (e->id == EVENT_DHCP_OTHER_CHOSEN) {
        p->facts |= FACT_OTHER_SERVER;
        p->server = address(e, "server");
        p->address = address(e, "address");
        note_dhcp_step(p, STEP_ADDRESSED, now);
    } else if (e->id == EVENT_DHCP_ACK_SENT) {
        p->address = address(e, "address");
        note_dhcp_step(p, STEP_ADDRESSED, now);
    } else if (e->id == EVENT_DHCP_PXE_ACK_SENT) {
        note_chain(p, e);
        p->facts |= FACT_PXE_ASKED;
        note_dhcp_step(p, STEP_ADDRESSED, now);
    } else if (e->id == EVENT_SCRIPT_SENT || e->id == EVENT_GRUB_CONFIG_SENT) {
        note_script(p, e, now);
    } else if (e->id == EVENT_BOOT_DONE || e->id == EVENT_BOOT_LOCAL) {
        move_to(p, STEP_DONE, now);
    } else {
        note_transfer(p, e, now);
    }
}
