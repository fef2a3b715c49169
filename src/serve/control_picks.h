/* The API's questions about machines that wait for a choice on a phone, asked of the book. A part
 * of the control port. */
#ifndef SERVE_CONTROL_PICKS_H
#define SERVE_CONTROL_PICKS_H

#include "api/backend.h"

bool control_pick_at(void *context, size_t i, struct api_pick *out);
enum api_result control_pick_find(void *context, const char *number, struct api_pick *out);
enum api_result control_pick_choose(void *context, const char *number, const char *entry,
                                    const char *by);
bool control_picks_open(void *context);

#endif
