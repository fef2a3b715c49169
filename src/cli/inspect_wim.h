/* The inspection of a WIM shown: its images and boot managers, as lines for people and as JSON. */
#ifndef CLI_INSPECT_WIM_H
#define CLI_INSPECT_WIM_H

#include "cli/inspect_show.h"
#include "image/wim_inspection.h"

/* `shown` is as for inspect_show_text(); its inspection is not looked at. */
void inspect_wim_text(const struct inspect_shown *shown, const struct wim_inspection *in,
                      struct text *out);
void inspect_wim_json(const struct inspect_shown *shown, const struct wim_inspection *in,
                      struct json_writer *out);

#endif
