/* libcurl, loaded when something is fetched and not before: with the thirty libraries it brings
 * along it costs a process megabytes, and the daemon is the same program. */
#ifndef FETCH_CURL_LIBRARY_H
#define FETCH_CURL_LIBRARY_H

#include <curl/curl.h>

/* For many transfers at once, driven by a loop of ours: with "curl_multi_" before them. */
struct curl_multi {
    CURLM *(*init)(void);
    CURLMcode (*setopt)(CURLM *multi, CURLMoption option, ...);
    CURLMcode (*add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*socket_action)(CURLM *multi, curl_socket_t socket, int events, int *running);
    CURLMcode (*assign)(CURLM *multi, curl_socket_t socket, void *pointer);
    CURLMsg *(*info_read)(CURLM *multi, int *left);
    CURLMcode (*cleanup)(CURLM *multi);
};

/* The functions of the same names, with "curl_easy_" before them. */
struct curl_library {
    CURL *(*init)(void);
    void (*reset)(CURL *curl);
    CURLcode (*setopt)(CURL *curl, CURLoption option, ...);
    CURLcode (*perform)(CURL *curl);
    CURLcode (*getinfo)(CURL *curl, CURLINFO info, ...);
    const char *(*strerror)(CURLcode code);
    void (*cleanup)(CURL *curl);
    /* Of curl_slist_. */
    struct curl_slist *(*append)(struct curl_slist *list, const char *text);
    void (*free_all)(struct curl_slist *list);
    struct curl_multi multi;
};

/* NULL when it is not installed; CURL_LIBRARY_MISSING says so. */
const struct curl_library *curl_library_open(void);

#define CURL_LIBRARY_MISSING "libcurl is not installed: apt-get install libcurl4"

#endif
