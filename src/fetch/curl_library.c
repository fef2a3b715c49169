/* See curl_library.h. */
#include "fetch/curl_library.h"

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

const struct curl_library *curl_library_open(void)
{
    static struct curl_library functions;
    static bool is_open;
    void *library = is_open ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if (!library)
        return is_open ? &functions : NULL;
#define FIND(name, member)                                                                         \
    find(library, "curl_" name, (void *)&functions.member, sizeof functions.member)
#define EASY(name)  FIND("easy_" #name, name)
#define MULTI(name) FIND("multi_" #name, multi.name)
    is_open = EASY(init) && EASY(reset) && EASY(setopt) && EASY(perform) && EASY(getinfo) &&
              EASY(strerror) && EASY(cleanup) && FIND("slist_append", append) &&
              FIND("slist_free_all", free_all) && MULTI(init) && MULTI(setopt) &&
              MULTI(add_handle) && MULTI(remove_handle) && MULTI(socket_action) && MULTI(assign) &&
              MULTI(info_read) && MULTI(cleanup);
#undef MULTI
#undef EASY
#undef FIND
    return is_open ? &functions : NULL;
}
