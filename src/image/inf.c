/* See inf.h. Which devices a driver is for; how lines are told apart is inf_lines.c, which files
 * belong to it inf_files.c. Which
 * [Models] section counts: Microsoft, "INF Manufacturer Section"; which install section:
 * "Creating INF Files for Multiple Platforms and Operating Systems". */
#include "image/inf.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "image/inf_models.h"
#include "image/wim_xml.h"

#define VISITS_MAX 65536 /* models of one file; the largest seen have some thousands */

const char *inf_flaw_text(enum inf_flaw flaw)
{
    static const char *const texts[] = {
        [INF_SOUND] = "is a driver's setup file",
        [INF_TOO_LARGE] = "is larger than any driver's setup file",
        [INF_TEXT] = "is no text",
        [INF_SIGNATURE] = "is no setup file of Windows: its [Version] has no Signature",
    };
    static_assert(sizeof texts / sizeof texts[0] == INF_FLAWS, "a phrase for each flaw");
    return texts[flaw];
}

void inf_free(struct inf *inf)
{
    if (!inf)
        return;
    inf_lines_done(&inf->lines);
    free(inf);
}

uint32_t inf_version_section(const struct inf *inf)
{
    return inf_find_section(&inf->lines, span_text("Version"));
}

static bool is_signed_for_windows(const struct inf *inf)
{
    char signature[32];
    const struct inf_line *line = inf_find_line(&inf->lines, inf_version_section(inf), "Signature");
    return line && inf_field(&inf->lines, line->value, 0, signature, sizeof signature) &&
           (span_is_nocase(span_text(signature), "$Windows NT$") ||
            span_is_nocase(span_text(signature), "$Chicago$"));
}

int inf_read(struct span bytes, struct inf **ret_inf, enum inf_flaw *ret_flaw)
{
    struct inf *inf = calloc(1, sizeof *inf);
    if (!inf)
        return -ENOMEM;
    *ret_flaw = INF_SOUND;
    int r = inf_lines_read(bytes, &inf->lines, ret_flaw);
    if (r == 0 && !is_signed_for_windows(inf)) {
        *ret_flaw = INF_SIGNATURE;
        r = -EBADMSG;
    }
    if (r < 0) {
        inf_free(inf);
        return r;
    }
    *ret_flaw = INF_SOUND;
    *ret_inf = inf;
    return 0;
}

/* Decimal digits, or hexadecimal ones after 0x, up to `stop` or the end. */
static bool take_number(struct span *rest, char stop, uint32_t *ret)
{
    struct span word = span_slice(*rest, 0, span_find(*rest, (uint8_t)stop));
    unsigned base = 10;
    uint64_t n = 0;

    *rest = span_from(*rest, word.len + 1);
    if (span_is_nocase(span_slice(word, 0, 2), "0x")) {
        base = 16;
        word = span_from(word, 2);
    }
    if (word.len > 9)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = ascii_lower(word.data[i]);
        unsigned digit = 99;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if (c >= 'a' && c <= 'f')
            digit = c - 'a' + 10u;
        if (digit >= base)
            return false;
        n = n * base + digit;
    }
    return narrow_u32(n, ret);
}

static uint32_t day_of(const char *date)
{
    struct span rest = span_text(date);
    uint32_t month = 0, day = 0, year = 0;
    if (!take_number(&rest, '/', &month) || !take_number(&rest, '/', &day) ||
        !take_number(&rest, '/', &year) || month > 12 || day > 31 || year > 9999)
        return 0;
    return year * 10000 + month * 100 + day;
}

static uint64_t rank_of(const char *version)
{
    struct span rest = span_text(version);
    uint64_t rank = 0;
    for (unsigned i = 0; i < 4; i++) {
        uint32_t part = 0;
        if (!take_number(&rest, '.', &part) || part > UINT16_MAX)
            return 0;
        rank = rank << 16 | part;
    }
    return rank;
}

static void take_fact(const struct inf *inf, const char *key, unsigned field, char *out, size_t cap)
{
    const struct inf_line *line = inf_find_line(&inf->lines, inf_version_section(inf), key);
    if (line)
        (void)inf_field(&inf->lines, line->value, field, out, cap);
}

void inf_describe(const struct inf *inf, struct inf_facts *out)
{
    *out = (struct inf_facts){ 0 };
    take_fact(inf, "Class", 0, out->class_name, sizeof out->class_name);
    take_fact(inf, "Provider", 0, out->provider, sizeof out->provider);
    take_fact(inf, "DriverVer", 0, out->date, sizeof out->date);
    take_fact(inf, "DriverVer", 1, out->version, sizeof out->version);
    out->day = day_of(out->date);
    out->rank = rank_of(out->version);
}

const char *inf_arch_word(uint32_t arch)
{
    switch (arch) {
    case WIM_ARCH_X86:
        return "x86";
    case WIM_ARCH_ARM:
        return "arm";
    case WIM_ARCH_X64:
        return "amd64";
    case WIM_ARCH_ARM64:
        return "arm64";
    default:
        return "unknown";
    }
}

/* How well a decoration fits, 0 = not: "NT[arch][.major[.minor[.type[.suites[.build]]]]]". Without
 * an architecture it is for x86 only. WinPE is a workstation (type 1). */
static uint64_t decoration_fit(struct span decoration, const struct inf_target *target)
{
    struct span arch = span_slice(decoration, 0, span_find(decoration, '.'));
    struct span rest = span_from(decoration, arch.len + 1);
    uint32_t major = 0, minor = 0, type = 0, suites = 0, build = 0;

    if (!span_is_nocase(span_slice(arch, 0, 2), "NT"))
        return 0;
    arch = span_from(arch, 2);
    if (arch.len > 0 ? !span_is_nocase(arch, inf_arch_word(target->arch))
                     : target->arch != WIM_ARCH_X86)
        return 0;
    if (!take_number(&rest, '.', &major) || !take_number(&rest, '.', &minor) ||
        !take_number(&rest, '.', &type) || !take_number(&rest, '.', &suites) ||
        !take_number(&rest, '.', &build))
        return 0;
    if (major > target->major || (major == target->major && minor > target->minor) ||
        build > target->build || type > 1 || major > 255 || minor > 255)
        return 0;
    uint64_t exact = arch.len > 0 ? 2 : 1;
    return exact + ((uint64_t)major << 48 | (uint64_t)minor << 40 | (uint64_t)build << 2);
}

/* The [Models] section that a line of [Manufacturer] names for this Windows. */
static uint32_t models_section(const struct inf_lines *l, struct span value,
                               const struct inf_target *target)
{
    char name[INF_NAME_MAX], decoration[64], best[64] = "";
    uint64_t best_fit = target->arch == WIM_ARCH_X86;

    if (!inf_field(l, value, 0, name, sizeof name))
        return INF_NO_SECTION;
    (void)inf_take_field(&value);
    while (value.len > 0) {
        struct text t = text_over(decoration, sizeof decoration);
        inf_add_field(l, inf_take_field(&value), &t);
        uint64_t fit = t.failed ? 0 : decoration_fit(text_span(&t), target);
        if (fit > best_fit) {
            best_fit = fit;
            span_to_text(text_span(&t), best, sizeof best);
        }
    }
    if (best_fit == 0)
        return INF_NO_SECTION;
    char whole[INF_NAME_MAX + 64];
    struct text t = text_over(whole, sizeof whole);
    text_addf(&t, best[0] ? "%s.%s" : "%s%s", name, best);
    return inf_find_section(l, text_span(&t));
}

/* Call `visit` for each line of the models for this Windows. */
void inf_each_model(const struct inf_lines *l, const struct inf_target *target,
                    int (*visit)(void *context, const struct inf_line *model), void *context)
{
    uint32_t makers = inf_find_section(l, span_text("Manufacturer"));
    uint32_t visits = 0;

    if (makers == INF_NO_SECTION)
        return;
    for (const struct inf_line *maker = inf_first(l, makers); maker < inf_end(l, makers); maker++) {
        /* "%Intel%" alone names the section by the text itself. */
        uint32_t models = models_section(l, maker->value, target);
        if (++visits > VISITS_MAX)
            return;
        if (models == INF_NO_SECTION)
            continue;
        for (const struct inf_line *m = inf_first(l, models); m < inf_end(l, models); m++)
            if (++visits > VISITS_MAX || visit(context, m) != 0)
                return;
    }
}

struct devices {
    const struct inf_lines *lines;
    int (*visit)(void *context, const struct pci_pattern *pattern);
    void *context;
};

static int visit_ids(void *context, const struct inf_line *model)
{
    const struct devices *d = context;
    struct span rest = model->value;
    struct pci_pattern pattern;
    char id[128];

    (void)inf_take_field(&rest); /* the install section */
    while (rest.len > 0) {
        struct text t = text_over(id, sizeof id);
        inf_add_field(d->lines, inf_take_field(&rest), &t);
        if (t.failed || !pci_pattern_parse(text_span(&t), &pattern))
            continue;
        int r = d->visit(d->context, &pattern);
        if (r != 0)
            return r;
    }
    return 0;
}

void inf_each_device(const struct inf *inf, const struct inf_target *target,
                     int (*visit)(void *context, const struct pci_pattern *pattern), void *context)
{
    struct devices d = { &inf->lines, visit, context };
    inf_each_model(&inf->lines, target, visit_ids, &d);
}
