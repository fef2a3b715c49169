/* What each route takes and gives, as data: contract.def has a row per route, shapes.def the
 * objects of the API field by field, parameters.def what may stand in a query, problems.def every
 * refusal. Requests are checked against it before a handler sees them, the OpenAPI document is
 * written from it, and the tests hold every reply against it. */
#ifndef API_CONTRACT_H
#define API_CONTRACT_H

#include "base/span.h"

enum shape_type {
    SHAPE_TEXT,
    SHAPE_NUMBER,
    SHAPE_BOOL,
    SHAPE_TIME,     /* RFC 3339, in UTC */
    SHAPE_CHOICE,   /* one of the words in `of`, separated by | */
    SHAPE_OBJECT,   /* of that shape */
    SHAPE_NULLABLE, /* the same, or null */
    SHAPE_LIST,     /* of objects of that shape */
    SHAPE_TEXTS,    /* a list of texts */
    SHAPE_NUMBERS,  /* a list of numbers */
    SHAPE_TEXT_MAP, /* names and texts */
    SHAPE_VALUES,   /* names, and texts or numbers */
    SHAPE_ANYTHING,
};

/* When a field is there. */
enum shape_need {
    NEED_GIVEN,       /* in every reply; a request may leave it out */
    NEED_MAYBE,       /* in a reply when it is set */
    NEED_ASKED,       /* a request must have it; in every reply */
    NEED_SHOWN,       /* in every reply; passed over in a request */
    NEED_SHOWN_MAYBE, /* in a reply when it is set; passed over in a request */
};

struct shape_field {
    const char *key;
    enum shape_type type;
    const char *of; /* "" or see enum shape_type */
    enum shape_need need;
    const char *doc;
};

struct shape {
    const char *name, *doc;
    const struct shape_field *fields;
    size_t count;
};

enum parameter_type {
    PARAMETER_TEXT,
    PARAMETER_NUMBER,
    PARAMETER_LIMIT, /* 1 to API_LIMIT_MAX */
    PARAMETER_FLAG,  /* 0 or 1 */
    PARAMETER_MAC,
    PARAMETER_IPV4,
    PARAMETER_CHOICE,
};

struct parameter {
    const char *id, *name;
    enum parameter_type type;
    const char *of; /* of a choice: its words, separated by | */
    const char *doc;
};

#define API_LIMIT_MAX     1000
#define API_LIMIT_DEFAULT 500

struct problem {
    const char *code;
    uint16_t status;
    const char *doc;
};

struct contract_terms {
    const char *query;    /* ids of parameters, separated by spaces */
    const char *takes;    /* the shape of its body, "" = none is looked at */
    const char *gives;    /* the shape of its reply; "" = 204; "pcap", ... = no JSON */
    const char *problems; /* codes of its own refusals, separated by spaces */
};

struct contract {
    const char *method, *path, *handler;
    const char *role; /* the least one a caller needs: "NOBODY", "VIEWER", ... */
    const char *text;
    const struct contract_terms *terms;
};

/* Row i of routes.def with its contract; NULL behind the last. */
const struct contract *contract_at(size_t i);

/* The row that has this path with GET; NULL when there is none. */
const struct contract *contract_get_twin(const struct contract *contract);

/* Is it refused with 428 when it would write over something unseen? */
bool contract_overwrites(const struct contract *contract);

const struct shape *shape_at(size_t i);
const struct shape *shape_find(const char *name);
const struct parameter *parameter_find(struct span id);
const struct problem *problem_at(size_t i);
const struct problem *problem_find(struct span code);

/* What a reply is when it is no JSON object: its media type, or NULL when `gives` is a shape. */
const char *contract_media_type(const char *gives);

/* Does the route refuse with this code: by its row, or because all of its kind do? */
bool contract_refuses(const struct contract *contract, const char *code);

/* Take the next word off a list like "after limit"; empty at its end. */
struct span contract_next_word(struct span *words, char between);

#endif
