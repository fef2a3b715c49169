/* From the facts of a program to what each kind of firmware does with it, in words. One sound
 * signature of somebody in db is enough; one hit in dbx is fatal for the whole file; dates are
 * nobody's business (UEFI 2.10 32.5.3.3, EDK2's DxeImageVerificationHandler). SBAT is what shims
 * look at, so it refuses a shim by itself and what a shim starts. */
#include "image/inspection_verdict.h"

#include <assert.h>

static const struct {
    const char *name, *words;
    uint8_t signers;
} firmwares[] = {
#define FIRMWARE(id, name, bits, words) { name, words, bits },
#include "image/firmware.def"
#undef FIRMWARE
};

const char *firmware_name(enum firmware_kind kind)
{
    return firmwares[kind].name;
}

const char *firmware_words(enum firmware_kind kind)
{
    return firmwares[kind].words;
}

const char *inspection_verdict_name(enum inspection_verdict verdict)
{
    static const char *const names[] = {
        [INSPECTION_BOOTS] = "boots",       [INSPECTION_NEEDS_SHIM] = "needs-shim",
        [INSPECTION_UNSIGNED] = "unsigned", [INSPECTION_REFUSED] = "refused",
        [INSPECTION_NOT_EFI] = "not-efi",   [INSPECTION_UNREADABLE] = "unreadable",
    };
    static_assert(sizeof names / sizeof names[0] == INSPECTION_VERDICTS, "a name for each verdict");
    return names[verdict];
}

/* Who signed it, as bits; a signature of nobody known counts as a vendor's. */
static uint8_t signers_of(const struct inspection *in)
{
    uint8_t signers = 0;
    for (size_t i = 0; i < in->signature_count; i++) {
        const struct inspected_signature *s = &in->signatures[i];
        if (s->flaw != SIGNATURE_SOUND)
            continue;
        if (s->authority)
            signers |= s->authority->signer;
        else if (!s->is_own)
            signers |= SECURE_VENDOR;
        if (s->is_own)
            signers |= SECURE_OWN;
    }
    return signers;
}

/* The signature whose signer is shown: the first that is about the file, else the first read. */
static const struct inspected_signature *first_signature(const struct inspection *in)
{
    const struct inspected_signature *found = NULL;
    for (size_t i = 0; i < in->signature_count; i++) {
        const struct inspected_signature *s = &in->signatures[i];
        if (s->flaw == SIGNATURE_SOUND)
            return s;
        if (!found && s->chain_count > 0)
            found = s;
    }
    return found;
}

static bool is_program(const struct inspection *in)
{
    return in->flaw != PE_NOT_PE && in->flaw != PE_UNREADABLE;
}

/* Why no firmware takes it, whoever signed it; "" when nothing is wrong with it. */
static void add_damage(const struct inspection *in, struct text *out)
{
    size_t unsound = 0, sound = 0;
    for (size_t i = 0; i < in->signature_count; i++) {
        sound += in->signatures[i].flaw == SIGNATURE_SOUND;
        unsound += in->signatures[i].flaw != SIGNATURE_OTHER_KIND;
    }
    if (in->flaw != PE_SOUND)
        text_add(out, pe_flaw_text(in->flaw));
    else if (!in->has_digest)
        text_add(out, "its parts overlap, so that no digest of it can be made");
    else if (in->pe.certificate_bytes > 0 && !in->table.is_whole && !in->table.has_more)
        text_add(out, "the table of its signatures is damaged");
    else if (unsound > 0 && sound == 0)
        text_add(out, in->signatures[0].flaw == SIGNATURE_DIGEST
                          ? "its signature is not about these bytes: it was changed or damaged "
                            "after it was signed"
                          : "its signature is broken");
}

/* What forbids it, "" when nothing does. */
static void add_revocation(const struct inspection *in, struct text *out)
{
    if (in->is_forbidden_by_digest) {
        text_add(out, "dbx forbids this very file");
        return;
    }
    for (size_t i = 0; i < in->signature_count && out->len == 0; i++)
        text_add(out, in->signatures[i].forbidden);
}

static void add_age(const struct inspection *in, struct text *out)
{
    const struct sbat_entry *by = &in->sbat.refused_by;
    if (by->component[0])
        text_addf(out,
                  "a machine that has booted current software refuses it as too old (SBAT asks for "
                  "%s,%u)",
                  by->component, (unsigned)by->generation);
}

/* The sentence for who accepts it, by the signers of third parties' and Windows' programs. */
static const char *words_for(uint8_t signers)
{
    const uint8_t third = signers & (SECURE_MICROSOFT_UEFI_2011 | SECURE_MICROSOFT_UEFI_2023);
    const uint8_t windows = signers & (SECURE_WINDOWS_2011 | SECURE_WINDOWS_2023);
    if (third == (SECURE_MICROSOFT_UEFI_2011 | SECURE_MICROSOFT_UEFI_2023))
        return "boots wherever one of Microsoft's UEFI CAs of 2011 and 2023 is trusted";
    if (third == SECURE_MICROSOFT_UEFI_2011)
        return "boots where Microsoft's UEFI CA of 2011 is trusted; a machine sold with only that "
               "of 2023 refuses it";
    if (third == SECURE_MICROSOFT_UEFI_2023)
        return "boots where Microsoft's UEFI CA of 2023 is trusted; a machine that has only that of "
               "2011 refuses it";
    if (windows == (SECURE_WINDOWS_2011 | SECURE_WINDOWS_2023))
        return "boots on every machine that boots Windows";
    if (windows == SECURE_WINDOWS_2011)
        return "boots where Windows' certificate of 2011 is trusted and not yet forbidden; a "
               "machine sold with only that of 2023 refuses it";
    if (windows == SECURE_WINDOWS_2023)
        return "boots where Windows' certificate of 2023 is trusted; a machine that has only that "
               "of 2011 refuses it";
    return NULL;
}

static void add_needs_shim(const struct inspection *in, const char *vendor, struct text *out)
{
    text_add(out, "firmware refuses it; a shim that knows the key of ");
    text_add(out, vendor);
    text_add(out, in->sbat.has_section ? " starts it"
                                       : " lets GRUB start it (the shim itself does not, since "
                                         "there is no .sbat section)");
}

static void add_headline(const struct inspection *in, const char *damage, const char *revocation,
                         struct text *out)
{
    const char *words = words_for(in->facts.signers);
    switch (in->verdict) {
    case INSPECTION_UNREADABLE:
        text_add(out, "it cannot be read");
        return;
    case INSPECTION_NOT_EFI:
        text_add(out, "no EFI program: Secure Boot has no say in it");
        return;
    case INSPECTION_REFUSED:
        text_addf(out, "firmware refuses it: %s", damage[0] ? damage : revocation);
        return;
    case INSPECTION_UNSIGNED:
        text_add(out, "unsigned: only with Secure Boot off, or once signed with a key of your own");
        return;
    case INSPECTION_NEEDS_SHIM:
        add_needs_shim(in, in->facts.vendor, out);
        break;
    case INSPECTION_BOOTS:
        text_add(out, words ? words : "boots where the given db is in force");
        if (words && in->boots_own)
            text_add(out, "; also where the given db is in force");
        break;
    case INSPECTION_VERDICTS:
        break;
    }
    if (in->sbat.refused_by.component[0]) {
        text_add(out, "; but ");
        add_age(in, out);
    }
}

static void add_refusal(const struct inspection *in, const char *damage, const char *revocation,
                        struct text *out)
{
    if (damage[0] || revocation[0])
        text_add(out, damage[0] ? damage : revocation);
    else if (!in->facts.is_signed)
        text_add(out, "it is not signed");
    else if (in->facts.signers & SECURE_MICROSOFT_ANY)
        add_age(in, out);
    else
        text_addf(out, "it is signed by %s, whom firmware does not know", in->facts.vendor);
}

static enum inspection_verdict verdict_of(const struct inspection *in, bool is_refused)
{
    if (in->flaw == PE_UNREADABLE)
        return INSPECTION_UNREADABLE;
    if (in->flaw == PE_NOT_PE)
        return INSPECTION_NOT_EFI;
    if (is_refused)
        return INSPECTION_REFUSED;
    if (in->boots_own || in->boots[FIRMWARE_BOTH])
        return INSPECTION_BOOTS;
    return in->facts.is_signed ? INSPECTION_NEEDS_SHIM : INSPECTION_UNSIGNED;
}

void inspection_conclude(struct inspection *out)
{
    char damage_data[INSPECTION_PHRASE_MAX], revocation_data[TRUST_PHRASE_MAX];
    struct text damage = text_over(damage_data, sizeof damage_data);
    struct text revocation = text_over(revocation_data, sizeof revocation_data);
    struct secure_facts *facts = &out->facts;
    const struct inspected_signature *first = first_signature(out);

    *facts = (struct secure_facts){ .inspected = out->flaw != PE_UNREADABLE };
    facts->is_efi = is_program(out);
    facts->signers = signers_of(out);
    facts->is_signed = first && first->flaw == SIGNATURE_SOUND;
    if (first)
        span_to_text(span_text(first->chain[0].issuer), facts->vendor, sizeof facts->vendor);
    if (facts->is_efi) {
        add_damage(out, &damage);
        add_revocation(out, &revocation);
    }
    bool is_refused = damage.len > 0 || revocation.len > 0;
    facts->is_damaged = damage.len > 0;
    facts->is_revoked = revocation.len > 0 || out->sbat.refused_by.component[0] != 0;
    for (unsigned i = 0; i < FIRMWARE_KINDS; i++)
        out->boots[i] = !is_refused && (facts->signers & firmwares[i].signers) != 0;
    out->boots_own =
        !is_refused && ((facts->signers & SECURE_OWN) != 0 || out->is_allowed_by_digest);
    out->verdict = verdict_of(out, is_refused);

    struct text headline = text_over(out->headline, sizeof out->headline);
    add_headline(out, damage.data, revocation.data, &headline);
    struct text refusal = text_over(facts->refusal, sizeof facts->refusal);
    if (facts->is_efi)
        add_refusal(out, damage.data, revocation.data, &refusal);
}
