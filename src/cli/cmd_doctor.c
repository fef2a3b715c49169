/* doctor: gathers what can be seen of one network from here, has it examined, and tells it: first
 * what each kind of machine is answered, then what is wrong and what to change. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/doctor_here.h"
#include "cli/doctor_wire.h"
#include "cli/table.h"

/* A server that tries out an address before it offers it takes three seconds for that. */
#define SECONDS_DEFAULT 8
#define SECONDS_MAX     120
#define REPORT_MAX      ((size_t)256 * 1024)

static bool is_named(const struct config *config, const char *name)
{
    for (uint8_t i = 0; i < config->interface_count; i++)
        if (strcmp(config->interfaces[i].name, name) == 0)
            return true;
    return config->interface_count == 0;
}

/* The interface asked for, else the first that tugboot would serve. */
static const struct iface *find_interface(const struct config *config,
                                          const struct iface_table *table, const char *wanted)
{
    for (uint8_t i = 0; i < table->count; i++) {
        const struct iface *row = &table->rows[i];
        bool fits = wanted ? strcmp(row->name, wanted) == 0
                           : row->ethernet && !row->loopback && row->up && row->running &&
                                 is_named(config, row->name);
        if (fits && row->address_count > 0)
            return row;
    }
    return NULL;
}

static enum exit_code read_interfaces(struct iface_table *table)
{
    int fd = iface_open_query();
    int r = fd < 0 ? fd : iface_read(fd, table);

    if (fd >= 0)
        close(fd);
    if (r < 0)
        complain("the interfaces of this machine cannot be read: %s", strerror(-r));
    return r < 0 ? EXIT_FAILED : EXIT_OK;
}

static bool read_seconds(const struct arguments *args, unsigned int *ret_seconds)
{
    const char *value = arguments_value(args, "--seconds");
    char *end = NULL;
    unsigned long seconds = value ? strtoul(value, &end, 10) : SECONDS_DEFAULT;

    if (value && (*end != 0 || *value == 0))
        return false;
    *ret_seconds = (unsigned int)seconds;
    return seconds >= 1 && seconds <= SECONDS_MAX;
}

/* For people. */

static void add_cell(struct text_table *table, const char *text)
{
    (void)text_table_add(table, span_text(text));
}

static void add_address_cell(struct text_table *table, struct ipv4 address)
{
    char text[IPV4_TEXT_MAX] = "-";
    if (!ipv4_is_none(address))
        ipv4_format(address, text);
    add_cell(table, text);
}

static void print_answers(const struct doctor_facts *facts)
{
    static const char *const titles[] = { "MACHINE", "SERVER", "ADDRESS", "TOLD TO START", NULL };
    struct text_table *table = text_table_new(titles);

    for (unsigned int i = 0; table && i < POSE_COUNT; i++) {
        size_t shown = 0;
        for (size_t k = 0; k < facts->answer_count; k++) {
            const struct doctor_answer *a = &facts->answers[k];
            if (a->pose != (enum pose)i)
                continue;
            add_cell(table, shown++ == 0 ? pose_row(a->pose)->title : "");
            add_address_cell(table, a->server);
            add_address_cell(table, a->address);
            add_cell(table, a->file[0] ? a->file : "-");
        }
        if (shown > 0)
            continue;
        add_cell(table, pose_row((enum pose)i)->title);
        add_cell(table, "nobody answers");
        add_cell(table, "-");
        add_cell(table, "-");
    }
    if (table)
        text_table_print(table);
    text_table_free(table);
}

static void print_findings(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->rows[i];
        printf("\n%s: ", finding_level_name(finding_level(f->id)));
        print_harmless(span_text(f->sentence));
        fputs("\n    what to do: ", stdout);
        print_harmless(span_text(f->cure));
        putchar('\n');
    }
}

static void print_poses(const struct doctor_facts *facts, bool would, const char *words)
{
    bool first = true;
    for (unsigned int i = 0; i < POSE_COUNT; i++) {
        if (doctor_would_boot(facts, (enum pose)i) != would)
            continue;
        printf("%s%s", first ? words : "; ", pose_row((enum pose)i)->title);
        first = false;
    }
    if (!first)
        putchar('\n');
}

static void print_report(const struct doctor_facts *facts, const struct findings *findings)
{
    print_answers(facts);
    print_findings(findings);
    putchar('\n');
    print_poses(facts, true, "can begin to boot: ");
    print_poses(facts, false, "cannot: ");
}

/* For programs. */

static void write_address(struct json_writer *j, const char *key, struct ipv4 address)
{
    char text[IPV4_TEXT_MAX];
    if (ipv4_is_none(address))
        return;
    ipv4_format(address, text);
    json_write_text(j, key, text);
}

static void write_answer(struct json_writer *j, const struct doctor_answer *a)
{
    json_write_object_begin(j, NULL);
    json_write_text(j, "machine", pose_row(a->pose)->name);
    write_address(j, "server", a->server);
    write_address(j, "address", a->address);
    write_address(j, "next_server", a->next_server);
    json_write_bool(j, "this_machine", a->ours);
    json_write_bool(j, "port_4011", a->from_4011);
    if (a->says_pxe || a->says_http)
        json_write_text(j, "vendor_class", a->says_pxe ? "PXEClient" : "HTTPClient");
    json_write_bool(j, "option_43", a->has_vendor);
    if (a->file[0])
        json_write_text(j, "file", a->file);
    json_write_object_end(j);
}

static enum exit_code print_json(const struct doctor_facts *facts, const struct findings *findings)
{
    static char data[REPORT_MAX];
    struct text out = text_over(data, sizeof data);
    struct json_writer j = json_over(&out);

    json_write_object_begin(&j, NULL);
    json_write_text(&j, "interface", facts->interface);
    json_write_array_begin(&j, "answers");
    for (size_t i = 0; i < facts->answer_count; i++)
        write_answer(&j, &facts->answers[i]);
    json_write_array_end(&j);
    json_write_array_begin(&j, "findings");
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->rows[i];
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "id", finding_name(f->id));
        json_write_text(&j, "level", finding_level_name(finding_level(f->id)));
        json_write_text(&j, "sentence", f->sentence);
        json_write_text(&j, "cure", f->cure);
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_object_begin(&j, "can_boot");
    for (unsigned int i = 0; i < POSE_COUNT; i++)
        json_write_bool(&j, pose_row((enum pose)i)->name, doctor_would_boot(facts, (enum pose)i));
    json_write_object_end(&j);
    json_write_object_end(&j);
    if (out.failed) {
        complain("the report is too long");
        return EXIT_FAILED;
    }
    puts(data);
    return EXIT_OK;
}

static bool has_problem(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (finding_level(findings->rows[i].id) == FINDING_PROBLEM)
            return true;
    return false;
}

static enum exit_code examine(const struct arguments *args, const struct session *session,
                              const struct iface_table *table, const struct iface *iface,
                              unsigned int seconds)
{
    static struct doctor_facts facts;
    static struct findings findings;
    char why_data[256] = "";
    struct text why = text_over(why_data, sizeof why_data);
    bool is_json = arguments_has(args, "--json");

    facts = (struct doctor_facts){ .mtu = iface->mtu,
                                   .block_size_max = session->config->tftp.block_size_max };
    snprintf(facts.interface, sizeof facts.interface, "%s", iface->name);
    if (!is_json) {
        printf("asking on %s as %d kinds of machine, listening for %u s ...\n\n", iface->name,
               POSE_COUNT, seconds);
        fflush(stdout);
    }
    doctor_look_here(session, &facts);
    int r = doctor_wire_ask(&facts, table, iface, seconds, &why);
    if (r < 0) {
        complain("%s", why_data[0] ? why_data : strerror(-r));
        return EXIT_FAILED;
    }
    doctor_wire_fetch(&facts, iface);
    doctor_examine(&facts, &findings);
    if (!is_json)
        print_report(&facts, &findings);
    else if (print_json(&facts, &findings) != EXIT_OK)
        return EXIT_FAILED;
    return has_problem(&findings) ? EXIT_FAILED : EXIT_OK;
}

enum exit_code cmd_doctor(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    static struct iface_table table;
    const char *wanted = arguments_value(args, "--interface");
    unsigned int seconds;

    if (!read_seconds(args, &seconds)) {
        complain("--seconds is a number from 1 to %d", SECONDS_MAX);
        return EXIT_USAGE;
    }
    enum exit_code code = session_open_daemon(&session, args);
    if (code == EXIT_OK)
        code = read_interfaces(&table);
    if (code != EXIT_OK)
        return code;
    const struct iface *iface = find_interface(session.config, &table, wanted);
    if (!iface) {
        complain(wanted ? "there is no interface %s with an IPv4 address ('ip address' lists them)"
                        : "there is no Ethernet interface with an IPv4 address%.0s",
                 wanted ? wanted : "");
        return EXIT_NOT_FOUND;
    }
    return examine(args, &session, &table, iface, seconds);
}
