/* The faults of a body as JSON; see body_check.h. */
#include "base/json_write.h"

#include "api/body_check.h"

void body_faults_write(const struct body_faults *faults, struct json_writer *j, const char *key)
{
    json_write_array_begin(j, key);
    for (uint8_t i = 0; i < faults->count; i++) {
        json_write_object_begin(j, NULL);
        json_write_text(j, "pointer", faults->rows[i].pointer);
        json_write_text(j, "detail", faults->rows[i].detail);
        json_write_object_end(j);
    }
    json_write_array_end(j);
}
