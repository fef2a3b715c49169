/* Can a text be read as a template at all: its marks and the expressions in them, without running
 * it. What a machine's own values make of it is answer_render()'s to tell. */
#ifndef ANSWERS_TEMPLATE_CHECK_H
#define ANSWERS_TEMPLATE_CHECK_H

#include "base/checked.h"
#include "base/text.h"

/* 0; -EINVAL with a sentence that names the line ("web.preseed:3: ..."); -ENOMEM. */
must_check int answer_template_check(const char *name, struct span source, struct text *why);

#endif
