/* A request's body held against its shape (contract.h), before a handler reads it: every fault at
 * once, each with its place. Apart from call.h because the JSON library's names and those of
 * base/json_write.h collide. */
#ifndef API_BODY_CHECK_H
#define API_BODY_CHECK_H

#include "base/span.h"

#include "api/contract.h"

#define BODY_FAULTS_MAX        16
#define BODY_FAULT_POINTER_MAX 128
#define BODY_FAULT_DETAIL_MAX  512

struct body_fault {
    char pointer[BODY_FAULT_POINTER_MAX]; /* RFC 6901; "" = the whole body */
    char detail[BODY_FAULT_DETAIL_MAX];   /* a sentence */
};

struct body_faults {
    struct body_fault rows[BODY_FAULTS_MAX];
    uint8_t count;
};

/* Is `json` an object of this shape, as a request has it? `is_patch`: any part of it, null taking a
 * field back. Text may have any content; that is for the handlers. */
bool body_check(struct span json, const struct shape *shape, bool is_patch,
                struct body_faults *faults);

/* The same of a reply: each field that is always there is there, and no other. For tests. */
bool body_check_reply(struct span json, const struct shape *shape, struct body_faults *faults);

/* Add a fault; dropped when there is no room. `pointer` is that of the field. */
void body_faults_add(struct body_faults *faults, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct json_writer;
void body_faults_write(const struct body_faults *faults, struct json_writer *j, const char *key);

#endif
