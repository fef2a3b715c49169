/* See url_name.h. */
#include "fetch/url_name.h"

#include <string.h>
#include <strings.h>

bool url_is_one(const char *text)
{
    return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

/* 0 to 15, or -1. */
static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) % 16 : -1;
}

bool url_file_name(const char *url, char out[URL_NAME_MAX + 1])
{
    const char *host = url_is_one(url) ? strstr(url, "//") + 2 : url;
    size_t end = strcspn(host, "?#"), begin = end, len = 0;
    char name[URL_NAME_MAX + 1];

    while (begin > 0 && host[begin - 1] != '/')
        begin--;
    if (begin == 0)
        return false; /* a host without a path */
    for (size_t at = begin; at < end; at++) {
        char c = host[at];
        if (c == '%') {
            int high = at + 1 < end ? hex_digit(host[at + 1]) : -1;
            int low = at + 2 < end ? hex_digit(host[at + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            at += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f || c == '/' || c == '\\' || len == URL_NAME_MAX)
            return false;
        name[len++] = c;
    }
    if (len == 0 || name[0] == '.')
        return false;
    name[len] = 0;
    memcpy(out, name, len + 1);
    return true;
}

/* "host", "host:80", "[::1]:80": with nothing else behind a colon than a port. */
static bool is_host(struct span s)
{
    struct span rest = span_starts_with(s, "[") ? span_from(s, span_find(s, ']') + 1) : s;

    rest = span_from(rest, span_find(rest, ':') + 1);
    for (size_t i = 0; i < rest.len; i++)
        if (rest.data[i] < '0' || rest.data[i] > '9')
            return false;
    return true;
}

void url_add_public(struct text *out, const char *url)
{
    size_t scheme = url_is_one(url) ? (size_t)(strstr(url, "//") + 2 - url) : 0;
    size_t host_len = strcspn(url + scheme, "/\\?#"), user = host_len;
    struct span host = span_of(url + scheme, host_len);

    while (user > 0 && host.data[user - 1] != '@')
        user--;
    host = span_from(host, user);
    text_add_span(out, span_of(url, scheme));
    if (!is_host(host)) {
        text_add(out, "...");
        return;
    }
    const char *path = url + scheme + host_len;
    text_add_span(out, host);
    text_add_span(out, span_of(path, strcspn(path, "?#")));
}
