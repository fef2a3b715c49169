/* See curl_multi.h. */
#include "fetch/curl_multi.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define LIBRARY "libcurl.so.4" /* the name of its interface since 2006 */

static bool find(void *library, const char *name, void *ret_function, size_t size)
{
    void *address = dlsym(library, name);

    memcpy(ret_function, &address, size); /* ISO C has no cast from one to the other */
    return address;
}

const struct curl_multi *curl_multi_open(void)
{
    static struct curl_multi functions;
    static bool is_open;
    void *library = is_open ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if (!library)
        return is_open ? &functions : NULL;
#define FIND(prefix, name)                                                                         \
    find(library, "curl_" prefix #name, (void *)&functions.name, sizeof functions.name)
    is_open = FIND("multi_", init) && FIND("multi_", setopt) && FIND("multi_", add_handle) &&
              FIND("multi_", remove_handle) && FIND("multi_", socket_action) &&
              FIND("multi_", assign) && FIND("multi_", info_read) && FIND("multi_", cleanup) &&
              FIND("", slist_append) && FIND("", slist_free_all);
#undef FIND
    return is_open ? &functions : NULL;
}
