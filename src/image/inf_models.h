/* What the readers of a driver's devices and of its files share. */
#ifndef IMAGE_INF_MODELS_H
#define IMAGE_INF_MODELS_H

#include "image/inf_lines.h"

#define INF_NAME_MAX 256

struct inf {
    struct inf_lines lines;
};

/* "amd64", as in the names of sections. */
const char *inf_arch_word(uint32_t arch);

/* The section [Version]. */
uint32_t inf_version_section(const struct inf *inf);

/* Call `visit` for each line of the models for this Windows, until it returns non-zero. */
void inf_each_model(const struct inf_lines *lines, const struct inf_target *target,
                    int (*visit)(void *context, const struct inf_line *model), void *context);

#endif
