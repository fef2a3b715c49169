/* See selftest_watch.h. How far a boot is, is boot/progress's to say; here is what counts as proof
 * that a way works:
 *   - it was given its script, menu or GRUB configuration: its loader runs, since that asked for
 * it;
 *   - a boot disk proves nothing before GRUB prints from it: firmware fetches first and judges
 * then;
 *   - of an image that is to be started all files were fetched, and a Linux kernel has spoken: a
 *     kernel that Secure Boot refuses is fetched all the same. */
#include "cli/selftest_watch.h"

#include <stdio.h>

#include "boot/diagnose.h"

void selftest_watch_init(struct selftest_watch *w, uint64_t machine, const char *image,
                         bool kernel_speaks)
{
    *w = (struct selftest_watch){ .image = image, .kernel_speaks = kernel_speaks };
    progress_init(&w->progress, machine);
}

static void keep_field(const struct event *e, const char *key, char *out, size_t cap)
{
    const struct event_field *f = event_find(e, key);
    if (!f || f->kind != FIELD_TEXT)
        return;
    struct text text = text_over(out, cap);
    text_add_escaped(&text, event_field_text(e, f));
}

static bool names_https(const struct event *e)
{
    const struct event_field *f = event_find(e, "file");
    return f && f->kind == FIELD_TEXT && span_starts_with(event_field_text(e, f), "https://");
}

void selftest_watch_note(struct selftest_watch *w, const struct event *e, const char *message,
                         struct instant now)
{
    if (e->machine != w->progress.machine)
        return;
    progress_note(&w->progress, e, now);
    snprintf(w->said, sizeof w->said, "%s", message);
    switch ((int)e->id) {
    case EVENT_DHCP_OFFER_SENT:
    case EVENT_DHCP_PROXY_OFFER_SENT:
        w->by_https = w->by_https || names_https(e);
        break;
    case EVENT_DISK_DONE:
        w->by_disk = true;
        keep_field(e, "what", w->what, sizeof w->what);
        break;
    case EVENT_SCRIPT_SENT:
    case EVENT_GRUB_CONFIG_SENT:
        w->by_disk = false;
        keep_field(e, "what", w->what, sizeof w->what);
        break;
    case EVENT_BOOT_DONE:
        w->fetched = true;
        keep_field(e, "image", w->what, sizeof w->what);
        break;
    case EVENT_BOOT_LOCAL:
        snprintf(w->what, sizeof w->what, "local disk");
        break;
    default:
        break;
    }
}

static bool has(struct span printed, const char *part)
{
    size_t length = strlen(part);
    for (size_t at = 0; at + length <= printed.len; at++) {
        size_t next = span_find(span_from(printed, at), (uint8_t)part[0]);
        at += next;
        if (span_starts_with(span_from(printed, at), part))
            return true;
    }
    return false;
}

void selftest_watch_console(struct selftest_watch *w, struct span printed)
{
    w->loader_speaks = w->loader_speaks || has(printed, "GRUB");
    w->kernel_spoke =
        w->kernel_spoke || has(printed, "Linux version ") || has(printed, "EFI stub: ");
}

enum selftest_result selftest_watch_result(const struct selftest_watch *w)
{
    bool arrived = w->progress.step == STEP_DONE || w->progress.step == STEP_WAITING;

    if (w->by_disk && !w->loader_speaks && !w->kernel_spoke)
        return SELFTEST_RUNS;
    if (!w->image)
        return arrived ? SELFTEST_WORKS : SELFTEST_RUNS;
    if (w->kernel_speaks)
        return w->kernel_spoke ? SELFTEST_WORKS : SELFTEST_RUNS;
    return w->fetched ? SELFTEST_WORKS : SELFTEST_RUNS;
}

const char *selftest_watch_step(const struct selftest_watch *w)
{
    static const char *const words[STEP_COUNT] = {
        [STEP_IDLE] = "firmware starts",
        [STEP_ASKED] = "asks for an address",
        [STEP_OFFERED] = "was offered an address",
        [STEP_ADDRESSED] = "has an address",
        [STEP_FETCHING] = "fetches its loader",
        [STEP_LOADED] = "has its loader",
        [STEP_IPXE] = "iPXE speaks",
        [STEP_SCRIPT] = "has its script",
        [STEP_KERNEL] = "fetches the kernel",
        [STEP_WAITING] = "shows its menu",
        [STEP_DONE] = "has all files",
    };
    return words[w->progress.step];
}

static void say_works(const struct selftest_watch *w, struct text *out)
{
    if (w->by_https)
        text_add(out, "by HTTPS, ");
    if (w->kernel_spoke)
        text_addf(out, "the kernel of %s speaks", w->image ? w->image : w->what);
    else if (w->fetched)
        text_addf(out, "all files of %s were fetched", w->what);
    else if (w->by_disk)
        text_addf(out, "GRUB runs from its boot disk (%s)", w->what);
    else
        text_addf(out, "its loader runs and was given: %s", w->what[0] ? w->what : "a script");
}

void selftest_watch_say(const struct selftest_watch *w, enum selftest_result result,
                        struct text *out)
{
    if (result == SELFTEST_WORKS) {
        say_works(w, out);
        return;
    }
    if (w->progress.step == STEP_IDLE) {
        text_add(out, "it sent nothing: its firmware did not come to the network in this time "
                      "(--seconds gives it more)");
    } else if (w->image && (w->fetched || w->progress.step == STEP_DONE)) {
        text_addf(out,
                  "all files of %s were fetched, but its kernel said nothing on the serial port: "
                  "refused by Secure Boot, short of memory, or for another kind of machine",
                  w->image);
    } else if (w->by_disk && !w->loader_speaks) {
        text_add(out, "it fetched its boot disk whole, and nothing on it started");
    } else {
        diagnosis_write(diagnose(&w->progress), &w->progress, out);
    }
}
