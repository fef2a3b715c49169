/* See gpgv_sayings.h. */
#include "catalog/gpgv_sayings.h"

#include <errno.h>

#define NAME_SHOWN 80

static bool is_meant(const struct offer_trust *trust, struct span fingerprint)
{
    for (uint8_t i = 0; i < trust->key_count; i++)
        if (span_is(fingerprint, trust->keys[i]))
            return true;
    return trust->key_count == 0;
}

static struct span word_at(struct span line, unsigned index)
{
    while (index-- > 0)
        line = span_from(line, span_find(line, ' ') + 1);
    return span_slice(line, 0, span_find(line, ' '));
}

/* The key that signed, and as the tenth word behind VALIDSIG the primary one. */
static void take_valid(struct gpgv_sayings *s, struct span line)
{
    struct span key = word_at(line, 2), primary = word_at(line, 11);
    struct span shown = primary.len > 0 ? primary : key;

    if (!s->is_good)
        return;
    if (is_meant(s->trust, key) || (primary.len > 0 && is_meant(s->trust, primary))) {
        s->is_valid = true;
        span_to_text(shown, s->key, sizeof s->key);
        memcpy(s->signer, s->name, sizeof s->signer);
    } else {
        s->is_other = true;
        span_to_text(shown, s->other, sizeof s->other);
    }
}

/* "GOODSIG KEY NAME ..." */
static void take_good(struct gpgv_sayings *s, struct span words)
{
    struct text t = text_over(s->name, sizeof s->name);
    struct span name = span_from(words, span_find(words, ' ') + 1);

    name = span_from(name, span_find(name, ' ') + 1);
    text_add_escaped(&t, span_slice(name, 0, NAME_SHOWN));
    s->is_good = true;
}

/* Take a line without its end; what is not for us is passed over. VALIDSIG follows on what the
 * signature was found to be, and on a revoked or expired key's as well: only GOODSIG before it, of
 * the same signature, makes it count. */
static void take(struct gpgv_sayings *s, struct span line)
{
    static const char *const outdated[] = { "EXPSIG", "EXPKEYSIG", "REVKEYSIG" };
    struct span word = word_at(line, 1);

    if (!span_starts_with(line, "[GNUPG:] "))
        return;
    if (span_is(word, "VALIDSIG")) {
        take_valid(s, line);
        s->is_good = false; /* it speaks for one signature, whether or not NEWSIG begins the next */
    } else if (span_is(word, "NEWSIG")) {
        s->is_good = false;
    } else if (span_is(word, "GOODSIG")) {
        take_good(s, span_from(line, strlen("[GNUPG:] ")));
    } else if (span_is(word, "BADSIG")) {
        s->is_good = false;
        s->has_bad = true;
    } else if (span_is(word, "NO_PUBKEY")) {
        s->has_no_key = true;
        span_to_text(word_at(line, 2), s->missing, sizeof s->missing);
    }
    for (size_t i = 0; i < sizeof outdated / sizeof outdated[0]; i++) {
        if (!span_is(word, outdated[i]))
            continue;
        s->is_good = false;
        s->has_outdated = true;
    }
}

void gpgv_sayings_take_all(struct gpgv_sayings *s, struct span text)
{
    while (text.len > 0) {
        size_t end = span_find(text, '\n');
        take(s, span_slice(text, 0, end));
        text = span_from(text, end + 1);
    }
}

int gpgv_sayings_judge(const struct gpgv_sayings *s, const char *name, struct text *why)
{
    if (s->has_bad)
        text_addf(why,
                  "%s is not what was signed: it was changed on its way, or its server is "
                  "being updated at this moment",
                  name);
    else if (s->is_valid)
        return 0;
    else if (s->is_other)
        text_addf(why, "%s is signed by the key %s, which is not one that is meant to sign it",
                  name, s->other);
    else if (s->has_outdated)
        text_addf(why,
                  "%s is signed by a key that has expired or was revoked: its keyring is to be "
                  "updated",
                  name);
    else if (s->has_no_key)
        text_addf(why,
                  "%s is signed by the key %s, which is in none of the keyrings: update the "
                  "package that has them, or give a file with it by --keyring",
                  name, s->missing);
    else
        text_addf(why, "%s carries no signature that can be read", name);
    return -EBADMSG;
}
