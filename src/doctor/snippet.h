/* Settings for another DHCP server, so that it hands machines over to this tugboot: text made from
 * what tugboot itself would tell each kind of machine. Data in snippet.def. */
#ifndef DOCTOR_SNIPPET_H
#define DOCTOR_SNIPPET_H

#include "base/text.h"

#include "model/addr.h"

#define SNIPPET_ROWS_MAX 16

/* One architecture by one transport. */
struct snippet_row {
    uint16_t arch; /* option 93 */
    bool is_http;
    const char *title; /* "x64 UEFI" */
    const char *file;  /* name by TFTP, or URL */
};

struct snippet_facts {
    struct ipv4 server;
    const char *script; /* URL for iPXE */
    struct snippet_row rows[SNIPPET_ROWS_MAX];
    size_t row_count;
};

/* Row i of the servers known: its name, and words for it and what to mind; false behind the last.
 */
bool snippet_at(size_t i, const char **ret_name, const char **ret_title);

/* Append the settings for the server of this name (ASCII case ignored), with a heading and the note
 * as comment lines in `note` (a text of its own, since not every server has comments). False when
 * there is no such server. */
bool snippet_write(const char *name, const struct snippet_facts *facts, struct text *out,
                   struct text *note);

#endif
