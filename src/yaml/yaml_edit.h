/* One value of a YAML text changed, and every other byte left as it is: comments, blank lines,
 * quotes, the order of keys. What comes out is read again and compared: an edit that would change
 * anything but what was asked for is refused. */
#ifndef YAML_YAML_EDIT_H
#define YAML_YAML_EDIT_H

#include "base/checked.h"
#include "base/span.h"
#include "base/text.h"

#define YAML_EDIT_PARTS_MAX 8
#define YAML_EDIT_WHY_MAX   256

/* Set what stands at `path` ("tftp.port", "dhcp.subnets.0.router": keys, and the numbers of list
 * entries from 0) to `value`, a YAML value on one line (in brackets for a list or map), and append
 * the whole text to `out`. An empty `value` takes the key or entry away. Keys that are missing are
 * made; the number behind the last entry of a list appends to it. 0, or with a sentence in `why`:
 * -EINVAL (the path or the value cannot be), -ENOENT (there is nothing to take away), -EBADMSG (the
 * text is no YAML this can follow, or the edit would touch something else), -ENOMEM. */
must_check int yaml_edit(struct span text, const char *path, struct span value, struct text *out,
                         char why[YAML_EDIT_WHY_MAX]);

#endif
