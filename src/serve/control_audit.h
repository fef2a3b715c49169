/* The list of who did what: every write by the API, every sign-in, and who was refused; kept in the
 * store. What nobody-known sends is noted when it is refused or tries to sign in, at most ten times
 * a second, and has a smaller part of the list to itself, so that a flood of refusals does not push
 * deeds out of it. Who came in is always noted. */
#ifndef SERVE_CONTROL_AUDIT_H
#define SERVE_CONTROL_AUDIT_H

#include "base/checked.h"

struct control;
struct api_request;
struct api_reply;

struct control_audit;

must_check int control_audit_new(struct control_audit **ret_audit);
/* NULL is fine. Entries that wait for the disk are stored all the same. */
void control_audit_free(struct control_audit *audit);

/* Is a request that was answered so of interest? One of nobody-known's counts as noted then. */
bool control_audit_wants(struct control_audit *audit, const struct api_request *request,
                         const struct api_reply *reply);

/* Note a request that was answered, if it is of interest. */
void control_audit_note(struct control *control, const struct api_request *request,
                        const struct api_reply *reply);

#endif
