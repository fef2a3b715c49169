/* See authenticode_sign.h. Nothing is signed that firmware would refuse for another reason, and
 * nothing whose present signature says that it was changed since: a signature of one's own would
 * vouch for the damage. */
#include "image/authenticode_sign.h"

#include <errno.h>

#include "crypto/pkcs7.h"
#include "image/authenticode.h"

#define CERTIFICATE_HEAD     8      /* WIN_CERTIFICATE: length, revision, type */
#define CERTIFICATE_REVISION 0x0200 /* WIN_CERT_REVISION_2_0 */
#define CERTIFICATE_PKCS7    0x0002 /* WIN_CERT_TYPE_PKCS_SIGNED_DATA */
#define ALIGNMENT            8

static size_t padding(size_t len)
{
    return (ALIGNMENT - len % ALIGNMENT) % ALIGNMENT;
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

/* What one signature says of the file. */
struct opinion {
    bool is_sound; /* it is about these bytes */
    bool is_ours;  /* and made with the signer's key */
};

/* The file with its headers, and what it is to be signed with. */
struct subject {
    const struct image_source *source; /* padded, without what is to be added */
    const struct pe *pe;
    const struct certificate *own;
};

static int ask_signature(const struct subject *subject, struct span bytes, struct opinion *out)
{
    struct pkcs7 *signature;
    struct digest said, is;

    *out = (struct opinion){ 0 };
    int r = pkcs7_read(bytes, &signature);
    if (r < 0)
        return r == -EBADMSG ? 0 : r;
    if (pkcs7_content_digest(signature, &said)) {
        r = authenticode_digest(subject->source, "", subject->pe, said.kind, &is);
        out->is_sound = r == 0 && digest_equals(&said, &is) && pkcs7_is_genuine(signature);
        out->is_ours = out->is_sound && pkcs7_leads_to(signature, subject->own);
    }
    pkcs7_free(signature);
    return r;
}

/* Look at the signatures that are there: SIGN_DONE when another may stand beside them. */
static int judge_signatures(const struct subject *subject, struct span program,
                            enum sign_verdict *verdict, struct text *why)
{
    const struct pe *pe = subject->pe;
    struct authenticode_table table;
    bool is_sound = false;

    authenticode_table_read(subject->source, "", pe, &table);
    if (pe->certificate_bytes == 0)
        return 0;
    if (!table.is_whole || !table.is_last || pe->certificates_at % ALIGNMENT != 0 ||
        pe->certificate_bytes % ALIGNMENT != 0) {
        *verdict = refuse(SIGN_BAD_TABLE, why,
                          "its table of signatures is broken, or something stands behind it");
        return 0;
    }
    if (table.has_more || table.count == AUTHENTICODE_ENTRIES_MAX) {
        *verdict = refuse(SIGN_TOO_MANY, why,
                          "it has as many signatures as firmware is asked to "
                          "read");
        return 0;
    }
    for (size_t i = 0; i < table.count && *verdict == SIGN_DONE; i++) {
        struct opinion opinion;
        int r = ask_signature(
            subject, span_slice(program, (size_t)table.items[i].at, table.items[i].len), &opinion);
        if (r < 0)
            return r;
        is_sound = is_sound || opinion.is_sound;
        if (opinion.is_ours)
            *verdict = refuse(SIGN_ALREADY, why, "it is signed with this key already");
    }
    if (!is_sound)
        *verdict = refuse(SIGN_DAMAGED, why,
                          "it is signed, but its signature is about other bytes: it was changed "
                          "or damaged since");
    return 0;
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

/* Copy the program to `out`, padded; the padding is covered by the digest. */
static int copy_padded(struct span program, struct pe *pe, struct writer *out)
{
    writer_bytes(out, program);
    if (pe->certificate_bytes == 0) {
        writer_fill(out, 0, padding(program.len));
        pe->file_bytes = program.len + padding(program.len);
        pe->certificates_at = (uint32_t)pe->file_bytes;
    }
    return out->failed ? -ENOSPC : 0;
}

/* Sign what copy_padded() put behind `begin`. */
static int sign_padded(struct span program, size_t begin, const struct pe *pe,
                       const struct certificate_issuer *signer, struct writer *out,
                       enum sign_verdict *verdict, struct text *why)
{
    const struct span padded = span_of(out->data + begin, out->len - begin);
    const struct image_source source = image_source_over(&padded);
    struct certificate *own;
    struct digest digest;

    int r = authenticode_digest(&source, "", pe, DIGEST_SHA256, &digest);
    if (r == -EBADMSG) {
        *verdict = refuse(SIGN_BROKEN, why, "its sections are longer than the file");
        return 0;
    }
    if (r < 0)
        return r;
    r = certificate_read(signer->certificate, &own);
    if (r < 0)
        return r == -EBADMSG ? -EINVAL : r;
    const struct subject subject = { &source, pe, own };
    r = judge_signatures(&subject, program, verdict, why);
    certificate_free(own);
    return r < 0 || *verdict != SIGN_DONE ? r : add_signature(signer, &digest, out);
}

/* The headers' words about the signatures, and the checksum. */
static void correct_headers(struct writer *out, size_t begin, const struct pe *pe)
{
    struct writer file = writer_over(out->data + begin, out->len - begin);
    file.len = file.cap;
    patch_le32(&file, pe->security_at, pe->certificates_at);
    patch_le32(&file, pe->security_at + 4, (uint32_t)(file.len - pe->certificates_at));
    patch_le32(&file, pe->checksum_at, authenticode_checksum(writer_span(&file), pe->checksum_at));
}

int authenticode_sign(struct span program, const struct certificate_issuer *signer,
                      struct writer *out, enum sign_verdict *ret_verdict, struct text *why)
{
    struct pe pe;
    enum sign_verdict verdict = judge_headers(program, &pe, why);
    size_t begin = out->len;

    int r = verdict == SIGN_DONE ? copy_padded(program, &pe, out) : 0;
    if (r == 0 && verdict == SIGN_DONE)
        r = sign_padded(program, begin, &pe, signer, out, &verdict, why);
    if (r == 0 && verdict == SIGN_DONE)
        correct_headers(out, begin, &pe);
    else
        out->len = begin;
    if (r == 0)
        *ret_verdict = verdict;
    return r;
}
