/* That a machine's installer has said it is done: an image assigned for good is not started again
 * there. */
#ifndef MODEL_INSTALLED_H
#define MODEL_INSTALLED_H

#include "base/clock.h"

#include "model/mac.h"

#define INSTALLED_IMAGE_MAX 64 /* with the NUL */

struct installed {
    struct mac mac;
    const char *image;
    struct calendar at;
};

#endif
