/* `tugboot image add URL`: the file by HTTP or HTTPS into a hidden file of the images folder, and
 * from there into an image. */
#ifndef CLI_IMAGE_FETCH_H
#define CLI_IMAGE_FETCH_H

#include "fetch/url_name.h"
#include "serve/image_store.h"

#define IMAGE_FETCH_WHY_MAX 1200
#define IMAGE_FETCH_SHA256  64

struct image_fetch {
    const char *images; /* the folder, made when missing */
    const char *url;
    const char *sha256; /* 64 lower-case digits, or NULL */
};

/* What was fetched: whole, and still hidden. Nobody else touches it while `fd` is open. */
struct image_fetched {
    int images, fd;
    char file[URL_NAME_MAX + 1]; /* the name of the URL */
    char part[URL_NAME_MAX + 8]; /* in the images folder */
    char path[4096];             /* of the part */
    char sha256[IMAGE_FETCH_SHA256 + 1];
};

/* Fetch what is missing. 0 and a file to hand to image_fetch_end(), or a negative errno and a
 * sentence; then nothing is to be ended. What an interruption leaves is kept for the next run. */
must_check int image_fetch_run(const struct image_fetch *what, struct image_fetched *ret,
                               char why[IMAGE_FETCH_WHY_MAX]);
/* `is_kept`: the part stays for another run. Else it is removed, if it has not become an image. */
void image_fetch_end(struct image_fetched *fetched, bool is_kept);

#endif
