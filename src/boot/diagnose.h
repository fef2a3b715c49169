/* Why does this boot stand still? A verdict in words from a table of rules (diagnose.def). */
#ifndef BOOT_DIAGNOSE_H
#define BOOT_DIAGNOSE_H

#include "boot/progress.h"

enum diagnosis {
#define RULE(name, steps, needs, lacks, sentence) DIAGNOSIS_##name,
#include "boot/diagnose.def"
#undef RULE
    DIAGNOSIS_COUNT
};

/* The first rule that fits; always one. Meant for a progress that is stalled. */
enum diagnosis diagnose(const struct progress *p);

/* "OFFER_SILENT", ...: for JSON and tests. */
const char *diagnosis_name(enum diagnosis d);

/* The rule's sentence with what is known of this boot filled in. */
void diagnosis_write(enum diagnosis d, const struct progress *p, struct text *out);

#endif
