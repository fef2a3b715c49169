/* See authenticode_sign.h. Nothing is signed that firmware would refuse for another reason, and
 * nothing whose present signature says that it was changed since: a signature of one's own would
 * vouch for the damage. */
#include "image/authenticode_sign.h"

#include <errno.h>

#include "image/authenticode.h"

#define CERTIFICATE_HEAD     8      /* WIN_CERTIFICATE: length, revision, type */
#define CERTIFICATE_REVISION 0x0200 /* WIN_CERT_REVISION_2_0 */
#define CERTIFICATE_PKCS7    0x0002 /* WIN_CERT_TYPE_PKCS_SIGNED_DATA */
#define ALIGNMENT            8

static size_t padding(size_t len)
{
    return (ALIGNMENT - len % ALIGNMENT) % ALIGNMENT;
}

/* Where `needle` stands in `hay`? Signatures are small, so the plain way will do. */
static bool contains(struct span hay, struct span needle)
{
    for (size_t at = 0; needle.len > 0 && at + needle.len <= hay.len; at++)
        if (memcmp(hay.data + at, needle.data, needle.len) == 0)
            return true;
    return false;
}

uint32_t authenticode_checksum(struct span file, size_t checksum_at)
{
    uint64_t sum = 0;
    for (size_t at = 0; at < file.len; at += 2) {
        uint32_t word = file.data[at];
        if (at + 1 < file.len)
            word |= (uint32_t)file.data[at + 1] << 8;
        if (at < checksum_at || at >= checksum_at + 4)
            sum += word;
    }
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)(sum + file.len);
}

/* Put a 32-bit number into what was written already. */
static void patch_le32(struct writer *w, size_t at, uint32_t value)
{
    struct writer place = writer_over(w->data, w->len);
    place.len = at;
    writer_le32(&place, value);
    w->failed = w->failed || place.failed;
}

static enum sign_verdict refuse(enum sign_verdict verdict, struct text *why, const char *phrase)
{
    text_add(why, phrase);
    return verdict;
}

/* Look at the signatures that are there. Which digest they are about is not asked of OpenSSL: the
 * digest stands in the signature as it is, and a foreign one of 32 bytes does not by chance. */
static enum sign_verdict judge_signatures(struct span program, const struct pe *pe,
                                          const struct digest *digest,
                                          const struct certificate_issuer *signer,
                                          struct text *why)
{
    const struct image_source source = image_source_over(&program);
    struct authenticode_table table;
    bool is_sound = false;

    authenticode_table_read(&source, "", pe, &table);
    if (table.has_more || table.count == AUTHENTICODE_ENTRIES_MAX)
        return refuse(SIGN_TOO_MANY, why, "it has as many signatures as tugboot reads");
    if (!table.is_whole || !table.is_last || pe->certificates_at % ALIGNMENT != 0 ||
        pe->certificate_bytes % ALIGNMENT != 0)
        return refuse(SIGN_BAD_TABLE, why,
                      "its table of signatures is broken, or something stands behind it");
    for (size_t i = 0; i < table.count; i++) {
        struct span bytes =
            span_slice(program, (size_t)table.items[i].at, (size_t)table.items[i].len);
        if (!contains(bytes, digest_span(digest)))
            continue;
        is_sound = true;
        if (contains(bytes, signer->certificate))
            return refuse(SIGN_ALREADY, why, "it is signed with this key already");
    }
    if (table.count > 0 && !is_sound)
        return refuse(SIGN_DAMAGED, why,
                      "it is signed, and its signature is about other bytes: it was changed or "
                      "damaged since");
    return SIGN_DONE;
}

static enum sign_verdict judge_headers(struct span program, struct pe *pe, struct text *why)
{
    const struct image_source source = image_source_over(&program);

    if (program.len > AUTHENTICODE_PROGRAM_MAX)
        return refuse(SIGN_TOO_LARGE, why, "it is larger than any boot program");
    enum pe_flaw flaw = pe_read(&source, "", pe);
    if (flaw == PE_NOT_PE || flaw == PE_MACHINE || flaw == PE_MAGIC)
        return refuse(SIGN_NOT_EFI, why, pe_flaw_text(flaw));
    if (flaw != PE_SOUND)
        return refuse(SIGN_BROKEN, why, pe_flaw_text(flaw));
    if (pe->subsystem < PE_SUBSYSTEM_APPLICATION || pe->subsystem > PE_SUBSYSTEM_RUN_DRIVER)
        return refuse(SIGN_NOT_EFI, why, "it is a program, but none for EFI");
    if (pe->security_at == 0)
        return refuse(SIGN_NO_PLACE, why, "its headers have no place for a signature");
    return SIGN_DONE;
}

/* Behind what is in `out`: one more WIN_CERTIFICATE, its length a multiple of 8. */
static int add_signature(const struct certificate_issuer *signer, const struct digest *digest,
                         struct writer *out)
{
    size_t head = out->len;
    writer_fill(out, 0, CERTIFICATE_HEAD);
    int r = out->failed ? -ENOSPC : pkcs7_sign_program(signer, digest, out);
    if (r < 0)
        return r;
    writer_fill(out, 0, padding(out->len - head));
    struct writer entry = writer_over(out->data + head, CERTIFICATE_HEAD);
    writer_le32(&entry, (uint32_t)(out->len - head));
    writer_le16(&entry, CERTIFICATE_REVISION);
    writer_le16(&entry, CERTIFICATE_PKCS7);
    return out->failed ? -ENOSPC : 0;
}

int authenticode_sign(struct span program, const struct certificate_issuer *signer,
                      struct writer *out, enum sign_verdict *ret_verdict, struct text *why)
{
    struct pe pe;
    struct digest digest;
    enum sign_verdict verdict = judge_headers(program, &pe, why);

    if (verdict != SIGN_DONE) {
        *ret_verdict = verdict;
        return 0;
    }
    size_t begin = out->len;
    writer_bytes(out, program);
    if (pe.certificate_bytes == 0) {
        /* The padding is covered by the digest. */
        writer_fill(out, 0, padding(program.len));
        pe.file_bytes = out->len - begin;
        pe.certificates_at = (uint32_t)pe.file_bytes;
    }
    if (out->failed)
        return -ENOSPC;
    struct span padded = span_of(out->data + begin, out->len - begin);
    const struct image_source source = image_source_over(&padded);
    int r = authenticode_digest(&source, "", &pe, DIGEST_SHA256, &digest);
    verdict = r < 0 ? SIGN_DONE : judge_signatures(program, &pe, &digest, signer, why);
    if (r == -EBADMSG) {
        r = 0;
        verdict = refuse(SIGN_BROKEN, why, "its sections are longer than the file");
    }
    if (r == 0 && verdict == SIGN_DONE)
        r = add_signature(signer, &digest, out);
    if (r < 0 || verdict != SIGN_DONE) {
        out->len = begin;
        *ret_verdict = verdict;
        return r;
    }
    struct writer file = writer_over(out->data + begin, out->len - begin);
    file.len = out->len - begin;
    patch_le32(&file, pe.security_at, pe.certificates_at);
    patch_le32(&file, pe.security_at + 4, (uint32_t)(file.len - pe.certificates_at));
    patch_le32(&file, pe.checksum_at, authenticode_checksum(writer_span(&file), pe.checksum_at));
    *ret_verdict = SIGN_DONE;
    return 0;
}
