/* How the nouns look as JSON, the same from the daemon, from the command line without a daemon, and
 * in files. Each writes one object; `key` is NULL inside an array and for the outermost value. */
#ifndef API_SHAPES_H
#define API_SHAPES_H

#include "base/json_write.h"

#include "api/backend.h"

void shape_status(struct json_writer *j, const char *key, const struct api_status *status);
/* The interfaces and ports of a status, as two lists. */
void shape_interfaces(struct json_writer *j, const struct api_status *status);
void shape_lease(struct json_writer *j, const char *key, const struct lease *lease);
void shape_host(struct json_writer *j, const char *key, const struct host *host);
void shape_group(struct json_writer *j, const char *key, const struct host_group *group);
void shape_image(struct json_writer *j, const char *key, const struct image *image,
                 const struct api_image_digest *digest);
void shape_client(struct json_writer *j, const char *key, const struct client *client);
void shape_machine(struct json_writer *j, const char *key, const struct api_machine *machine);

#endif
