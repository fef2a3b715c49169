/* The CA of tugboot's HTTPS as a UEFI signature list, the form in which firmware takes it. */
#ifndef CLI_CA_LIST_H
#define CLI_CA_LIST_H

#include "base/checked.h"
#include "base/text.h"
#include "base/writer.h"

/* Add the list with one certificate, given in DER.                       UEFI 2.10 32.4.1 */
void ca_list_add(struct writer *out, struct span der);

/* Write the list of the CA in this state folder to a file. 0; -ENOENT when there is no CA (yet);
 * any other negative errno with a sentence in `why`. */
must_check int ca_list_put(const char *state, const char *path, struct text *why);

#endif
