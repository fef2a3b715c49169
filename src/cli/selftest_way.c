/* See selftest_way.h and selftest_way.def. Always emulated, never by KVM: a machine is slower then,
 * and the same everywhere. */
#include "cli/selftest_way.h"

#include <stdarg.h>
#include <stdio.h>

enum machine_id {
#define WAY(...)
#define MACHINE(id, ...) MACHINE_##id,
#define FIRMWARE(...)
#include "cli/selftest_way.def"
#undef WAY
#undef MACHINE
#undef FIRMWARE
};

enum firmware_id { FIRMWARE_NONE, FIRMWARE_OVMF, FIRMWARE_OVMF_SECURE, FIRMWARE_AAVMF };

static const struct {
    const char *name, *title;
    enum machine_id machine;
    enum firmware_id firmware;
    bool secure, http;
} ways[WAY_COUNT] = {
#define WAY(id, name_, title_, machine_, firmware_, secure_, http_)                                \
    [WAY_##id] = { .name = name_,                                                                  \
                   .title = title_,                                                                \
                   .machine = MACHINE_##machine_,                                                  \
                   .firmware = FIRMWARE_##firmware_,                                               \
                   .secure = secure_,                                                              \
                   .http = http_ },
#define MACHINE(...)
#define FIRMWARE(...)
#include "cli/selftest_way.def"
#undef WAY
#undef MACHINE
#undef FIRMWARE
};

static const struct {
    const char *program, *package, *console;
} machines[] = {
#define WAY(...)
#define MACHINE(id, program_, package_, console_)                                                  \
    [MACHINE_##id] = { .program = program_, .package = package_, .console = console_ },
#define FIRMWARE(...)
#include "cli/selftest_way.def"
#undef WAY
#undef MACHINE
#undef FIRMWARE
};

struct firmware_row {
    enum firmware_id id;
    const char *package, *code, *variables;
};

static const struct firmware_row firmwares[] = {
#define WAY(...)
#define MACHINE(...)
#define FIRMWARE(id_, package_, code_, variables_)                                                 \
    { .id = FIRMWARE_##id_, .package = package_, .code = code_, .variables = variables_ },
#include "cli/selftest_way.def"
#undef WAY
#undef MACHINE
#undef FIRMWARE
};

const char *selftest_way_name(enum selftest_way way)
{
    return ways[way].name;
}

const char *selftest_way_title(enum selftest_way way)
{
    return ways[way].title;
}

const char *selftest_way_console(enum selftest_way way)
{
    return machines[ways[way].machine].console;
}

bool selftest_way_find(const char *name, enum selftest_way *ret_way)
{
    for (size_t i = 0; i < WAY_COUNT; i++) {
        if (strcmp(ways[i].name, name) != 0)
            continue;
        *ret_way = (enum selftest_way)i;
        return true;
    }
    return false;
}

struct mac selftest_way_mac(enum selftest_way way)
{
    return mac_from_u64(UINT64_C(0x525400736600) + (uint64_t)way);
}

/* The firmware's first row whose files are here; NULL when there is none. */
static const struct firmware_row *find_firmware(enum firmware_id id,
                                                const struct selftest_files *files)
{
    for (size_t i = 0; i < sizeof firmwares / sizeof firmwares[0]; i++)
        if (firmwares[i].id == id && files->has_file(firmwares[i].code) &&
            files->has_file(firmwares[i].variables))
            return &firmwares[i];
    return NULL;
}

static const char *package_of(enum firmware_id id)
{
    for (size_t i = 0; i < sizeof firmwares / sizeof firmwares[0]; i++)
        if (firmwares[i].id == id)
            return firmwares[i].package;
    return "";
}

bool selftest_way_is_here(enum selftest_way way, const struct selftest_files *files,
                          struct text *why)
{
    bool has_program = files->has_program(machines[ways[way].machine].program);
    bool has_firmware =
        ways[way].firmware == FIRMWARE_NONE || find_firmware(ways[way].firmware, files);

    if (has_program && has_firmware)
        return true;
    text_add(why, "not installed: apt-get install");
    if (!has_program)
        text_addf(why, " %s", machines[ways[way].machine].package);
    if (!has_firmware)
        text_addf(why, " %s", package_of(ways[way].firmware));
    return false;
}

const char *selftest_way_variables(enum selftest_way way, const struct selftest_files *files)
{
    const struct firmware_row *row = find_firmware(ways[way].firmware, files);
    return row ? row->variables : NULL;
}

__attribute__((format(printf, 2, 3))) static void add(struct selftest_words *w, const char *format,
                                                      ...)
{
    size_t at = w->text.len;
    char word[1024];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(word, sizeof word, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof word || w->count == SELFTEST_WORDS_MAX) {
        w->failed = true;
        return;
    }
    text_add(&w->text, word);
    text_add_char(&w->text, '\0');
    w->failed = w->failed || w->text.failed;
    w->argv[w->count++] = w->data + at;
    w->argv[w->count] = NULL;
}

static void add_firmware(struct selftest_words *w, const struct selftest_machine *m,
                         const struct firmware_row *row)
{
    add(w, "-drive");
    add(w, "if=pflash,unit=0,format=raw,readonly=on,file=%s", row->code);
    add(w, "-drive");
    add(w, "if=pflash,unit=1,format=raw,file=%s", m->variables);
    if (!ways[m->way].secure)
        return;
    add(w, "-global");
    add(w, "driver=cfi.pflash01,property=secure,value=on");
}

static void add_machine(struct selftest_words *w, const struct selftest_machine *m)
{
    static const char *const each[] = { "-accel",   "tcg",         "-display",
                                        "none",     "-nodefaults", "-no-user-config",
                                        "-monitor", "none" };

    add(w, "%s", machines[ways[m->way].machine].program);
    add(w, "-machine");
    if (ways[m->way].machine == MACHINE_ARM64) {
        add(w, "virt");
        add(w, "-cpu");
        add(w, "cortex-a57");
    } else {
        add(w, "q35,graphics=off%s", ways[m->way].secure ? ",smm=on" : "");
    }
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++)
        add(w, "%s", each[i]);
    add(w, "-m");
    add(w, "%u", m->memory_mib);
    add(w, "-serial");
    add(w, "file:%s", m->console);
    add(w, "-device");
    add(w, "virtio-rng-pci");
}

void selftest_way_words(const struct selftest_machine *m, const struct selftest_files *files,
                        struct selftest_words *out)
{
    const struct firmware_row *row = find_firmware(ways[m->way].firmware, files);
    char mac[MAC_TEXT_MAX];

    out->count = 0;
    out->failed = false;
    out->text = text_over(out->data, sizeof out->data);
    mac_format(selftest_way_mac(m->way), mac);
    add_machine(out, m);
    if (row)
        add_firmware(out, m, row);
    if (ways[m->way].http) {
        /* Without these PXE is tried first, and its time-outs take minutes. */
        add(out, "-fw_cfg");
        add(out, "name=opt/org.tianocore/IPv4PXESupport,string=n");
        add(out, "-fw_cfg");
        add(out, "name=opt/org.tianocore/IPv6PXESupport,string=n");
    }
    if (ways[m->way].http && m->ca[0]) {
        add(out, "-fw_cfg");
        add(out, "name=etc/edk2/https/cacerts,file=%s", m->ca);
    }
    add(out, "-netdev");
    add(out, "tap,id=net,ifname=%s,script=no,downscript=no", m->tap);
    add(out, "-device");
    /* An empty romfile makes UEFI use its own network stack; a BIOS has the card's ROM. */
    add(out, "virtio-net-pci,netdev=net,bootindex=1,mac=%s%s", mac, row ? ",romfile=" : "");
}
