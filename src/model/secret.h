/* A value nobody may see but the machine it is for. A type of its own, so that no event, no reply
 * and no table takes it by mistake: who reads it has to say so. */
#ifndef MODEL_SECRET_H
#define MODEL_SECRET_H

#define SECRETS_MAX      16   /* of a host or a group */
#define SECRET_NAME_MAX  33   /* with the NUL */
#define SECRET_VALUE_MAX 1024 /* with the NUL */

struct secret {
    const char *revealed; /* the value itself: to render an answer and to store it, nothing else */
};

struct named_secret {
    const char *name;
    struct secret value;
};

#endif
