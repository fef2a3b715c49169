/* See caller.h: the names of roles and doors, and what a token's prefix means. */
#include "api/caller.h"

static const char *const role_names[] = {
    [API_ROLE_NOBODY] = "nobody",
    [API_ROLE_VIEWER] = "viewer",
    [API_ROLE_OPERATOR] = "operator",
    [API_ROLE_ADMIN] = "admin",
};

const struct api_caller api_caller_socket = { .role = API_ROLE_ADMIN, .door = API_DOOR_SOCKET };

const char *api_role_name(enum api_role role)
{
    return role_names[role];
}

bool api_role_parse(struct span name, enum api_role *ret_role)
{
    for (size_t i = API_ROLE_VIEWER; i < sizeof role_names / sizeof role_names[0]; i++) {
        if (!span_is(name, role_names[i]))
            continue;
        *ret_role = (enum api_role)i;
        return true;
    }
    return false;
}

const char *api_door_name(enum api_door door)
{
    static const char *const names[] = {
        [API_DOOR_NONE] = "none",       [API_DOOR_SOCKET] = "socket", [API_DOOR_LINK] = "link",
        [API_DOOR_SESSION] = "session", [API_DOOR_TOKEN] = "token",   [API_DOOR_PROXY] = "proxy",
    };
    return names[door];
}

bool api_prefix_reaches(const char *prefix, struct span path)
{
    size_t n = strlen(prefix);
    while (n > 0 && prefix[n - 1] == '/')
        n--;
    if (n == 0)
        return true;
    if (path.len < n || !span_equals(span_slice(path, 0, n), span_of(prefix, n)))
        return false;
    return path.len == n || path.data[n] == '/';
}
