/* See snippet_facts.h. */
#include "doctor/snippet_facts.h"

/* The numbers of option 93 that machines send; 7 and 9 are both x64 (arch.def). */
static const uint16_t wires[] = { 0, 6, 7, 9, 11, 16, 19 };

static void add_row(struct snippet_told *told, const struct catalog *catalog,
                    const struct reach *reach, uint16_t wire)
{
    struct snippet_row *row = &told->facts.rows[told->facts.row_count];
    struct choice *choice = &told->choices[told->facts.row_count];
    struct client client = { .arch_wire = wire, .has_arch = true };

    if (!arch_from_wire(wire, &client.arch, &client.transport))
        return;
    client.kind = client.transport == TRANSPORT_HTTP ? CLIENT_HTTP : CLIENT_PXE;
    choose_loader(catalog, &client, reach, NULL, choice);
    if (choice->kind == CHOICE_NOTHING)
        return;
    bool is_http = choice->transport == TRANSPORT_HTTP;
    *row = (struct snippet_row){ .arch = wire,
                                 .is_http = is_http,
                                 .title = arch_wire_text(wire),
                                 .file = is_http ? choice->url : choice->file };
    told->facts.row_count++;
}

void snippet_facts_fill(const struct catalog *catalog, const struct reach *reach,
                        struct snippet_told *told)
{
    const struct client ipxe = { .kind = CLIENT_IPXE, .arch = ARCH_EFI_X64 };

    *told = (struct snippet_told){ 0 };
    choose_loader(catalog, &ipxe, reach, NULL, &told->script);
    told->facts.server = reach->server;
    told->facts.script = told->script.url;
    for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++)
        add_row(told, catalog, reach, wires[i]);
}
