/* See ca_list.h. */
#include "cli/ca_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/autoclean.h"

#include "crypto/certificate_make.h"
#include "image/key_variable.h"
#include "serve/local_ca.h"

#define LIST_MAX ((size_t)16 * 1024)

/* Whose signature lists these are: tugboot's own, made up once. */
#define OWNER_GUID "7d0f4b5c-5b1e-4c63-9c0e-8a4d2f6b1c37"

DEFINE_FREEP(struct certificate, certificate_free)

void ca_list_add(struct writer *out, struct span der)
{
    struct guid owner;

    (void)guid_parse(&owner, span_text(OWNER_GUID));
    signature_list_add_certificate(out, &owner, der);
}

int ca_list_put(const char *state, const char *path, struct text *why)
{
    autoclean(certificate_freep) struct certificate *ca = NULL;
    uint8_t bytes[LIST_MAX];
    struct writer list = writer_over(bytes, sizeof bytes);

    int r = local_ca_read(state, &ca, why);
    if (r < 0)
        return r;
    ca_list_add(&list, certificate_der(ca));
    FILE *file = list.failed ? NULL : fopen(path, "wbe");
    r = list.failed ? -EMSGSIZE : file ? 0 : -errno;
    if (file && fwrite(bytes, 1, list.len, file) != list.len)
        r = -EIO;
    if (file && fclose(file) != 0)
        r = -errno;
    if (r < 0)
        text_addf(why, "%s: %s", path, strerror(-r));
    return r;
}
