/* selftest: boots virtual machines of every kind of firmware from a private copy of what is served
 * here, and says which ways of booting work, before anybody walks to a machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/offline.h"
#include "cli/selftest_run.h"
#include "cli/table.h"
#include "net/signals.h"

#define SECONDS_DEFAULT 240
#define SECONDS_MAX     3600
#define MEMORY_DEFAULT  1024
#define MEMORY_MAX      65536
#define REPORT_MAX      ((size_t)16 * 1024)

static const char *const result_words[] = { [SELFTEST_RUNS] = "unknown",
                                            [SELFTEST_WORKS] = "works",
                                            [SELFTEST_FAILS] = "FAILS",
                                            [SELFTEST_NOT_TRIED] = "not tried" };
static const char *const result_names[] = { [SELFTEST_RUNS] = "unknown",
                                            [SELFTEST_WORKS] = "works",
                                            [SELFTEST_FAILS] = "fails",
                                            [SELFTEST_NOT_TRIED] = "not_tried" };

static bool read_number(const struct arguments *args, const char *option, unsigned int usual,
                        unsigned int most, unsigned int *ret_number)
{
    const char *value = arguments_value(args, option);
    char *end = NULL;
    unsigned long number = value ? strtoul(value, &end, 10) : usual;

    if ((value && (*value == 0 || *end != 0)) || number < 1 || number > most) {
        complain("%s is a number from 1 to %u", option, most);
        return false;
    }
    *ret_number = (unsigned int)number;
    return true;
}

/* The ways that are asked for, else all; those that cannot be tried here say why. */
static bool choose_ways(const struct arguments *args, struct selftest_run *run)
{
    for (int i = 0; i < args->operand_count; i++) {
        enum selftest_way way;
        if (selftest_way_find(args->operands[i], &way)) {
            run->tries[way].wanted = true;
            continue;
        }
        complain("there is no way of booting '%.40s'; there are:", args->operands[i]);
        for (unsigned int k = 0; k < WAY_COUNT; k++)
            fprintf(stderr, "  %-12s %s\n", selftest_way_name((enum selftest_way)k),
                    selftest_way_title((enum selftest_way)k));
        return false;
    }
    for (unsigned int i = 0; i < WAY_COUNT; i++) {
        struct selftest_try *one = &run->tries[i];
        struct text why = text_over(one->said, sizeof one->said);
        one->wanted = one->wanted || args->operand_count == 0;
        if (one->wanted && !selftest_way_is_here((enum selftest_way)i, run->files, &why))
            one->result = SELFTEST_NOT_TRIED;
    }
    return true;
}

static uint32_t arches_of(enum selftest_way way)
{
    const char *name = selftest_way_name(way);
    if (way == WAY_BIOS)
        return arch_bit(ARCH_BIOS_X86);
    return arch_bit(strncmp(name, "arm64", 5) == 0 ? ARCH_EFI_ARM64 : ARCH_EFI_X64);
}

/* The image that is to be started: is there one, and for which machines? */
static enum exit_code look_at_image(const struct session *session, struct selftest_run *run)
{
    struct catalog_snapshot *snapshot = NULL;

    if (!run->image)
        return EXIT_OK;
    enum exit_code code = offline_catalog(session, &snapshot);
    if (code != EXIT_OK)
        return code;
    const struct image *image = catalog_find_image(&snapshot->catalog, span_text(run->image));
    if (!image) {
        complain("there is no image '%.60s'; 'tugboot image list' names them", run->image);
        catalog_snapshot_unref(snapshot);
        return EXIT_NOT_FOUND;
    }
    run->kernel_speaks = image->kind == IMAGE_LINUX;
    if (image->memory_mib > run->memory_mib)
        run->memory_mib = image->memory_mib;
    for (unsigned int i = 0; i < WAY_COUNT; i++) {
        struct selftest_try *one = &run->tries[i];
        if (!one->wanted || one->result != SELFTEST_RUNS ||
            (image->arches & arches_of((enum selftest_way)i)) != 0)
            continue;
        one->result = SELFTEST_NOT_TRIED;
        snprintf(one->said, sizeof one->said, "%s is not for such machines", run->image);
    }
    catalog_snapshot_unref(snapshot);
    return EXIT_OK;
}

/* In the copy of the state: the virtual machines are hosts that boot the image and show it on their
 * serial port. */
static enum exit_code name_machines(const struct session *session, const struct selftest_run *run)
{
    for (unsigned int i = 0; i < WAY_COUNT && run->image; i++) {
        enum selftest_way way = (enum selftest_way)i;
        char name[HOST_NAME_MAX], arguments[64];
        snprintf(name, sizeof name, "selftest-%s", selftest_way_name(way));
        snprintf(arguments, sizeof arguments, "console=%s", selftest_way_console(way));
        const struct host host = {
            .name = name,
            .match = { .has_mac = true, .mac = selftest_way_mac(way) },
            .boot = run->image,
            .arguments = run->kernel_speaks ? arguments : NULL,
        };
        enum exit_code code = offline_put(session, NULL, &host);
        if (code != EXIT_OK)
            return code;
    }
    return EXIT_OK;
}

/* Telling. */

struct teller {
    bool is_json, is_terminal;
};

static void print_result(enum selftest_way way, const struct selftest_try *one)
{
    printf("%-9s  %-34s %4lld s  ", result_words[one->result], selftest_way_title(way),
           (long long)(duration_to_ms(one->took) / 1000));
    print_harmless(span_text(one->said));
    putchar('\n');
    fflush(stdout);
}

static void tell(void *context, enum selftest_way way, const struct selftest_try *one)
{
    const struct teller *t = context;

    if (t->is_terminal)
        fputs("\r\033[K", stderr);
    if (one->result != SELFTEST_RUNS) {
        if (!t->is_json)
            print_result(way, one);
    } else if (t->is_terminal) {
        fprintf(stderr, "%s: %s", selftest_way_title(way), selftest_watch_step(&one->watch));
        fflush(stderr);
    }
}

static bool print_json(const struct selftest_run *run)
{
    static char data[REPORT_MAX];
    struct text out = text_over(data, sizeof data);
    struct json_writer j = json_over(&out);

    json_write_object_begin(&j, NULL);
    json_write_text(&j, "interface", run->place->iface->name);
    if (run->image)
        json_write_text(&j, "image", run->image);
    json_write_array_begin(&j, "ways");
    for (unsigned int i = 0; i < WAY_COUNT; i++) {
        const struct selftest_try *one = &run->tries[i];
        if (!one->wanted)
            continue;
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "way", selftest_way_name((enum selftest_way)i));
        json_write_text(&j, "title", selftest_way_title((enum selftest_way)i));
        json_write_text(&j, "result", result_names[one->result]);
        json_write_text(&j, "said", one->said);
        json_write_number(&j, "ms", duration_to_ms(one->took));
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_object_end(&j);
    if (!out.failed)
        puts(data);
    return !out.failed;
}

static void count_results(const struct selftest_run *run, unsigned int counts[4])
{
    for (size_t i = 0; i < WAY_COUNT; i++)
        if (run->tries[i].wanted)
            counts[run->tries[i].result]++;
}

static enum exit_code report(const struct selftest_run *run, const struct teller *teller)
{
    unsigned int counts[4] = { 0 };

    count_results(run, counts);
    if (teller->is_json && !print_json(run))
        return EXIT_FAILED;
    for (unsigned int i = 0; i < WAY_COUNT && !teller->is_json; i++)
        if (run->tries[i].wanted && run->tries[i].result == SELFTEST_NOT_TRIED)
            print_result((enum selftest_way)i, &run->tries[i]);
    if (!teller->is_json)
        printf("\n%u of %u ways of booting work%s\n", counts[SELFTEST_WORKS],
               counts[SELFTEST_WORKS] + counts[SELFTEST_FAILS],
               counts[SELFTEST_NOT_TRIED] > 0 ? "; some were not tried" : "");
    return counts[SELFTEST_FAILS] == 0 && counts[SELFTEST_WORKS] > 0 ? EXIT_OK : EXIT_FAILED;
}

static enum exit_code try_all(const struct session *session, struct selftest_run *run,
                              const struct teller *teller)
{
    char said[1024] = "";
    struct text why = text_over(said, sizeof said);

    int r = selftest_place_make(run->place, &why);
    enum exit_code code = r < 0 ? EXIT_FAILED : name_machines(session, run);
    if (code == EXIT_OK) {
        r = selftest_place_start(run->place, &why);
        if (r == 0)
            r = selftest_run_all(run, &why);
    }
    selftest_place_close(run->place);
    if (teller->is_terminal)
        fputs("\r\033[K", stderr);
    if (r < 0)
        complain("%s", said[0] ? said : r == -EINTR ? "broken off" : strerror(-r));
    if (r < 0 || code != EXIT_OK)
        return EXIT_FAILED;
    return report(run, teller);
}

static enum exit_code find_interface(const struct session *session, const struct arguments *args,
                                     struct iface_table *table, const struct iface **ret_iface)
{
    const char *wanted = arguments_value(args, "--interface");
    int fd = iface_open_query();
    int r = fd < 0 ? fd : iface_read(fd, table);

    if (fd >= 0)
        close(fd);
    if (r < 0) {
        complain("the interfaces of this machine cannot be read: %s", strerror(-r));
        return EXIT_FAILED;
    }
    *ret_iface = selftest_place_choose(session->config, table, wanted);
    if (*ret_iface)
        return EXIT_OK;
    complain(wanted ? "there is no Ethernet interface %s with an IPv4 address"
                    : "there is no Ethernet interface with an IPv4 address that is served%.0s",
             wanted ? wanted : "");
    return EXIT_NOT_FOUND;
}

enum exit_code cmd_selftest(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    static struct selftest_run run;
    static struct iface_table table;
    struct selftest_place place = { .session = &session, .table = &table, .events = -1 };
    struct teller teller = { .is_json = arguments_has(args, "--json"),
                             .is_terminal = isatty(STDERR_FILENO) == 1 };

    run = (struct selftest_run){ .place = &place,
                                 .files = &selftest_files_here,
                                 .image = arguments_value(args, "--image"),
                                 .tell = tell,
                                 .context = &teller };
    if (!read_number(args, "--seconds", SECONDS_DEFAULT, SECONDS_MAX, &run.seconds) ||
        !read_number(args, "--memory", MEMORY_DEFAULT, MEMORY_MAX, &run.memory_mib) ||
        !read_number(args, "--at-once", 1, WAY_COUNT, &run.at_once) || !choose_ways(args, &run))
        return EXIT_USAGE;
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = find_interface(&session, args, &table, &place.iface);
    if (code == EXIT_OK)
        code = look_at_image(&session, &run);
    if (code != EXIT_OK)
        return code;
    run.signals = signals_open();
    if (run.signals < 0) {
        complain("signals: %s", strerror(-run.signals));
        return EXIT_FAILED;
    }
    if (!teller.is_json) {
        printf("booting virtual machines in a private copy of the network of %s; each has %u s\n\n",
               place.iface->name, run.seconds);
        fflush(stdout);
    }
    code = try_all(&session, &run, &teller);
    close(run.signals);
    return code;
}
