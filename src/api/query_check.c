/* See query_check.h. */
#include "api/query_check.h"

#include "model/addr.h"
#include "model/mac.h"
#include "model/url.h"

#define VALUE_MAX 256

/* The contract's parameter of this name; NULL when it has none. */
static const struct parameter *find(const struct contract *contract, struct span name)
{
    struct span ids = span_text(contract->terms->query);
    while (ids.len > 0) {
        const struct parameter *p = parameter_find(contract_next_word(&ids, ' '));
        if (p && span_is(name, p->name))
            return p;
    }
    return NULL;
}

static bool is_number(struct span value, uint64_t least, uint64_t most)
{
    uint64_t n = 0;
    if (value.len == 0 || value.len > 19)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(value.data[i] - '0');
    }
    return n >= least && n <= most;
}

static bool is_choice(const char *of, struct span value)
{
    struct span words = span_text(of);
    while (words.len > 0)
        if (span_equals(contract_next_word(&words, '|'), value))
            return true;
    return false;
}

/* What the value must be when it is not that; NULL when it is. An empty value says nothing, as if
 * the parameter were absent. */
static const char *fault_of(const struct parameter *p, struct span value)
{
    struct mac mac;
    struct ipv4 address;

    if (value.len == 0)
        return NULL;
    switch (p->type) {
    case PARAMETER_TEXT:
        return memchr(value.data, 0, value.len) ? "must be a text" : NULL;
    case PARAMETER_NUMBER:
        return is_number(value, 0, UINT64_MAX) ? NULL : "must be a number of at most 19 digits";
    case PARAMETER_LIMIT:
        return is_number(value, 1, API_LIMIT_MAX) ? NULL : "must be a number from 1 to 1000";
    case PARAMETER_FLAG:
        return is_number(value, 0, 1) ? NULL : "must be 0 or 1";
    case PARAMETER_MAC:
        return mac_parse(value, &mac) ? NULL : "is written aa:bb:cc:dd:ee:ff";
    case PARAMETER_IPV4:
        return ipv4_parse(value, &address) ? NULL : "must be an IPv4 address";
    case PARAMETER_CHOICE:
        return is_choice(p->of, value) ? NULL : "must be one of";
    }
    return NULL;
}

static void list_parameters(const struct contract *contract, struct text *why)
{
    struct span ids = span_text(contract->terms->query);
    if (ids.len == 0) {
        text_add(why, " This path takes none.");
        return;
    }
    text_add(why, " There are:");
    for (const char *comma = " "; ids.len > 0; comma = ", ")
        text_addf(why, "%s%s", comma, parameter_find(contract_next_word(&ids, ' '))->name);
    text_add_char(why, '.');
}

static bool check_one(const struct contract *contract, const struct text *name,
                      const struct text *value, struct text *why)
{
    const struct parameter *p = find(contract, text_span(name));
    if (!p) {
        text_add(why, "There is no parameter \"");
        text_add_escaped(why, span_slice(text_span(name), 0, 32));
        text_add(why, "\".");
        list_parameters(contract, why);
        return false;
    }
    const char *fault = fault_of(p, text_span(value));
    if (!fault)
        return true;
    text_addf(why, "\"%s\" %s", p->name, fault);
    if (p->type == PARAMETER_CHOICE)
        text_addf(why, " %s", p->of);
    text_add_char(why, '.');
    return false;
}

bool query_check(struct span query, const struct contract *contract, struct text *why)
{
    char name_data[64], value_data[VALUE_MAX], again_data[VALUE_MAX];

    while (query.len > 0) {
        struct text name = text_over(name_data, sizeof name_data);
        struct text value = text_over(value_data, sizeof value_data);
        struct text again = text_over(again_data, sizeof again_data);
        if (!url_query_next(&query, &name, &value)) {
            text_add(why, "A part of the query is too long.");
            return false;
        }
        if (name.len == 0 && value.len == 0)
            continue;
        if (!check_one(contract, &name, &value, why))
            return false;
        if (url_query_find(query, name_data, &again)) {
            text_addf(why, "\"%s\" is there twice.", name_data);
            return false;
        }
    }
    return true;
}
