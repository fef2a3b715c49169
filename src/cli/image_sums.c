/* See image_sums.h. */
#include "cli/image_sums.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "cli/fetch_text.h"
#include "fetch/url_name.h"
#include "net/memory_file.h"

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

static int believe(const struct image_sums *what, uint8_t **data, size_t *len,
                   char signer[SIGNER_MAX], struct text *why)
{
    autoclean(free_bytes) uint8_t *signature = NULL;
    uint8_t *text = NULL;
    size_t signature_len = 0, text_len = 0;
    const struct offer_trust nobody = { 0 };
    int r = what->signature
                ? fetch_text(what->signature, SIGNATURE_BYTES_MAX, &signature, &signature_len, why)
                : 0;
    struct signature_check check = { .form = what->signature ? OFFER_DETACHED : OFFER_INLINE,
                                     .trust = &nobody,
                                     .keyring = what->keyring,
                                     .user = what->user,
                                     .data_fd = r < 0 ? -1 : memory_file_make(span_of(*data, *len)),
                                     .signature = span_of(signature, signature_len),
                                     .data_name = what->sums };
    if (check.data_fd < 0)
        return r < 0 ? r : check.data_fd;
    r = signature_check_run(&check, signer, &text, &text_len, why);
    close(check.data_fd);
    if (r == 0 && text) {
        free(*data);
        *data = text;
        *len = text_len;
    }
    return r;
}

int image_sums_find(const struct image_sums *what, char out[SUMS_DIGITS + 1],
                    char signer[SIGNER_MAX], struct text *why)
{
    autoclean(free_bytes) uint8_t *data = NULL;
    char name[URL_NAME_MAX + 1];
    size_t len = 0;

    signer[0] = 0;
    if (!url_file_name(what->url, name)) {
        url_add_public(why, what->url);
        text_add(why, " does not end in the name of a file");
        return -EINVAL;
    }
    int r = fetch_text(what->sums, SUMS_BYTES_MAX, &data, &len, why);
    if (r == 0 && what->keyring)
        r = believe(what, &data, &len, signer, why);
    if (r == 0 && !sums_find(span_of(data, len), span_text(name), out)) {
        text_addf(why, "%s has no SHA-256 of %s, or several that differ", what->sums, name);
        r = -ENOENT;
    }
    return r;
}
