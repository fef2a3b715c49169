/* Who asks, and what they may: roles, and the doors by which somebody came in. A plain value that
 * api/access makes of a connection and a request, and routes look at. */
#ifndef API_CALLER_H
#define API_CALLER_H

#include "base/span.h"

#include "crypto/token.h"

/* Each may what the one before it may. */
enum api_role {
    API_ROLE_NOBODY,
    API_ROLE_VIEWER,   /* looks */
    API_ROLE_OPERATOR, /* boots machines */
    API_ROLE_ADMIN,    /* changes the daemon, and who may what */
};

/* How somebody came to be known. */
enum api_door {
    API_DOOR_NONE,
    API_DOOR_SOCKET,  /* the unix socket, whose file mode is its access control */
    API_DOOR_LINK,    /* a session that began with a one-time link */
    API_DOOR_SESSION, /* a session that began with a password */
    API_DOOR_TOKEN,   /* an API token */
    API_DOOR_PROXY,   /* a named reverse proxy says so */
};

#define API_NAME_MAX   64 /* of an account or a token, with the NUL */
#define API_PREFIX_MAX 64 /* of the paths a token is for, with the NUL */
#define API_FROM_MAX   16 /* an IPv4 address as text, with the NUL */

struct api_caller {
    enum api_role role;
    enum api_door door;
    char name[API_NAME_MAX];     /* of the account or the token; "" = none */
    char prefix[API_PREFIX_MAX]; /* only paths that begin so; "" = all */
    char from[API_FROM_MAX];     /* their address; "" over the unix socket */
    char csrf[TOKEN_TEXT_MAX];   /* what their writes must carry; "" = nothing */
    struct token_digest session; /* of doors LINK and SESSION */
    uint64_t token;              /* its number, of door TOKEN */
    bool is_secure;              /* by TLS, here or at the proxy */
};

/* "viewer"; of a door "session". */
const char *api_role_name(enum api_role role);
bool api_role_parse(struct span name, enum api_role *ret_role); /* not NOBODY */
const char *api_door_name(enum api_door door);

/* Who speaks over the unix socket. */
extern const struct api_caller api_caller_socket;

/* Does a token with this prefix reach `path` (below /api/v1)? The prefix ends at a part: "/hosts"
 * reaches /hosts and /hosts/a, not /hostsomething. */
bool api_prefix_reaches(const char *prefix, struct span path);

#endif
