/* See contract.h. Joins the rows of routes.def with those of contract.def: a route without a
 * contract does not compile. */
#include "api/contract.h"

#define FIELD(key_, type_, of_, need_, doc_) { key_, SHAPE_##type_, of_, NEED_##need_, doc_ },
#define SHAPE(name_, doc_, ...)              static const struct shape_field name_##_fields[] = { __VA_ARGS__ };
#include "api/shapes.def"
#undef SHAPE

static const struct shape shapes[] = {
#define SHAPE(name_, doc_, ...)                                                                    \
    { #name_, doc_, name_##_fields, sizeof name_##_fields / sizeof name_##_fields[0] },
#include "api/shapes.def"
#undef SHAPE
#undef FIELD
};
#define SHAPE_COUNT (sizeof shapes / sizeof shapes[0])

static const struct parameter parameters[] = {
#define PARAMETER(id_, name_, type_, of_, doc_) { #id_, name_, PARAMETER_##type_, of_, doc_ },
#include "api/parameters.def"
#undef PARAMETER
};

static const struct problem problems[] = {
#define PROBLEM(code_, status_, doc_) { code_, status_, doc_ },
#include "api/problems.def"
#undef PROBLEM
/* The first one is no refusal. */
#define ACCESS(id_, status_, code_, sentence_) { code_, status_, sentence_ },
#include "api/access_verdict.def"
#undef ACCESS
};
#define PROBLEM_COUNT (sizeof problems / sizeof problems[0])

/* Every route may refuse with these: who asks is not let in. */
static const char *const access_codes[] = {
#define ACCESS(id_, status_, code_, sentence_) code_,
#include "api/access_verdict.def"
#undef ACCESS
};

/* What contract.def says, one constant a route. */
#define CONTRACT(handler_, query_, takes_, gives_, problems_)                                      \
    static const struct contract_terms terms_##handler_ = { query_, takes_, gives_, problems_ };
#include "api/contract.def"
#undef CONTRACT

static const struct contract contracts[] = {
#define ROUTE(method_, path_, handler_, role_, text_)                                              \
    { #method_, path_, #handler_, #role_, text_, &terms_##handler_ },
#include "api/routes.def"
#undef ROUTE
};
#define CONTRACT_COUNT (sizeof contracts / sizeof contracts[0])

const struct contract *contract_at(size_t i)
{
    return i < CONTRACT_COUNT ? &contracts[i] : NULL;
}

const struct contract *contract_get_twin(const struct contract *contract)
{
    for (size_t i = 0; i < CONTRACT_COUNT; i++)
        if (strcmp(contracts[i].method, "GET") == 0 &&
            strcmp(contracts[i].path, contract->path) == 0)
            return &contracts[i];
    return NULL;
}

bool contract_overwrites(const struct contract *contract)
{
    return strcmp(contract->method, "PUT") == 0 && contract_get_twin(contract) != NULL;
}

const struct shape *shape_at(size_t i)
{
    return i < SHAPE_COUNT ? &shapes[i] : NULL;
}

const struct shape *shape_find(const char *name)
{
    for (size_t i = 0; i < SHAPE_COUNT; i++)
        if (strcmp(shapes[i].name, name) == 0)
            return &shapes[i];
    return NULL;
}

const struct parameter *parameter_find(struct span id)
{
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        if (span_is(id, parameters[i].id))
            return &parameters[i];
    return NULL;
}

const struct problem *problem_at(size_t i)
{
    return i < PROBLEM_COUNT ? &problems[i] : NULL;
}

const struct problem *problem_find(struct span code)
{
    for (size_t i = 0; i < PROBLEM_COUNT; i++)
        if (span_is(code, problems[i].code))
            return &problems[i];
    return NULL;
}

const char *contract_media_type(const char *gives)
{
    static const char *const types[][2] = {
        { "pcap", "application/vnd.tcpdump.pcap" },
        { "openapi", "application/vnd.oai.openapi+json" },
        { "metrics", "text/plain; version=0.0.4" },
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i][0], gives) == 0)
            return types[i][1];
    return NULL;
}

struct span contract_next_word(struct span *words, char between)
{
    size_t n = span_find(*words, (uint8_t)between);
    struct span word = span_slice(*words, 0, n);
    *words = span_from(*words, n + 1);
    return word;
}

bool contract_refuses(const struct contract *contract, const char *code)
{
    struct span words = span_text(contract->terms->problems);
    const char *method = contract->method;
    bool changes = strcmp(method, "GET") != 0;
    bool conditional = changes && strcmp(method, "POST") != 0 && contract_get_twin(contract);

    while (words.len > 0)
        if (span_is(contract_next_word(&words, ' '), code))
            return true;
    if (strcmp(code, "bad-query") == 0 || strcmp(code, "body-too-long") == 0 ||
        strcmp(code, "failed") == 0 ||
        (strcmp(code, "unknown-path") == 0 && strchr(contract->path, '{')))
        return true;
    for (size_t i = 0; i < sizeof access_codes / sizeof access_codes[0]; i++)
        if (strcmp(code, access_codes[i]) == 0)
            return true;
    if (strcmp(code, "reply-too-long") == 0)
        return contract->terms->gives[0] != 0;
    if (strcmp(code, "invalid") == 0 || strcmp(code, "unsupported-media-type") == 0)
        return contract->terms->takes[0] != 0;
    if (strcmp(code, "precondition-failed") == 0)
        return conditional;
    return strcmp(code, "precondition-required") == 0 && contract_overwrites(contract);
}
