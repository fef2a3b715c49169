/* What follows from the facts of an inspection. */
#ifndef IMAGE_INSPECTION_VERDICT_H
#define IMAGE_INSPECTION_VERDICT_H

#include "image/inspection.h"

/* Fill in verdict, boots, headline and facts from all that stands in `out` already. */
void inspection_conclude(struct inspection *out);

#endif
