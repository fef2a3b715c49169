/* Gathering the facts: headers, digests, each signature with its chain, SBAT. The rules are those
 * of UEFI 2.10 32.5.3.3 and EDK2's DxeImageVerificationHandler; what follows from the facts is in
 * inspection_verdict.c. */
#include "image/inspection.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/reader.h"

#include "image/inspection_verdict.h"

DEFINE_FREEP(struct pkcs7, pkcs7_free)

/* Where EDK2 looks for the algorithm's identifier (HashPeImageByType): at a fixed offset, which
 * only an outer length of two bytes puts there. */
#define OID_AT   32
#define FORM_AT  1
#define FORM_TWO 0x82

static const struct {
    uint8_t bytes[9];
    size_t len;
} digest_oids[DIGEST_KINDS] = {
    [DIGEST_SHA1] = { { 0x2b, 0x0e, 0x03, 0x02, 0x1a }, 5 },
    [DIGEST_SHA256] = { { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 }, 9 },
    [DIGEST_SHA384] = { { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 }, 9 },
    [DIGEST_SHA512] = { { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03 }, 9 },
};

const char *signature_flaw_text(enum signature_flaw flaw)
{
    static const char *const texts[] = {
        [SIGNATURE_SOUND] = "it is about this file",
        [SIGNATURE_OTHER_KIND] = "firmware passes over entries of this kind",
        [SIGNATURE_FORM] = "firmware cannot read a signature of this form",
        [SIGNATURE_UNREADABLE] = "it is broken",
        [SIGNATURE_CONTENT] = "it is not about a program",
        [SIGNATURE_ALGORITHM] = "it contradicts itself about the kind of digest",
        [SIGNATURE_DIGEST] = "the digest in it is not that of the file",
        [SIGNATURE_FALSE] = "the signer's key did not make it",
    };
    static_assert(sizeof texts / sizeof texts[0] == SIGNATURE_FLAWS, "a phrase for each flaw");
    return texts[flaw];
}

/* One inspection under way: the file's digests are made once a kind. */
struct inspecting {
    const struct image_source *source;
    const char *path;
    const struct trust *trust;
    struct inspection *out;
    struct digest digests[DIGEST_KINDS];
    bool has_digest[DIGEST_KINDS];
};

/* The file's digest. 0, -EBADMSG when firmware cannot make one either, -EIO, -ENOMEM. */
static int digest_file(struct inspecting *in, enum digest_kind kind)
{
    if (in->has_digest[kind])
        return 0;
    int r = authenticode_digest(in->source, in->path, &in->out->pe, kind, &in->digests[kind]);
    in->has_digest[kind] = r == 0;
    return r;
}

/* The kind of digest firmware will make for this signature; false when it finds none. */
static bool find_kind(struct span der, enum digest_kind *ret)
{
    if (der.len <= FORM_AT || (der.data[FORM_AT] & FORM_TWO) != FORM_TWO)
        return false;
    for (unsigned i = 0; i < DIGEST_KINDS; i++)
        if (span_equals(span_slice(der, OID_AT, digest_oids[i].len),
                        span_of(digest_oids[i].bytes, digest_oids[i].len))) {
            *ret = (enum digest_kind)i;
            return true;
        }
    return false;
}

/* Look the file's digest of that kind up in db and dbx. 0, or as digest_file(). */
static int weigh_digest(struct inspecting *in, enum digest_kind kind)
{
    int r = digest_file(in, kind);
    if (r < 0)
        return r;
    in->out->is_allowed_by_digest |= trust_has_digest(in->trust, TRUST_DB, &in->digests[kind]);
    in->out->is_forbidden_by_digest |= trust_has_digest(in->trust, TRUST_DBX, &in->digests[kind]);
    return 0;
}

static void describe_chain(const struct pkcs7 *signature, struct inspected_signature *out)
{
    size_t count;
    const struct certificate *const *chain = pkcs7_chain(signature, &count);
    out->chain_count = count < INSPECTION_CHAIN_MAX ? count : INSPECTION_CHAIN_MAX;
    for (size_t i = 0; i < out->chain_count; i++)
        certificate_describe(chain[i], &out->chain[i]);
    out->signed_at = pkcs7_signing_time(signature);
}

/* Who stands behind a sound signature, and what forbids it. */
static void weigh_signature(const struct inspecting *in, const struct pkcs7 *signature,
                            struct inspected_signature *out)
{
    out->authority = authority_of(signature);
    out->pretended = out->authority ? NULL : authority_named(signature);
    out->is_own = trust_allows_signature(in->trust, signature, out->own);
    (void)trust_forbids_signature(in->trust, signature, out->forbidden);
}

static int judge_signature(struct inspecting *in, struct span der, struct inspected_signature *out)
{
    autoclean(pkcs7_freep) struct pkcs7 *signature = NULL;
    enum digest_kind kind = DIGEST_SHA256;
    bool has_kind = find_kind(der, &kind);
    int digested = has_kind ? weigh_digest(in, kind) : 0;
    int r = pkcs7_read(der, &signature);

    if (r == -ENOMEM || (digested < 0 && digested != -EBADMSG))
        return r == -ENOMEM ? r : digested;
    out->flaw = SIGNATURE_UNREADABLE;
    if (r < 0)
        return 0;
    describe_chain(signature, out);
    out->flaw = SIGNATURE_CONTENT;
    if (!pkcs7_content_digest(signature, &out->said))
        return 0;
    out->flaw = !has_kind ? SIGNATURE_FORM : SIGNATURE_ALGORITHM;
    if (!has_kind || out->said.kind != kind)
        return 0;
    out->flaw = SIGNATURE_DIGEST;
    if (digested < 0 || !digest_equals(&out->said, &in->digests[kind]))
        return 0;
    out->flaw = pkcs7_is_genuine(signature) ? SIGNATURE_SOUND : SIGNATURE_FALSE;
    if (out->flaw == SIGNATURE_SOUND)
        weigh_signature(in, signature, out);
    return 0;
}

static int read_signature(struct inspecting *in, struct inspected_signature *out)
{
    const struct authenticode_entry *entry = &out->entry;
    out->flaw = SIGNATURE_OTHER_KIND;
    if (entry->kind != AUTHENTICODE_PKCS7)
        return 0;
    out->flaw = SIGNATURE_FORM;
    if (entry->len > AUTHENTICODE_BYTES_MAX)
        return 0;
    uint8_t *der = malloc(entry->len);
    if (!der)
        return -ENOMEM;
    int r = image_source_read_all(in->source, in->path, entry->at, der, entry->len)
                ? judge_signature(in, span_of(der, entry->len), out)
                : -EIO;
    free(der);
    return r;
}

static int read_signatures(struct inspecting *in)
{
    struct inspection *out = in->out;
    authenticode_table_read(in->source, in->path, &out->pe, &out->table);
    for (size_t i = 0; i < out->table.count; i++) {
        struct inspected_signature *one = &out->signatures[out->signature_count++];
        *one = (struct inspected_signature){ .entry = out->table.items[i] };
        int r = read_signature(in, one);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A section's bytes, at most `cap`: those that count are its virtual size. */
static struct span read_section(const struct inspecting *in, const struct pe_section *section,
                                uint8_t *buffer, size_t cap)
{
    size_t len = section->raw_size;
    if (section->virtual_size > 0 && section->virtual_size < len)
        len = section->virtual_size;
    len = len < cap ? len : cap;
    return image_source_read_all(in->source, in->path, section->raw_at, buffer, len)
               ? span_of(buffer, len)
               : (struct span){ 0 };
}

/* .sbatlevel of a shim: a version (0), where its two levels begin (counted from behind the
 * version), and the two as texts that end with a NUL. The first is the one it puts into force by
 * itself. */
static void read_level_of_shim(const struct inspecting *in, char *out, size_t cap)
{
    uint8_t buffer[1024];
    struct sbat level;
    const struct pe_section *section = pe_find_section(&in->out->pe, ".sbatlevel");
    struct span all = { 0 };
    if (section)
        all = read_section(in, section, buffer, sizeof buffer);
    struct reader r = reader_over(all);
    uint32_t version = reader_le32(&r);
    struct span text = span_from(span_from(all, 4), reader_le32(&r));
    if (!r.failed && version == 0 && sbat_read_level(text, &level) == SBAT_SOUND)
        span_to_text(span_text(level.date), out, cap);
}

static void read_sbat(struct inspecting *in)
{
    uint8_t buffer[SBAT_BYTES_MAX + 1];
    struct inspected_sbat *out = &in->out->sbat;
    const struct pe_section *section = pe_find_section(&in->out->pe, ".sbat");
    struct sbat level;
    bool self_applied;

    read_level_of_shim(in, out->brings, sizeof out->brings);
    out->has_section = section != NULL;
    if (!section)
        return;
    out->flaw = sbat_read_section(read_section(in, section, buffer, sizeof buffer), &out->sbat);
    if (out->flaw != SBAT_SOUND)
        return;
    const struct sbat_entry *refused = sbat_find_too_old(&out->sbat, trust_level(in->trust));
    if (refused)
        out->refused_by = *refused;
    for (size_t i = 0; sbat_published_level(i, &level, &self_applied) && !out->first_level[0]; i++)
        if (sbat_find_too_old(&out->sbat, &level))
            span_to_text(span_text(level.date), out->first_level, sizeof out->first_level);
}

/* 0, or what the machine said. */
static int read_program(struct inspecting *in)
{
    struct inspection *out = in->out;
    /* Of a signed file firmware looks up the kinds of its signatures alone. */
    int r = out->pe.certificate_bytes == 0 ? weigh_digest(in, DIGEST_SHA256)
                                           : digest_file(in, DIGEST_SHA256);
    if (r < 0 && r != -EBADMSG)
        return r;
    out->has_digest = r == 0;
    if (out->has_digest)
        out->digest = in->digests[DIGEST_SHA256];
    read_sbat(in);
    return read_signatures(in);
}

int inspection_make(const struct image_source *source, const char *path, const struct trust *trust,
                    struct inspection *out)
{
    struct inspecting in = { .source = source, .path = path, .trust = trust, .out = out };
    int r = 0;

    *out = (struct inspection){ 0 };
    program_probe(source, path, &out->program);
    out->flaw = pe_read(source, path, &out->pe);
    if (out->flaw == PE_SOUND)
        r = read_program(&in);
    if (r == -EIO)
        out->flaw = PE_UNREADABLE;
    if (r == 0 || r == -EIO)
        inspection_conclude(out);
    return r;
}
