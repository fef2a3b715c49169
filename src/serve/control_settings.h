/* The backend's functions for the configuration: see api/backend.h. `context` is the control port's
 * settings. */
#ifndef SERVE_CONTROL_SETTINGS_H
#define SERVE_CONTROL_SETTINGS_H

#include "api/backend.h"
#include "serve/control.h"

enum api_result control_each_setting(void *context, struct arena *arena, api_setting_fn row,
                                     void *row_context);
enum api_result control_each_setting_field(void *context, const char *path, api_setting_fn row,
                                           void *row_context);
enum api_result control_each_setting_row(void *context, const char *path, uint32_t first,
                                         api_setting_row_fn row, void *row_context);
enum api_result control_settings_file(void *context, struct arena *arena,
                                      struct api_settings_file *out);
enum api_result control_settings_change(void *context, const struct api_settings_changes *changes,
                                        struct arena *arena, struct api_settings_result *out,
                                        char sentence[API_SENTENCE_MAX]);

#endif
