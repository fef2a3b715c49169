/* What a signed Release file of a Debian archive says of its age, and whether it may be believed
 * now. A signature is as good years later: these dates are what keeps a server from holding out an
 * index that was true once. apt's rules (Acquire::Check-Valid-Until, Acquire::Check-Date). */
#ifndef CLI_RELEASE_AGE_H
#define CLI_RELEASE_AGE_H

#include "base/checked.h"
#include "base/clock.h"
#include "base/text.h"

/* Seconds of the calendar; 0 = it does not say. */
struct release_age {
    int64_t dated_s; /* Date */
    int64_t until_s; /* Valid-Until */
};

/* Read both from a text. What is no Release file says nothing. False when one of them is there and
 * is no date; then *ret_age is as it was. */
must_check bool release_age_read(struct span text, struct release_age *ret_age);

/* May it be believed now? 0, or -EBADMSG and a sentence about the text called `name`. */
must_check int release_age_check(const struct release_age *age, struct calendar now,
                                 const char *name, struct text *why);

#endif
