/* dhcp-snippet: what this tugboot would tell each kind of machine, as settings for another DHCP
 * server. Decided here from the configuration, the images and the loaders that are there, as if
 * tugboot gave the addresses itself: the other server names it as next server. */
#include <stdio.h>

#include "base/autoclean.h"

#include "boot/reach.h"
#include "cli/offline.h"
#include "cli/reach_here.h"
#include "cli/table.h"
#include "doctor/snippet_facts.h"

#define SNIPPET_MAX 32768
#define NOTE_MAX    4096

static enum exit_code list_servers(void)
{
    static const char *const titles[] = { "SERVER", "WHAT IT IS", NULL };
    struct text_table *table = text_table_new(titles);
    const char *name, *title;

    for (size_t i = 0; table && snippet_at(i, &name, &title); i++) {
        (void)text_table_add(table, span_text(name));
        (void)text_table_add(table, span_text(title));
    }
    if (table)
        text_table_print(table);
    text_table_free(table);
    return EXIT_OK;
}

static enum exit_code write_for(const char *server, const struct snippet_told *told)
{
    static char settings_data[SNIPPET_MAX], note_data[NOTE_MAX];
    struct text settings = text_over(settings_data, sizeof settings_data);
    struct text note = text_over(note_data, sizeof note_data);

    if (!snippet_write(server, &told->facts, &settings, &note)) {
        complain("no settings are known for '%s'; 'tugboot dhcp-snippet' lists the servers",
                 server);
        return EXIT_NOT_FOUND;
    }
    /* The settings alone go to standard output, ready for a file. */
    fprintf(stderr, "%s\n\n", note_data);
    fputs(settings_data, stdout);
    return EXIT_OK;
}

enum exit_code cmd_dhcp_snippet(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    static struct snippet_told told;
    struct catalog_snapshot *snapshot = NULL;
    const char *address = arguments_value(args, "--address");

    if (args->operand_count == 0)
        return list_servers();
    enum exit_code code = session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    struct reach reach = reach_here(session.config);
    reach.beside = false;
    if (address && !ipv4_parse(span_text(address), &reach.server)) {
        complain("--address is written 192.168.50.1");
        return EXIT_USAGE;
    }
    if (ipv4_is_none(reach.server)) {
        complain(
            "this machine has no IPv4 address on a served interface: say tugboot's by --address");
        return EXIT_FAILED;
    }
    code = offline_catalog(&session, &snapshot);
    if (code != EXIT_OK)
        return code;
    snippet_facts_fill(&snapshot->catalog, &reach, &told);
    code = write_for(args->operands[0], &told);
    catalog_snapshot_unref(snapshot);
    return code;
}
