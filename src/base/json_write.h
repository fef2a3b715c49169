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
void json_write_object_begin(struct json_writer *j, const char *key);
void json_write_object_end(struct json_writer *j);
void json_write_array_begin(struct json_writer *j, const char *key);
void json_write_array_end(struct json_writer *j);
void json_write_string(struct json_writer *j, const char *key, struct span value);
void json_write_text(struct json_writer *j, const char *key, const char *value);
void json_write_number(struct json_writer *j, const char *key, int64_t value);
/* As RFC 3339 writes it; json_write_known_time() leaves out a time that was never set. */
void json_write_time(struct json_writer *j, const char *key, struct calendar at);
void json_write_known_time(struct json_writer *j, const char *key, struct calendar at);
void json_write_bool(struct json_writer *j, const char *key, bool value);
void json_write_null(struct json_writer *j, const char *key);

#endif
