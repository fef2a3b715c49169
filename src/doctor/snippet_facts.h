/* What tugboot itself would tell each kind of machine, as facts for settings of another DHCP
 * server (snippet.h). */
#ifndef DOCTOR_SNIPPET_FACTS_H
#define DOCTOR_SNIPPET_FACTS_H

#include "boot/choose.h"
#include "doctor/snippet.h"

/* The facts and what they point into; for one thread, not small. */
struct snippet_told {
    struct snippet_facts facts;
    struct choice choices[SNIPPET_ROWS_MAX];
    struct choice script;
};

/* Decided as if tugboot gave the addresses itself, since the other server names it as next server:
 * `reach` says where machines find it. */
void snippet_facts_fill(const struct catalog *catalog, const struct reach *reach,
                        struct snippet_told *told);

#endif
