/* The backend's functions for images on their way in: see api/backend.h. `context` is the control
 * port's settings. */
#ifndef SERVE_CONTROL_INTAKE_H
#define SERVE_CONTROL_INTAKE_H

#include "api/backend.h"
#include "serve/control.h"

enum api_result control_upload_begin(void *context, const struct intake_wish *wish,
                                     uint32_t *ret_number, char *sentence);
enum api_result control_upload_piece(void *context, uint32_t number, uint64_t offset,
                                     struct span bytes, char *sentence);
enum api_result control_upload_cancel(void *context, uint32_t number, char *sentence);
const struct intake_facts *control_upload_at(void *context, size_t index);
const struct intake_facts *control_upload(void *context, uint32_t number, uint64_t *ret_offset);
enum api_result control_images_order(void *context, const char *const *names, size_t count,
                                     char sentence[API_SENTENCE_MAX]);
enum api_result control_image_change(void *context, const char *name,
                                     const struct api_setting_change *changes, size_t count,
                                     char *sentence);
enum api_result control_image_remove(void *context, const char *name, char *sentence);

/* What is known of an image's bytes. */
bool control_image_digest(void *context, const struct image *image, struct api_image_digest *out);

#endif
