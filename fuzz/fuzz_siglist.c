/* A signature list of any bytes: entries lie within it, and db and dbx take it or say why not. */
#include <assert.h>

#include "image/siglist.h"
#include "image/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool check_entry(void *context, const struct siglist_entry *entry)
{
    const struct span *lists = context;
    assert(entry->owner.len == SIGLIST_GUID);
    assert(entry->owner.data >= lists->data);
    assert(entry->data.len == 0 || entry->data.data + entry->data.len <= lists->data + lists->len);
    if (entry->kind == SIGLIST_DIGEST || entry->kind == SIGLIST_X509_DIGEST)
        assert(entry->data.len == digest_bytes(entry->digest));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span file = span_of(data, size);
    struct span lists = siglist_of_file(file);
    char why[TRUST_PHRASE_MAX] = "";
    struct trust *trust = trust_new();

    assert(trust && lists.len <= size);
    enum siglist_flaw flaw = siglist_each(lists, check_entry, &lists);
    assert(siglist_flaw_text(flaw)[0] != 0);
    int r = trust_add(trust, TRUST_DBX, file, why);
    assert(r == 0 || why[0] != 0);
    trust_free(trust);
    return 0;
}
