/* The backend's functions for templates of answer files: see api/backend.h. `context` is the
 * control port's settings. */
#ifndef SERVE_CONTROL_ANSWERS_H
#define SERVE_CONTROL_ANSWERS_H

#include "api/backend.h"
#include "serve/control.h"

enum api_result control_answer_put(void *context, const char *file, struct span text,
                                   char sentence[API_SENTENCE_MAX]);
enum api_result control_answer_remove(void *context, const char *file,
                                      char sentence[API_SENTENCE_MAX]);

/* What a template called so ("web.preseed") is for; NULL when it is none. */
const struct answer_file *control_answer_file(const char *file);

/* The catalog with `draft` in the place of every template of that kind, and with an answer file for
 * every machine, in the arena. NULL when memory ran out. */
const struct catalog *control_answer_draft(const struct catalog *catalog,
                                           const struct answer_file *kind, struct span draft,
                                           struct arena *arena);

#endif
