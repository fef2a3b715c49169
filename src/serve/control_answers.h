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

/* The catalog with `draft` in the place of every template of that file's kind, in the arena. NULL
 * when `what->draft_file` is none or memory ran out. */
const struct catalog *control_answer_draft(const struct catalog *catalog,
                                           const struct api_render *what, struct arena *arena);

#endif
