/* db and dbx as tables in memory. Compared as EDK2's image verification compares: a certificate of
 * db or dbx with the chain of a signature, a digest of dbx with every certificate of the chain
 * itself, a digest of either with the file's. An entry that forbids a certificate from some moment
 * on is taken as forbidding it: no firmware accepts the signature without a time stamp that proves
 * it older, and none of the programs a network starts carries one that firmware could check. */
#include "image/trust.h"

#include <errno.h>
#include <stdlib.h>

#include "image/siglist.h"

struct listed_digest {
    struct digest digest;
    bool is_of_certificate;
};

struct side {
    struct certificate **certificates;
    size_t certificate_count;
    struct listed_digest *digests;
    size_t digest_count;
};

struct trust {
    struct side sides[2];
    struct sbat level;
};

struct trust *trust_new(void)
{
    struct trust *trust = calloc(1, sizeof *trust);
    if (trust)
        sbat_usual_level(&trust->level);
    return trust;
}

void trust_free(struct trust *trust)
{
    if (!trust)
        return;
    for (size_t i = 0; i < 2; i++) {
        struct side *side = &trust->sides[i];
        for (size_t c = 0; c < side->certificate_count; c++)
            certificate_free(side->certificates[c]);
        free(side->certificates);
        free(side->digests);
    }
    free(trust);
}

/* Room for one more in an array that grows; false when memory ran out. */
static bool grow(void **items, size_t count, size_t size)
{
    /* A power of two is full. */
    if (count != 0 && (count & (count - 1)) != 0)
        return true;
    void *more = reallocarray(*items, count == 0 ? 1 : 2 * count, size);
    if (more)
        *items = more;
    return more != NULL;
}

static int add_certificate(struct side *side, struct span bytes)
{
    struct certificate *certificate;
    void *items = side->certificates;
    int r = certificate_read(bytes, &certificate);
    if (r < 0)
        return r;
    if (!grow(&items, side->certificate_count, sizeof(struct certificate *))) {
        certificate_free(certificate);
        return -ENOMEM;
    }
    side->certificates = items;
    side->certificates[side->certificate_count++] = certificate;
    return 0;
}

static int add_digest(struct side *side, const struct siglist_entry *entry)
{
    void *items = side->digests;
    if (!grow(&items, side->digest_count, sizeof *side->digests))
        return -ENOMEM;
    side->digests = items;
    struct listed_digest *listed = &side->digests[side->digest_count++];
    *listed = (struct listed_digest){ .digest.kind = entry->digest,
                                      .is_of_certificate = entry->kind == SIGLIST_X509_DIGEST };
    memcpy(listed->digest.bytes, entry->data.data, entry->data.len);
    return 0;
}

struct adding {
    struct side *side;
    int error;
};

static bool add_entry(void *context, const struct siglist_entry *entry)
{
    struct adding *a = context;
    switch (entry->kind) {
    case SIGLIST_X509:
        a->error = add_certificate(a->side, entry->data);
        break;
    case SIGLIST_DIGEST:
    case SIGLIST_X509_DIGEST:
        a->error = add_digest(a->side, entry);
        break;
    case SIGLIST_OTHER:
        break;
    }
    return a->error == 0;
}

static int refuse(char why[TRUST_PHRASE_MAX], const char *phrase)
{
    span_to_text(span_text(phrase), why, TRUST_PHRASE_MAX);
    return -EBADMSG;
}

int trust_add(struct trust *trust, enum trust_side side, struct span file,
              char why[TRUST_PHRASE_MAX])
{
    struct adding adding = { .side = &trust->sides[side] };
    if (file.len > SIGLIST_BYTES_MAX)
        return refuse(why, "it is larger than any signature list");
    if (span_starts_with(file, "0") || span_starts_with(file, "-----BEGIN")) {
        int r = add_certificate(adding.side, file);
        return r == -EBADMSG ? refuse(why, "it is no certificate") : r;
    }
    enum siglist_flaw flaw = siglist_each(siglist_of_file(file), add_entry, &adding);
    if (adding.error == -EBADMSG)
        return refuse(why, "a certificate in it is broken");
    if (adding.error < 0)
        return adding.error;
    return flaw == SIGLIST_SOUND ? 0 : refuse(why, siglist_flaw_text(flaw));
}

void trust_count(const struct trust *trust, enum trust_side side, size_t *ret_certificates,
                 size_t *ret_digests)
{
    *ret_certificates = trust->sides[side].certificate_count;
    *ret_digests = trust->sides[side].digest_count;
}

void trust_set_level(struct trust *trust, const struct sbat *level)
{
    trust->level = *level;
}

const struct sbat *trust_level(const struct trust *trust)
{
    return &trust->level;
}

static void name_certificate(const char *before, const struct certificate *certificate,
                             char phrase[TRUST_PHRASE_MAX])
{
    struct certificate_facts facts;
    struct text t = text_over(phrase, TRUST_PHRASE_MAX);
    certificate_describe(certificate, &facts);
    text_add(&t, before);
    text_add(&t, facts.subject);
}

static const struct certificate *find_above(const struct side *side, const struct pkcs7 *signature)
{
    for (size_t i = 0; i < side->certificate_count; i++)
        if (pkcs7_leads_to(signature, side->certificates[i]))
            return side->certificates[i];
    return NULL;
}

bool trust_allows_signature(const struct trust *trust, const struct pkcs7 *signature,
                            char phrase[TRUST_PHRASE_MAX])
{
    const struct certificate *above = find_above(&trust->sides[TRUST_DB], signature);
    if (above)
        name_certificate("", above, phrase);
    return above != NULL;
}

static bool has_digest(const struct side *side, const struct digest *digest, bool of_certificate)
{
    for (size_t i = 0; i < side->digest_count; i++)
        if (side->digests[i].is_of_certificate == of_certificate &&
            digest_equals(&side->digests[i].digest, digest))
            return true;
    return false;
}

bool trust_has_digest(const struct trust *trust, enum trust_side side, const struct digest *digest)
{
    return has_digest(&trust->sides[side], digest, false);
}

static bool forbids_certificate(const struct side *side, const struct certificate *certificate)
{
    for (unsigned kind = 0; kind < DIGEST_KINDS; kind++) {
        struct digest digest;
        if (certificate_signed_digest(certificate, (enum digest_kind)kind, &digest) == 0 &&
            has_digest(side, &digest, true))
            return true;
    }
    return false;
}

bool trust_forbids_signature(const struct trust *trust, const struct pkcs7 *signature,
                             char phrase[TRUST_PHRASE_MAX])
{
    const struct side *side = &trust->sides[TRUST_DBX];
    size_t count;
    const struct certificate *const *chain = pkcs7_chain(signature, &count);
    const struct certificate *found = find_above(side, signature);
    for (size_t i = 0; !found && i < count; i++)
        if (forbids_certificate(side, chain[i]))
            found = chain[i];
    if (found)
        name_certificate("dbx forbids the certificate ", found, phrase);
    return found != NULL;
}
