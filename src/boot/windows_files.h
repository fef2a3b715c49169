/* The texts a machine is handed to start Windows: winpeshl.ini says that startnet.cmd is run,
 * startnet.cmd loads drivers, connects the share and starts Setup, autounattend.xml answers Setup's
 * questions. Lines end as Windows has them. */
#ifndef BOOT_WINDOWS_FILES_H
#define BOOT_WINDOWS_FILES_H

#include "boot/template.h"
#include "boot/windows_plan.h"

void windows_write_shell(struct text *out);
void windows_write_start(struct text *out, const struct windows_plan *plan,
                         const struct template_scope *scope);

/* The answer file: the owner's own template, else one made from what the image says. False with a
 * sentence in `why` when the template cannot be filled in for this machine. */
bool windows_write_answers(struct text *out, const struct windows_plan *plan,
                           const struct template_scope *scope, struct text *why);

#endif
