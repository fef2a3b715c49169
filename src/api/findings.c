/* See findings.h. Each check is a function that adds what it found. */
#include "api/findings.h"

#include <stdarg.h>
#include <stdio.h>

#include "boot/chain_plan.h"

#define POOL_NEARLY_FULL_PERCENT 90
#define CERTIFICATE_SOON_MS      (INT64_C(30) * 86400 * 1000)

enum level {
    HINT,
    WARNING,
    PROBLEM,
};

__attribute__((format(printf, 4, 5))) static struct finding *
add(struct findings *out, enum level level, const char *code, const char *format, ...)
{
    static const char *const levels[] = { "hint", "warning", "problem" };
    static struct finding nowhere;
    va_list args;
    struct finding *f = out->count < FINDINGS_MAX ? &out->rows[out->count++] : &nowhere;

    *f = (struct finding){ .code = code, .level = levels[level] };
    va_start(args, format);
    vsnprintf(f->says, sizeof f->says, format, args);
    va_end(args);
    if (level > out->worst)
        out->worst = (uint8_t)level;
    return f;
}

static void fix(struct finding *f, const char *text)
{
    span_to_text(span_text(text), f->fix, sizeof f->fix);
}

static void look_at_daemon(const struct api_status *s, struct findings *out)
{
    if (s->interface_count == 0)
        fix(add(out, PROBLEM, "no-interface", "No interface is served."),
            "Plug in a cable and give an Ethernet interface an IPv4 address, or name the "
            "interfaces in the configuration ('interfaces').");
    for (uint8_t i = 0; i < s->interface_count && i < API_INTERFACES_MAX; i++)
        if (!s->interfaces[i].up)
            fix(add(out, WARNING, "interface-down", "%s has no link.", s->interfaces[i].name),
                "Look at the cable and the switch's port.");
    if (!s->store_works)
        fix(add(out, PROBLEM, "store", "The database takes no changes: %s.", s->store_trouble),
            "Look at the space and the rights of the state folder; tugboot tries again by itself.");
    if (s->reload_trouble[0])
        fix(add(out, WARNING, "reload", "The configuration file is not the one in force: %s",
                s->reload_trouble),
            "Mend the file ('tugboot check' names every fault), then 'tugboot reload'.");
}

static bool has_port(const struct api_status *s, const char *name)
{
    for (uint8_t i = 0; i < s->port_count && i < API_PORTS_MAX; i++)
        if (strcmp(s->ports[i].name, name) == 0)
            return true;
    return false;
}

static void look_at_ports(const struct api_status *s, struct findings *out)
{
    if (!has_port(s, "tftp"))
        fix(add(out, WARNING, "no-tftp", "TFTP is switched off."),
            "BIOS machines and UEFI PXE fetch by TFTP: set 'tftp: {enabled: true}'.");
    if (!has_port(s, "http"))
        fix(add(out, WARNING, "no-http", "HTTP is switched off."),
            "iPXE and UEFI HTTP Boot fetch by HTTP: set 'http: {enabled: true}'.");
    if (!has_port(s, "altiris"))
        fix(add(out, HINT, "no-altiris", "Broadcom's signed iPXE is not answered (port 4433)."),
            "Needed only for that program: 'tugboot doctor' says who has the port.");
}

static void look_at_loaders(const struct api_backend *backend, struct findings *out)
{
    static const struct {
        enum arch arch;
        enum transport transport;
        const char *what;
    } machines[] = {
        { ARCH_BIOS_X86, TRANSPORT_TFTP, "BIOS machines" },
        { ARCH_EFI_X64, TRANSPORT_TFTP, "x64 UEFI machines by PXE" },
        { ARCH_EFI_X64, TRANSPORT_HTTP, "x64 UEFI machines by HTTP Boot" },
        { ARCH_EFI_ARM64, TRANSPORT_TFTP, "arm64 UEFI machines by PXE" },
    };
    const struct catalog *catalog = backend->catalog(backend->context);

    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        const struct client client = {
            .kind = machines[i].transport == TRANSPORT_HTTP ? CLIENT_HTTP : CLIENT_PXE,
            .arch = machines[i].arch,
            .transport = machines[i].transport,
        };
        struct rule_settings settings;
        struct chain_plan plan;
        struct reach reach = backend->reach(backend->context, &client);
        rule_settings_of_anybody(catalog, &settings);
        chain_plan_make(catalog, &client, &settings, &reach, NULL, &plan);
        if (plan.ready_count > 0)
            continue;
        struct finding *f =
            add(out, machines[i].arch == ARCH_EFI_ARM64 ? HINT : WARNING, "no-loader",
                "There is no boot program for %s: they get no answer.", machines[i].what);
        struct text t = text_over(f->fix, sizeof f->fix);
        chain_plan_add_hint(&plan, false, &t);
    }
}

static void look_at_images(const struct api_backend *backend, struct findings *out)
{
    const struct catalog *catalog = backend->catalog(backend->context);

    if (catalog->image_count == 0)
        fix(add(out, WARNING, "no-images", "There is nothing to boot: no image is on the menu."),
            "Put an ISO into the images folder, or 'tugboot image add FILE|URL'.");
    for (size_t i = 0; i < catalog->image_count; i++) {
        const char *flaw = secure_facts_flaw(&catalog->images[i].secure);
        if (flaw)
            fix(add(out, HINT, "image-refused", "Secure Boot refuses the image %s: %s.",
                    catalog->images[i].name, flaw),
                "Fetch a newer one, or boot it on machines without Secure Boot.");
    }
}

struct look {
    struct findings *out;
    struct calendar now;
    bool gives_addresses;
};

static bool look_at_subnet(void *context, const struct api_subnet *row)
{
    const struct look *look = context;
    char name[IPV4_TEXT_MAX];

    if (row->size == 0 || row->used * 100 < row->size * POOL_NEARLY_FULL_PERCENT)
        return true;
    ipv4_format(row->subnet->network.base, name);
    fix(add(look->out, row->used >= row->size ? PROBLEM : WARNING, "pool-full",
            "Of the %llu addresses for %s/%u, %llu are in use.", (unsigned long long)row->size,
            name, row->subnet->network.length, (unsigned long long)row->used),
        "Enlarge the pool ('dhcp: subnets'), or shorten the lease time.");
    return true;
}

static bool look_at_server(void *context, const struct api_other_server *row)
{
    const struct look *look = context;
    char address[IPV4_TEXT_MAX];

    ipv4_format(row->address, address);
    if (row->boots)
        fix(add(look->out, WARNING, "other-boot-server",
                "%s answers machines that boot, too: which one they obey is chance.", address),
            "Turn it off, or take its boot settings (options 60, 66 and 67) out.");
    else if (row->gives_addresses && look->gives_addresses)
        fix(add(look->out, WARNING, "other-dhcp-server",
                "%s gives out addresses, and so does tugboot.", address),
            "Turn one of the two off, or run tugboot in proxy mode ('dhcp: {mode: proxy}').");
    return true;
}

static bool look_at_certificate(void *context, const struct api_certificate *row)
{
    const struct look *look = context;
    char date[40];
    struct text t = text_over(date, sizeof date);

    if (row->ends.ms == 0 || row->ends.ms - look->now.ms > CERTIFICATE_SOON_MS)
        return true;
    text_add_date(&t, row->ends);
    fix(add(look->out, row->ends.ms < look->now.ms ? PROBLEM : WARNING, "certificate-ends",
            "The certificate %s (%s) ends on %s.", row->subject, row->file, date),
        "Renew it. Those that tugboot made for HTTPS it renews by itself.");
    return true;
}

void findings_collect(const struct api_backend *backend, struct findings *out)
{
    struct api_status status = { 0 };

    *out = (struct findings){ 0 };
    backend->status(backend->context, &status);
    struct look look = { .out = out, .now = status.now, .gives_addresses = status.leases_max > 0 };
    look_at_daemon(&status, out);
    look_at_ports(&status, out);
    look_at_loaders(backend, out);
    look_at_images(backend, out);
    (void)backend->each_subnet(backend->context, look_at_subnet, &look);
    backend->each_other_server(backend->context, look_at_server, &look);
    backend->each_certificate(backend->context, look_at_certificate, &look);
}
