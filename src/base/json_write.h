/* JSON out, with commas and quoting looked after (RFC 8259). Bytes that are not valid UTF-8 come
 * out as U+FFFD, so the result is always valid JSON whatever a client sent. */
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include "base/text.h"

struct json_writer {
    struct text *out;
    bool need_comma;
};

struct json_writer json_over(struct text *out);

/* `key` is NULL inside an array and for the outermost value. */
void json_object_begin(struct json_writer *j, const char *key);
void json_object_end(struct json_writer *j);
void json_array_begin(struct json_writer *j, const char *key);
void json_array_end(struct json_writer *j);
/* json_string and json_null are also names of jansson, which calls its own through the dynamic
 * linker: ours have other names there, or they would be called in their place. */
void json_string(struct json_writer *j, const char *key,
                 struct span value) __asm__("json_write_string");
void json_text(struct json_writer *j, const char *key, const char *value);
void json_number(struct json_writer *j, const char *key, int64_t value);
void json_bool(struct json_writer *j, const char *key, bool value);
void json_null(struct json_writer *j, const char *key) __asm__("json_write_null");

#endif
