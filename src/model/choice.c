/* See choice.h. */
#include "model/choice.h"

#include <stdarg.h>
#include <stdio.h>

void trail_add(struct trail *trail, const char *rule, const char *format, ...)
{
    if (trail->count >= TRAIL_MAX)
        return;
    struct trail_step *step = &trail->steps[trail->count++];
    span_to_text(span_text(rule), step->rule, sizeof step->rule);
    va_list args;
    va_start(args, format);
    vsnprintf(step->said, sizeof step->said, format, args);
    va_end(args);
}
