/* libcurl's interface for many transfers at once, driven by a loop of ours; loaded when it is
 * needed, as curl_library.h is. */
#ifndef FETCH_CURL_MULTI_H
#define FETCH_CURL_MULTI_H

#include "fetch/curl_library.h"

/* The functions of the same names, with "curl_multi_" before them. */
struct curl_multi {
    CURLM *(*init)(void);
    CURLMcode (*setopt)(CURLM *multi, CURLMoption option, ...);
    CURLMcode (*add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*socket_action)(CURLM *multi, curl_socket_t socket, int events, int *running);
    CURLMcode (*assign)(CURLM *multi, curl_socket_t socket, void *pointer);
    CURLMsg *(*info_read)(CURLM *multi, int *left);
    CURLMcode (*cleanup)(CURLM *multi);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
};

/* NULL when it is not installed. */
const struct curl_multi *curl_multi_open(void);

#endif
