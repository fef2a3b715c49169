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
#define FIND(name) find(library, "curl_easy_" #name, (void *)&functions.name, sizeof functions.name)
    is_open =
        FIND(init) && FIND(reset) && FIND(setopt) && FIND(perform) && FIND(getinfo) &&
        FIND(strerror) && FIND(cleanup) &&
        find(library, "curl_slist_append", (void *)&functions.append, sizeof functions.append) &&
        find(library, "curl_slist_free_all", (void *)&functions.free_all,
             sizeof functions.free_all);
#undef FIND
    return is_open ? &functions : NULL;
}
